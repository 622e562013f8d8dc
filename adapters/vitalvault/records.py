"""Lines of a bundle's records become the records they were written from, to the nanosecond.

The idea: a line has the fields of the dataclass it was, so the dataclass says what a sound line is; only
origins (by name), instants (ISO 8601 with the recorded offset) and days are written otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from adapters.vitalvault.manifest import changed
from vault.records import (
    CheckIn,
    Document,
    Handover,
    LedgerLine,
    Origin,
    Score,
    SleepSession,
    Stream,
    StrengthSet,
    Workout,
)
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, day_of_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.base import ByteSource
    from vault.errors import MalformedFile

__all__ = ["KINDS", "Origins", "document", "handover", "lines", "record", "stream"]

Json = dict[str, Any]
_Told = TypeVar("_Told", bound=Workout | SleepSession | StrengthSet | Score)

KINDS: dict[str, type[Workout | SleepSession | StrengthSet | Score]] = {
    "workouts": Workout,
    "sleeps": SleepSession,
    "sets": StrengthSet,
    "scores": Score,
}
"""The kind of record that each line of a file is."""
_FORMAT, _VERSION = "vitalvault-records", 1
_BLOCK = 1 << 20
_LONGEST = 1 << 26
_WRONG = (KeyError, TypeError, ValueError, AttributeError, OverflowError, msgspec.ValidationError)


class Origins:
    """Who measured, by the name that records and tables call it."""

    def __init__(self, said: Iterable[Json]) -> None:
        self.all: list[Origin] = []
        self._numbers: dict[str, int] = {}
        for one in said:
            try:
                self._numbers[one.pop("origin")] = len(self.all)
                self.all.append(msgspec.convert(one, Origin))
            except _WRONG:
                raise _foreign() from None

    def number(self, name: str) -> int:
        """Return the index of an origin in ``all``; raises MalformedFile for one that is not listed."""
        if name not in self._numbers:
            raise _foreign()
        return self._numbers[name]

    def __getitem__(self, name: str) -> Origin:
        return self.all[self.number(name)]


def lines(stream: ByteSource) -> Iterator[Json]:
    """Yield the object of each line; raises MalformedFile for a line that is none."""
    rest = b""
    while data := stream.read(_BLOCK):
        *whole, rest = (rest + data).split(b"\n")
        if len(rest) > _LONGEST:
            raise _foreign()
        yield from map(_object, whole)
    if rest:
        raise _foreign()


def _object(line: bytes) -> Json:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise _foreign() from None
    if not isinstance(found, dict):
        raise _foreign()
    return found


def record(kind: type[_Told], said: Json, origins: Origins) -> _Told:
    """Return the workout, sleep, set or score of a line; raises MalformedFile for what is none."""
    try:
        told = {one.name: said[one.name] for one in fields(kind) if one.name not in ("origin", "offset_min")}
        if kind is Score:
            told["day"] = _day(told["day"])
        else:
            told["start"], told["offset_min"] = _instant(told["start"])
        if "end" in told:
            told["end"], _ = _instant(told["end"])
        if "stages" in told:
            told["stages"] = [
                (_instant(start)[0], _instant(end)[0], stage) for start, end, stage in told["stages"]
            ]
        if isinstance(told.get("details"), str):  # numbers that JSON has no words for, in Python's
            told["details"] = json.loads(told["details"])
        return msgspec.convert(told | {"origin": origins[said["origin"]]}, kind)
    except _WRONG:
        raise _foreign() from None


def stream(
    said: Json, time: np.ndarray[Any, Any], columns: dict[str, np.ndarray[Any, Any]], origins: Origins
) -> Stream:
    """Return a stream of its instants (int64 [n], UTC ns) and columns (float64 [n])."""
    try:
        return Stream(str(said["workout"]), origins[said["origin"]], time, columns, str(said["part"]))
    except _WRONG:
        raise _foreign() from None


def document(said: Json, body: bytes, origins: Origins) -> Document:
    """Return what was kept as it came."""
    try:
        start, offset_min = (None, UNKNOWN_OFFSET) if said["start"] is None else _instant(said["start"])
        told = {"kind": said["kind"], "key": said["key"], "media_type": said["media_type"], "start": start}
        told |= {"offset_min": offset_min, "origin": origins[said["origin"]], "body": body}
        return msgspec.convert(told, Document)
    except _WRONG:
        raise _foreign() from None


def handover(settings: Json, checkins: Iterable[Json], imports: Iterable[Json], signer: str) -> Handover:
    """Return what the vault that wrote the bundle says of itself."""
    try:
        if (settings["format"], settings["version"]) != (_FORMAT, _VERSION):
            raise _foreign()
        identity = settings.get("identity")
        told = {
            "home_zone": settings["home_zone"],
            "signer": signer,
            "aliases": settings["aliases"],
            "preferences": settings["preferences"],
            "identity": None if identity is None else bytes.fromhex(identity),
            "checkins": [CheckIn(_instant(one["at"])[0], _day(one["day"]), one["items"]) for one in checkins],
            "imports": [msgspec.convert(one | {"at": _instant(one["at"])[0]}, LedgerLine) for one in imports],
        }
        return msgspec.convert(told, Handover)
    except _WRONG:
        raise _foreign() from None


def _instant(text: str) -> tuple[int, int]:
    """Return (UTC ns, recorded offset in minutes) of an instant; ``Z`` is an offset nobody recorded."""
    local, offset_min = (
        (text[:-1], UNKNOWN_OFFSET) if text.endswith("Z") else (text[:-6], _minutes(text[-6:]))
    )
    if "T" not in local:
        raise ValueError("no instant")  # numpy takes words such as "now"
    ns = int(np.datetime64(local, "ns").astype(np.int64))
    return (ns, offset_min) if offset_min == UNKNOWN_OFFSET else (ns - offset_min * MINUTE_NS, offset_min)


def _minutes(text: str) -> int:
    sign = {"+": 1, "-": -1}[text[0]]
    return sign * (int(text[1:3]) * 60 + int(text[4:6]))


def _day(text: str) -> int:
    return day_of_date(date.fromisoformat(text))


def _foreign() -> MalformedFile:
    return changed("a record that is not as VitalVault writes it")
