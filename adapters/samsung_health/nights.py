"""Reads sleeps and their stages, which are tables of their own.

The idea: stages are read first and wait for the sleep whose id they name. Those whose sleep never comes are
handed over as they are, and nights are made of them when they are read. A day has one score of a name, so
that of its longest sleep is the day's; each sleep keeps its own in its details.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.values import number
from adapters.samsung_health.days import ORIGIN
from adapters.samsung_health.envelope import rows
from vault.records import Record, Score, SleepSession
from vault.time import DAY_NS, format_instant

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.samsung_health.devices import Devices
    from adapters.samsung_health.entries import Entry
    from adapters.samsung_health.times import Span
    from vault.records import Origin

__all__ = ["Nights", "Stages"]

_LONGEST_NS = 2 * DAY_NS
_CELLS = 4
"""Of a stage in its array: start, end, offset, code."""


class Stages:
    """The stages of an export, by the sleep they are of."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._waiting: dict[str, tuple[Origin, array[int]]] = {}

    def row(self, entry: Entry) -> Iterator[Record]:
        """Hold a stage."""
        span, code = entry.times.span(entry.row), number(entry.row.get("stage", ""))
        if isinstance(span, str):
            yield entry.reject(span)
        elif code is None or not 0 <= code < 1 << 31:
            yield entry.reject("bad-value")
        elif not 0 < span[1] - span[0] <= _LONGEST_NS:
            entry.count.leave("no-value")
        else:
            origin = self._devices.origin(entry.row)
            key = entry.row.get("sleep_id") or f"of no sleep, {origin.source}"
            self._waiting.setdefault(key, (origin, array("q")))[1].extend((*span, int(code)))
            entry.count.use()

    def end(self) -> Iterator[Record]:
        """Yield nothing: sleeps come later."""
        yield from ()

    def take(self, key: str, start: int, end: int) -> tuple[tuple[int, int, str], ...]:
        """Return the stages of a sleep between its start and end, in order, without overlaps."""
        found, at = [], start
        _, waiting = self._waiting.pop(key, (ORIGIN, array("q")))
        for begin, stop, _, code in sorted(_rows(waiting)):
            begin, stop = max(begin, at), min(stop, end)
            if begin < stop:
                found.append((begin, stop, _word(code)))
                at = stop
        return tuple(found)

    def rest(self, batches: Batches) -> None:
        """Add the stages that no sleep has taken, as samples."""
        for origin, waiting in self._waiting.values():
            for start, end, offset_min, code in _rows(waiting):
                batches.add("sleep_stage", start, end, offset_min, _word(code), origin)
        self._waiting.clear()


class Nights:
    """The sleeps of an export."""

    def __init__(self, devices: Devices, stages: Stages) -> None:
        self._devices = devices
        self._stages = stages
        self._scores: dict[tuple[int, str], tuple[tuple[int, int], Score]] = {}

    def row(self, entry: Entry) -> Iterator[Record]:
        """Yield a sleep, and hold Samsung's scores of it."""
        span = entry.times.span(entry.row)
        if isinstance(span, str):
            yield entry.reject(span)
        elif not 0 < span[1] - span[0] <= _LONGEST_NS:
            yield entry.reject("bad-date")
        else:
            entry.count.use()
            yield self._sleep(entry, span)

    def end(self) -> Iterator[Record]:
        """Yield the scores of each day."""
        yield from (score for _, score in self._scores.values())
        self._scores.clear()

    def _sleep(self, entry: Entry, span: Span) -> SleepSession:
        start, end, offset_min = span
        origin = self._devices.origin(entry.row)
        vendor = entry.row.get("datauuid", "")
        stages = self._stages.take(vendor, start, end)
        details: dict[str, object] = {}
        for told in rows("sleep.csv"):
            value = number(entry.row.get(told["column"], ""))
            if value is None or value <= float(told["above"]):
                continue
            details[told["detail"]] = value = round(value / float(told["divisor"]), 6)
            if told["score"]:
                day = entry.times.wake_day(end, offset_min)
                self._hold(Score(day, ORIGIN, told["score"], value, told["unit"]), (end - start, start))
        key = vendor or format_instant(start)
        return SleepSession(key, start, end, offset_min, origin, stages, details=details)

    def _hold(self, score: Score, rank: tuple[int, int]) -> None:
        """Keep a score if it is that of the longest sleep of its day so far."""
        key = score.day, score.score
        if key not in self._scores or rank > self._scores[key][0]:
            self._scores[key] = rank, score


def _rows(waiting: array[int]) -> Iterator[tuple[int, int, int, int]]:
    yield from zip(*(waiting[cell::_CELLS] for cell in range(_CELLS)))


def _word(code: int) -> str:
    return _words().get(code, "unknown")


@cache
def _words() -> dict[int, str]:
    return {int(row["code"]): row["stage"] for row in rows("stages.csv")}
