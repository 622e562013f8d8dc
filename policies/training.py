"""Workouts, their streams and strength sets for a grantee.

Workouts are granted as a category of their own, single values of them by their metrics. The clock time of
a workout is part of raw only. Places are granted by their own name beside raw workouts, and never with the
surroundings of a track's ends (``places``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from policies import cut, places, tables
from policies.gate import Ask, Gate, Permit
from policies.precision import round_to, start_ns
from vault.errors import UnknownRecord
from vault.names import joined, parted
from vault.reading.frames import instants
from vault.time import SECOND_NS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["PLACES", "ROWS", "asks", "sets", "streams", "tracks", "workouts"]

ROWS = ("raw", "daily")
PLACES = "gps_position"

_CLOCK = ("start", "end", "utc_offset_min")
_STEPS = {"duration_min": 1, "distance_m": 100, "elevation_gain_m": 10}
_PLACE = ("latitude", "longitude")
_SET = (
    "index", "exercise", "movement", "set_type", "repetitions", "load_kg", "per_side", "duration_s",
    "rpe", "rir",
)  # fmt: skip


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
    for column, step in _steps(gate, raw=raw).items():
        told[column] = round_to(told[column].astype(float), step)
    return _renamed(gate, told)


def _steps(gate: Gate, *, raw: bool) -> Mapping[str, float]:
    """Return what a workout's own numbers are rounded to.

    Whoever was ever granted its places could take their length from its distance (see ``places``).
    """
    steps: dict[str, float] = {} if raw else dict(_STEPS)
    if PLACES in gate.named():
        steps["distance_m"] = tables.data("precision")["places"]["distance_m"]
    return steps


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
        if all(name in permits and _covered(row, permits[name]).all() for name in needs)
    }
    return _curves(gate, found[0], told)


def _curves(gate: Gate, workout_id: str, told: Collection[str]) -> pd.DataFrame:
    """Return the named columns of a workout's streams, its ends masked."""
    frame = gate.owner.streams(workout_id)
    kept = cut.only(frame, [name for name in frame.columns if name in told], index=True)
    # Rows without anything are left out, or the instants would tell of the columns that are not granted.
    return _masked(kept, gate.owner.signing_seed()).dropna(how="all")


def _masked(curves: pd.DataFrame, seed: bytes) -> pd.DataFrame:
    """Return curves without the surroundings of the track's ends, and without places that are half known."""
    if not set(_PLACE) <= set(curves):
        return curves.drop(columns=[name for name in _PLACE if name in curves])
    latitude, longitude = (curves[name].to_numpy(float) for name in _PLACE)
    left_out = places.hidden(curves.index.to_numpy(float), latitude, longitude, seed)
    half = ~(np.isfinite(latitude) & np.isfinite(longitude))
    told = curves.assign(
        latitude=places.coarse(latitude, left_out | half), longitude=places.coarse(longitude, left_out | half)
    )
    if "speed" in told:  # or its sum would be the length of the hidden way
        told["speed"] = told["speed"].mask(left_out)
    return told


def tracks(gate: Gate, permits: Mapping[str, Permit]) -> pd.DataFrame:
    """Return the places along all workouts of the granted days, masked as in ``streams``.

    start, end, utc_offset_min, latitude, longitude, source (the workout's).
    """
    import pandas as pd

    base = permits["workouts"]
    rows = _rows(gate.owner.workouts(*cut.span([base])), base)
    rows = rows[_covered(rows, permits[PLACES])]
    found = [_curves(gate, name, _PLACE) for name in rows["workout_id"]]
    counts = [len(one) for one in found]
    elapsed = np.concatenate([np.zeros(0), *(one.index.to_numpy(float) for one in found)])
    at = instants(np.repeat(start_ns(rows), counts) + np.rint(elapsed * SECOND_NS).astype(np.int64))
    degrees = {
        name: np.concatenate([np.zeros(0), *(one[name].to_numpy(float) for one in found if len(one))])
        for name in _PLACE
    }
    along = {name: rows[name].repeat(counts).array for name in ("utc_offset_min", "source")}
    return pd.DataFrame({"start": at, "end": at, **along, **degrees})


def _covered(rows: pd.DataFrame, permit: Permit) -> NDArray[np.bool_]:
    """Return which workouts a permit holds: their days, and all who recorded each (a stream is any's)."""
    recorded = rows.assign(all_sources=[_recorders(*pair) for pair in zip(rows["source"], rows["also_in"])])
    return cut.rows_within(recorded, rows["date"], permit, "all_sources")


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
