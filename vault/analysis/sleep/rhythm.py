"""The rhythm of sleep on one wake date, made of its rooms: what is known, what is not, and why.

Regularity is told always. What is read off the clock (chronotype, melatonin, bedtime, caffeine's hour) is
suspended after a flight and in weeks with night shifts, and those nights never count for it later.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.analysis.readiness import Missing
from vault.analysis.sleep import bedtime as bed
from vault.analysis.sleep import caffeine, jetlag, phase, regularity, shift
from vault.analysis.sleep.caffeine import Doses
from vault.analysis.sleep.clock import clock_text, mean_hour, spread_h
from vault.analysis.sleep.telling import missing, texts
from vault.analysis.sleep.words import say
from vault.time import DAY_NS, HOUR_NS, date_of_day

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from vault.analysis.sleep.slept import Slept

    Floats = NDArray[np.float64]

__all__ = ["LOOK_BACK_DAYS", "SleepRhythm", "sleep_rhythm"]

LOOK_BACK_DAYS = 60
"""Sleeps of so many days are enough: four weeks, and what tells a flight or shifts at their beginning."""

BY_THE_CLOCK = ("chronotype", "social_jet_lag", "dlmo", "bedtime", "caffeine_cutoff")
"""What flights and night shifts suspend."""

_NO_LATENCY = np.empty(0)
_NO_DOSES = Doses(np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True, slots=True)
class SleepRhythm:
    """The rhythm of sleep up to a wake date.

    Hours (``_h``) are of the local clock, 0-24, unless said otherwise; times of day for people are "HH:MM".
    A field is None where ``missing`` or ``suspended`` says why.

    Args:
        date: The local day of waking.
        sri: Sleep Regularity Index, -100 to 100, of 28 days.
        sri_days: How many whole days were compared for it.
        midsleep_h: Middle of the main sleeps of seven days.
        midsleep_low_h: One circular standard deviation of 28 days before their mean ...
        midsleep_high_h: ... and after it: what is usual.
        chronotype_h: MSFsc.
        social_jet_lag_h: Hours between mid-sleep on free and on work days.
        free_nights: Main sleeps of 28 days that end on a free day.
        work_nights: The others.
        jet_lag_basis: What a free day is: "weekend".
        dlmo_h: Estimated dim-light melatonin onset.
        dlmo_low_h: It may be as early as this ...
        dlmo_high_h: ... or as late.
        cbtmin_h: Estimated lowest core temperature.
        need_min: The sleep need that the bedtime is counted with.
        wake_target: When this person wakes on days like the next.
        latency_min: Minutes to fall asleep.
        latency_measured: Whether that was measured, or stands in.
        bedtime_earliest: For the coming night.
        bedtime_latest: For the coming night.
        bedtime_usual: When this person went to bed in the last seven days.
        bedtime_held: Whether it is later than the need asks for, as sleep would not come sooner.
        caffeine_dose_mg: The drink that the cut-off is about: the usual one, or a cup of coffee.
        caffeine_cutoff_h: Hours before bed (a duration).
        caffeine_cutoff: The hour itself.
        caffeine_mg: What is recorded of that day.
        caffeine_residual_mg: What will be left at bedtime, of the day before too.
        suspended: Which fields the clock can't tell at present, and why.
        missing: Which fields need more data, and how much.
        texts: The same in sentences.
    """

    date: dt.date
    sri: float | None
    sri_days: int
    midsleep_h: float | None
    midsleep_low_h: float | None
    midsleep_high_h: float | None
    chronotype_h: float | None
    social_jet_lag_h: float | None
    free_nights: int
    work_nights: int
    jet_lag_basis: str
    dlmo_h: float | None
    dlmo_low_h: float | None
    dlmo_high_h: float | None
    cbtmin_h: float | None
    need_min: float
    wake_target: str | None
    latency_min: float
    latency_measured: bool
    bedtime_earliest: str | None
    bedtime_latest: str | None
    bedtime_usual: str | None
    bedtime_held: bool
    caffeine_dose_mg: float
    caffeine_cutoff_h: float
    caffeine_cutoff: str | None
    caffeine_mg: float | None
    caffeine_residual_mg: float | None
    suspended: tuple[Missing, ...]
    missing: tuple[Missing, ...]
    texts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        said = asdict(self)
        lists = {name: list(said[name]) for name in ("suspended", "missing", "texts")}
        return {**said, **lists, "date": self.date.isoformat()}


def sleep_rhythm(
    slept: Slept,
    day: int,
    need_min: float,
    latency_min: Floats = _NO_LATENCY,
    doses: Doses = _NO_DOSES,
) -> SleepRhythm:
    """Return the rhythm up to a day; sleeps and doses of later days are not looked at.

    Args:
        slept: Sleeps of at least the last ``LOOK_BACK_DAYS`` days, in any order.
        day: The wake date, days since 1970-01-01.
        need_min: The sleep need in minutes.
        latency_min: Minutes to fall asleep of the last four weeks, as far as measured.
        doses: Caffeine of the last four weeks.
    """
    known = slept.last(LOOK_BACK_DAYS, day)
    nights = known.main()
    steady, why = _steady(nights, day)
    week = steady.last(phase.RULE.days, day)
    body = phase.phase(week)
    told = {
        **_regularity(known, day),
        **_middle(nights, day),
        **_jet_lag(steady.last(jetlag.RULE.days, day)),
        "dlmo_h": _known(body.dlmo_h),
        "dlmo_low_h": _known(body.low_h),
        "dlmo_high_h": _known(body.high_h),
        "cbtmin_h": _known(body.cbtmin_h),
        "bedtime_usual": _clock(_mean(week.bed_h)),
        **_evening(steady, day, need_min, latency_min, doses, body.dlmo_h),
    }
    suspended = tuple(Missing(name, why) for name in BY_THE_CLOCK if why)
    found = SleepRhythm(
        date=date_of_day(day), need_min=need_min, suspended=suspended, missing=(), texts=(), **told
    )
    found = replace(found, missing=missing(found, len(nights.last(phase.RULE.days, day)), len(week)))
    return replace(found, texts=texts(found))


def _steady(nights: Slept, day: int) -> tuple[Slept, str]:
    """Return the main sleeps that tell a rhythm, and why there are none at present, if so."""
    days = np.arange(day - LOOK_BACK_DAYS + 1, day + 1)
    offset, middle = np.full(len(days), np.nan), np.full(len(days), np.nan)
    place = nights.date - days[0]
    offset[place] = np.where(nights.told, nights.offset_min, np.nan)
    middle[place] = nights.middle_h
    away, turned = shift.travelled(days, offset), shift.night_shift(days, middle)
    why = [say("suspended", "travelled", zones=round(shift.TRAVEL.zones_h))] if away[-1] else []
    if turned[-1]:
        count = shift.day_sleeps(days, middle)[-1]
        why.append(say("suspended", "night_shift", count=count, days=shift.NIGHT_SHIFT.days))
    usable = ~(away | turned)[place] & (not why)
    return nights.where(usable), "; ".join(why)


def _regularity(known: Slept, day: int) -> dict[str, Any]:
    found = regularity.regularity(known, day)
    return {"sri": _known(found.sri), "sri_days": found.days}


def _middle(nights: Slept, day: int) -> dict[str, Any]:
    week, month = (nights.last(days, day).middle_h for days in (phase.RULE.days, jetlag.RULE.days))
    middle, usual, spread = _mean(week), _mean(month), spread_h(month)
    return {
        "midsleep_h": _known(middle),
        "midsleep_low_h": _known((usual - spread) % 24),
        "midsleep_high_h": _known((usual + spread) % 24),
    }


def _mean(hours: Floats) -> float:
    return mean_hour(hours) if len(hours) >= phase.RULE.min_nights else math.nan


def _jet_lag(month: Slept) -> dict[str, Any]:
    found = jetlag.jet_lag(month, jetlag.weekends(month.date))
    return {
        "chronotype_h": _known(found.chronotype_h),
        "social_jet_lag_h": _known(found.social_jet_lag_h),
        "free_nights": found.free,
        "work_nights": found.work,
        "jet_lag_basis": "weekend",
    }


def _evening(
    steady: Slept, day: int, need_min: float, latency_min: Floats, doses: Doses, dlmo_h: float
) -> dict[str, Any]:
    """Return bedtime and caffeine of the coming night, counted back from waking."""
    wake = bed.wake_target(steady.last(bed.RULE.days, day), day)
    latency, measured = bed.usual_latency(latency_min)
    night = bed.bedtime(wake, need_min, latency, dlmo_h)
    dose = caffeine.usual_dose(doses.mg[doses.local_ns // DAY_NS <= day])
    cutoff = caffeine.cutoff_h(dose)
    return {
        "wake_target": _clock(wake),
        "latency_min": latency,
        "latency_measured": measured,
        "bedtime_earliest": _clock(wake - night.earliest),
        "bedtime_latest": _clock(wake - night.latest),
        "bedtime_held": night.held,
        "caffeine_dose_mg": dose,
        "caffeine_cutoff_h": cutoff,
        "caffeine_cutoff": _clock(wake - night.middle - cutoff),
        **_caffeine(doses, day, wake - night.middle),
    }


def _caffeine(doses: Doses, day: int, bed_h: float) -> dict[str, Any]:
    """Return what was taken on a day, and what of it is left at a bedtime (h, of the next day's clock)."""
    today = doses.local_ns // DAY_NS == day
    if not today.any():
        return {"caffeine_mg": None, "caffeine_residual_mg": None}
    before = (day + 1) * 24 + bed_h - doses.local_ns / HOUR_NS
    left = math.nan if math.isnan(bed_h) else caffeine.residual_mg(doses.mg, before)
    return {"caffeine_mg": float(doses.mg[today].sum()), "caffeine_residual_mg": _known(left)}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _clock(hour: float) -> str | None:
    return None if math.isnan(hour) else clock_text(hour)
