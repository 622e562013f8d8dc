"""What the files of a Garmin export are and what their fields mean, as tables.

The idea: a file is of a kind by how its name ends or begins, which no language changes, and by a word that
stands in it. Of each kind the tables say where the date stands, which of several rows of a day counts, and
what becomes of each field: a sample of a metric, a sample under Garmin's name, or a score of the day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from adapters.tables import table
from vault.metrics import find, is_vendor_coded

__all__ = ["ActivityField", "Field", "Kind", "activity_fields", "fields_of", "kinds", "kinds_of", "metrics"]

Window = Literal["day", "night", "moment", "none"]
_WORD = "word"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row.

    Args:
        name: What ``fields.csv`` calls it.
        file: How the names of its files look.
        marker: A word that stands in every file of the kind that has rows.
        window: What a value is of: the day, the night that ends on it, or the moment.
        date: Where the local date stands,
        instant: and where the moment does, in UTC.
        order: By what the rows of a day are ordered; empty: as they are read.
        keep: Which of them counts.
        favour: A field and its value; rows that have it come before all others.
        pairs: Fields of UTC and wall clock that tell the offset.
        note: Fields that become a sample's note.
    """

    name: str
    file: re.Pattern[str]
    marker: bytes
    window: Window
    date: str
    instant: str
    order: str
    keep: Literal["first", "last"]
    favour: tuple[str, str] | None
    pairs: tuple[tuple[str, str], ...]
    note: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row: what it becomes, and which values are none but a sign for "unknown"."""

    path: str
    name: str
    unit: str
    factor: float | None
    least: float
    most: float

    @property
    def is_word(self) -> bool:
        """Whether it is text."""
        return self.factor is None

    @property
    def is_score(self) -> bool:
        """Whether it becomes a score instead of a sample."""
        return not is_vendor_coded(self.name) and find(self.name) is None


@dataclass(frozen=True, slots=True)
class ActivityField:
    """A number of a summarised activity: what it is called in the vault, and by what it is multiplied."""

    key: str
    name: str
    factor: float


@cache
def kinds() -> tuple[Kind, ...]:
    """Return all kinds of rows."""
    return tuple(_kind(row) for row in table("adapters.garmin", "kinds.csv"))


def _kind(row: dict[str, str]) -> Kind:
    path, _, value = row["favour"].partition("=")
    pairs = [pair.split() for pair in row["pairs"].split(";") if pair]
    return Kind(
        name=row["kind"],
        file=re.compile(row["file"]),
        marker=row["marker"].encode(),
        window=cast("Window", row["window"]),
        date=row["date"],
        instant=row["instant"],
        order=row["order"],
        keep=cast("Literal['first', 'last']", row["keep"]),
        favour=(path, value) if path else None,
        pairs=tuple((utc, local) for utc, local in pairs),
        note=tuple(row["note"].split()),
    )


def kinds_of(basename: str) -> list[Kind]:
    """Return the kinds a file may be of by its name."""
    return [kind for kind in kinds() if kind.file.search(basename)]


@cache
def fields_of(kind: str) -> tuple[Field, ...]:
    """Return the fields of a kind of row."""
    return tuple(_field(row) for row in table("adapters.garmin", "fields.csv") if row["kind"] == kind)


def _field(row: dict[str, str]) -> Field:
    return Field(
        row["path"],
        row["name"],
        row["unit"],
        None if row["factor"] == _WORD else float(row["factor"]),
        float(row["least"] or "-inf"),
        float(row["most"] or "inf"),
    )


@cache
def activity_fields() -> tuple[ActivityField, ...]:
    """Return the numbers of a summarised activity."""
    return tuple(
        ActivityField(row["key"], row["name"], float(row["factor"]))
        for row in table("adapters.garmin", "activity.csv")
    )


def metrics() -> set[str]:
    """Return every catalogue metric the JSON files give."""
    return {row["name"] for row in table("adapters.garmin", "fields.csv") if find(row["name"]) is not None}
