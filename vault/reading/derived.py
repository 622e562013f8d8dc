"""Daily values that are computed instead of stored: of nights, of workouts, and of the analysis."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import InputError
from vault.merge.speakers import shares
from vault.metrics import metric as catalogued
from vault.moment import latest_day
from vault.names import joined
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis import Inputs, Readiness
    from vault.readable import Moment, Readable
    from vault.vault import Vault

__all__ = ["DAILY", "OF_WORKOUTS", "daily_of", "readiness", "readiness_history"]


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


def _by_date(known: pd.DataFrame, parts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pd.DataFrame:
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


def _inputs(vault: Vault, until: int) -> Inputs:
    from vault.analysis import inputs_from
    from vault.reading.eras import Measured

    return inputs_from(Measured(vault), date_of_day(until))


def _known_days(inputs: Inputs) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    rows = np.vstack([inputs.tst_min, inputs.lnrmssd, inputs.rhr])
    return np.asarray(np.isfinite(rows).any(axis=0))


def readiness(vault: Vault, day: int | None) -> Readiness:
    """Return one day's readiness, by default of the newest day with a night or a pulse, else of today."""
    from vault.analysis import readiness_at

    latest = latest_day(vault.clock, vault.home_zone)
    if day is not None and day > latest:
        raise InputError("that day has not come yet", hint="ask for a day up to today")
    inputs = _inputs(vault, latest if day is None else day)
    known = np.flatnonzero(_known_days(inputs))
    if day is None and not len(known):
        return readiness(vault, latest - 1)
    at = int(known[-1]) if day is None else len(inputs.days) - 1
    return readiness_at(inputs, inputs.days[at].item())


def readiness_history(vault: Vault, first: int | None, last: int | None) -> pd.DataFrame:
    """Return the days with a night or a pulse, as one table; days to come are none of them."""
    import pandas as pd

    from vault import analysis
    from vault.reading.frames import days

    latest = latest_day(vault.clock, vault.home_zone)
    inputs = _inputs(vault, latest if last is None else min(last, latest))
    counts = inputs.days.astype(np.int64)
    wanted = _known_days(inputs) & (counts >= (counts[0] if first is None else first))
    found = analysis.readiness_history(inputs, inputs.days[0].item(), inputs.days[-1].item())
    kept = [one for one, is_wanted in zip(found, wanted.tolist()) if is_wanted]
    return pd.DataFrame(
        {
            "score": np.array([one.score for one in kept], np.float64),
            "band": np.array([one.band for one in kept], object),
            "confidence": np.array([one.confidence for one in kept], np.float64),
            "device": np.array([one.device.score if one.device else None for one in kept], np.float64),
            "felt": np.array([one.felt.score if one.felt else None for one in kept], np.float64),
        },
        index=days(counts[wanted].tolist()),
    )
