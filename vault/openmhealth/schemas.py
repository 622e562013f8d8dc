"""Which metric goes out by which schema, in which of its fields and units: two tables, read once.

``schemas.csv`` has a row a metric and way out. No row converts: the catalogue's unit and the schema's are
one unit spelled twice. ``of`` is where the value comes from: a ``sample``, a ``reading`` of several
components, a ``sleep`` or ``workout`` told in one data point, or a ``member`` of a workout with one of its
own. ``words.csv`` has what a note may add, with the words the schema allows.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Row", "table", "words"]


class Row(NamedTuple):
    """One metric in one field of one schema.

    ``frame``: interval or moment where the schema asks for that, else empty. ``column``: that of the
    reader's table for sleeps and workouts; empty for a series. ``says``: what the metric says by itself, as
    ``field=word`` by semicolon. ``required``: the field without which there is no data point, if any.
    """

    metric: str
    schema: str
    version: str
    field: str
    unit: str
    frame: str
    of: str
    column: str
    says: str
    required: str

    @property
    def stem(self) -> str:
        """The schema's file name without its ending."""
        return f"{self.schema}-{self.version}"

    @property
    def fixed(self) -> dict[str, str]:
        """What the metric says by itself, by field of the body."""
        return dict(pair.split("=") for pair in self.says.split(";") if pair)


@cache
def table() -> tuple[Row, ...]:
    """Return every row, in the order in which things go out within one schema."""
    return tuple(Row(**row) for row in _rows("schemas.csv"))


@cache
def words(schema: str) -> dict[str, frozenset[str]]:
    """Return the words a note may say in each field of a schema."""
    own = (row for row in _rows("words.csv") if row["schema"] == schema)
    return {row["field"]: frozenset(row["words"].split("|")) for row in own}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("vault.openmhealth").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
