"""Reads sleeps: their stages, the heart rate and HRV every five minutes, and what Oura measured of the whole.

The idea: a night counts on the day of waking, and what is of the whole night says so, so that it is never
taken for one more window of it. A nap's numbers are the nap's. Oura's HRV is RMSSD.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.batches import Batches, canonical
from adapters.formats.clocks import local_day, part_on
from adapters.formats.counting import Unused
from adapters.formats.values import day_of, member, number, text
from adapters.oura.columns import LONGEST_NS, ORIGIN, columns, series_of
from adapters.oura.documents import rows
from adapters.oura.times import Nights, Span, iso, moment_of
from vault.records import Record, Samples, SleepSession
from vault.time import SECOND_NS, format_instant

if TYPE_CHECKING:
    from adapters.formats.items import Json

__all__ = ["Sleeps"]

_LONG, _NAP = "long_sleep", "nap"
_UNCOUNTED = ("deleted", "rest")
_IS_NAP = {_LONG: False, _NAP: True, "late_nap": True}
_MINUTES = {
    "total_sleep_duration": "asleep_min",
    "time_in_bed": "in_bed_min",
    "deep_sleep_duration": "deep_min",
    "light_sleep_duration": "light_min",
    "rem_sleep_duration": "rem_min",
    "awake_time": "awake_min",
}
_PHASES = (("sleep_phase_30_sec", 30), ("sleep_phase_5_min", 300))
"""The finer one first."""
_SERIES = (("heart_rate", "heart_rate"), ("hrv", "hrv_rmssd"))


@dataclass
class Sleeps:
    """The sleeps of one export, each once."""

    nights: Nights
    batches: Batches
    _ids: set[str] = field(default_factory=set)
    _starts: set[int] = field(default_factory=set)

    def read(self, said: Json) -> list[Record] | Unused:
        """Return the records of a sleep, or why there are none."""
        if "summary_date" in said:
            return Unused("api-v1")
        kind = text(said.get("type")) or _LONG
        if kind in _UNCOUNTED:
            return Unused(kind)
        span = self._span(said)
        if isinstance(span, Unused):
            return span
        identity = text(said.get("id"))
        if identity in self._ids or (not identity and span[0] in self._starts):
            return Unused("same-sleep", "repeated")
        self._ids |= {identity} - {""}
        self._starts.add(span[0])
        return self._records(said, kind, span, identity or format_instant(span[0]))

    def values(self, said: Json, day: int) -> bool:
        """Tell what a row says of a day's night that does not say when that was; whether it says anything."""
        return self._numbers(said, self.nights.span_of(day), day, is_long=True)

    def _span(self, said: Json) -> Span | Unused:
        start, end = (moment_of(said.get(f"bedtime_{name}"), self.nights.home) for name in ("start", "end"))
        if start is None or end is None:
            return Unused("bad-date", "rejected")
        if end[0] <= start[0]:
            return Unused("end-before-start", "rejected")
        if end[0] - start[0] > LONGEST_NS:
            return Unused("bad-date", "rejected")
        return start[0], end[0], end[1]

    def _records(self, said: Json, kind: str, span: Span, key: str) -> list[Record]:
        start, end, offset_min = span
        wake = day_of(said.get("day"))
        day = local_day(end, self.nights.home, offset_min) if wake is None else wake
        is_long = kind == _LONG
        asleep_s = number(said.get("total_sleep_duration")) or 0.0
        self.nights.remember(day, span, is_long=is_long, asleep_s=asleep_s)
        self._numbers(said, part_on(day, span, self.nights.home) if is_long else span, day, is_long=is_long)
        stages = tuple(_stages(said, start, end))
        session = SleepSession(
            key, start, end, offset_min, ORIGIN, stages, _IS_NAP.get(kind), _details(said, kind)
        )
        return [session, *self._series(said)]

    def _numbers(self, said: Json, span: Span, day: int, *, is_long: bool) -> bool:
        which = "night" if is_long else _NAP
        note = {"night": iso(day), "window": "night"} if is_long else {"window": _NAP}
        told = False
        for row in rows("sleep.csv"):
            value = number(said.get(row["key"]))
            if value is not None and value >= float(row["least"]):
                value /= float(row["divisor"])
                self.batches.add(row[which], *span, value, ORIGIN, note=note, unit=row[f"{which}_unit"])
                told = True
        return told

    def _series(self, said: Json) -> Iterator[Samples]:
        for key, metric in _SERIES:
            found = series_of(member(said, key), said.get("bedtime_start"), self.nights.home)
            if found is not None:
                # Moments, as in Oura's list of heart rates, which says the same ones again.
                start, offset_min, _, value = found
                note = canonical({"window": "5min"}) if metric == "hrv_rmssd" else ""
                yield from columns(metric, start, start, offset_min, value, note=note)


def _stages(said: Json, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield the stages; each digit is of a stretch of the same length, from the bedtime on."""
    phases, step_s = next(((told, step) for key, step in _PHASES if (told := text(said.get(key)))), ("", 0))
    digits = np.frombuffer(phases.encode("ascii", "replace"), np.uint8)
    firsts = np.flatnonzero(np.diff(digits, prepend=0))
    ends = np.append(firsts[1:], len(digits))
    for first, after in zip(firsts.tolist(), ends.tolist()):
        begin, stop = (start + at * step_s * SECOND_NS for at in (first, after))
        if begin < end:
            yield begin, min(stop, end), _words().get(chr(digits[first]), "unknown")


def _details(said: Json, kind: str) -> dict[str, object]:
    seconds = {name: number(said.get(key)) for key, name in _MINUTES.items()}
    details: dict[str, object] = {name: value / 60 for name, value in seconds.items() if value is not None}
    restless, version = number(said.get("restless_periods")), text(said.get("sleep_algorithm_version"))
    return {
        "type": kind,
        **details,
        **({} if restless is None else {"restless_periods": restless}),
        **({"sleep_algorithm_version": version} if version else {}),
    }


@cache
def _words() -> dict[str, str]:
    return {row["digit"]: row["stage"] for row in rows("stages.csv")}
