"""Daily values: what the samples of a series come to on each local day, kept so that years read in a blink.

They are made from the chunks by ``vault.merge`` and hold nothing of their own. When months change, every
local day that a sample of them can touch is made anew, from all samples that can touch those days.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault import metrics
from vault.errors import Tampered
from vault.merge.overlap import Daily, merged_daily
from vault.merge.rows import LONGEST_NS
from vault.merge.windows import METRICS as WINDOWED
from vault.merge.windows import windows_of
from vault.store import chunks, seals
from vault.store.columns import concat
from vault.store.numbering import numbered, renumbered, spans
from vault.store.packing import decimals, frame, pack_texts, plan_ints
from vault.store.unpacking import Unpacker, indices
from vault.time import DAY_NS

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.metrics import Metric
    from vault.records import Origin
    from vault.store.columns import Columns
    from vault.store.sources import Sources

__all__ = ["read", "refresh"]

_FORM = 2
_PREFIX = struct.Struct("<Ib")
_WINDOW_ROWS = 500_000
_KEPT_BYTES = 31 << 20
_COLUMNS = ("day", "value", "n", "source_set")
_DAYS_IN_YEAR = 366
_FIRST_DAY, _LAST_DAY = -366, 366 * 400


@dataclass(frozen=True, slots=True)
class _Days:
    """Daily values as they are stored: ``sets`` are JSON arrays of source names, best first."""

    day: NDArray[np.int64]
    value: NDArray[np.float64]
    n: NDArray[np.int64]
    source_set: NDArray[np.int32]
    sets: Sequence[str]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> _Days:
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})


def refresh(
    connection: Connection,
    origins: Sequence[Origin],
    sources: Sources,
    home: ZoneInfo,
    written: Mapping[int, Collection[int] | None] | None = None,
) -> None:
    """Make the days anew that depend on the given months by series (None: all), within a transaction."""
    for series, name in connection.execute("SELECT id, metric FROM series ORDER BY id").fetchall():
        metric = metrics.find(name)
        if metric is None or metric.is_coded or metric.rollup == "none":
            continue
        if written is None or series in written:
            months = None if written is None else written[series]
            windows = _windows(connection, series, months, whole=metric.time == "night")
            for (first, last), rows in _read(connection, series, metric, windows, origins):
                made = _made(rows, metric, sources, home)
                _replace(connection, series, first // DAY_NS - 1, last // DAY_NS + 1, made)


def _read(
    connection: Connection,
    series: int,
    metric: Metric,
    windows: Iterable[tuple[int, int]],
    origins: Sequence[Origin],
) -> Iterator[tuple[tuple[int, int], Columns]]:
    """Yield windows, ascending, and what reaches into their days, whose first and last are not whole.

    What reaches into two windows is unpacked once.
    """
    nightly = metric.time == "night"
    brief = not nightly and metric.name not in WINDOWED
    # A day begins and ends within a day of its date in UTC, and so does what it shares time with; but a
    # night is one piece, which may have begun long before the day it counts on.
    before = 4 * DAY_NS + (LONGEST_NS if nightly else 0)
    # Else glibc gives what a window frees back to the system, and half of the time goes into asking for it
    # again: what it keeps is twice the largest block that was freed, up to 32 MB (mallopt(3)).
    np.empty(_KEPT_BYTES, np.uint8)
    parts: list[Columns] = []
    read_to = np.iinfo(np.int64).min
    for window in windows:
        low, high = window[0] - before, window[1] + 4 * DAY_NS
        new = chunks.read(connection, series, _REACHES, (low, read_to, high), origins, brief=brief)
        parts = [_lasting(part, low) for part in (*parts, *new) if part.end.max() >= low]
        read_to = max(read_to, high)
        near = [_begun(part, high) for part in parts if part.start[0] < high]
        yield window, _joined_brief(near) if brief else concat(near)


_REACHES = "last >= ? AND first >= ? AND first < ?"


def _lasting(rows: Columns, low: int) -> Columns:
    return rows if rows.start[0] >= low else rows.take(rows.end >= low)


def _begun(rows: Columns, high: int) -> Columns:
    return rows if rows.start[-1] < high else rows.take(slice(np.searchsorted(rows.start, high)))


def _joined_brief(parts: Sequence[Columns]) -> Columns:
    """Join only the columns that are asked for: the others would be half of the bytes."""
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("start", "end", "offset_min", "value", "origin")
    }
    return replace(parts[0], **joined)


def _made(rows: Columns, metric: Metric, sources: Sources, home: ZoneInfo) -> _Days:
    made = merged_daily(
        rows.start,
        rows.end,
        rows.offset_min,
        np.asarray(rows.value, np.float64),
        sources.of_origin[rows.origin],
        windows=windows_of(metric.name, rows.note, rows.notes),
        **sources.merging(metric, home),
    )
    names = sources.names
    sets = [json.dumps(list(dict.fromkeys(names[code] for code in codes))) for codes in made.sets]
    return _Days(made.day.astype(np.int64), made.value, made.n.astype(np.int64), made.source_set, sets)


def _windows(
    connection: Connection, series: int, months: Collection[int] | None, *, whole: bool
) -> Iterator[tuple[int, int]]:
    """Yield (first start, last instant) of runs of months, as many as fit into memory.

    A sample may reach over the following month. Only ``whole`` ones, which count on the day of their
    end, do so for longer than ``LONGEST_NS``.
    """
    query = """
        SELECT month, sum(n), min(first), max(last) FROM chunk WHERE series = ? GROUP BY month ORDER BY month
    """
    runs: list[tuple[int, int, int, int]] = []
    for month, n, first, last in connection.execute(query, (series,)).fetchall():
        if months is not None and month not in months:
            continue
        if not whole:
            last = min(last, int(chunks.MONTH_STARTS[month + 1]) + LONGEST_NS)
        if runs and runs[-1][0] == month - 1 and runs[-1][1] + n <= _WINDOW_ROWS:
            _, rows, begin, end = runs[-1]
            runs[-1] = month, rows + n, begin, max(end, last)
        else:
            runs.append((month, n, first, last))
    yield from ((first, last) for _, _, first, last in runs)


def _replace(connection: Connection, series: int, first_day: int, last_day: int, made: _Days) -> None:
    """Put the days first..last in the place of those that are stored."""
    made = made.take((made.day >= first_day) & (made.day <= last_day))
    first_year, last_year = _year(np.array([first_day, last_day])).tolist()
    stored = _stored(connection, series, first_year, last_year)
    kept = stored.take((stored.day < first_day) | (stored.day > last_day))
    days = _joined([kept, made])
    days = days.take(np.argsort(days.day, kind="stable"))
    connection.execute(
        "DELETE FROM daily WHERE series = ? AND year BETWEEN ? AND ?", (series, first_year, last_year)
    )
    if len(days.day):
        rows = [(series, year, hashlib.sha256(data).digest(), data) for year, data in _packed(days)]
        connection.executemany("INSERT INTO daily VALUES (?, ?, ?, ?)", rows)


def _year(day: NDArray[np.int64]) -> NDArray[np.int64]:
    return day.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970


def _joined(parts: Sequence[_Days]) -> _Days:
    source_set, sets = renumbered([part.source_set for part in parts], [part.sets for part in parts])
    day, value, n = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("day", "value", "n")
    )
    return _Days(day, value, n, source_set, sets)


def _stored(connection: Connection, series: int, first_year: int, last_year: int) -> _Days:
    query = "SELECT sha256, data FROM daily WHERE series = ? AND year BETWEEN ? AND ? ORDER BY year"
    seals.check(connection, f"daily:{series}")
    parts = [_NO_DAYS]
    for sha256, data in connection.execute(query, (series, first_year, last_year)):
        seals.check_frame(data, sha256)
        parts.append(_unpacked(data))
    return _joined(parts)


def _packed(days: _Days) -> Iterator[tuple[int, bytes]]:
    """Yield each year and its frame; days are at least one, ascending."""
    year = _year(days.day)
    edges = np.append(np.flatnonzero(np.diff(year, prepend=-1)), len(year)).astype(np.intp)
    value, scales = decimals(days.value, edges)
    sets = numbered(days.source_set, edges)
    plans = [plan_ints(column, edges) for column in (days.day, value, days.n, sets.column.astype(np.int64))]
    for index, (first, end) in enumerate(spans(edges)):
        parts = [_PREFIX.pack(end - first, scales[index])]
        for plan in plans:
            parts += plan.chunk(index, first, end)
        parts.append(pack_texts([days.sets[used] for used in sets.used[index]]))
        yield int(year[first]), frame(_FORM, b"".join(parts))


def _unpacked(data: bytes) -> _Days:
    body = Unpacker(data, _FORM)
    length, scale = body.struct(_PREFIX)
    if length > _DAYS_IN_YEAR:
        raise Tampered("a stored year has too many days")
    day, value, n = body.ints(length), body.scaled(length, scale), body.ints(length)
    source_set = body.ints(length)
    sets = body.texts()
    body.done()
    return _Days(day, value, n, indices(source_set, len(sets)), sets)


_NO_DAYS = _Days(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64), np.empty(0, np.int32), [])


def read(
    connection: Connection, series: int, first_day: int | None, last_day: int | None
) -> tuple[Daily, list[str]]:
    """Return the daily values of local days, both ends included, and the names its sources point at."""
    limits = [_FIRST_DAY if first_day is None else first_day, _LAST_DAY if last_day is None else last_day]
    days = _stored(connection, series, *_year(np.array(limits)).tolist())
    days = days.take((days.day >= limits[0]) & (days.day <= limits[1]))
    sets: list[list[str]] = [json.loads(text) for text in days.sets]
    names = sorted({name for one in sets for name in one})
    codes = {name: code for code, name in enumerate(names)}
    told = [tuple(codes[name] for name in one) for one in sets]
    return Daily(days.day.astype(np.int32), days.value, days.n.astype(np.int32), days.source_set, told), names
