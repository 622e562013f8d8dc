"""All that readiness is made of, read once: tracks, nights, load, check-ins and tests of every day.

Reading costs a hundred times what laying out a day does, so a vault reads once for each state of its store
and ``vault.analysis.inputs`` takes from this what a day may know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.felt import RULE as FELT
from vault.analysis.overtraining import OVERTRAINING, declined
from vault.analysis.tracks import (
    daily_tracks,
    day_numbers,
    hrv_tracks,
    night_tracks,
    nightly_tracks,
    sleeps,
    whole_night_tracks,
)
from vault.analysis.training.effort import DURATION

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.overtraining import Lifts
    from vault.analysis.tracks import Sleeps, Source, Track

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Done", "Down", "Recorded", "Tests", "recorded"]

_TICKS = ("pain", "illness")


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """Workouts: the ``day`` of each, its load ``points``, and where they are guessed from duration; [n]."""

    day: Ints
    points: Floats
    guessed: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Tests:
    """Reaction tests by start: speed, usual and its upper end, in 1/s; [n]."""

    day: Ints
    speed: Floats
    usual: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Down:
    """On which of consecutive days lifts count as down, [n]."""

    day: Ints
    down: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What was recorded; days are counted from 1970-01-01.

    ``tracks`` are those of each column of ``vault.analysis.nights.VITALS``, ``answers`` those to each item of
    a check-in on ``checkin_days``. ``tests`` and ``down`` are None where nobody tests or lifts.
    """

    nights: Sleeps
    tracks: Mapping[str, Sequence[Track]]
    done: Done
    checkin_days: Ints
    answers: Mapping[str, Floats]
    tests: Tests | None
    down: Down | None


def recorded(
    source: Source,
    until: int | None = None,
    *,
    reaction: pd.DataFrame | None = None,
    lifts: Lifts | None = None,
) -> Recorded:
    """Read all that there is; of nights only those up to a day, if one is given."""
    nights = sleeps(source, until)
    checkins = source.checkins()
    asked = [item for item in (*FELT.items, *_TICKS) if item in checkins]
    return Recorded(
        nights=nights,
        tracks=_tracks(source, nights),
        done=_done(source.efforts()),
        checkin_days=day_numbers(checkins.index) if len(checkins) else np.empty(0, np.int64),
        answers={item: _numbers(checkins, item) for item in asked},
        tests=None if reaction is None else _tests(reaction),
        down=_down(lifts) if lifts is not None and len(lifts.day) else None,
    )


def _tracks(source: Source, nights: Sleeps) -> dict[str, list[Track]]:
    return {
        "lnrmssd": hrv_tracks(source, nights),
        "rhr": [
            *whole_night_tracks(source, "resting_heart_rate", nights),
            *daily_tracks(source, "sleeping_heart_rate_min"),
        ],
        "resp": [
            *nightly_tracks(source, "respiratory_rate", nights),
            *daily_tracks(source, "respiratory_rate_sleep_avg", "sleep"),
        ],
        "temp": [
            *night_tracks(source, "skin_temperature", nightly_tracks(source, "skin_temperature", nights)),
            *daily_tracks(source, "skin_temperature_deviation"),
        ],
    }


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    return np.asarray(frame[column].astype(float).to_numpy(np.float64, na_value=np.nan))


def _done(efforts: pd.DataFrame) -> Done:
    if not len(efforts):
        return Done(np.empty(0, np.int64), np.empty(0), np.empty(0, bool))
    guessed = (efforts["method"] == DURATION).to_numpy(bool)
    return Done(day_numbers(efforts["date"]), _numbers(efforts, "load"), guessed)


def _tests(reaction: pd.DataFrame) -> Tests:
    return Tests(
        day_numbers(reaction["date"]),
        *(_numbers(reaction, column) for column in ("mean_speed", "usual", "high")),
    )


def _down(lifts: Lifts) -> Down:
    """Ask of all days at once: a decline is told by earlier sets and holds for days from then on."""
    days = np.arange(lifts.day.min(), lifts.day.max() + OVERTRAINING.decline_valid_days + 1)
    return Down(days, declined(lifts, days))
