"""Makes records of a FIT file, whoever wrote it.

The idea: what is in a file is told by its messages, not by the type it gives itself, which makers invent; the
type only says that something is a plan: a course has records that nobody has ridden.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.fit.counters import Counters
from adapters.fit.heart import rr_intervals
from adapters.fit.recording import Recording
from adapters.fit.sleep import naps, sleeps
from adapters.fit.wellness import wellness
from adapters.fit.workouts import workouts
from vault.records import Rejection

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.formats.fit import FitFile
    from vault.records import Record

__all__ = ["records_of"]

_ACTIVITY, _COURSE = "activity", "course"


def records_of(
    fit: FitFile,
    *,
    file: str,
    source: str | None = None,
    virtual: bool = False,
    adapter: str = "fit",
    home: ZoneInfo | None = None,
    counters: Counters | None = None,
) -> Iterator[Record]:
    """Yield the records of a FIT file, and what is wrong with it.

    Args:
        fit: One of ``adapters.formats.fit.decode(data)``.
        file: Its name in the export, for rejections.
        source: Who recorded it, if the caller knows better than the file.
        virtual: The places are those of a made-up world and are left out.
        adapter: Whose origin it is.
        home: The owner's zone: the offset of what the file gives none for.
        counters: Collects the running totals of a day (steps, distance, energy) over many files; ask it
            for its ``records()`` after the last. None: those of this file alone.
    """
    recording = Recording.of(fit, file, source, adapter, home, virtual=virtual)
    kind = next(iter(fit.messages("file_id").words("type")), "")
    if kind == _COURSE:
        yield Rejection("planned-route", file, 0, max(len(fit.messages("record")), 1))
    else:
        yield from _records(recording, kind)
        totals = Counters() if counters is None else counters
        totals.add(recording)
        if counters is None:
            yield from totals.records()
    for fault in fit.faults:
        yield Rejection(fault, file, sum(fit.numbers.values()))


def _records(recording: Recording, kind: str) -> Iterator[Record]:
    fit = recording.fit
    if fit.has("session") or fit.has("record"):
        yield from workouts(recording)
    elif kind == _ACTIVITY:
        yield Rejection("no-activity", recording.file, 0)
    intervals = rr_intervals(recording) if fit.has("hrv") else None
    if intervals is not None:
        yield intervals
    yield from wellness(recording)
    if fit.has("sleep_level"):
        yield from sleeps(recording)
    if fit.has("nap_event"):
        yield from naps(recording)
