"""Reads what has a beginning and an end by day: workouts, and sessions of breathing and rest.

The idea: a session's heart rate is a heart rate, its HRV is of a person who sits and breathes on purpose, so
it stays Oura's and is never one of the night.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.values import member, number, text
from adapters.formats.words import activity_word
from adapters.oura.columns import LONGEST_NS, ORIGIN, columns, series_of
from adapters.oura.documents import rows
from adapters.oura.times import Span, moment_of
from vault.records import Record, Workout
from vault.time import MINUTE_NS, format_instant

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json

__all__ = ["Events"]

_OTHER = "other"
_MINDFUL = frozenset(("breathing", "meditation", "relaxation"))
_SERIES = (("heart_rate", "heart_rate", ""), ("heart_rate_variability", "oura:session_hrv", "ms"))


@dataclass
class Events:
    """The workouts and sessions of an export, each once."""

    home: Zone | None
    batches: Batches
    _keys: set[str] = field(default_factory=set)

    def workout(self, said: Json) -> list[Record] | Unused:
        """Return a workout, or why there is none."""
        span = self._span(said)
        if isinstance(span, Unused):
            return span
        activity = text(said.get("activity"))
        key = text(said.get("id")) or f"{format_instant(span[0])}|{activity}"
        if not self._is_new(key):
            return Unused("same-workout", "repeated")
        start, end, offset_min = span
        details = {name: text(said.get(name)) for name in ("activity", "intensity", "source")}
        return [
            Workout(
                key,
                start,
                end,
                offset_min,
                _word(activity),
                ORIGIN,
                distance_m=_positive(said.get("distance")),
                energy_kcal=_positive(said.get("calories")),
                details={name: word for name, word in details.items() if word},
            )
        ]

    def session(self, said: Json) -> list[Record] | Unused:
        """Return the records of a session, or why there are none."""
        span = self._span(said)
        if isinstance(span, Unused):
            return span
        if not self._is_new(text(said.get("id")) or format_instant(span[0])):
            return Unused("same-session", "repeated")
        found = list(self._series(said))
        if text(said.get("type")) in _MINDFUL:
            self.batches.add("mindfulness", *span, (span[1] - span[0]) / MINUTE_NS, ORIGIN)
        elif not found:
            return Unused("no-value")
        return found

    def _series(self, said: Json) -> Iterator[Record]:
        for key, metric, unit in _SERIES:
            series = series_of(member(said, key), said.get("start_datetime"), self.home)
            if series is not None:
                start, offset_min, _, value = series
                yield from columns(metric, start, start, offset_min, value, unit=unit)

    def _span(self, said: Json) -> Span | Unused:
        start, end = (moment_of(said.get(f"{name}_datetime"), self.home) for name in ("start", "end"))
        if start is None or end is None or end[0] - start[0] > LONGEST_NS:
            return Unused("bad-date", "rejected")
        if end[0] < start[0]:
            return Unused("end-before-start", "rejected")
        return start[0], end[0], start[1]

    def _is_new(self, key: str) -> bool:
        is_new = key not in self._keys
        self._keys.add(key)
        return is_new


def _positive(value: object) -> float | None:
    found = number(value)
    return found if found is not None and found > 0 else None


def _word(activity: str) -> str:
    """Return the project's word: Oura has some of its own, the others are everybody's."""
    plain = activity.replace("_", "").replace(" ", "").casefold()
    return _words().get(plain) or activity_word(activity)


@cache
def _words() -> dict[str, str]:
    return {row["said"]: row["word"] for row in rows("activities.csv")}
