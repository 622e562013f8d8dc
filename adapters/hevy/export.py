"""The Hevy adapter: what it reads of Hevy, and how a table is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Coverage, Options
from adapters.formats.lifting import LiftingLog
from adapters.hevy.rows import Layout, is_hevy

if TYPE_CHECKING:
    from adapters.archive import Archive, Member
    from adapters.formats.sets import ReadRow
    from adapters.formats.sheets import Sheet

__all__ = ["HEVY"]

_COVERAGE = Coverage(
    title="Hevy",
    how_to_export="Hevy app: Profile, Settings, Export & Import Data, Export Workouts; workouts.csv",
    reads=(
        "the table of sets, in kg and km or in lb and miles, with months in nine languages",
        "a workout a session, with title, description, start and end",
        "a set a row: kind, weight, repetitions, distance, time, RPE, superset, notes",
    ),
    leaves=(
        "the zone of its times, which the table does not say: if workouts come out at night, --timezone UTC",
        "measurements and pictures: they are in other files; routines, which nobody has done yet",
        "answers of Hevy's API",
    ),
    metrics=(),
)


def _reader(sheet: Sheet, _archive: Archive, _member: Member, _options: Options) -> ReadRow:
    return Layout(sheet).told


HEVY = LiftingLog("hevy", "1", _COVERAGE, is_hevy, _reader)
"""The adapter of Hevy's tables."""
