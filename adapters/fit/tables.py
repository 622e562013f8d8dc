"""The tables of this room: what FIT's fields, counters and sports are called in the vault.

The idea: which field is which metric is data, one row each; the code only walks over the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from adapters.tables import table

__all__ = ["Counter", "Quantity", "counters", "quantities", "scores", "sport_word", "stream_columns"]

_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A field that is a metric or a score (``name``): value = field * ``factor``.

    Below ``least`` or above ``most`` it is one of FIT's words for "no value". ``time`` is the field with its
    instant, ``window`` what a mean was taken over.
    """

    message: str
    field: str
    name: str
    unit: str
    least: float
    most: float
    factor: float = 1.0
    time: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class Counter:
    """A running total of a day, of one type of activity (of any: None), that is a metric."""

    activity: int | None
    field: str
    metric: str
    factor: float


@cache
def quantities() -> list[Quantity]:
    """Return the fields that are metrics."""
    return [
        Quantity(
            row["message"],
            row["field"],
            row["metric"],
            row["unit"],
            float(row["least"]),
            float(row["most"]),
            float(row["factor"]),
            row["time"],
            row["window"],
        )
        for row in table("adapters.fit", "wellness.csv")
    ]


@cache
def scores() -> list[Quantity]:
    """Return the fields that are a vendor's scores of a day."""
    return [
        Quantity(
            row["message"],
            row["field"],
            row["score"],
            row["unit"],
            float(row["least"]),
            float(row["most"]),
        )
        for row in table("adapters.fit", "scores.csv")
    ]


@cache
def counters() -> list[Counter]:
    """Return the running totals of ``monitoring`` messages."""
    return [
        Counter(
            int(row["activity"]) if row["activity"] else None,
            row["field"],
            row["metric"],
            float(row["factor"]),
        )
        for row in table("adapters.fit", "counters.csv")
    ]


@cache
def stream_columns() -> dict[str, str]:
    """Return the column of each field of ``record`` that has one; of two for one column the later wins."""
    return {row["field"]: row["column"] for row in table("adapters.fit", "streams.csv")}


def sport_word(sport: str, sub_sport: str) -> str:
    """Return the project's word for a sport."""
    words = _sports()
    return words.get((sport, sub_sport)) or words.get((sport, ""), _OTHER)


@cache
def _sports() -> dict[tuple[str, str], str]:
    return {(row["sport"], row["sub_sport"]): row["word"] for row in table("adapters.fit", "sports.csv")}
