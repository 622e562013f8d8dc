"""The files that were uploaded to Garmin, packed into zips inside the export or lying beside the rest.

The idea: Garmin keeps each file as its watch or program wrote it, some under another ending, so what it is
is told by how it begins; the readers of those formats make records of it, and a broken file costs itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.archive import SMALL, Archive, Member, reason_of
from adapters.fit.records import records_of as fit_records
from adapters.formats.fit import decode, is_fit
from adapters.formats.packed import unpacked
from adapters.garmin.values import ADAPTER
from adapters.gpx.records import records_of as gpx_records
from adapters.tcx.records import records_of as tcx_records
from vault.errors import InputError, TooLarge
from vault.records import Record, Rejection, Samples, SleepSession, StrengthSet, Workout
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.fit.counters import Counters
    from adapters.garmin.times import Offsets

__all__ = ["is_upload", "placed", "uploaded"]

_ENDINGS = (".fit", ".gpx", ".tcx", ".txt")
_HEAD, _CHUNK = 1 << 12, 1 << 16


def is_upload(member: Member) -> bool:
    """Whether a file is named as uploads are."""
    return member.name.lower().removesuffix(".gz").endswith(_ENDINGS)


def uploaded(archive: Archive, member: Member, file: str, counters: Counters) -> Iterator[Record]:
    """Yield the records of one upload, with the offsets it tells itself and no other.

    Args:
        archive: Where it lies.
        member: The upload.
        file: What rejections call it.
        counters: Collects the running totals of all; ask it for its records after the last upload.
    """
    try:
        with archive.open(member) as stream:
            data = _whole(unpacked(stream))
        yield from _records(data, file, counters)
    except InputError as error:
        yield Rejection(reason_of(error), file, 0)


def placed(record: Record, offsets: Offsets) -> Record:
    """Return a record with the offsets that the rest of the export tells where the upload told none."""
    if isinstance(record, Samples):
        unknown = record.offset_min == UNKNOWN_OFFSET
        if not unknown.any():
            return record
        offset_min = record.offset_min.copy()
        offset_min[unknown] = offsets.each(record.start[unknown])
        return replace(record, offset_min=offset_min)
    if isinstance(record, (SleepSession, StrengthSet, Workout)) and record.offset_min == UNKNOWN_OFFSET:
        return replace(record, offset_min=offsets.at(record.start))
    return record


def _records(data: bytes, file: str, counters: Counters) -> Iterator[Record]:
    head = data[:_HEAD].replace(b"\0", b"")  # UTF-16 looks like ASCII then
    if is_fit(data):
        for fit in decode(data):
            yield from fit_records(fit, file=file, adapter=ADAPTER, counters=counters)
    elif b"<gpx" in head:
        yield from gpx_records(io.BytesIO(data), file=file, adapter=ADAPTER)
    elif b"<TrainingCenterDatabase" in head:
        yield from tcx_records(io.BytesIO(data), file=file, adapter=ADAPTER)
    else:
        yield Rejection("unknown-upload", file, 0)


def _whole(stream: ByteSource) -> bytes:
    """Return all bytes: in a zip inside a zip, to open a file once more would be to start over."""
    parts: list[bytes] = []
    size = 0
    while data := stream.read(_CHUNK):
        parts.append(data)
        size += len(data)
        if size > SMALL:
            raise TooLarge("an upload that is larger than is sane")
    return b"".join(parts)
