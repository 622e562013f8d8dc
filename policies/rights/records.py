"""What a vault needs to take everything back: sparse records, origins and ledger, as canonical JSON.

Nothing is rounded, merged or put into words for people; that is what the tables are for. A line says what the
record says and nothing of how it came here, so that the vault that took it in writes the same line again.
Instants stand in the offset that was recorded, and end in ``Z`` where none was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.canonical import canonical
from vault.fhir.notes import facets
from vault.nature import nature_of_metric, nature_of_score
from vault.records import Document, Origin, Score, SleepSession, Stream, StrengthSet, Workout
from vault.store.codec import origin_text
from vault.time import UNKNOWN_OFFSET, date_of_day, format_instant, instant_ns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from policies.rights.payload import BundleOwner
    from vault.nature import Nature
    from vault.records import LedgerLine

__all__ = [
    "FORMAT",
    "KINDS",
    "VERSION",
    "Origins",
    "checkin_lines",
    "document_line",
    "import_lines",
    "line",
    "nature_of",
    "record_line",
    "settings_line",
    "stream_line",
]

FORMAT, VERSION = "vitalvault-records", 1

Told = Workout | SleepSession | StrengthSet | Score

KINDS: dict[str, type[Told]] = {
    "workouts": Workout,
    "sleeps": SleepSession,
    "sets": StrengthSet,
    "scores": Score,
}
"""The files of records that are told whole, line by line."""

_METRIC: dict[type, str] = {Workout: "workout", SleepSession: "sleep_duration", StrengthSet: "strength_set"}
_DAY_MIN = 24 * 60
_NAME_DIGITS = 12
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class Origins:
    """Who measured: named by digits of what they say, and listed if something that goes out names them."""

    def __init__(self) -> None:
        self._named: dict[str, Origin] = {}

    def name(self, origin: Origin) -> str:
        """Return the name of an origin, which is listed from now on."""
        name = hashlib.sha256(origin_text(origin).encode()).hexdigest()[:_NAME_DIGITS]
        self._named.setdefault(name, origin)
        return name

    def lines(self) -> Iterator[bytes]:
        """Yield those that were named, by name."""
        return (line({"origin": name, **asdict(origin)}) for name, origin in sorted(self._named.items()))


def line(said: Mapping[str, Any]) -> bytes:
    """Return a line of canonical JSON: sorted keys, no blanks, ASCII."""
    return _encode(said).encode() + b"\n"


def settings_line(owner: BundleOwner, *, portable: bool) -> bytes:
    """Return ``vault.json``; the key of FHIR identifiers is no data about the person, and not portable."""
    chosen = owner.preferences()
    limits = [_days(chosen[side].to_numpy("M8[D]")) for side in ("start", "end")]
    said = {
        "format": FORMAT,
        "version": VERSION,
        "home_zone": owner.home_zone.key,
        "aliases": owner.aliases(),
        "preferences": [list(one) for one in zip(chosen["source"], chosen["metric"], *limits)],
    }
    return line(said if portable else said | {"identity": owner.identity_key.hex()})


def _days(dates: NDArray[np.datetime64]) -> list[int | None]:
    counts = dates.astype(np.int64).tolist()
    return [None if gone else day for day, gone in zip(counts, np.isnat(dates).tolist())]


def nature_of(record: Told) -> Nature:
    """Return whether a record was typed in, measured, or worked out."""
    if isinstance(record, Score):
        return nature_of_score(record.score)
    if facets(canonical(record.details)).is_provided:
        return "provided"
    return nature_of_metric(_METRIC[type(record)])


def record_line(record: Told, origins: Origins) -> bytes:
    """Return every field of a record, and its nature."""
    offset = UNKNOWN_OFFSET if isinstance(record, Score) else record.offset_min
    said = {
        field.name: _told(field.name, getattr(record, field.name), offset)
        for field in fields(record)
        if field.name not in ("origin", "offset_min")
    }
    return line(said | {"origin": origins.name(record.origin), "nature": nature_of(record)})


def stream_line(stream: Stream, file: str, origins: Origins) -> bytes:
    """Return which stream a table is."""
    whose = {"workout": stream.workout, "part": stream.part, "origin": origins.name(stream.origin)}
    return line({"file": file} | whose)


def document_line(document: Document, file: str, origins: Origins) -> bytes:
    """Return what is known of a file that was kept as it came."""
    start = None if document.start is None else _instant(document.start, document.offset_min)
    said = {name: getattr(document, name) for name in ("kind", "key", "media_type")}
    return line(said | {"file": file, "start": start, "origin": origins.name(document.origin)})


def checkin_lines(owner: BundleOwner) -> Iterator[bytes]:
    """Yield every check-in in the order they were said, of which a day's last one counts."""
    for event in owner.events("checkin"):
        day = date_of_day(event.body["day"]).isoformat()
        yield line({"at": _instant(instant_ns(event.at)), "day": day, "items": event.body["items"]})


def import_lines(ledger: Iterable[LedgerLine]) -> Iterator[bytes]:
    """Yield the imports that count, oldest first: when, by which adapter, of which files."""
    for one in ledger:
        files = [asdict(file) for file in one.files]
        yield line({"at": _instant(one.at), "adapter": one.adapter, "version": one.version, "files": files})


def _told(name: str, value: Any, offset_min: int) -> Any:
    match name:
        case "start" | "end":
            return _instant(value, offset_min)
        case "day":
            return date_of_day(value).isoformat()
        case "stages":
            return [
                [_instant(start, offset_min), _instant(end, offset_min), stage] for start, end, stage in value
            ]
        case "details":
            return _details(value)
    return value


def _details(said: Mapping[str, object]) -> Mapping[str, object] | str:
    """Return details as they are; what holds a number that JSON has none for, as Python's JSON in a text."""
    try:
        _encode(said)
    except ValueError:
        return canonical(said)
    return said


def _instant(ns: int, offset_min: int = UNKNOWN_OFFSET) -> str:
    return format_instant(ns, offset_min if abs(offset_min) < _DAY_MIN else UNKNOWN_OFFSET)
