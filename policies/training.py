"""Workouts, their streams and strength sets for a grantee.

Workouts are granted as a category of their own, single values of them by their metrics. The clock time of
a workout is part of raw only. Places are in no column: they are not released.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from policies import cut, tables
from policies.gate import Ask, Gate, Permit
from policies.precision import round_to
from vault.errors import UnknownRecord
from vault.names import joined, parted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROWS", "asks", "sets", "streams", "workouts"]

ROWS = ("raw", "daily")

_CLOCK = ("start", "end", "utc_offset_min")
_STEPS = {"duration_min": 1, "distance_m": 100, "elevation_gain_m": 10}
_SET = ("index", "exercise", "set_type", "repetitions", "load_kg", "per_side", "duration_s", "rpe", "rir")


def asks(table: str, rungs: tuple[str, ...]) -> list[Ask]:
    """Return what the columns of a table need, on some rungs."""
    return [Ask(name, rungs) for needs in tables.columns(table).values() for name in needs]


def workouts(gate: Gate, permits: Mapping[str, Permit], keep: list[str]) -> pd.DataFrame:
    """Return one row a workout: date, activity, length and distance, and what else is granted."""
    base = permits["workouts"]
    rows = _rows(gate.owner.workouts(*cut.span([base])), base)
    raw = base.action == "raw"
    extra = {
        column: permits[needs[0]]
        for column, needs in tables.columns("workouts").items()
        if needs[0] in permits
    }
    clock = _CLOCK if raw else ()
    told = cut.only(rows, ["workout_id", "date", *clock, "activity", *_STEPS, *extra, *keep])
    for column, permit in extra.items():
        inside = cut.rows_within(rows, rows["date"], permit, "source")
        values = told[column].astype(float).where(inside)
        told[column] = values if permit.action == "raw" else round_to(values, permit.category.rounding)
    for column, step in {} if raw else _STEPS.items():
        told[column] = round_to(told[column].astype(float), step)
    return _renamed(gate, told)


def streams(gate: Gate, permits: Mapping[str, Permit], workout_id: str) -> pd.DataFrame:
    """Return the granted columns of a workout's streams.

    Raises:
        UnknownRecord: no workout of that id on the granted days.
    """
    base = permits["workouts"]
    rows = _rows(gate.owner.workouts(*cut.span([base])), base)
    found = [name for name in rows["workout_id"] if gate.reader_id(name) == workout_id]
    if not found:
        raise UnknownRecord("no workout of that id", hint="take workout_id from workouts()")
    row = rows[rows["workout_id"] == found[0]]
    told = {
        column
        for column, needs in tables.columns("streams").items()
        if all(name in permits and _covers(row, permits[name]) for name in needs)
    }
    frame = gate.owner.streams(found[0])
    kept = cut.only(frame, [name for name in frame.columns if name in told], index=True)
    return kept.dropna(how="all")  # or the instants would tell of the columns left out


def _covers(row: pd.DataFrame, permit: Permit) -> bool:
    """Whether a permit holds a workout's day and all who recorded it: a stream may be any of theirs."""
    recorded = row.assign(all_sources=[_recorders(*pair) for pair in zip(row["source"], row["also_in"])])
    return bool(cut.rows_within(recorded, row["date"], permit, "all_sources").all())


def _recorders(best: str, others: str) -> str:
    return joined([best, *parted(others)])


def sets(gate: Gate, permits: Mapping[str, Permit], keep: list[str]) -> pd.DataFrame:
    """Return one row a strength set; its clock time only where raw is granted."""
    base = permits["strength_set"]
    rows = _rows(gate.owner.sets(*cut.span([base])), base)
    clock = ["start"] if base.action == "raw" else []
    return _renamed(gate, cut.only(rows, ["workout_id", "date", *clock, *_SET, *keep]))


def _rows(frame: pd.DataFrame, permit: Permit) -> pd.DataFrame:
    return frame[cut.rows_within(frame, frame["date"], permit, "source")]


def _renamed(gate: Gate, told: pd.DataFrame) -> pd.DataFrame:
    told["workout_id"] = [gate.reader_id(name) for name in told["workout_id"]]
    return told
