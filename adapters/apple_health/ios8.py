"""Repairs the exports of iOS 8, which wrote metadata as attributes with blanks in their names.

The idea: ``Health Mate App Version="2.6.0"`` is no XML, but the middle dot may stand in a name; with it in
place of the blanks the file parses, and the metadata gets its names back. Such a file gives itself away by
the compact date of its ExportDate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["is_ios8", "original_name", "repair"]

_COMPACT = re.compile(rb'<ExportDate value="\d{14}[+-]\d{4}"')
_NAME = rb'[^\s"=<>/]+'
_TAG_OR_ATTRIBUTE = re.compile(rb'<%b|(%b(?: %b)*+)(="[^"]*")?' % (_NAME, _NAME, _NAME))
"""Words that nothing is assigned to match as well, so that nobody looks at them again from each of them."""
LONGEST_LINE = 16 << 20
_DOT = "·"


def is_ios8(start: bytes) -> bool:
    """Whether the first bytes of an export are those of iOS 8."""
    return _COMPACT.search(start) is not None


def repair(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same lines without blanks in the names of attributes."""
    rest = b""
    for block in blocks:
        lines, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield _TAG_OR_ATTRIBUTE.sub(_with_dots, lines) + newline
        if len(rest) > LONGEST_LINE:  # as it came: expat says what is wrong with it
            yield rest
            rest = b""
    if rest:
        yield _TAG_OR_ATTRIBUTE.sub(_with_dots, rest)


def original_name(name: str) -> str:
    """Return an attribute's name as it was before the repair."""
    return name.replace(_DOT, " ")


def _with_dots(match: re.Match[bytes]) -> bytes:
    name, value = match.groups()
    return match[0] if value is None else name.replace(b" ", _DOT.encode()) + value
