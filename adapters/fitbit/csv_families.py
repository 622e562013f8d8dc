"""Says what the tables of a Fitbit archive hold: where the time stands, what each column becomes.

The idea: these files differ in words and units and in nothing else, so all that is known of them is two
tables, a row for each family and a row for each column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from adapters.fitbit.context import ORIGIN
from adapters.fitbit.csv_columns import BAD_VALUE, is_missing
from adapters.formats.points import number_of
from adapters.tables import table

if TYPE_CHECKING:
    from vault.records import Origin

__all__ = [
    "DATA_SOURCE",
    "DAYS",
    "PLACES",
    "SERIES",
    "Column",
    "CsvFamily",
    "csv_families",
    "metrics_of",
    "origin_of",
]

DATA_SOURCE = "data source"
"""The column that names the device or app; older files have none."""
PLACES = 6
"""Decimals kept of a number that was computed."""
SERIES, DAYS = ("series",), ("day", "night")
"""Shapes of families: moments, or rows of a local date."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a family.

    Args:
        name: The column, as ``sheets.plain`` gives it.
        less: A column that is taken from it; none if empty.
        per: A column it is divided by; none if empty.
        becomes: A metric, a ``fitbit:`` series or, with ``fitbit_``, a score.
        unit: Of what is not in the catalogue.
        factor: Into that unit; None if the column holds words.
        missing: What is written where there is no value.
        unscaled_below: Smaller numbers are in the unit already, whatever the header says.
    """

    name: str
    less: str
    per: str
    becomes: str
    unit: str
    factor: float | None
    missing: tuple[str, ...]
    unscaled_below: float

    @property
    def names(self) -> tuple[str, ...]:
        """The columns it is made of."""
        return tuple(name for name in (self.name, self.less, self.per) if name)

    @property
    def is_score(self) -> bool:
        """Whether it is the vendor's word on a day instead of a sample."""
        return self.becomes.startswith("fitbit_")

    @property
    def sentinels(self) -> tuple[float, ...]:
        """The numbers that are written where there is no value."""
        return () if self.factor is None else tuple(map(float, self.missing))

    def is_sentinel(self, row: dict[str, str]) -> bool:
        """Whether a row says in a number that there is no value."""
        return number_of(row.get(self.name, "")) in self.sentinels

    def value(self, row: dict[str, str]) -> float | str | None:
        """Return the number of a row, None for none, or why it can't be used."""
        texts = [row.get(name, "").strip() for name in self.names]
        if any(map(is_missing, texts)) or self.is_sentinel(row):
            return None
        numbers = [number for number in map(number_of, texts) if number is not None]
        return BAD_VALUE if len(numbers) < len(texts) else self._computed(*numbers)

    def _computed(self, number: float, other: float = 0.0) -> float | None:
        if self.less:
            number -= other
        if self.per and other <= 0:
            return None
        if self.per:
            number /= other
        if self.factor is None or number < self.unscaled_below:
            return number
        return round(number * self.factor, PLACES)


@dataclass(frozen=True, slots=True)
class CsvFamily:
    """One kind of table.

    Args:
        name: As in ``families.csv``.
        shape: ``series`` of moments, or rows of a ``day`` or a ``night``.
        time: The column of the time.
        end: The column of when it ended; none if empty.
        clock: What it shows: ``utc``, the ``wall`` clock, or a ``date`` whatever follows it.
        seconds: How long a value is of.
        said: A column that becomes a note; none if empty.
        unless: (column, text) of rows that tell nothing.
        after: Of what ``Context.told`` or ``Context.read_logs`` has under this name, a row is a mirror.
        tells: The name under which this family's rows go there.
        gap_days: A series that was silent for longer did not tell of the time between.
        columns: The first is what a row is for: if it is a sentinel, the others say nothing.
    """

    name: str
    shape: str
    time: str
    end: str
    clock: str
    seconds: int
    said: str
    unless: tuple[tuple[str, str], ...]
    after: str
    tells: str
    gap_days: int
    columns: tuple[Column, ...]

    def known(self, header: tuple[str, ...]) -> tuple[Column, ...]:
        """Return the columns that a table has, by its plain header."""
        return tuple(column for column in self.columns if set(column.names) <= set(header))


@cache
def csv_families() -> dict[str, CsvFamily]:
    """Return the families by name."""
    columns: dict[str, list[Column]] = {}
    for row in table("adapters.fitbit", "csv_columns.csv"):
        columns.setdefault(row["family"], []).append(_column(row))
    return {
        row["family"]: CsvFamily(
            row["family"],
            row["shape"],
            row["time"],
            row["end"],
            row["clock"],
            int(row["seconds"]),
            row["said"],
            tuple((name, text) for name, _, text in (one.partition("=") for one in _several(row["unless"]))),
            row["after"],
            row["tells"],
            int(row["gap_days"] or 0),
            tuple(columns[row["family"]]),
        )
        for row in table("adapters.fitbit", "csv_families.csv")
    }


def origin_of(source: str) -> Origin:
    """Return who measured, by the data source a row names; Fitbit if it names none."""
    return replace(ORIGIN, source=source) if source else ORIGIN


def metrics_of(shapes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics of the catalogue that families of some shapes give."""
    columns = (one for family in csv_families().values() if family.shape in shapes for one in family.columns)
    return tuple(sorted({one.becomes for one in columns if ":" not in one.becomes and not one.is_score}))


def _column(row: dict[str, str]) -> Column:
    return Column(
        row["column"],
        row["less"],
        row["per"],
        row["becomes"],
        row["unit"],
        float(row["factor"]) if row["factor"] else None,
        _several(row["missing"]),
        float(row["unscaled_below"] or "-inf"),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split("|") if one)
