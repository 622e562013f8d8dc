"""Daily values that are computed instead of stored: of nights, of workouts, and of the analysis."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.speakers import shares
from vault.metrics import metric as catalogued
from vault.moment import latest_day, latest_for
from vault.names import joined
from vault.time import day_of_date

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis import Inputs, Readiness
    from vault.analysis.columns import Columns
    from vault.analysis.recorded import Recorded
    from vault.readable import Moment, Readable
    from vault.store.store import Store
    from vault.vault import Vault

    Bools = NDArray[np.bool_]

__all__ = ["DAILY", "OF_WORKOUTS", "computed", "daily_of", "inputs_of", "readiness", "readiness_history"]


def _of_sleep(source: Readable, start: Moment | None, end: Moment | None, *, column: str) -> pd.DataFrame:
    """Sum a column over the sleeps of a wake date, naps included."""
    known = source.sleep(start, end).dropna(subset=[column])
    return _by_date(known, known[column].to_numpy(np.float64))


def _of_workouts(source: Readable, start: Moment | None, end: Moment | None, *, metric: str) -> pd.DataFrame:
    """Return the day's sum, maximum or mean over the workouts that start on it, as the catalogue says."""
    column, rollup = OF_WORKOUTS[metric], catalogued(metric).rollup
    known = source.workouts(start, end).dropna(subset=[column]).sort_values("date", kind="stable")
    parts = [
        shares(rollup, of_day[column].tolist(), of_day["duration_min"].fillna(0.0).tolist())
        for _, of_day in known.groupby("date")
    ]
    return _by_date(known, np.array([share for part in parts for share in part], np.float64))


def _by_date(known: pd.DataFrame, parts: NDArray[np.float64]) -> pd.DataFrame:
    """Add up each date's parts in their order: so the reasons, which list them, add up to the last bit."""
    import pandas as pd

    code, dates = pd.factorize(known["date"], sort=True)
    names: list[dict[str, None]] = [{} for _ in dates]
    for at, name in zip(code.tolist(), known["source"].tolist()):
        names[at][name] = None
    return pd.DataFrame(
        {
            "value": np.bincount(code, parts, len(dates)),
            "n": np.bincount(code, minlength=len(dates)).astype(np.int32),
            "sources": np.array([joined(one) for one in names], object),
        },
        index=pd.DatetimeIndex(dates, name="date"),
    )


def _of_readiness(source: Readable, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    import pandas as pd

    history = source.readiness_history(start, end).dropna(subset=["score"])
    return pd.DataFrame(
        {
            "value": history["score"].astype(float),
            "n": np.ones(len(history), np.int32),
            "sources": np.full(len(history), "vitalvault", object),
        },
        index=history.index,
    )


DAILY: dict[str, partial[pd.DataFrame]] = {
    "sleep_duration": partial(_of_sleep, column="asleep_min"),
    "time_in_bed": partial(_of_sleep, column="in_bed_min"),
    "sleep_deep": partial(_of_sleep, column="deep_min"),
    "sleep_light": partial(_of_sleep, column="light_min"),
    "sleep_rem": partial(_of_sleep, column="rem_min"),
    "sleep_awake": partial(_of_sleep, column="awake_min"),
    "readiness_score": partial(_of_readiness),
}
"""Metrics whose daily value is made of sleeps or of the analysis."""

OF_WORKOUTS = {
    "workout_duration": "duration_min",
    "workout_energy": "energy_kcal",
    "workout_hr_mean": "hr_mean",
    "workout_hr_max": "hr_max",
}
"""Metrics whose daily value is made of workouts, and the column it is made of."""


def daily_of(metric: str) -> partial[pd.DataFrame] | None:
    """Return what computes a metric's daily values of a reader; None if they are stored."""
    if metric in OF_WORKOUTS:
        return partial(_of_workouts, metric=metric)
    return DAILY.get(metric)


def inputs_of(vault: Vault, store: Store, until: int) -> Inputs:
    """Return what readiness reads of a vault up to a day, with the owner's choices of sources.

    The whole vault is read once for each state of the store; a day takes of it what it may know.
    """
    from vault.analysis.inputs import inputs_at

    found = store.remembered("recorded", lambda _: _recorded(vault))
    return inputs_at(found, until, preferences=store.preferences())


def _recorded(vault: Vault) -> Recorded:
    from vault.analysis.recorded import recorded
    from vault.reading.eras import Measured
    from vault.reading.reaction import every
    from vault.reading.strength import lifts

    return recorded(Measured(vault), reaction=every(vault), lifts=lifts(vault))


def computed(
    vault: Vault, store: Store, first: int | None, last: int | None
) -> tuple[Inputs, Columns, Bools]:
    """Return inputs and columns of days in order, and which of them were asked for; days to come are not.

    Before ``first`` stand days that are there only because those after them look back at them.
    """
    from vault.analysis.columns import FADE_DAYS, compute

    latest = latest_day(vault.clock, vault.home_zone)
    inputs = inputs_of(vault, store, latest if last is None else min(last, latest))
    day = inputs.days.astype(np.int64)
    asked = day >= (day[0] if first is None else first)
    start = max(0, int(np.argmax(asked)) - FADE_DAYS) if asked.any() else len(day) - 1
    return inputs.rows(slice(start, None)), compute(inputs, start), asked[start:]


def _known_days(inputs: Inputs) -> Bools:
    rows = np.vstack([inputs.tst_min, inputs.lnrmssd, inputs.rhr])
    return np.asarray(np.isfinite(rows).any(axis=0))


def readiness(vault: Vault, store: Store, day: int | None) -> Readiness:
    """Return one day's readiness, by default of the newest day with a night or a pulse, else of today."""
    from vault.analysis import readiness_at
    from vault.reading.rhythm import regularity

    latest = latest_for(day, vault.clock, vault.home_zone)
    inputs = inputs_of(vault, store, latest if day is None else day)
    known = np.flatnonzero(_known_days(inputs))
    if day is None and not len(known):
        return readiness(vault, store, latest - 1)
    at = int(known[-1]) if day is None else len(inputs.days) - 1
    told = readiness_at(inputs, inputs.days[at].item())
    sri = regularity(vault, store, day_of_date(told.date))
    return replace(told, context=replace(told.context, sri=sri))


def readiness_history(vault: Vault, store: Store, first: int | None, last: int | None) -> pd.DataFrame:
    """Return the days with a night or a pulse, as one table; days to come are none of them."""
    import pandas as pd

    from vault.analysis.score import band
    from vault.reading.frames import days

    inputs, columns, asked = computed(vault, store, first, last)
    rows = np.flatnonzero(_known_days(inputs) & asked)
    scored = columns.scored[rows]
    score = np.where(scored, columns.score[rows], np.nan)
    bands = [band(one) if known else None for one, known in zip(score.tolist(), scored.tolist())]
    return pd.DataFrame(
        {
            "score": score,
            "band": np.array(bands, object),
            "confidence": np.where(scored, columns.confidence[rows], 0.0),
            "device": np.where(scored, columns.device_score[rows], np.nan),
            "felt": columns.felt_score[rows],
        },
        index=days(inputs.days[rows].astype(np.int64).tolist()),
    )
