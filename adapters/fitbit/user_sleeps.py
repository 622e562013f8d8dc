"""Reads Google's tables of sleeps: UserSleeps, their stages in another file, their scores in a third.

The idea: these tables alone write an offset beside a sleep, but ``+00:00`` is also what stands there when it
was not known, in most rows of some exports; so zero is taken for unknown, and any other offset is told to the
wall clock of the archive. Stages come in any order and in several files: a sleep is handed over at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.context import ORIGIN
from adapters.fitbit.csv_columns import BAD_DATE, BAD_VALUE
from adapters.fitbit.csv_families import csv_families
from adapters.fitbit.topics import local_day
from adapters.formats.points import instant_of, number_of
from adapters.formats.sheets import Sheet
from adapters.tables import table
from vault.records import Score, SleepSession
from vault.time import DAY_NS, UNKNOWN_OFFSET, date_of_day

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.fitbit.context import Context, Read
    from adapters.fitbit.wall import WallClock
    from adapters.formats.counting import Count
    from adapters.formats.sheets import Row
    from vault.records import Record

__all__ = ["READERS", "UserSleeps", "offset_of", "span_of"]

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_LONGEST_NS = 2 * DAY_NS
_SCORES = "user_sleep_scores"
_LEFT = ("sleep_id", "start_utc_offset", "end_utc_offset", "sleep_start", "sleep_end")
_MISSING = -1.0
_MINUTES = {
    "asleep_min": "minutes_asleep",
    "awake_min": "minutes_awake",
    "in_bed_min": "minutes_in_sleep_period",
}


class UserSleeps:
    """The sleeps of an archive by id, which is a text: as a double it would be another one."""

    def __init__(self) -> None:
        self._ends: dict[str, tuple[int, int]] = {}
        self._waiting: dict[str, SleepSession] = {}
        self._stages: dict[str, set[tuple[int, int, str]]] = {}

    def add(self, sleep: SleepSession) -> bool:
        """Keep a sleep until its stages were read; False if it is known."""
        if sleep.key in self._ends:
            return False
        self._ends[sleep.key] = sleep.end, sleep.offset_min
        self._waiting[sleep.key] = sleep
        return True

    def stages(self, key: str) -> set[tuple[int, int, str]]:
        """Return the stages of a sleep, to be added to."""
        return self._stages.setdefault(key, set())

    def waiting(self, key: str) -> SleepSession | None:
        """Return a sleep that is waiting for its stages."""
        return self._waiting.get(key)

    def end(self, key: str) -> tuple[int, int] | None:
        """Return when a sleep ended (UTC ns), and the offset then."""
        return self._ends.get(key)

    def rest(self, wall: WallClock) -> Iterator[SleepSession]:
        """Yield the sleeps with their stages, once; an offset that was not written may be derived by now."""
        while self._waiting:
            key = next(iter(self._waiting))
            sleep, stages = self._waiting.pop(key), tuple(sorted(self._stages.pop(key, ())))
            offset_min = sleep.offset_min
            if offset_min == UNKNOWN_OFFSET:
                offset_min = int(wall.offsets_at(np.array([sleep.end], np.int64))[0])
            details = {**sleep.details, **({} if stages else _minutes(sleep.details))}
            yield replace(sleep, offset_min=offset_min, stages=stages, details=details)


def _read_sleeps(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Keep the sleeps of a file, which are handed over with their stages."""
    for line, row in Sheet(stream, delimiter=","):
        sleep = row if isinstance(row, str) else _sleep(row, context)
        if isinstance(sleep, str):
            yield count.reject(sleep, line)
        elif context.sleeps.add(sleep):
            count.use()
        else:
            count.repeat()


def _read_stages(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Keep the stages of sleeps; a sleep of which there are any needs no other file to tell of it."""
    for line, row in Sheet(stream, delimiter=","):
        span = row if isinstance(row, str) else span_of(row, "sleep_stage_start", "sleep_stage_end")
        if isinstance(span, str) or isinstance(row, str):
            yield count.reject(str(span), line)
            continue
        sleep = context.sleeps.waiting(row.get("sleep_id", "").strip())
        if sleep is None:
            yield count.reject("unknown-sleep", line)
            continue
        stages, stage = context.sleeps.stages(sleep.key), (*span, _word(row.get("sleep_stage_type", "")))
        if not stages:
            context.told.add("sleep", sleep.start, sleep.end)
        if stage in stages:
            count.repeat()
        else:
            stages.add(stage)
            count.use()


def _read_scores(stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the scores of sleeps, by the local day a sleep ended, else by that of the score."""
    family = csv_families()[_SCORES]
    for line, row in Sheet(stream, delimiter=","):
        if isinstance(row, str):
            yield count.reject(row, line)
            continue
        day = _scored_day(row, context)
        values = [(column, column.value(row)) for column in family.columns]
        if day is None:
            yield count.reject(BAD_DATE, line)
        elif any(isinstance(value, str) for _, value in values):
            yield count.reject(BAD_VALUE, line)
        elif (family.after, date_of_day(day).isoformat()) in context.read_logs:
            count.leave("mirror")
        elif family.columns[0].is_sentinel(row) or all(value is None for _, value in values):
            count.leave("no-value")
        else:
            count.use()
            for column, value in values:
                if isinstance(value, float):
                    yield Score(day, ORIGIN, column.becomes, value, column.unit)


def offset_of(text: str) -> int:
    """Return ``+05:30`` in minutes, or ``UNKNOWN_OFFSET``, which ``+00:00`` is as well."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return UNKNOWN_OFFSET
    minutes = int(match[2]) * 60 + int(match[3])
    return (-minutes if match[1] == "-" else minutes) or UNKNOWN_OFFSET


def span_of(row: Row, start: str, end: str) -> tuple[int, int] | str:
    """Return from when to when (UTC ns) a row was, or why that can't be told."""
    begins, ends = instant_of(row.get(start, "")), instant_of(row.get(end, ""))
    if begins is None or ends is None or ends - begins > _LONGEST_NS:
        return BAD_DATE
    return (begins, ends) if begins < ends else "end-before-start"


def _sleep(row: Row, context: Context) -> SleepSession | str:
    """Return a sleep without its stages, or why there is none; the clock is told of its offsets."""
    span, key = span_of(row, "sleep_start", "sleep_end"), row.get("sleep_id", "").strip()
    if isinstance(span, str) or not key:
        return span if isinstance(span, str) else "no-id"
    offsets = [offset_of(row.get(name, "")) for name in ("start_utc_offset", "end_utc_offset")]
    for instant, offset_min in zip(span, offsets):
        if offset_min != UNKNOWN_OFFSET:
            context.wall.saw(instant, offset_min)
    return SleepSession(key, *span, offsets[1], ORIGIN, details=_details(row))


def _details(row: Row) -> dict[str, object]:
    """Return what else a row says; ids and when it was written say nothing of the sleep."""
    said: dict[str, object] = {}
    for name, text in row.items():
        number = number_of(text)
        if text.strip() and name not in _LEFT and not name.endswith(("_created", "_last_updated")):
            said[name] = text.strip().lower() if number is None else number
    return {name: value for name, value in said.items() if value != _MISSING}


def _minutes(details: Mapping[str, object]) -> dict[str, object]:
    """Return the details that a night is made of where there are no stages."""
    return {ours: details[theirs] for ours, theirs in _MINUTES.items() if theirs in details}


def _scored_day(row: Row, context: Context) -> int | None:
    """Return the local day a score is of: that of its sleep's end, if the sleep is known."""
    instant, offset_min = context.sleeps.end(row.get("sleep_id", "").strip()) or (
        instant_of(row.get("score_time", "")),
        offset_of(row.get("score_utc_offset", "")),
    )
    if instant is not None and offset_min == UNKNOWN_OFFSET:
        offset_min = int(context.wall.offsets_at(np.array([instant], np.int64))[0])
    return None if instant is None else local_day(instant, offset_min, context)


def _word(said: str) -> str:
    return _words().get(said.strip().lower(), "unknown")


@cache
def _words() -> dict[str, str]:
    return {row["level"]: row["stage"] for row in table("adapters.fitbit", "stages.csv")}


READERS: Mapping[str, Read] = {
    "user_sleeps": _read_sleeps,
    "user_sleep_stages": _read_stages,
    "user_sleep_scores": _read_scores,
}
