"""One series read a year at a time, so that no export holds a whole history in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from vault.fhir.rows import rows
from vault.moment import range_ns

if TYPE_CHECKING:
    from vault.fhir.source import Source
    from vault.readable import Moment
    from vault.store.columns import Columns

__all__ = ["windows"]

_YEAR = timedelta(days=366)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def windows(
    source: Source, series: str, start: Moment | None = None, end: Moment | None = None
) -> Iterator[Columns]:
    """Yield the columns of a series whose start lies in [start, end), oldest year first."""
    table = source.metrics()
    spans = list(rows(table[table["metric"] == series]))  # one a unit, where a vendor changed it
    if not spans:
        return
    asked_first, asked_last = range_ns(start, end, source.home_zone)
    first, last = min(span["first"] for span in spans), max(span["last"] for span in spans) + 1_000
    begin = _moment(first if asked_first is None else max(first, asked_first))
    stop = _moment(last if asked_last is None else min(last, asked_last))
    while begin < stop:
        following = min(begin + _YEAR, stop)
        yield from source.columns(series, begin, following)
        begin = following


def _moment(ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ns // 1_000)
