"""Reads the file of an activity, packed or not: FIT as the device wrote it, TCX, or GPX as Strava rebuilt it.

The idea: what a file is, its first bytes say. Each format has its own reader; here they are only asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.archive import reason_of
from adapters.fit.records import records_of as fit_records
from adapters.formats.files import peek
from adapters.formats.fit import MAX_BYTES, decode, is_fit
from adapters.formats.packed import unpacked
from adapters.gpx.records import records_of as gpx_records
from adapters.tcx.records import records_of as tcx_records
from vault.errors import InputError
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.archive import Archive, Member
    from adapters.base import ByteSource

__all__ = ["ADAPTER", "SOURCE", "is_track", "read_file"]

ADAPTER = "strava"
SOURCE = "Strava"
_TRACK = re.compile(r".*\.(fit|gpx|tcx)(\.gz)?", re.IGNORECASE)
_READERS = {b"gpx": gpx_records, b"TrainingCenterDatabase": tcx_records}
_ROOT = re.compile(rb"<(?:\w+:)?(gpx|TrainingCenterDatabase)[\s>]")


def is_track(name: str) -> bool:
    """Whether a name is that of an activity's file."""
    return _TRACK.fullmatch(name) is not None


def read_file(archive: Archive, member: Member, home: ZoneInfo | None, *, virtual: bool) -> Iterator[Record]:
    """Yield what an activity's file says, under Strava's name, and a Rejection for what is wrong with it."""
    try:
        head = peek(archive, member)
        root = _ROOT.search(head)
        with archive.open(member) as stream:
            source = unpacked(stream)
            if root:
                reader = _READERS[root[1]]
                yield from reader(source, file=member.name, source=SOURCE, adapter=ADAPTER, home=home)
            else:
                yield from _fit(source, member.name, home, virtual=virtual)
    except InputError as error:
        yield Rejection(reason_of(error), member.name, 0)


def _fit(source: ByteSource, file: str, home: ZoneInfo | None, *, virtual: bool) -> Iterator[Record]:
    data = _whole(source)
    if not is_fit(data):
        yield Rejection("unknown-format" if data else "empty-file", file, 0)
        return
    for fit in decode(data):
        yield from fit_records(fit, file=file, source=SOURCE, adapter=ADAPTER, virtual=virtual, home=home)


def _whole(source: ByteSource) -> bytes:
    """Return all bytes, as far as a FIT file may be long and one more, which its reader refuses."""
    parts, left = [], MAX_BYTES + 1
    while left > 0 and (data := source.read(left)):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)
