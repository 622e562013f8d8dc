"""Daily and occasional values of the JSON files, as samples and scores.

The idea: ``fields.csv`` says what a field becomes. A total of a day is a score: exports repeat days and
correct them, and a score of the same day is replaced where a second sample would be added to the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from adapters.garmin.rows import Row, number_at, value_at, word_at
from adapters.garmin.tables import Field, Kind, fields_of
from adapters.garmin.times import Offsets, day_of, ns_of
from vault.records import Origin, Samples, Score
from vault.time import DAY_NS, MILLISECOND_NS

__all__ = ["ADAPTER", "ORIGIN", "Values"]

ADAPTER = "garmin"
ORIGIN = Origin("Garmin Connect", ADAPTER, app="garmin")
_LENGTH = "durationInMilliseconds"
_DECIMALS = 6
_NIGHT = '{"window":"night"}'

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A row, as far as it is needed; times are not yet put in order, as the offsets are not all told."""

    kind: Kind
    day: int | None
    clock: int | None
    instant: int | None
    length: int
    rank: tuple[bool, int]
    values: list[tuple[Field, float | str]]
    note: str


@dataclass(slots=True)
class _Columns:
    """The samples of one metric in the making."""

    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    offset_min: list[int] = field(default_factory=list)
    value: list[float | str] = field(default_factory=list)
    note: list[str] = field(default_factory=list)


class Values:
    """Collects rows; ``records`` yields what counts once all are in."""

    def __init__(self, offsets: Offsets) -> None:
        self._offsets = offsets
        self._days: dict[tuple[str, int, str], _Reading] = {}
        self._moments: list[_Reading] = []

    def add(self, kind: Kind, row: Row) -> str | None:
        """Take a row, or return why it says nothing."""
        reading = _reading(kind, row)
        if number_at(row, _LENGTH) == 0:
            return "empty-day"
        if kind.window == "moment":
            if reading.instant is None and reading.clock is None:
                return "no-date"
            self._moments.append(reading)
            return None
        if reading.day is None:
            return "no-date"
        key = (kind.name, reading.day, reading.note)
        if key not in self._days or reading.rank >= self._days[key].rank:
            self._days[key] = reading
        return None

    def records(self, nights: Mapping[int, Span]) -> Iterator[Samples | Score]:
        """Yield scores and samples; ``nights`` are begin and end of sleep by the day of waking."""
        found: dict[Field, _Columns] = {}
        for reading in [*self._days.values(), *self._moments]:
            start, end = self._span(reading, nights)
            offset_min = self._offsets.at(end if reading.kind.window == "night" else start)
            for known, value in reading.values:
                if known.is_score and isinstance(value, float):
                    if reading.day is not None:
                        yield Score(reading.day, ORIGIN, known.name, value, known.unit)
                    continue
                columns = found.setdefault(known, _Columns())
                columns.start.append(start)
                columns.end.append(end)
                columns.offset_min.append(offset_min)
                columns.value.append(value)
                columns.note.append(reading.note)
        for known, columns in found.items():
            yield _samples(known, columns)

    def _span(self, reading: _Reading, nights: Mapping[int, Span]) -> Span:
        """Return what the values are of: a moment, a day, or the part of a night on the day of waking.

        Where no offset tells when that day begins, it is the moment of waking, which is on it for sure.
        """
        if reading.kind.window == "moment" or reading.day is None:
            instant = reading.instant
            instant = self._offsets.utc(reading.clock or 0) if instant is None else instant
            return instant, instant
        start, end = self._offsets.span(reading.day)
        if reading.kind.window == "day":
            return start, min(end, start + reading.length) if reading.length else end
        if reading.day not in nights:
            noon = start + (end - start) // 2
            return noon, noon
        asleep, awake = nights[reading.day]
        return (max(asleep, start), awake) if start < awake else (awake, awake)


def _reading(kind: Kind, row: Row) -> _Reading:
    date = value_at(row, kind.date)
    instant = ns_of(value_at(row, kind.instant)) if kind.instant else None
    length = number_at(row, _LENGTH) or 0.0
    return _Reading(
        kind=kind,
        day=day_of(date),
        clock=ns_of(date),
        instant=instant,
        length=round(min(max(length, 0.0) * MILLISECOND_NS, 2 * DAY_NS)),
        rank=_rank(kind, row),
        values=list(_values(kind, row)),
        note=_note(kind, row),
    )


def _rank(kind: Kind, row: Row) -> tuple[bool, int]:
    """Return where a row stands among those of its day; the highest counts, of equals the last.

    The order is a time or a version; read as milliseconds, versions keep theirs.
    """
    is_favoured = kind.favour is not None and word_at(row, kind.favour[0]) == kind.favour[1]
    order = (ns_of(value_at(row, kind.order)) or 0) if kind.order else 0
    return is_favoured, order if kind.keep == "last" else -order


def _values(kind: Kind, row: Row) -> Iterator[tuple[Field, float | str]]:
    for known in fields_of(kind.name):
        if known.factor is None:
            word = word_at(row, known.path)
            if word:
                yield known, word
            continue
        number = number_at(row, known.path)
        if number is not None:
            value = number if known.factor == 1 else round(number * known.factor, _DECIMALS)
            if known.least <= number <= known.most:
                yield known, value


def _note(kind: Kind, row: Row) -> str:
    if kind.window == "night":
        return _NIGHT
    said = {name: word for name in kind.note if (word := word_at(row, name))}
    return json.dumps(said, sort_keys=True, separators=(",", ":")) if said else ""


def _samples(known: Field, columns: _Columns) -> Samples:
    texts = [str(value) for value in columns.value] if known.is_word else []
    codes, coded = _indexed(texts)
    notes, note = _indexed(columns.note)
    return Samples(
        metric=known.name,
        start=np.array(columns.start, np.int64),
        end=np.array(columns.end, np.int64),
        offset_min=np.array(columns.offset_min, np.int16),
        value=np.array(coded, np.int32) if known.is_word else np.array(columns.value, np.float64),
        origin=np.zeros(len(columns.start), np.int32),
        origins=[ORIGIN],
        note=np.array(note, np.int32) if notes else None,
        notes=notes,
        codes=codes if known.is_word else None,
        unit=known.unit,
    )


def _indexed(texts: list[str]) -> tuple[list[str], list[int]]:
    """Return the distinct texts that are not empty, and the index of each; -1 for an empty one."""
    distinct = [text for text in dict.fromkeys(texts) if text]
    index = {text: at for at, text in enumerate(distinct)}
    return distinct, [index.get(text, -1) for text in texts]
