"""Rows of the tables readers return, as plain dicts: instants as UTC ns, what is missing as None."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["offset_of", "rows"]


def rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield each row by column name; instants (aware datetimes) become int ns, NaN and NA None."""
    columns = [_plain(frame[name]) for name in frame.columns]
    for values in zip(*columns):
        yield dict(zip(frame.columns, values))


def offset_of(row: dict[str, Any]) -> int:
    """Return a row's recorded offset in minutes, or UNKNOWN_OFFSET."""
    offset = row.get("utc_offset_min")
    return UNKNOWN_OFFSET if offset is None else int(offset)


def _plain(column: pd.Series[Any]) -> list[Any]:
    if getattr(column.dtype, "tz", None) is not None:
        instants: list[Any] = column.astype("datetime64[ns, UTC]").astype("int64").tolist()
        return instants
    missing = column.isna()
    return [None if gone else value for value, gone in zip(column.tolist(), missing.tolist())]
