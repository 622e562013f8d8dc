"""Reads tables of moments as columns: Google's files by data source, and the older ones by minute.

The idea: each data source measured by itself and stays an origin of its own, so that the vault weighs them
against each other; nothing is added up here. Where a preferred stream has told of a span already, the rows in
it are a mirror and are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit import months, user_exercises, user_sleeps
from adapters.fitbit.csv_columns import Columns
from adapters.fitbit.csv_families import DATA_SOURCE, PLACES, SERIES, csv_families, metrics_of, origin_of
from adapters.fitbit.wall import DERIVED
from adapters.formats.batches import canonical
from adapters.formats.values import snake
from vault.errors import MalformedFile
from vault.records import Samples
from vault.time import DAY_NS, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.base import ByteSource
    from adapters.fitbit.context import Context, Read
    from adapters.fitbit.csv_columns import Part
    from adapters.fitbit.csv_families import Column, CsvFamily
    from adapters.formats.counting import Count
    from vault.records import Record

__all__ = ["LEAVES", "METRICS", "READERS", "READS", "finish"]


def _read(family: CsvFamily, stream: ByteSource, count: Count, context: Context) -> Iterator[Record]:
    """Yield the samples of a table; raises MalformedFile if its time is not where it should be."""
    table = Columns(stream)
    if family.time not in table.header:
        raise MalformedFile("a table without its column of times")
    columns = family.known(table.header)
    numbers = [column.name for column in columns if column.factor is not None]
    words = [column.name for column in columns if column.factor is None]
    texts = [name for name in (family.said, DATA_SOURCE, *words) if name in table.header]
    for part in table.parts(family.time, numbers, texts):
        yield from (count.reject(reason, line) for line, reason in part.reasons)
        if not columns:
            count.leave("unknown-columns", len(part.line))
        elif len(part.line):
            yield from _Rows(part, family, context).records(columns, count)


class _Rows:
    """Some rows of a table, with when they were and who measured."""

    def __init__(self, part: Part, family: CsvFamily, context: Context) -> None:
        self._part, self._family, self._context = part, family, context
        self._start, self._offset, self._derived = part.clock, None, None
        if family.clock == "wall":
            self._start, self._offset, self._derived = context.wall.instants_of(part.clock)
        none = np.zeros(len(part.line), np.int64), [""]
        self._source, self._sources = part.texts.get(DATA_SOURCE, none)
        self._said, self._words = part.texts.get(family.said, none)

    def records(self, columns: tuple[Column, ...], count: Count) -> Iterator[Record]:
        """Yield the samples that are enough to go, and count every row."""
        after = self._family.after
        mirrored = self._context.told.has(after, self._start)
        used = np.zeros(len(self._start), np.bool_)
        for column in columns:
            good = self._said_something(column) & ~mirrored
            used |= good
            if column.factor is None or self._family.said:
                yield from self._batch(column, good)
            else:
                yield from self._columns(column, good)
        count.use(int(used.sum()))
        count.leave("mirror", int(mirrored.sum()))
        count.leave("no-value", int((~used & ~mirrored).sum()))
        if self._family.tells and used.any():
            self._tell(np.sort(self._start[used]))

    def _said_something(self, column: Column) -> NDArray[np.bool_]:
        if column.factor is None:
            code, words = self._part.texts[column.name]
            return np.array([word not in ("", *column.missing) for word in words], np.bool_)[code]
        number = self._part.numbers[column.name]
        return ~np.isnan(number) & ~np.isin(number, column.sentinels)

    def _values(self, column: Column, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        assert column.factor is not None
        return np.round(self._part.numbers[column.name][rows] * column.factor, PLACES)

    def _columns(self, column: Column, good: NDArray[np.bool_]) -> Iterator[Samples]:
        """Add a column's numbers to the series of their data sources, and yield the months that are whole."""
        for source in np.unique(self._source[good]).tolist():
            rows = np.flatnonzero(good & (self._source == source))
            rows = rows[np.argsort(self._start[rows], kind="stable")]
            offset_min = None if self._offset is None else self._offset[rows]
            derived = None if self._derived is None else self._derived[rows]
            part = months.Part(self._start[rows], self._values(column, rows), offset_min, derived)
            yield from self._series(column, self._sources[source]).add(part)

    def _series(self, column: Column, source: str) -> months.Months:
        series, key = self._context.series, f"{self._family.name} {column.name} {source}"
        if key not in series:
            length_ns, offsets_at = self._family.seconds * SECOND_NS, self._context.wall.offsets_at
            series[key] = months.Months(column.becomes, column.unit, length_ns, origin_of(source), offsets_at)
        return series[key]

    def _batch(self, column: Column, good: NDArray[np.bool_]) -> Iterator[Samples]:
        """Yield the words of a column, or numbers that have a word beside them."""
        if not good.any():
            return
        rows = np.flatnonzero(good)
        code, words = self._part.texts.get(column.name, (None, ()))
        notes = [{snake(self._family.said): word} if word else {} for word in self._words]
        notes += [said | {"zone": DERIVED} for said in notes]
        said = self._said[rows]
        if self._derived is not None:
            said = said + self._derived[rows] * len(self._words)
        start = self._start[rows]
        yield Samples(
            column.becomes,
            start,
            start + self._family.seconds * SECOND_NS,
            self._context.wall.offsets_at(start) if self._offset is None else self._offset[rows],
            self._values(column, rows) if code is None else code[rows].astype(np.int32),
            self._source[rows].astype(np.int32),
            tuple(map(origin_of, self._sources)),
            note=np.array([number if said else -1 for number, said in enumerate(notes)], np.int32)[said],
            notes=tuple(map(canonical, notes)),
            codes=None if code is None else tuple(words),
            unit=column.unit,
        )

    def _tell(self, instants: NDArray[np.int64]) -> None:
        """Remember the spans in which these instants follow each other closely."""
        breaks = np.flatnonzero(np.diff(instants) > self._family.gap_days * DAY_NS)
        for first, last in zip([0, *breaks + 1], [*breaks, len(instants) - 1]):
            self._context.told.add(self._family.tells, int(instants[first]), int(instants[last]))


def finish(context: Context) -> Iterator[Record]:
    """Yield the sleeps when the files of their stages have been read."""
    yield from context.sleeps.rest(context.wall)


READERS: Mapping[str, Read] = {
    **{name: partial(_read, family) for name, family in csv_families().items() if family.shape in SERIES},
    **user_sleeps.READERS,
    **user_exercises.READERS,
}
READS = (
    "Google's CSV files, each data source by itself: all that, floors, active zone minutes, cardio load",
    "Google's HRV, blood oxygen, breathing, skin temperature and conductance, places, body fat, height",
    "Google's tables of sleeps with stages and scores, and of exercises no log tells of",
)
LEAVES = (
    "calories by heart rate zone, periods of sitting, live pace: they repeat what other files say",
    "menstrual health, glucose, mindfulness, moods, hydration, lengths swum: nobody verified their columns",
    "core temperature, speed, micro motion, limits of heart rate zones, weather, coarse places, food",
    "the app's own tables of settings, coaching and plans; exercises that were deleted",
)
METRICS = metrics_of(SERIES)
