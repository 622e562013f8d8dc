"""Reads the rows of a table of days: what a person ticked of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.checkin.scales import HOOPER, OWN, items_of, scale_of
from adapters.checkin.words import NO_VALUE, ORIGIN, gathered, number_in, yes_or_no
from adapters.formats.clocks import Zone, instant_of
from adapters.formats.sheets import Row, plain
from adapters.formats.values import day_of
from vault.errors import InputError
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET, parse_instant

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.counting import Count
    from adapters.formats.sheets import Sheet
    from vault.records import Rejection, Samples

__all__ = ["Days"]

_PAIN, _ILLNESS = "pain", "checkin:illness"
_MOST_PAIN = 10.0
_INDEX = "hooper_index"
_INDEXED = ("sleep_quality", "fatigue", "stress", "soreness")
_NOON = 12 * HOUR_NS

_Answer = tuple[str, float, dict[str, object] | None]
"""Metric, value, note."""


class Days:
    """The reader of tables with such a header."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self._columns = {plain(name) for name in header}

    def rows(
        self, sheet: Sheet, count: Count, batches: Batches, zone: Zone | None
    ) -> Iterator[Rejection | Samples]:
        """Gather the samples of each row, and yield the rejections."""
        yield from gathered(sheet, count, batches, lambda row: self._row(row, batches, zone))

    def _row(self, row: Row, batches: Batches, zone: Zone | None) -> str | None:
        """Gather the samples of a row; returns why there are none, if so."""
        day = day_of(row.get("date", ""))
        if day is None:
            return "bad-date"
        answers = self._answers(row)
        if isinstance(answers, str):
            return answers
        instant, offset_min = _moment(day, row.get("recorded_at", ""), zone)
        for metric, value, note in answers:
            batches.add(metric, instant, instant, offset_min, value, ORIGIN, note=note)
        return None if answers else NO_VALUE

    def _answers(self, row: Row) -> list[_Answer] | str:
        """Return what was ticked, or why the row can't be used."""
        scale = scale_of(row.get("scale", "").casefold(), self._columns)
        found: list[_Answer] = []
        ticked = {name: row.get(name, "") for name in items_of(HOOPER) | items_of(OWN)}
        if any(ticked.values()) and scale is None:
            return "scale-not-said"
        items = items_of(scale or HOOPER)
        for name, item in items.items():
            if not ticked[name]:
                continue
            said = number_in(ticked[name])
            value = None if said is None else item.value(said)
            if value is None:
                return "off-the-scale"
            found.append((item.metric, value, {"scale": item.scale, "said": said}))
        if scale == HOOPER and all(ticked[name] for name in _INDEXED):
            total = sum(number_in(ticked[name]) or 0.0 for name in _INDEXED)
            found.append((_INDEX, total, None))
        return _with_symptoms(row, found)


def _with_symptoms(row: Row, found: list[_Answer]) -> list[_Answer] | str:
    """Add pain, from 0 to 10, and illness, yes or no."""
    pain, illness = row.get("pain", ""), row.get("illness", "")
    if pain:
        level = number_in(pain)
        if level is None or not 0 <= level <= _MOST_PAIN:
            return "off-the-scale"
        found.append((_PAIN, level, None))
    if illness:
        is_ill = yes_or_no(illness)
        if is_ill is None:
            return "bad-value"
        found.append((_ILLNESS, float(is_ill), None))
    return found


def _moment(day: int, recorded_at: str, zone: Zone | None) -> tuple[int, int]:
    """Return (UTC ns, offset) of a check-in: when it was written down, if on its day, else its noon."""
    offset_min = UNKNOWN_OFFSET
    try:
        instant, offset_min = parse_instant(recorded_at)
    except InputError:
        pass
    else:
        clock = instant + (0 if offset_min == UNKNOWN_OFFSET else offset_min) * MINUTE_NS
        if clock // DAY_NS == day:
            return instant_of(clock, zone, offset_min)
    return instant_of(day * DAY_NS + _NOON, zone, offset_min)
