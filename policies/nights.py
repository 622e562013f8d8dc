"""Nights for a grantee: one row a date of waking, or one row a sleep where bed times are granted raw.

Each column is granted by its own name and cut to its own days; a date that no granted column covers has no
row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from policies import cut, tables
from policies.gate import Ask, Gate, Permit
from policies.precision import round_clock, round_to

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["asks", "by_date", "by_sleep", "lengths", "sleeps"]

ROWS = ("raw", "daily")


def lengths() -> dict[str, str]:
    """Return the category of each column of minutes."""
    return {column: needs[0] for column, needs in tables.columns("sleep").items()}


def asks() -> list[Ask]:
    """Return what a table of nights may hold."""
    return [Ask(name, ROWS) for name in (*lengths().values(), "sleep_times")]


def sleeps(gate: Gate, permits: Mapping[str, Permit]) -> pd.DataFrame:
    """Return the owner's sleeps of all days any permit covers, with days to spare on both sides."""
    return gate.owner.sleep(*cut.span(permits.values()))


def by_sleep(nights: pd.DataFrame, permits: Mapping[str, Permit], keep: list[str]) -> pd.DataFrame:
    """Return one row a sleep with its start and end, and the lengths that are granted raw."""
    times = permits["sleep_times"]
    rows = nights[cut.rows_within(nights, nights["date"], times, "source")]
    minutes = {column: name for column, name in lengths().items() if _raw(permits.get(name))}
    told = cut.only(rows, ["session_id", "date", "start", "end", "utc_offset_min", "is_nap", *minutes, *keep])
    for column, name in minutes.items():
        inside = cut.rows_within(rows, rows["date"], permits[name], "source")
        told[column] = told[column].astype(float).where(inside)
    return told


def _raw(permit: Permit | None) -> bool:
    return permit is not None and permit.action == "raw"


def by_date(nights: pd.DataFrame, permits: Mapping[str, Permit], gate: Gate) -> pd.DataFrame:
    """Return one row a date: the sum of its sleeps, naps included, for each granted length.

    Where bed times are granted daily, those of the longest sleep are told to the quarter hour.
    """
    import pandas as pd

    parts: dict[str, Any] = {}
    for column, name in lengths().items():
        if name in permits:
            parts[column] = _sums(nights, column, permits[name])
    if "sleep_times" in permits:
        parts |= _times(nights, permits["sleep_times"], gate)
    told = pd.DataFrame(parts).rename_axis("date").reset_index()
    return told.astype({"date": "datetime64[ns]"})


def _sums(nights: pd.DataFrame, column: str, permit: Permit) -> pd.Series[Any]:
    import pandas as pd

    rows = nights[cut.rows_within(nights, nights["date"], permit, "source")]
    sums = rows[column].astype(float).groupby(rows["date"]).sum(min_count=1).dropna()
    return pd.Series(round_to(sums, permit.category.rounding), index=sums.index)


def _times(nights: pd.DataFrame, permit: Permit, gate: Gate) -> dict[str, Any]:
    import pandas as pd

    rows = nights[cut.rows_within(nights, nights["date"], permit, "source")]
    longest = (rows["end"] - rows["start"]).groupby(rows["date"]).idxmax()
    main, home = rows.loc[longest], gate.owner.home_zone
    dates = pd.DatetimeIndex(main["date"])
    return {name: pd.Series(round_clock(main, name, home), index=dates) for name in ("start", "end")}
