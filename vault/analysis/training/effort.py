"""One load for a workout, in points, by the best method its data allow, and which method that was.

Points are comparable: 100 is one hour at threshold, whether watts, heart or the person say so. The order is
that of directness: watts are the work itself; a heart rate curve sees every interval; its mean hides them; a
rating is the person's word; and a duration alone is taken as moderate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table
from vault.analysis.training.power import stress_score
from vault.analysis.training.session import SESSION
from vault.analysis.training.trace import BEATS
from vault.analysis.training.trimp import banister, reserve, trimp100

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.training.trace import Traces

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["DURATION", "METHODS", "RULE", "Efforts", "Sessions", "efforts", "rated"]

DURATION = "duration"
"""The method that is a guess."""

METHODS = ("power", "heart_rate_stream", "heart_rate_mean", "session_rpe", "set_rpe", DURATION)
"""What a workout's points may be from, the most direct first."""


@dataclass(frozen=True, slots=True)
class EffortRule:
    """Which data speak for a workout."""

    least_share: float
    cycling: list[str]
    felt_first: list[str]
    said_late_min: float


RULE = table("effort", EffortRule, of="training.toml")


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """What is known of workouts, [n] each, NaN where it isn't.

    Args:
        minutes: As the workout says, else from its start to its end.
        hr_mean: 1/min.
        hr_rest: Resting heart rate on the day, 1/min.
        hr_max: Highest heart rate known on the day, 1/min.
        session_rpe: CR10 of the whole session.
        set_rpe: Mean of its sets'.
        threshold_w: Threshold power known on the day; NaN where it is not of this sport.
        felt_first: Where a rating comes before the heart.
        traces: Of its curves.
    """

    minutes: Floats
    hr_mean: Floats
    hr_rest: Floats
    hr_max: Floats
    session_rpe: Floats
    set_rpe: Floats
    threshold_w: Floats
    felt_first: Bools
    traces: Traces


@dataclass(frozen=True, slots=True, eq=False)
class Efforts:
    """What workouts cost, [n] each: points and where from (one of METHODS), and the sums behind them.

    ``trimp`` is Banister's with the unsexed constants, of the curve where there is one, else of the mean.
    """

    points: Floats
    method: NDArray[np.object_]
    trimp: Floats
    normalized_w: Floats
    intensity: Floats
    tss: Floats


def efforts(told: Sessions) -> Efforts:
    """Return what each session cost."""
    shares = reserve(BEATS, told.hr_rest[:, None], told.hr_max[:, None])
    seen_min = told.traces.beats_s.sum(axis=-1) / 60
    curve_min = _whole(told.traces.beats_s / 60, seen_min, told.minutes)
    mean_share = reserve(told.hr_mean, told.hr_rest, told.hr_max)
    tss = stress_score(told.traces.powered_s, told.traces.normalized_w, told.threshold_w)
    powered = told.traces.powered_s / 60 >= RULE.least_share * told.minutes
    by = {
        "power": np.where(powered, tss, np.nan),
        "heart_rate_stream": trimp100(curve_min, shares).sum(axis=-1),
        "heart_rate_mean": trimp100(told.minutes, mean_share),
        "session_rpe": rated(told.minutes, told.session_rpe),
        "set_rpe": rated(told.minutes, told.set_rpe),
        DURATION: rated(told.minutes, np.full(len(told.minutes), SESSION.default_rpe)),
    }
    points, method = _first_known(by, told.felt_first)
    curve, mean = banister(curve_min, shares).sum(axis=-1), banister(told.minutes, mean_share)
    return Efforts(
        points,
        method,
        np.where(np.isfinite(curve), curve, mean),
        told.traces.normalized_w,
        told.traces.normalized_w / told.threshold_w,
        tss,
    )


def rated(minutes: Floats, rpe: Floats) -> Floats:
    """Return points of minutes that felt so hard (session RPE, Foster 2001); an hour at 7 is 100."""
    return 100 * minutes / 60 * rpe / SESSION.threshold_rpe


def _whole(curve_min: Floats, seen_min: Floats, minutes: Floats) -> Floats:
    """Take what a curve missed of a workout to be like what it saw; NaN where it saw too little."""
    enough = (seen_min > 0) & (seen_min >= RULE.least_share * minutes)
    missed = np.maximum(minutes / np.where(enough, seen_min, np.nan), 1.0)
    return curve_min * missed[:, None]


def _first_known(by: dict[str, Floats], felt_first: Bools) -> tuple[Floats, NDArray[np.object_]]:
    order = np.array(METHODS, object)
    points = np.array([by[name] for name in METHODS])
    first = np.isfinite(points).argmax(axis=0)
    is_rated = felt_first & np.isfinite(by["session_rpe"])
    first = np.where(is_rated, METHODS.index("session_rpe"), first)
    return points[first, np.arange(points.shape[1])], order[first]
