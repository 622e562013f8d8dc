"""Days of which a vendor's total tells far more than all intervals together: then the total speaks, alone.

A total says how much and not when, so it can't be united with intervals and is never added to them. But an
export that kept totals only, or a device that wrote one minute of a day, would make a day of forty steps out
of nine thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["TOO_LITTLE", "TOTALS", "missed", "with_totals"]

TOTALS = {"steps": "steps_daily"}
"""Metrics of intervals, and the total of a day that vendors state of the same."""

TOO_LITTLE = 0.5
"""Intervals that hold less than this share of the total have missed most of the day: two counters worn by one
person differ by a tenth or two, and a phone left on a desk by half."""


def missed(told: Floats, total: Floats) -> Bools:
    """Return where what intervals told, NaN where nothing, is too little of a day of that total."""
    return ~(told >= TOO_LITTLE * total)


def with_totals(intervals: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Return the daily values of both, by date: of each day those of the intervals, or the total."""
    import pandas as pd

    told = intervals["value"].reindex(totals.index).to_numpy(np.float64)
    speaking = totals[missed(told, totals["value"].to_numpy(np.float64))]
    if speaking.empty:
        return intervals
    rest = intervals[~intervals.index.isin(speaking.index)]
    return pd.concat([rest, speaking]).sort_index() if len(rest) else speaking
