"""One quantity beside its usual, day by day: what a chart of it shows.

The numbers are those the score is made of, so that a chart never contradicts a reason: last night with the
usual of the stream that speaks, and the week with the band that advice looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis import Inputs, Stream
    from vault.analysis.columns import Columns
    from vault.store.store import Store
    from vault.vault import Vault

    Floats = NDArray[np.float64]

__all__ = ["TERMS", "trend"]

TERMS = ("hrv", "rhr", "sleep", "resp", "temp", "felt")
_COLUMNS = {"hrv": "lnrmssd", "rhr": "rhr", "resp": "resp", "temp": "temp"}
_CV7 = {"hrv": "of ln HRV", "rhr": "of /min", "sleep": "of min", "resp": "of /min"}
"""What the coefficient of variation is of; a deviation and an answer have no zero to relate one to."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """A quantity in its own unit, the usual and the week of it, all [days]."""

    value: Floats
    centre: Floats
    sd: Floats
    mean7: Floats
    centre_before: Floats
    sd_before: Floats
    cv7: Floats


def trend(vault: Vault, store: Store, term: str, first: int | None, last: int | None) -> pd.DataFrame:
    """See ``Readable.trend``; days without a value are left out.

    ``attrs["cv7"]`` says what the coefficient is of: that of ln RMSSD is another number than that of RMSSD.

    Raises:
        InputError: There is no trend of that name.
    """
    import pandas as pd

    from vault.analysis.hrv.trend import worthwhile
    from vault.reading.derived import computed
    from vault.reading.frames import days

    if term not in TERMS:
        raise InputError("no trend of that name", hint=f"ask for one of {', '.join(TERMS)}")
    inputs, columns, asked = computed(vault, store, first, last)
    one = _felt(columns) if term == "felt" else _vital(columns, term)
    band_low, band_high = worthwhile(one.centre_before, one.sd_before)
    in_own_unit = {
        "value": one.value,
        "usual": one.centre,
        "low": one.centre - one.sd,
        "high": one.centre + one.sd,
        "mean7": one.mean7,
        "band_low": band_low,
        "band_high": band_high,
    }
    shown = _shown(columns, term)
    rows = np.flatnonzero(asked & np.isfinite(one.value))
    frame = pd.DataFrame(
        {name: shown(column)[rows] for name, column in in_own_unit.items()}
        | {"cv7": one.cv7[rows], "stream": _streams(inputs, columns, term)[rows]},
        index=days(inputs.days[rows].astype(np.int64).tolist()),
    )
    frame.attrs["cv7"] = _CV7.get(term, "")
    return frame


def _vital(columns: Columns, term: str) -> _Beside:
    from vault.analysis.baseline import pick
    from vault.analysis.hrv.trend import TREND, cv7, week_of

    vital = columns.terms.vitals[term]
    week = week_of(vital)
    mean7 = np.where(week.known >= TREND.min_nights, week.mean, np.nan)
    varied = pick(cv7(vital.streams), vital.row) if term in _CV7 else np.full(len(mean7), np.nan)
    return _Beside(vital.value, vital.usual.centre, vital.usual.sd, mean7, week.centre, week.sd, varied)


def _felt(columns: Columns) -> _Beside:
    """Return the check-ins; between them, what is usual stays what it was at the last one."""
    from vault.analysis.felt import RULE
    from vault.analysis.hrv.trend import TREND, before_the_week, week_mean

    felt = columns.felt
    known = felt.earlier >= RULE.min_checkins
    usual, sd = (_held(np.where(known, column, np.nan)) for column in (felt.usual, felt.sd))
    mean, count = week_mean(felt.mean)
    mean7 = np.where(count >= TREND.min_nights, mean, np.nan)
    nothing = np.full(len(mean7), np.nan)
    return _Beside(felt.mean, usual, sd, mean7, before_the_week(usual), before_the_week(sd), nothing)


def _held(column: Floats) -> Floats:
    """Return a column in which the last known value stands until the next, for as long as a baseline does."""
    from vault.analysis.baseline import RULE

    day = np.arange(len(column))
    last = np.maximum.accumulate(np.where(np.isfinite(column), day, 0))
    return np.where(day - last <= RULE.window_days, column[last], np.nan)


def _shown(columns: Columns, term: str) -> Callable[[Floats], Floats]:
    """Return what turns a column into the unit people see: ms, and K from the own centre."""
    if term == "hrv":
        return np.exp
    if term == "temp":
        centre = columns.terms.vitals["temp"].usual.centre
        return lambda column: column - centre
    return np.positive


def _streams(inputs: Inputs, columns: Columns, term: str) -> NDArray[np.object_]:
    """Name the stream that speaks each day; "" where none does, and where there are none to tell apart."""
    if term not in _COLUMNS:
        return np.full(len(inputs.days), "", object)
    vital = columns.terms.vitals[term]
    names = np.array([*map(_name, inputs.streams.get(_COLUMNS[term], ())), ""], object)
    return names[np.where(np.isfinite(vital.value), vital.row, -1)]


def _name(stream: Stream) -> str:
    device = f", {stream.device}" if stream.device else ""
    return f"{stream.source}{device}: {stream.metric} ({stream.window})"
