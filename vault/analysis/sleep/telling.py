"""The rhythm of sleep in words: what it says, and why it does not say more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.readiness import Missing
from vault.analysis.reasons import number
from vault.analysis.sleep.bedtime import RULE as BEDTIME
from vault.analysis.sleep.caffeine import RULE as CAFFEINE
from vault.analysis.sleep.caffeine import residual_mg
from vault.analysis.sleep.clock import clock_text
from vault.analysis.sleep.jetlag import RULE as JET_LAG
from vault.analysis.sleep.phase import RULE as PHASE
from vault.analysis.sleep.regularity import RULE as REGULARITY
from vault.analysis.sleep.words import say

if TYPE_CHECKING:
    from vault.analysis.sleep.rhythm import SleepRhythm

__all__ = ["missing", "texts"]


def missing(found: SleepRhythm, nights: int, steady: int) -> tuple[Missing, ...]:
    """Return why fields are empty that are not suspended.

    ``nights`` are the main sleeps of seven days, ``steady`` those of them that no flight or shift turned.
    """
    suspended = {one.term for one in found.suspended}
    told = {
        "sri": (found.sri, say("missing", "sri", least=REGULARITY.min_days, have=found.sri_days)),
        "midsleep": (found.midsleep_h, _too_few(nights)),
        "chronotype": (found.chronotype_h, _no_jet_lag(found)),
        "social_jet_lag": (found.social_jet_lag_h, _no_jet_lag(found)),
        "dlmo": (found.dlmo_h, _too_few(steady)),
        "bedtime": (found.bedtime_earliest, _no_waking(found)),
        "caffeine_cutoff": (found.caffeine_cutoff, say("missing", "no_bedtime")),
        "caffeine_residual": (found.caffeine_residual_mg, _no_residual(found)),
    }
    return tuple(
        Missing(term, reason)
        for term, (value, reason) in told.items()
        if value is None and term not in suspended
    )


def _too_few(nights: int) -> str:
    if nights >= PHASE.min_nights:
        return say("missing", "scattered")
    return say("missing", "midsleep", least=PHASE.min_nights, days=PHASE.days, have=nights)


def _no_jet_lag(found: SleepRhythm) -> str:
    free, work = JET_LAG.min_free, JET_LAG.min_work
    if found.free_nights >= free and found.work_nights >= work:
        return say("missing", "scattered")
    have = {"have_free": found.free_nights, "have_work": found.work_nights}
    return say("missing", "jet_lag", free=free, work=work, **have)


def _no_waking(found: SleepRhythm) -> str:
    nights = found.free_nights + found.work_nights
    if nights >= BEDTIME.min_nights:
        return say("missing", "scattered")
    return say("missing", "wake", least=BEDTIME.min_nights, have=nights)


def _no_residual(found: SleepRhythm) -> str:
    return say("missing", "caffeine" if found.caffeine_mg is None else "no_bedtime")


def texts(found: SleepRhythm) -> tuple[str, ...]:
    """Return the sentences of what is known; whoever rounds the fields can have them made anew."""
    return (*_habit(found), *_body(found), *_caffeine(found))


def _habit(found: SleepRhythm) -> Iterator[str]:
    if found.sri is not None:
        yield say("texts", "sri", sri=round(found.sri), days=found.sri_days)
    if found.midsleep_h is not None:
        low, high = _clock(found.midsleep_low_h), _clock(found.midsleep_high_h)
        key = "midsleep" if low else "midsleep_alone"
        yield say("texts", key, middle=_clock(found.midsleep_h), days=PHASE.days, low=low, high=high)
    if found.chronotype_h is not None and found.social_jet_lag_h is not None:
        yield say(
            "texts",
            "chronotype",
            chronotype=_clock(found.chronotype_h),
            jet_lag=f"{found.social_jet_lag_h:.1f}",
            free=found.free_nights,
            work=found.work_nights,
            basis=say("jet_lag_basis", found.jet_lag_basis),
        )


def _body(found: SleepRhythm) -> Iterator[str]:
    if found.dlmo_h is not None:
        hours = (found.dlmo_h, found.dlmo_low_h, found.dlmo_high_h, found.cbtmin_h)
        onset, low, high, coolest = map(_clock, hours)
        yield say("texts", "phase", onset=onset, low=low, high=high, coolest=coolest)
    if found.bedtime_earliest is not None:
        yield say(
            "texts",
            "bedtime",
            wake=found.wake_target,
            need=number("sleep", found.need_min),
            latency=say(
                "latency",
                "measured" if found.latency_measured else "stand_in",
                minutes=round(found.latency_min),
            ),
            earliest=found.bedtime_earliest,
            latest=found.bedtime_latest,
            usual=say("texts", "usual", usual=found.bedtime_usual) if found.bedtime_usual else "",
        )
        if found.bedtime_held:
            yield say("texts", "held", hours=BEDTIME.after_onset_h)


def _caffeine(found: SleepRhythm) -> Iterator[str]:
    if found.caffeine_cutoff is not None:
        dose, hours = found.caffeine_dose_mg, found.caffeine_cutoff_h
        yield say(
            "texts",
            "cutoff",
            dose=round(dose),
            left=round(residual_mg(np.array([dose]), np.array([hours]))),
            cutoff=found.caffeine_cutoff,
            hours=f"{hours:.1f}",
            half_life=f"{CAFFEINE.half_life_h:g}",
        )
    if found.caffeine_residual_mg is not None and found.caffeine_mg is not None:
        yield say(
            "texts",
            "residual",
            total=round(found.caffeine_mg),
            left=round(found.caffeine_residual_mg),
            limit=round(CAFFEINE.residual_mg),
        )


def _clock(hour: float | None) -> str:
    return "" if hour is None else clock_text(hour)
