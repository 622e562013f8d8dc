"""Reads the nights: sleep with its stages, the sleep score, nightly recovery.

The idea: a night is named by the date of waking, and so is what was measured in it. The recovery of a night
is a mean that Polar dates by that name only; it is laid on the part of the sleep that lies on this date, so
sleep is read before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.clocks import instant_of
from adapters.formats.values import (
    LAST_NS,
    clock_of,
    day_of,
    member,
    number,
    objects,
    said,
    seconds_of,
    snake,
    text,
)
from adapters.polar.batches import ORIGIN, moment, scores
from adapters.polar.documents import rows
from vault.errors import InputError
from vault.records import Record, SleepSession
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, parse_instant

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.polar.documents import Json

__all__ = ["Nights"]

_LEFT = frozenset(("sleepStateChanges", "deviceId", "sleepStart", "sleepEnd", "age"))
_LONGEST_NS = 2 * DAY_NS
_MINUTE_MS = 60_000
_Stages = tuple[tuple[int, int, str], ...]


@dataclass
class Nights:
    """The nights of an export; ``slept`` remembers (start ns, end ns, offset in minutes) by wake date."""

    home: Zone | None
    slept: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def sleep(self, night: Json) -> Iterator[Record] | str:
        """Return a night's sleep, or why there is none."""
        day = day_of(night.get("night"))
        hypnogram = member(member(night, "sleepResult"), "hypnogram")
        start, end = (self._instant(hypnogram.get(key)) for key in ("sleepStart", "sleepEnd"))
        if day is None or start is None or end is None:
            return "bad-date"
        if not 0 < end[0] - start[0] <= _LONGEST_NS:
            return "end-before-start" if end[0] <= start[0] else "bad-date"
        self.slept[day] = start[0], end[0], end[1]
        return self._sleep(night, day, hypnogram)

    def _sleep(self, night: Json, day: int, hypnogram: Json) -> Iterator[Record]:
        start, end, offset_min = self.slept[day]
        evaluation = member(night, "evaluation")
        told = said(evaluation | hypnogram, _LEFT)
        assert isinstance(told, dict)
        stages = _stages(hypnogram.get("sleepStateChanges"), start, end)
        details = {snake(key): value for key, value in told.items()}
        key = text(night.get("night"))[:10]
        yield SleepSession(key, start, end, offset_min, ORIGIN, stages, details=details)
        yield from scores("sleep", day, member(evaluation, "analysis"))

    def score(self, night: Json) -> Iterator[Record] | str:
        """Return Polar's score of a night, or why there is none."""
        day = day_of(night.get("night"))
        return "bad-date" if day is None else scores("sleep_score", day, member(night, "sleepScoreResult"))

    def recovery(self, night: Json) -> Iterator[Record] | str:
        """Return a night's means and Polar's scores of them, or why there are none."""
        day = day_of(night.get("night"))
        return "bad-date" if day is None else self._recovery(night, day)

    def _recovery(self, night: Json, day: int) -> Iterator[Record]:
        start, end, offset_min = self._part_on(day)
        note: dict[str, object] = {"night": text(night["night"])[:10], "window": "night"}
        rmssd, rri, breath = (
            _positive(night.get("meanNightlyRecovery" + name))
            for name in ("Rmssd", "Rri", "RespirationInterval")
        )
        rate = None if breath is None else round(_MINUTE_MS / breath, 2)
        yield from moment("hrv_rmssd", start, end, offset_min, rmssd, note=note)
        yield from moment("respiratory_rate_sleep_avg", start, end, offset_min, rate, note=note)
        yield from moment("polar:nightly_rri", start, end, offset_min, rri, unit="ms", note=note)
        yield from scores("recovery", day, night)

    def _part_on(self, day: int) -> tuple[int, int, int]:
        """Return the part of a night's sleep that lies on its date, or the date's first moment."""
        start, end, offset_min = self.slept.get(day, (0, 0, UNKNOWN_OFFSET))
        if offset_min == UNKNOWN_OFFSET:
            midnight, offset_min = instant_of(day * DAY_NS, self.home)
        else:
            midnight = day * DAY_NS - offset_min * MINUTE_NS
        return (max(start, midnight), end, offset_min) if end > midnight else (midnight, midnight, offset_min)

    def _instant(self, value: object) -> tuple[int, int] | None:
        clock = clock_of(value)
        if clock is not None:
            return instant_of(clock, self.home)
        try:
            instant, offset_min = parse_instant(text(value))
        except InputError:
            return None
        return (instant, offset_min) if 0 <= instant < LAST_NS and offset_min != UNKNOWN_OFFSET else None


def _stages(changes: object, start: int, end: int) -> _Stages:
    """Return the stages between start and end; each lasts until the next."""
    found = []
    for change in objects(changes):
        seconds = seconds_of(change.get("offsetFromStart"))
        if seconds is not None:
            found.append(
                (start + round(seconds * SECOND_NS), _words().get(text(change.get("state")), "unknown"))
            )
    found.sort(key=lambda change: change[0])
    ends = [begin for begin, _ in found[1:]] + [end]
    spans = ((begin, min(stop, end), word) for (begin, word), stop in zip(found, ends))
    return tuple(span for span in spans if span[0] < span[1])


def _positive(value: object) -> float | None:
    found = number(value)
    return found if found is not None and found > 0 else None


@cache
def _words() -> dict[str, str]:
    return {row["state"]: row["stage"] for row in rows("stages.csv")}
