"""TCX: a file, or a folder or zip of them, of any program or device."""

from __future__ import annotations

from adapters.base import Coverage
from adapters.formats.files import TrackFiles
from adapters.formats.xml import root_is
from adapters.tcx.records import ADAPTER as NAME
from adapters.tcx.records import records_of

__all__ = ["ADAPTER"]


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
    begins=root_is("TrainingCenterDatabase"),
    records=records_of,
)
