"""The eight terms of readiness v1, each in own standard deviations, positive = more ready.

A term compares last night, or the last days, with the person's own past and is cut at both ends. It is
missing (NaN, with a reason) when its input or its past is; a missing term is never a zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import trailing
from vault.analysis.hrv.trend import TREND, week_of, worthwhile
from vault.analysis.parameters import spread, table, term_rules
from vault.analysis.sleep_need import DEBT, NEED, debt_hours, sleep_need
from vault.analysis.vitals import Vital, vitals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.nights import Inputs

    Floats = NDArray[np.float64]

__all__ = ["LOAD", "TERMS", "Term", "Terms", "days_recorded", "terms"]

TERMS = term_rules()


@dataclass(frozen=True, slots=True)
class LoadRule:
    """The last days' training beside the last six weeks'."""

    days: int
    tau_days: float
    min_known: int
    fresh_days: int
    floor_share: float


@dataclass(frozen=True, slots=True)
class RiseRule:
    """The one-sided answer to a rise of breathing rate or temperature."""

    slope: float
    threshold_sd: float


LOAD = table("load", LoadRule)
RISE = table("rise", RiseRule)


@dataclass(frozen=True, slots=True)
class Term:
    """One term on every day; all [days].

    ``value`` is what is weighed. ``observed``, ``usual``, ``low`` and ``high`` are in the unit people
    see. ``missing`` is a key of the wording ("" where there is a value) and ``have`` its count.
    """

    value: Floats
    observed: Floats
    usual: Floats
    low: Floats
    high: Floats
    missing: NDArray[np.str_]
    have: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms by name, in the fixed order, and what else was learned on the way; all [days]."""

    each: dict[str, Term]
    vitals: dict[str, Vital]
    need_min: Floats

    def values(self) -> Floats:
        """Return the weighed values, [terms, days]."""
        return np.array([term.value for term in self.each.values()])


def terms(inputs: Inputs, recorded: NDArray[np.int64] | None = None) -> Terms:
    """Return the terms of every day (readiness.md 4.3).

    Args:
        inputs: What is known; the first days' terms lack what was before them.
        recorded: How many days training has been recorded for, [days]; without it, within the inputs.
    """
    begun = days_recorded(inputs.load) if recorded is None else recorded
    seen = vitals(inputs)
    tst_min = seen["sleep"].value
    need = sleep_need(tst_min, inputs.need_min)
    each = {
        "hrv": _vital_term("hrv", seen["hrv"], seen["hrv"].z, scale=np.exp),
        "rhr": _vital_term("rhr", seen["rhr"], -seen["rhr"].z),
        "hrv_trend": _trend(seen["hrv"]),
        "sleep": _sleep(seen["sleep"], need),
        "debt": _debt(tst_min, need),
        "load": _load(inputs.load, begun),
        "resp": _vital_term("resp", seen["resp"], _rise(seen["resp"].z)),
        "temp": _vital_term("temp", _from_centre(seen["temp"]), _rise(seen["temp"].z)),
    }
    return Terms({name: each[name] for name in TERMS}, seen, need)


def _cut(name: str, value: Floats) -> Floats:
    return np.asarray(np.clip(value, TERMS[name].low, TERMS[name].high))


def _rise(z: Floats) -> Floats:
    return -RISE.slope * np.maximum(z - RISE.threshold_sd, 0.0)


def _from_centre(vital: Vital) -> Vital:
    """Show a temperature as the distance from its centre, whether it came as such or as an absolute."""
    centre = vital.usual.centre
    return replace(vital, value=vital.value - centre, usual=replace(vital.usual, centre=centre - centre))


def _as_is(values: Floats) -> Floats:
    return values


def _vital_term(name: str, vital: Vital, value: Floats, scale: Callable[[Floats], Floats] = _as_is) -> Term:
    centre, sd = vital.usual.centre, vital.usual.sd
    return Term(
        _cut(name, value),
        scale(vital.value),
        scale(centre),
        scale(centre - sd),
        scale(centre + sd),
        vital.missing,
        vital.usual.nights,
    )


def _trend(hrv: Vital) -> Term:
    """Compare the mean of seven nights with the baseline that ended before them."""
    week = week_of(hrv)
    recent, past, centre, sd = week.known, week.nights, week.centre, week.sd
    missing = np.select(
        [past + recent == 0, past < TREND.min_baseline, recent < TREND.min_nights, ~np.isfinite(centre)],
        ["never", "trend_history", "trend_nights", "stale"],
        default="",
    )
    seen = np.where(missing == "", week.mean, np.nan)
    value = (seen - centre) / (TREND.widening * sd / np.sqrt(np.maximum(recent, 1)))
    low, high = worthwhile(centre, sd)
    have = np.where(past < TREND.min_baseline, past, recent)
    return Term(
        _cut("hrv_trend", value),
        np.exp(seen),
        np.exp(centre),
        np.exp(low),
        np.exp(high),
        missing,
        have,
    )


def _sleep(vital: Vital, need_min: Floats) -> Term:
    """Compare last night's sleep with the usual; before there is one, with a little under the need."""
    known = vital.usual.known
    centre = np.where(known, vital.usual.centre, need_min - NEED.margin_min)
    sd = np.where(known, vital.usual.sd, spread("sleep").prior)
    absent = np.where(np.isfinite(vital.value), "", vital.missing)
    value = _cut("sleep", (vital.value - centre) / sd)
    return Term(value, vital.value, centre, centre - sd, centre + sd, absent, vital.usual.nights)


def _debt(tst_min: Floats, need_min: Floats) -> Term:
    owed, nights = debt_hours(tst_min, need_min)
    value = _cut("debt", -(owed - DEBT.neutral_h) / DEBT.unit_h)
    even = np.full(len(owed), DEBT.neutral_h)
    missing = np.select([np.isfinite(owed), nights == 0], ["", "never"], default="debt_nights")
    return Term(value, owed, even, even - DEBT.unit_h, even + DEBT.unit_h, missing, nights)


def days_recorded(load: Floats) -> NDArray[np.int64]:
    """Return for each day how long ago the first known load was, below 0 before it."""
    known = np.flatnonzero(np.isfinite(load))
    return np.arange(len(load)) - (known[0] if len(known) else len(load))


def _load(load: Floats, begun: NDArray[np.int64]) -> Term:
    """Compare the last days' load with six weeks'; an unknown day counts as the mean of the known."""
    window = trailing(load, LOAD.days)
    known = np.isfinite(window)
    ages = np.arange(LOAD.days, 0, -1)
    within = ages <= begun[:, None]
    days, count = within.sum(axis=-1), known.sum(axis=-1)
    missing = np.select(
        [count == 0, count < LOAD.min_known, ~known[:, -LOAD.fresh_days :].any(axis=-1)],
        ["load_never", "load_history", "load_stale"],
        default="",
    )
    mean = np.where(known, window, 0.0).sum(axis=-1) / np.where(missing == "", count, np.nan)
    filled = np.where(known, window, mean[:, None])
    weights = np.where(within, np.exp(-(ages - 1) / LOAD.tau_days), 0.0)
    recent = (weights * filled).sum(axis=-1) / weights.sum(axis=-1)
    sd = np.sqrt(np.where(within, (filled - mean[:, None]) ** 2, 0.0).sum(axis=-1) / np.maximum(days, 1))
    spread_ = np.maximum(sd, LOAD.floor_share * mean)
    # Six weeks of rest have no spread; resting on is then the usual.
    value = -(recent - mean) / np.where(spread_ == 0, 1.0, spread_)
    low = np.maximum(mean - spread_, 0.0)
    return Term(_cut("load", value), recent, mean, low, mean + spread_, missing, count)
