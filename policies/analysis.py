"""The analysis day by day for a grantee: what is computed of many days, where all of those are granted.

A trend shows a day beside the usual of the days before, so it takes a grant for those too; so does what
training leaves behind. What is computed from all devices can't be limited to some. What adds up in a day is
not told while the day lasts. How coarse the numbers are stands in ``data/precision.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from policies import cut, tables, training
from policies.gate import Ask, Gate, Permit
from policies.precision import round_to
from vault.errors import AccessDenied, InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from vault.readable import Moment

__all__ = ["DAILY", "efforts", "load", "reaction", "strength", "trend", "unlimited"]

DAILY = ("daily",)
_TRENDS = ("hrv", "rhr", "sleep", "resp", "temp", "felt")
_TREND = ("value", "usual", "low", "high", "mean7", "band_low", "band_high")
_LOAD = ("training_load_trimp", "training_load_tss")
_USUAL = ("usual", "low", "high")


def unlimited(permits: Mapping[str, Permit], asks: list[Ask]) -> list[Permit]:
    """Return the permits of what was asked for; raises AccessDenied where one is limited to devices."""
    needed = [permits[ask.category] for ask in asks]
    if any(permit.sources is not None for permit in needed):
        raise AccessDenied(
            "this is computed from all devices, and the grant is for some of them",
            hint="ask for a grant that is not limited to devices",
        )
    return needed


def _round(told: pd.DataFrame, steps: Mapping[str, float]) -> pd.DataFrame:
    for column, step in steps.items():
        if column in told:
            told[column] = round_to(told[column].astype(float), step)
    return told


def _steps(name: str) -> dict[str, float]:
    return dict(tables.data("precision")["analysis"][name])


def trend(gate: Gate, term: str, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    """Return a quantity beside its usual; which stream speaks only with the names of devices."""
    if term not in _TRENDS:
        raise InputError("no trend of that name", hint=f"one of: {', '.join(_TRENDS)}")
    asks = [Ask(name, DAILY) for name in sorted(tables.terms()[term])]
    permits = gate.open("trend", asks, start=start, end=end)
    needed = unlimited(permits, asks)
    frame = gate.owner.trend(term, *cut.span(needed))
    inside = cut.settled(frame.index, needed)
    if any(permit.category.when not in ("day", "night") for permit in needed):
        inside &= cut.over(frame.index, needed[0])
    named = ["stream"] if "device_names" in permits else []
    told = cut.only(frame[inside], [*_TREND, "cv7", *named], index=True)
    step = max(permit.category.rounding or 0.0 for permit in needed)
    return _round(
        told, {**dict.fromkeys(_TREND, step), "cv7": tables.data("precision")["steps"]["unit"]["%"]}
    )


def load(gate: Gate, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    """Return training load by date; rest, fitness, fatigue and the like where their past is granted too.

    A day of which nothing is told has no row.
    """
    asks = [Ask(name, DAILY) for name in _LOAD]
    needed = unlimited(gate.open("load", asks, start=start, end=end), asks)
    frame = gate.owner.load(*cut.span(needed))
    rows = frame[cut.granted(frame.index, needed) & cut.over(frame.index, needed[0])]
    steps = _steps("load")
    told = cut.only(rows, list(steps), index=True).astype(float)
    settled = cut.settled(told.index, needed)
    # Whether a day without a workout was rest or is unknown says when the last one before it was.
    known = dict.fromkeys(steps, settled) | {"load": settled | (told["load"] > 0)}
    for name, days in known.items():
        told[name] = told[name].where(days)
    return _round(told.dropna(how="all"), steps)


def efforts(gate: Gate, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    """Return what each workout cost: workout_id (as in ``workouts``), date, activity, duration_min, load."""
    asks = [Ask("workouts", training.ROWS), *(Ask(name, DAILY) for name in _LOAD)]
    needed = unlimited(gate.open("efforts", asks, start=start, end=end), asks)
    frame = gate.owner.efforts(*cut.span(needed))
    rows = frame[cut.granted(frame["date"], needed) & cut.over(frame["date"], needed[0])]
    told = cut.only(rows, ["workout_id", "date", "activity", "duration_min", "load"])
    told["workout_id"] = [gate.reader_id(name) for name in told["workout_id"]]
    return _round(told, _steps("efforts"))


def strength(gate: Gate, exercise: str | None, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    """Return strength training as it follows from the granted sets alone.

    Raises:
        UnknownRecord: no exercise of that name among the granted sets.
    """
    from vault.reading.strength import table

    permits = gate.open("strength", [Ask("strength_set", training.ROWS)], start=start, end=end)
    permit = permits["strength_set"]
    told = table(training.sets(gate, {"strength_set": cut.widened(permit)}, []), exercise, None)
    inside = cut.days_within(told["date"], permit) & _told_by_now(told, permit)
    return _round(told[inside].reset_index(drop=True), _steps("strength"))


def _told_by_now(rows: pd.DataFrame, permit: Permit) -> NDArray[np.bool_]:
    """Return which days are over; all of them where single values are granted, with their times."""
    return cut.over(rows["date"], permit) | (permit.action == "raw")


def reaction(gate: Gate, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    """Return reaction time tests, one row a session; their clock time only where raw is granted.

    The usual is that of the last sixty on a device, however long ago: it takes a grant of all of them.
    """
    permits = gate.open("reaction", [Ask("reaction_time", training.ROWS)], start=start, end=end)
    permit, raw = permits["reaction_time"], permits["reaction_time"].action == "raw"
    frame = gate.owner.reaction(*cut.span([permit]))
    rows = frame[cut.rows_within(frame, frame["date"], permit, "source") & _told_by_now(frame, permit)]
    clock = ["start"] if raw else []
    open_ended = permit.record.grant.data_from is None and permit.sources is None
    usual = _USUAL if open_ended and not permit.restricted else ()
    names = ["device", "source"] if "device_names" in permits else []
    columns = ["n", "mean_speed", "lapses", "false_starts", "fastest10_ms", "slowest10_ms", *usual]
    told = cut.only(rows, ["date", *clock, *columns, *names])
    return told if raw else _round(told, _steps("reaction"))
