"""Reads what Oura says of a day: scores, their contributors, totals, and what is of the day's night.

The idea: which key is a measurement and which is Oura's word is data, in ``tables/fields.csv``. What
contributes to a score is a score from 0 to 100 itself: ``contributors.resting_heart_rate`` is no heart rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.counting import Unused
from adapters.formats.values import day_of, member, number, snake, text
from adapters.oura.columns import ORIGIN, columns, series_of
from adapters.oura.documents import rows
from adapters.oura.times import Nights, day_span, iso
from vault.records import Score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from adapters.formats.batches import Batches
    from adapters.formats.items import Json
    from vault.records import Record

__all__ = ["Days"]

_PASSED = frozenset(("id", "day", "timestamp", "contributors", "met", "class_5_min"))
_ID = "_id"
"""How keys end whose number is a name."""
_NOT_WORN = "0"
_DAY_S = 86_400
_CLASS_S = 300
_LONGEST = 20
"""Characters of a number; a longer text of digits is a series of codes."""


@dataclass(frozen=True, slots=True)
class _Field:
    becomes: str
    name: str
    unit: str
    divisor: float
    least: float


@dataclass
class Days:
    """The days of an export; sleeps are read before, so that a night's values lie where the night was."""

    nights: Nights
    batches: Batches

    def read(self, collection: str, said: Json) -> list[Record] | Unused:
        """Return the records of a day, or why there are none; single samples go to ``batches``."""
        day = day_of(said.get("day"))
        if day is None:
            return Unused("bad-date", "rejected")
        if _is_not_worn(said):
            return Unused("not-worn")
        stem = collection.removeprefix("daily_")
        scores: list[Record] = [
            Score(day, ORIGIN, f"oura_{stem}_{snake(key)}_score", value)
            for key, one in member(said, "contributors").items()
            if (value := number(one)) is not None
        ]
        told = False
        for key, one in _flat(said).items():
            field = _fields().get((collection, key)) or _Field(
                "score", f"oura_{stem}_{snake(key)}", "", 1, -np.inf
            )
            told |= self._tell(field, day, one, said.get("timestamp"), scores)
        met = list(self._met(said))
        return [*scores, *met] if told or scores or met else Unused("no-value")

    def _tell(self, field: _Field, day: int, said: object, timestamp: object, scores: list[Record]) -> bool:
        """Tell one value as what the table says it is; whether there is one."""
        if field.becomes == "word":
            if text(said):
                span = day_span(day, timestamp, self.nights)
                self.batches.add(field.name, *span, text(said), ORIGIN)
            return bool(text(said))
        value = None if isinstance(said, str) and len(said) > _LONGEST else number(said)
        if value is None or value < field.least:
            return False
        value /= field.divisor
        if field.becomes == "score":
            scores.append(Score(day, ORIGIN, field.name, value, field.unit))
        elif field.becomes == "night":
            span, note = self.nights.span_of(day), {"night": iso(day), "window": "night"}
            self.batches.add(field.name, *span, value, ORIGIN, note=note)
        else:
            self.batches.add(field.name, *day_span(day, timestamp, self.nights), value, ORIGIN)
        return True

    def _met(self, said: Json) -> Iterator[Record]:
        """Yield the minutes' METs, without those in which the ring was not worn."""
        found = series_of(member(said, "met"), said.get("timestamp"), self.nights.home)
        if found is not None:
            start, offset_min, step_ns, value = found
            value[_is_off(text(said.get("class_5_min")), start - start[0])] = np.nan
            yield from columns("met", start, start + step_ns, offset_min, value)


def _flat(said: Json) -> Json:
    """Return an object's values by key, those of an object inside by ``outer.inner``."""
    flat: Json = {}
    for key, value in said.items():
        if key not in _PASSED and not key.endswith(_ID):
            inner = value.items() if isinstance(value, dict) else [("", value)]
            flat |= {f"{key}.{name}" if name else key: one for name, one in inner}
    return flat


def _is_not_worn(said: Json) -> bool:
    classes, off_s = text(said.get("class_5_min")), number(said.get("non_wear_time"))
    return set(classes) == {_NOT_WORN} or (off_s is not None and off_s >= _DAY_S)


def _is_off(classes: str, since_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
    digits = np.frombuffer(classes.encode("ascii", "replace"), np.uint8)
    if not len(digits):
        return np.zeros(len(since_ns), bool)
    at = since_ns // (_CLASS_S * 1_000_000_000)
    is_off: NDArray[np.bool_] = digits[np.minimum(at, len(digits) - 1)] == ord(_NOT_WORN)
    return is_off & (at < len(digits))


@cache
def _fields() -> dict[tuple[str, str], _Field]:
    return {
        (row["collection"], row["key"]): _Field(
            row["becomes"],
            row["name"],
            row["unit"],
            float(row["divisor"] or 1),
            float(row["least"] or "-inf"),
        )
        for row in rows("fields.csv")
    }
