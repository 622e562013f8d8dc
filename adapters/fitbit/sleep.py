"""Reads the sleep logs of a Fitbit archive: wall clocks, stages, and the short wakes that lie over them.

The idea: what a log says of a night is a run of segments without gaps, and over it wakes of three minutes and
less, which are cut into them. Its clocks are the wrist's: where one was changed in the night, the seconds
that a log counts say on which side of the change a time is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from adapters.fitbit.context import ORIGIN, Context, Read
from adapters.fitbit.documents import BAD_DATE, clock_of_stamp, objects_of
from adapters.formats.values import member, number, objects, said, snake, text
from adapters.tables import table
from vault.records import Record, Rejection, SleepSession
from vault.time import DAY_NS, HOUR_NS, MILLISECOND_NS, MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.fitbit.wall import WallClock
    from adapters.formats.counting import Count
    from adapters.formats.items import Json

__all__ = ["READERS"]

_LONGEST_NS = 2 * DAY_NS
_QUARTER_NS = 15 * MINUTE_NS
_LEFT = frozenset(("logId", "startTime", "endTime", "levels", "mainSleep"))
_MINUTES = {"asleep_min": "minutesAsleep", "awake_min": "minutesAwake", "in_bed_min": "timeInBed"}
"""What nights are made of where a log has no stages."""


class _Night(NamedTuple):
    """A log's span: ``clock`` shows local time (ns), ``start`` and ``end`` are UTC ns.

    ``change_ns`` is how far the log's own clock was put forward in it; ``zone`` says by which zone ``wall``
    made instants of its ends.
    """

    clock: int
    start: int
    end: int
    offset_min: int
    change_ns: int
    zone: str
    wall: WallClock

    def instant(self, clock: int, elapsed_ns: int) -> int:
        """Return what a clock of the log showed so long after its start, as UTC ns."""
        since = clock - self.clock
        is_after = abs(since - self.change_ns - elapsed_ns) < abs(since - elapsed_ns)
        return self.start + since - (self.change_ns if is_after else 0)


class _Segment(NamedTuple):
    """From an instant to another; ``clock`` is what the log's clock showed at the start."""

    start: int
    end: int
    stage: str
    clock: int


def _read(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the sleeps of a file; of a log that is in two files, the one that is read first."""
    for entry in objects_of(stream, count):
        if isinstance(entry, Rejection):
            yield entry
            continue
        position, log = entry
        night = _night(log, context)
        key = ("sleep", str(log.get("logId") or log.get("startTime")))
        if isinstance(night, str):
            yield count.reject(night, position)
        elif key in context.read_logs:
            count.repeat()
        elif context.told.has("sleep", np.array([(night.start + night.end) // 2]))[0]:
            count.leave("mirror")
        else:
            context.read_logs.add(key)
            count.use()
            yield _sleep(key[1], log, night)


def _night(log: Json, context: Context) -> _Night | str:
    """Return when a sleep was, or why that can't be told."""
    clocks = [clock_of_stamp(log.get(name)) for name in ("startTime", "endTime")]
    if clocks[0] is None or clocks[1] is None:
        return BAD_DATE
    start, offset_min, zone = context.wall.instant_of(clocks[0])
    end, end_offset, _ = context.wall.instant_of(clocks[1])
    shown, elapsed = clocks[1] - clocks[0], _elapsed(log, end - start)
    if elapsed == shown and elapsed != end - start and context.wall.shows_twice(start):
        start += HOUR_NS
    elif elapsed != end - start:
        end = start + elapsed
        is_unchanged = elapsed == shown  # nobody changed the clock of this log
        end_offset = offset_min if is_unchanged else int(context.wall.offsets_at(np.array([end]))[0])
    if not 0 < end - start <= _LONGEST_NS:
        return "end-before-start" if end <= start else BAD_DATE
    return _Night(clocks[0], start, end, end_offset, shown - (end - start), zone, context.wall)


def _elapsed(log: Json, between_ns: int) -> int:
    """Return how long a sleep was, in ns: what lies between its ends, unless its minutes say otherwise.

    They do by quarters of an hour if a clock was changed in it, or shows an end of it twice; by anything else
    if somebody edited it.
    """
    told = number(log.get("duration"))
    if told is None or not 0 < told * MILLISECOND_NS <= _LONGEST_NS:
        return between_ns
    lasted = round(told * MILLISECOND_NS)
    seconds = (between_ns - lasted) % _QUARTER_NS
    return lasted + seconds if seconds < MINUTE_NS else between_ns


def _sleep(key: str, log: Json, night: _Night) -> SleepSession:
    main, stages = log.get("mainSleep"), _stages(log, night)
    told = said(log, _LEFT)
    assert isinstance(told, dict)
    details: dict[str, object] = {snake(name): value for name, value in told.items()} | {"zone": night.zone}
    if not stages:
        minutes = {name: number(log.get(own)) for name, own in _MINUTES.items()}
        details |= {name: value for name, value in minutes.items() if value is not None}
    is_nap = not main if isinstance(main, bool) else None
    return SleepSession(key, night.start, night.end, night.offset_min, ORIGIN, stages, is_nap, details)


def _stages(log: Json, night: _Night) -> tuple[tuple[int, int, str], ...]:
    """Return the segments with the short wakes cut in; neighbours of one stage are one."""
    levels = member(log, "levels")
    long = _segments(objects(levels.get("data")), night)
    places = [segment.start for segment in long]
    found: list[_Segment] = []
    for segment in sorted(_over(long, places, _short(levels, night, long))):
        if found and found[-1].stage == segment.stage and found[-1].end == segment.start:
            found[-1] = found[-1]._replace(end=segment.end)
        else:
            found.append(segment)
    return tuple((one.start, one.end, one.stage) for one in found)


def _segments(entries: list[Json], night: _Night) -> list[_Segment]:
    """Return the segments of a log in order, none reaching into the next or over the end."""
    seconds = [number(entry.get("seconds")) or 0.0 for entry in entries]
    elapsed = [round(one * SECOND_NS) for one in accumulate(seconds, initial=0.0)]
    found = []
    for entry, length, since in zip(entries, seconds, elapsed):
        clock = clock_of_stamp(entry.get("dateTime"))
        if clock is not None and 0 < length * SECOND_NS <= _LONGEST_NS:
            start = night.instant(clock, since)
            found.append(_Segment(start, start + round(length * SECOND_NS), _word(entry), clock))
    found.sort()
    limits = [segment.start for segment in found[1:]] + [night.end]
    cut = (one._replace(end=min(one.end, limit, night.end)) for one, limit in zip(found, limits))
    return [one for one in cut if night.start <= one.start < one.end]


def _short(levels: Json, night: _Night, long: list[_Segment]) -> list[_Segment]:
    """Return the short wakes."""
    found = []
    for entry in objects(levels.get("shortData")):
        clock, seconds = clock_of_stamp(entry.get("dateTime")), number(entry.get("seconds"))
        if clock is not None and seconds is not None and 0 < seconds * SECOND_NS <= _LONGEST_NS:
            start = _within(long, clock, night) if night.change_ns else night.start + clock - night.clock
            found.append(_Segment(start, start + round(seconds * SECOND_NS), _word(entry), clock))
    return sorted(found)


def _within(long: list[_Segment], clock: int, night: _Night) -> int:
    """Return what a clock showed that was changed in the night: by the zone, else by the first that fits."""
    start, _, _ = night.wall.instant_of(clock)
    if night.start <= start < night.end and not night.wall.shows_twice(start):
        return start
    shown = (one.start - one.clock for one in long if 0 <= clock - one.clock < one.end - one.start)
    return clock + next(shown, night.start - night.clock)


def _over(long: list[_Segment], places: list[int], short: list[_Segment]) -> Iterator[_Segment]:
    """Yield what is left of the long segments, and the short ones as far as they lie over them."""
    left = list(long)
    for wake in short:
        first = max(bisect_right(places, wake.start) - 1, 0)
        for at in range(first, len(left)):
            start, end = max(wake.start, left[at].start), min(wake.end, left[at].end)
            if left[at].start >= wake.end:
                break
            if start < end:
                if left[at].start < start:
                    yield left[at]._replace(end=start)
                yield _Segment(start, end, wake.stage, wake.clock)
                left[at] = left[at]._replace(start=end)
    yield from (one for one in left if one.start < one.end)


def _word(entry: Json) -> str:
    return _words().get(text(entry.get("level")).lower(), "unknown")


@cache
def _words() -> Mapping[str, str]:
    return {row["level"]: row["stage"] for row in table("adapters.fitbit", "stages.csv")}


READERS: Mapping[str, Read] = {"sleep": _read}
