"""Zones out of the store: the limits as known on a day, what they are from, and today's ceiling.

The highest heart rate is one that was seen, or that somebody states; where there is none, there are no
zones by heart rate, and ``attrs["missing"]`` says why. The same for power without a threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.score import band
from vault.analysis.training.session import SESSION
from vault.analysis.training.zones import RULE, Limits, ceiling, hard, limits, rows, sustained
from vault.moment import Span
from vault.reading.load import days_of, peaks, rest, seen, threshold_w
from vault.reading.training import folded
from vault.time import date_of_day, day_of_date

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis.readiness import Readiness
    from vault.store.store import Store
    from vault.vault import Vault

__all__ = ["zones"]

_STATED = {
    "threshold": "polar_profile_anaerobic_threshold",
    "highest": "polar_profile_maximum_heart_rate",
}
"""Scores that state a heart rate, 1/min."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """A number that zones are made from: NaN where it is not known, and in words where it is from."""

    value: float
    words: str
    estimated: bool = False


def zones(vault: Vault, store: Store, day: int | None) -> pd.DataFrame:
    """Return the zones of a day, see ``Readable.zones``.

    ``attrs["missing"]`` tells by kind why there are none.

    Raises:
        InputError: the day has not come yet.
    """
    import pandas as pd

    on = _newest(vault, store) if day is None else day
    top = _ceiling(vault.readiness(date_of_day(on)))
    heart, power = _heart_rate(vault, store, on), _power(store, on)
    told = [*_told("heart_rate", "1/min", heart, top), *_told("power", "W", power, top)]
    columns = zip(*told) if told else ([] for _ in _COLUMNS)
    frame = pd.DataFrame({name: _column(name, cells) for name, cells in zip(_COLUMNS, columns)})
    frame.attrs["missing"] = {
        kind: found[2].words for kind, found in (("heart_rate", heart), ("power", power)) if not found[1]
    }
    return frame


_COLUMNS = ("kind", "zone", "name", "low", "high", "unit", "method", "basis", "estimated", "today")


def _column(name: str, cells: Sequence[object]) -> object:
    """Return a column as what it is; limits are objects, so that None stays what it says: open."""
    return np.array(cells, _TYPES.get(name, object))


_TYPES = {"zone": np.int64, "estimated": bool, "today": bool}

_Found = tuple[str, Sequence[Limits], _Basis]


def _told(kind: str, unit: str, found: _Found, top: int | None) -> Iterator[tuple[object, ...]]:
    method, table, basis = found
    for one in table:
        today = top is None or one.zone <= top
        yield (
            *(kind, one.zone, one.name, one.low, one.high, unit),
            *(method, basis.words, basis.estimated, today),
        )


def _newest(vault: Vault, store: Store) -> int:
    """Return the newest day with a score or a workout, else today."""
    trained, found = days_of(store, folded(store, Span())), vault.readiness()
    known = [*trained[-1:].tolist(), *([] if found.score is None else [day_of_date(found.date)])]
    return max(known, default=day_of_date(found.date))


def _ceiling(found: Readiness) -> int | None:
    """Return today's ceiling; where device and person disagree, the person's side decides about resting."""
    apart = found.disagreement is not None and found.felt is not None
    low = band(found.felt.score) if apart and found.felt else found.band
    return ceiling(low, found.advice.kind if found.advice else None)


def _heart_rate(vault: Vault, store: Store, day: int) -> _Found:
    threshold = _stated(store, "threshold", day)
    if np.isfinite(threshold):
        basis = _Basis(threshold, f"threshold {threshold:.0f} as stated in a profile")
        return "threshold", limits(rows("heart_rate", "threshold"), threshold), basis
    resting = float(rest(vault, np.array([day]))[0])
    most = _highest(store, day)
    if not np.isfinite(most.value):
        return "reserve", (), most
    if not np.isfinite(resting):
        return "reserve", (), _Basis(np.nan, "no usual resting heart rate: it takes 7 nights of the last 60")
    basis = _Basis(most.value, f"{most.words}; usual resting {resting:.0f}", most.estimated)
    return "reserve", limits(rows("heart_rate", "reserve"), most.value, resting), basis


def _highest(store: Store, day: int) -> _Basis:
    """Return the highest heart rate of the year up to a day: of a hard session, else the highest seen."""
    events = folded(store, Span())
    curves, on = seen(store, events), days_of(store, events)
    year = np.flatnonzero((on <= day) & (on > day - RULE.max_days))
    curves, on = curves.take(year), on[year]
    peak = np.where(hard(curves), curves.peak, np.nan)
    if np.isfinite(peak).any():
        at = int(np.nanargmax(peak))
        return _Basis(peak[at], f"highest {peak[at]:.0f} in a hard session on {date_of_day(int(on[at]))}")
    told = peaks([events[one] for one in year.tolist()], curves)
    told = np.where(np.isfinite(curves.peak) & ~sustained(curves), np.nan, told)
    told = np.append(told[told <= SESSION.hr_max_ceiling], _stated(store, "highest", day))
    if not np.isfinite(told).any():
        return _Basis(np.nan, "no highest heart rate was seen in the last year")
    most = float(np.nanmax(told))
    return _Basis(most, f"highest {most:.0f} seen, in no hard session", estimated=True)


def _stated(store: Store, what: str, day: int) -> float:
    """Return what a profile stated last up to a day, NaN if none did."""
    found = [one for one in store.scores(None, day) if one.score == _STATED[what] and one.value > 0]
    return float(found[-1].value) if found else np.nan


def _power(store: Store, day: int) -> _Found:
    watts = float(threshold_w(store, np.array([day]))[0])
    if not np.isfinite(watts):
        return "threshold", (), _Basis(watts, "no threshold power is known")
    basis = _Basis(watts, f"threshold power {watts:.0f}, the last one told")
    return "threshold", limits(rows("power", "threshold"), watts), basis
