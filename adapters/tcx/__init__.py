"""TCX: a file, or a folder or zip of them, of any program or device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.base import ByteSource, Coverage
from adapters.formats.files import TrackFiles
from adapters.tcx.records import ADAPTER as NAME
from adapters.tcx.records import records_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault.records import Record

__all__ = ["ADAPTER"]

_ROOT = re.compile(rb"[^<]*(<[?!][^>]*>[^<]*)*<(\w+:)?TrainingCenterDatabase[\s>]")


def _records(stream: ByteSource, file: str, home: ZoneInfo | None) -> Iterator[Record]:
    return records_of(stream, file=file, home=home)


ADAPTER = TrackFiles(
    name=NAME,
    version="1",
    coverage=Coverage(
        title="TCX files",
        how_to_export="Garmin Connect, Polar Flow, others: the activity's menu, Export TCX; one file or many",
        reads=(
            "activities, several in a file: a workout each, its totals those of its laps",
            "points: places, height, distance, speed, heart rate, cadence, power",
            "laps, notes, the plan's name, the device without its serial number",
        ),
        leaves=(
            "courses and planned workouts: points counted, nobody has ridden them",
            "laps between the sports of a multisport session",
            "places of virtual rides (Zwift, Rouvy): nobody was there",
        ),
        metrics=(),
    ),
    begins=lambda data: _ROOT.match(data) is not None,
    records=_records,
)
