"""Asking a reader for what the page shows: what is not granted, or not there, is simply not told.

Only a refusal and an unknown name count as "not told". Any other error is one, and ends the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import numpy as np

from vault.errors import AccessDenied, UnknownMetric, UnknownRecord
from vault.time import day_of_date

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.readiness import Readiness
    from vault.readable import Moment, Readable

__all__ = ["Asked", "Owner", "column", "days_of", "told"]

P = ParamSpec("P")
T = TypeVar("T")


class Owner(Protocol):
    """What only an owner's ``Vault`` answers."""

    def conflicts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """See ``Vault.conflicts``."""
        ...

    def eras(self) -> pd.DataFrame:
        """See ``Vault.eras``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Who is asked, about which ``days`` days up to ``day``; and the day's readiness, asked already."""

    source: Readable
    day: date
    days: int
    readiness: Readiness | None
    owner: Owner | None

    @property
    def first(self) -> date:
        """The first of the days."""
        return self.first_of(self.days)

    def first_of(self, days: int) -> date:
        """Return the first of the last so many days, but not one before the page begins."""
        return self.day - timedelta(days=min(days, self.days) - 1)

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last day, since 1970-01-01."""
        return day_of_date(self.first), day_of_date(self.day)

    def frame(self, method: Callable[[date, date], pd.DataFrame], *needs: str) -> pd.DataFrame | None:
        """Return the table of these days; None without a row, or without a column that is needed."""
        found = told(method, self.first, self.day)
        return None if found is None or found.empty or not {*needs} <= {*found.columns} else found


def told(method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Return the answer of a reading method, None if it is not granted or not there."""
    try:
        return method(*args, **kwargs)
    except (AccessDenied, UnknownMetric, UnknownRecord):
        return None


def days_of(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the local days of a table with a ``date`` column or index, since 1970-01-01."""
    on = frame["date"] if "date" in frame.columns else frame.index
    return on.to_numpy().astype("datetime64[D]").astype(np.int64)


def column(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column of numbers; all NaN if it is left out, or told in words only."""
    if name not in frame.columns or frame[name].dtype.kind not in "biuf":
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(np.float64)
