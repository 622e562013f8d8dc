"""Lines of an export that are sound because one like them was: they differ in what may be any.

A million heart rates differ in a name, a digest, times and a number. Once one of them is found to be sound,
of the next only these are looked at. What does not look exactly like them makes another line, that is
checked whole.
"""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256

__all__ = ["Alike"]

_NAME = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?[+-](?:0\d|1[0-3]):[0-5]\d"
_HEAD = re.compile(rf'\{{"resourceType":"(\w+)","id":"({_NAME})",', re.ASCII)
_TIMES = re.compile(rf'":"({_TIME})"', re.ASCII)
_PERIODS = re.compile(rf'"start":"({_TIME})","end":"({_TIME})"', re.ASCII)
_NUMBERS = re.compile(r'"value":-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:e[+-]\d\d)?(?=[,}])', re.ASCII)
"""JSON's numbers, but for the extreme: so each is a finite one."""
_DIGESTS = re.compile(r'"value":"v1:[0-9a-f]{64}"')
_MARK = "\x01"
"""Stands for what was taken out; no text of JSON has it."""


class Alike:
    """What has been found sound so far, by the digest of what stays when names, times and numbers are out."""

    def __init__(self) -> None:
        self._sound: set[bytes] = set()

    def learn(self, line: str) -> None:
        """Remember a line that was found to be sound."""
        self._sound.add(_rest(line))

    def place(self, line: str) -> str | None:
        """Return ``Type/id`` of a line that is sound because one like it was, else None."""
        head = _HEAD.match(line)
        if head is None or not _times_are_sound(line) or _rest(line) not in self._sound:
            return None
        return f"{head[1]}/{head[2]}"


def _rest(line: str) -> bytes:
    rest = _HEAD.sub(rf"\1{_MARK}", line, count=1)
    for what, any_one in (("digest", _DIGESTS), ("time", _TIMES), ("number", _NUMBERS)):
        rest = any_one.sub(_MARK + what, rest)
    return sha256(rest.encode()).digest()


def _times_are_sound(line: str) -> bool:
    """Whether there are such days and hours, and no period ends before it starts (per-1)."""
    try:
        read = {text: datetime.fromisoformat(text) for text in _TIMES.findall(line)}
    except ValueError:
        return False
    periods = _PERIODS.findall(line)
    return len(periods) == line.count('"start":') and all(read[start] <= read[end] for start, end in periods)
