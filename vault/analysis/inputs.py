"""What a vault knows, as the columns readiness reads.

``inputs_from`` asks a reader (the owner's vault or a view) for nights, vitals, workouts and check-ins up
to a day and lays them out by wake date. What is not known stays NaN; what is known of a later day is not
looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import baseline, trailing
from vault.analysis.felt import RULE as FELT
from vault.analysis.load import SESSION, effort_points, hr_points
from vault.analysis.nights import Inputs, Stream
from vault.analysis.parameters import spread
from vault.analysis.tracks import (
    Source,
    Track,
    daily_tracks,
    day_numbers,
    hrv_tracks,
    nightly_tracks,
    sleeps,
)
from vault.time import day_of_date

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["inputs_from"]


def inputs_from(
    source: Source, until: date, *, need_min: float | None = None, felt_weight: float = 0.5
) -> Inputs:
    """Return the inputs of every day up to ``until``, which is the last row even if nothing is known of it.

    Args:
        source: The reader; the owner's is ``vault.reading.eras.Measured``, which tells devices apart.
        until: The last wake date.
        need_min: The person's stated sleep need in minutes, None to learn it.
        felt_weight: Share of the check-in in the combined score, 0-0.8.
    """
    last = day_of_date(until)
    nights = sleeps(source, last)
    vitals = {
        "lnrmssd": hrv_tracks(source, nights),
        "rhr": [
            *daily_tracks(source, "resting_heart_rate"),
            *daily_tracks(source, "sleeping_heart_rate_min"),
        ],
        "resp": [
            *nightly_tracks(source, "respiratory_rate", nights),
            *daily_tracks(source, "respiratory_rate_sleep_avg", "sleep"),
        ],
        "temp": [
            *daily_tracks(source, "skin_temperature"),
            *daily_tracks(source, "skin_temperature_deviation"),
        ],
    }
    workouts, checkins = source.workouts(), source.checkins()
    starts = [nights.days, *(track.days for tracks in vitals.values() for track in tracks)]
    starts += [day_numbers(workouts["date"])] if len(workouts) else []
    starts += [day_numbers(checkins.index)] if len(checkins) else []
    days = np.arange(min([last, *(int(one.min()) for one in starts if len(one))]), last + 1)
    rows = {name: _rows(tracks, days) for name, tracks in vitals.items()}
    load, estimated = _load(workouts, days, rows["rhr"][1])
    return Inputs(
        days=days.astype("datetime64[D]"),
        lnrmssd=rows["lnrmssd"][1],
        rhr=rows["rhr"][1],
        tst_min=_laid_out(nights.days, nights.asleep_min, days),
        resp=rows["resp"][1],
        temp=rows["temp"][1],
        load=load,
        stream=rows["lnrmssd"][0] or (Stream(),),
        checkin={item: _answers(checkins, item, days) for item in FELT.items if item in checkins},
        pain=_answers(checkins, "pain", days) > 0,
        illness=_answers(checkins, "illness", days) > 0,
        load_estimated=estimated,
        need_min=need_min,
        felt_weight=felt_weight,
    )


def _rows(tracks: Sequence[Track], days: Ints) -> tuple[tuple[Stream, ...], Floats]:
    """Lay tracks out as [streams, days], by their first day, so that a new device adds the last row."""
    known = sorted(
        (track for track in tracks if track.days[0] <= days[-1]),
        key=lambda track: (
            track.days[0],
            track.stream.metric,
            track.stream.source or "",
            track.stream.window,
            track.stream.device or "",
        ),
    )
    rows = [_laid_out(track.days, track.values, days) for track in known]
    return tuple(track.stream for track in known), np.array(rows or [np.full(len(days), np.nan)])


def _laid_out(at: Ints, values: Floats, days: Ints) -> Floats:
    column = np.full(len(days), np.nan)
    within = (at >= days[0]) & (at <= days[-1])
    column[at[within] - days[0]] = values[within]
    return column


def _answers(checkins: pd.DataFrame, item: str, days: Ints) -> Floats:
    if item not in checkins:
        return np.full(len(days), np.nan)
    return _laid_out(day_numbers(checkins.index), _numbers(checkins, item), days)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    return np.asarray(frame[column].astype(float).to_numpy(np.float64, na_value=np.nan))


def _load(workouts: pd.DataFrame, days: Ints, rhr: Floats) -> tuple[Floats, Bools | None]:
    """Return each day's load points, and where they had to be guessed from the duration.

    A day without a workout is rest while recording goes on, that is up to four weeks after the last
    workout before it; later, and before the first, it is unknown. Looking at the next workout instead
    would change a morning's score afterwards.
    """
    at = day_numbers(workouts["date"]) - days[0] if len(workouts) else np.empty(0, np.int64)
    within = (at >= 0) & (at < len(days))
    if not within.any():
        return np.full(len(days), np.nan), None
    at, done = at[within], workouts[within]
    points, guessed = _points(done, at, _resting(rhr), len(days))
    latest = np.full(len(days), -len(days) - SESSION.silence_days)
    latest[at] = at
    known = np.arange(len(days)) - np.maximum.accumulate(latest) <= SESSION.silence_days
    load = np.bincount(at, weights=points, minlength=len(days))
    estimated = np.bincount(at, weights=guessed, minlength=len(days)) > 0
    return np.where(known, load, np.nan), estimated


def _points(workouts: pd.DataFrame, at: Ints, resting: Floats, days: int) -> tuple[Floats, Bools]:
    """Return the load points of each workout: from its mean heart rate, else from its duration."""
    elapsed = (workouts["end"] - workouts["start"]).dt.total_seconds().to_numpy(np.float64) / 60
    stated, hr_mean = _numbers(workouts, "duration_min"), _numbers(workouts, "hr_mean")
    minutes = np.where(np.isfinite(stated), stated, elapsed)
    by_heart_rate = hr_points(
        minutes, hr_mean, resting[at], _highest(_numbers(workouts, "hr_max"), at, days)[at]
    )
    guessed = ~np.isfinite(by_heart_rate)
    return np.where(guessed, effort_points(minutes), by_heart_rate), guessed


def _resting(rhr: Floats) -> Floats:
    """Return the resting heart rate usual before each day, a default where it is not known yet."""
    resting = np.full(rhr.shape[-1], SESSION.hr_rest_default)
    for row in rhr[::-1]:
        centre = baseline(row, spread("rhr")).centre
        resting = np.where(np.isfinite(centre), centre, resting)
    return resting


def _highest(hr_max: Floats, at: Ints, days: int) -> Floats:
    """Return the highest heart rate seen in the year up to each day, at least a floor."""
    sane = np.isfinite(hr_max) & (hr_max <= SESSION.hr_max_ceiling)
    seen = np.full(days, SESSION.hr_max_floor)
    np.maximum.at(seen, at[sane], hr_max[sane])
    return np.asarray(np.fmax.reduce(trailing(seen, SESSION.hr_max_days, today=True), axis=-1))
