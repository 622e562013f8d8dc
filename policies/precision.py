"""Coarser on purpose: from single values to hours, days, weeks, words and a yes or no.

Hours and days are made of the values; weeks of the days as they are told, words of the weeks, a yes of the
words, so that from days down no rung tells what the rung above it does not. Weeks are Monday to Sunday,
whole, over, and inside of the granted days: otherwise asking for one day of a "week", or for the same week
twice, would give the days away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from policies import tables
from vault.errors import AccessDenied
from vault.reading.frames import instants
from vault.time import HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET, offsets_at

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd
    from numpy.typing import NDArray

    from policies.gate import Permit
    from policies.tables import Category

__all__ = ["hourly", "offsets", "reduced", "round_clock", "round_to", "start_ns"]

_KEYS = ("start", "end", "utc_offset_min", "source")


def round_to(values: Any, step: float | None) -> NDArray[np.float64]:
    """Round to multiples of a step; without a step there is no way to round, so nothing is given.

    Raises:
        AccessDenied: no step.
    """
    if step is None:
        raise AccessDenied("there is no rounding for this, so it is not released", hint="ask for it raw")
    # Twelve digits take away what dividing and multiplying left behind (0.30000000000000004).
    return np.round(np.round(np.asarray(values, np.float64) / step) * step, 12)


def reduced(frame: pd.DataFrame, permit: Permit, rung: str | None = None) -> pd.DataFrame:
    """Return ``value`` by ``date`` on a rung from daily down to yes_no (the permit's unless said).

    ``frame`` has ``value`` by local date and is cut to the days already. A running day is not told while it
    lasts, except for values of a night or of a whole day: who looks twice at a growing sum learns what
    happened between.

    Raises:
        AccessDenied: there is no transform to that rung.
    """
    rung, category = rung or permit.action, permit.category
    values = frame["value"].astype(float).dropna()
    if category.when not in ("day", "night"):
        values = values[np.asarray(values.index, "M8[D]") < np.datetime64(permit.today)]
    told = _rounded(values, category)
    if rung == "daily":
        return _frame(told)
    told = _weeks(told, permit)
    if rung == "weekly":
        return _frame(told)
    band = tables.bands().get(category.name)
    if band is None or rung not in ("band", "yes_no"):
        raise AccessDenied(f"there is no way to give {category.name} as {rung}")
    words = np.asarray(band.words, object)[np.digitize(told.to_numpy(float), band.edges)]
    if rung == "yes_no":
        words = np.array(["yes" if word in band.yes else "no" for word in words], object)
    return _frame(told.astype(object).mask(told.notna(), words))


def _rounded(values: pd.Series[Any], category: Category) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(round_to(values, category.rounding), index=values.index)


def _frame(values: pd.Series[Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"value": values.to_numpy()}, index=pd.DatetimeIndex(values.index, name="date"))


def _weeks(daily: pd.Series[Any], permit: Permit) -> pd.Series[Any]:
    """Return the mean of each whole week with enough days, by its Monday."""
    import pandas as pd

    count = np.asarray(daily.index, "M8[D]").astype(np.int64)
    monday = count - (count + 3) % 7  # 1970-01-01 was a Thursday
    weeks = daily.groupby(pd.DatetimeIndex(monday.astype("M8[D]").astype("M8[ns]")))
    mean = weeks.mean()
    begin = pd.DatetimeIndex(mean.index)
    end = begin + pd.Timedelta(days=6)
    enough = weeks.count().to_numpy() >= tables.data("precision")["week"]["min_days"]
    whole = enough & (end < pd.Timestamp(permit.today))
    if permit.first_day is not None:
        whole &= begin >= pd.Timestamp(permit.first_day)
    if permit.last_day is not None:
        whole &= end <= pd.Timestamp(permit.last_day)
    return _rounded(mean[whole], permit.category)


def hourly(
    frame: pd.DataFrame, rollup: str, step: float | None, bounds: tuple[int, int], home: ZoneInfo
) -> pd.DataFrame:
    """Return one row a local hour: start, end, utc_offset_min and the values of ``frame``, rounded.

    A sum is that of the source which counted most in the hour, because devices worn together count the
    same steps. ``bounds`` are [from, to) in UTC ns; only hours that lie in there whole are told.
    """
    import pandas as pd

    values = [name for name in frame.columns if name not in _KEYS]
    offset = offsets(frame, home)
    begin = (start_ns(frame) + offset * MINUTE_NS) // HOUR_NS * HOUR_NS - offset * MINUTE_NS
    table = (
        frame[values].astype(float).assign(_start=begin, _offset=offset, _source=frame["source"].astype(str))
    )
    table = table[(begin >= bounds[0]) & (begin + HOUR_NS <= bounds[1])]
    keys = ["_start", "_offset"]
    if rollup == "sum":
        hours = table.groupby([*keys, "_source"])[values].sum(min_count=1).groupby(level=keys).max()
    else:
        how = rollup if rollup in ("min", "max", "last") else "mean"
        hours = table.groupby(keys)[values].agg(how)
    begin = hours.index.get_level_values("_start").to_numpy(np.int64)
    told = {name: round_to(hours[name], step) for name in values}
    return pd.DataFrame(
        {
            "start": instants(begin),
            "end": instants(begin + HOUR_NS),
            "utc_offset_min": pd.array(hours.index.get_level_values("_offset").to_numpy(), "Int16"),
            **told,
        }
    )


def round_clock(frame: pd.DataFrame, column: str, home: ZoneInfo) -> Any:
    """Return a column of instants to the nearest quarter of an hour of local time."""
    step = tables.data("precision")["clock"]["minutes"] * MINUTE_NS
    offset = offsets(frame, home) * MINUTE_NS
    local = start_ns(frame, column) + offset
    return instants((local + step // 2) // step * step - offset)


def start_ns(frame: pd.DataFrame, column: str = "start") -> NDArray[np.int64]:
    """Return a column of UTC instants as int64 ns."""
    import pandas as pd

    index = pd.DatetimeIndex(frame[column]).tz_convert("UTC").tz_localize(None)
    return np.asarray(index.as_unit("ns").to_numpy().view(np.int64))


def offsets(frame: pd.DataFrame, home: ZoneInfo) -> NDArray[np.int64]:
    """Return the recorded UTC offsets in minutes, the home zone's where none was recorded."""
    recorded = np.array(frame["utc_offset_min"].astype("Int64").fillna(UNKNOWN_OFFSET), np.int16)
    return offsets_at(start_ns(frame), recorded, home)
