"""Sleep need and debt on one wake date: readiness's own two numbers, with what they rest on.

Nothing is computed here that readiness does not compute; a second formula would be a second truth.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from vault.analysis import reasons
from vault.analysis.baseline import trailing
from vault.analysis.nights import gated
from vault.analysis.parameters import document
from vault.analysis.reasons import number
from vault.analysis.sleep.words import say
from vault.analysis.sleep_need import DEBT, NEED, debt_hours, sleep_need
from vault.time import date_of_day

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SleepDebt", "sentence", "sleep_debt"]

Basis = Literal["learned", "stated", "default"]


@dataclass(frozen=True, slots=True)
class SleepDebt:
    """Need and debt of sleep on a wake date.

    Args:
        date: The local day of waking.
        debt_h: Hours a night below the need over the last 14 nights, recent ones weighing more; below 0 where
            more was slept; None (see ``missing``) when fewer than 5 nights are known.
        need_min: The need in minutes.
        need_basis: Whether the need was learned, stated, or stands in until it is learned.
        nights: How many of the last 14 nights are known.
        asleep_min: Minutes asleep that date, naps included; None where unknown or implausible.
        missing: Why there is no debt.
        text: The same in a sentence.
    """

    date: dt.date
    debt_h: float | None
    need_min: float
    need_basis: Basis
    nights: int
    asleep_min: float | None
    missing: str | None
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        return {**asdict(self), "date": self.date.isoformat()}


def sleep_debt(tst_min: Floats, day: int, stated_min: float | None = None) -> SleepDebt:
    """Return need and debt of a day (readiness.md 1.4).

    Args:
        tst_min: Minutes asleep of consecutive wake dates, naps included, [n]; the last is ``day``'s.
        day: Days since 1970-01-01.
        stated_min: The need, if the person states it.
    """
    slept, _ = gated(tst_min, *document("parameters.toml")["gates"]["sleep"])
    need = sleep_need(slept, stated_min)
    owed, known = debt_hours(slept, need)
    nights = int(known[-1])
    debt = None if math.isnan(owed[-1]) else float(owed[-1])
    found = SleepDebt(
        date=date_of_day(day),
        debt_h=debt,
        need_min=float(need[-1]),
        need_basis=_basis(slept, stated_min),
        nights=nights,
        asleep_min=None if math.isnan(slept[-1]) else float(slept[-1]),
        missing=None if debt is not None else reasons.say("missing", "debt_nights", have=nights),
        text="",
    )
    return replace(found, text=sentence(found))


def _basis(slept: Floats, stated_min: float | None) -> Basis:
    if stated_min is not None:
        return "stated"
    known = np.isfinite(trailing(slept, NEED.nights)[-1]).sum()
    return "learned" if known >= NEED.min_nights else "default"


def sentence(found: SleepDebt) -> str:
    """Return the fields in a sentence; whoever rounds them can have it made anew."""
    said = {
        "need": number("sleep", found.need_min),
        "basis": say("basis", found.need_basis, window=NEED.nights, least=NEED.min_nights),
        "nights": found.nights,
        "of": DEBT.nights,
    }
    if found.debt_h is None:
        return say("debt", "unknown", least=DEBT.min_nights, **said)
    even = (DEBT.neutral_h - DEBT.unit_h, DEBT.neutral_h + DEBT.unit_h)
    owed, low, high = (number("debt", hours) for hours in (found.debt_h, *even))
    return say("debt", "owed", debt=owed, low=low, high=high, **said)
