"""Sleeps and naps.

The idea: a stage holds until the next message. Older watches leave the stages to Garmin's servers and write
"awake" or "unmeasurable" only; then nothing is known of the night, and no night is made of it.

A sleep has one offset, that of waking, whose day it is. A nap says it; a night's file says the clock on the
wrist mostly once, as it begins, and then that is the offset of the morning too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from adapters.fit.recording import FARTHEST_MIN
from adapters.formats.fit import instants_of
from vault.records import SleepSession
from vault.time import NO_INSTANT, format_instant

if TYPE_CHECKING:
    from adapters.fit.recording import Recording

__all__ = ["naps", "sleeps"]

_STAGES = {0: "unknown", 1: "awake", 2: "light", 3: "deep", 4: "rem"}
_MOST = 100_000
"""Messages in one file: a stage each second of a day."""
_ASLEEP = ("light", "deep", "rem")


def sleeps(recording: Recording) -> Iterator[SleepSession]:
    """Yield the sleep of a file whose watch made out its stages."""
    levels = recording.fit.messages("sleep_level")
    said = {
        time: _STAGES.get(int(level), "unknown")
        for time, level in zip(
            recording.fit.time(levels)[:_MOST].tolist(), levels.number("sleep_level").tolist()
        )
        if time != NO_INSTANT and level == level  # NaN is not equal to itself
    }
    if not any(stage in _ASLEEP for stage in said.values()):
        return
    changes = [next(run) for _, run in groupby(sorted(said.items()), key=lambda item: item[1])]
    end = max(said)
    ends = [time for time, _ in changes[1:]] + [end]
    stages = [(start, stop, stage) for (start, stage), stop in zip(changes, ends) if stop > start]
    if stages:
        yield _session(recording, stages[0][0], end, stages=stages)


def naps(recording: Recording) -> Iterator[SleepSession]:
    """Yield the naps that were not deleted again."""
    said = recording.fit.messages("nap_event")
    starts, ends = (instants_of(said.number(name))[:_MOST].tolist() for name in ("start_time", "end_time"))
    facts = (said.number(name).tolist() for name in ("end_timezone_offset", "is_deleted"))
    for start, end, offset, deleted in zip(starts, ends, *facts):
        if NO_INSTANT not in (start, end) and start < end and deleted != 1:
            told = int(offset) if abs(offset) <= FARTHEST_MIN else None
            yield _session(recording, start, end, is_nap=True, offset_min=told)


def _session(
    recording: Recording,
    start: int,
    end: int,
    *,
    stages: list[tuple[int, int, str]] | None = None,
    is_nap: bool | None = None,
    offset_min: int | None = None,
) -> SleepSession:
    return SleepSession(
        key=format_instant(start),
        start=start,
        end=end,
        offset_min=recording.offset(end) if offset_min is None else offset_min,
        origin=recording.origin,
        stages=stages or (),
        is_nap=is_nap,
    )
