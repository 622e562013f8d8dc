"""Knows what a table of each kind can hold: the fields, their units, their plausible range.

The idea: a field is a place in a record or a metric of the catalogue, whose unit and range are the
catalogue's. What is in neither is kept under the table's own name in the unit that was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from adapters.formats.sheets import plain
from adapters.tables import table
from vault.metrics import Metric, find

__all__ = ["CLOCKS", "KINDS", "Field", "Kind", "conversion", "field_of", "fields_of"]

Kind = Literal["workout", "strength_set", "body", "glucose", "subjective", "reaction", "sample", "score"]
KINDS: tuple[str, ...] = get_args(Kind)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_BARE = re.compile(r"1|\{.*\}(?:/d)?")
"""Counts and scores: numbers without a physical unit."""
CLOCKS = {"hh:mm:ss": (3_600, 60, 1), "hh:mm": (3_600, 60), "mm:ss": (60, 1)}
"""Ways to write a time that something took, with the seconds each number is worth."""
_PACKAGE = "adapters.table"


@dataclass(frozen=True, slots=True)
class Field:
    """What a column can be.

    Args:
        name: As the mapping names it; for samples a metric of the catalogue, or one of the table's own.
        ucum: The unit values are converted to; empty for texts, and for what is kept as it comes.
        metric: Whose range is plausible, if there is one.
        is_text: Whether it is words, not a number.
        is_score: Whether it is somebody's score, which may have any unit or none.
    """

    name: str
    ucum: str = ""
    metric: Metric | None = None
    is_text: bool = False
    is_score: bool = False

    @property
    def needs_unit(self) -> bool:
        """Whether the mapping must say a unit: a physical quantity has no default."""
        return not (self.is_text or self.is_score) and _BARE.fullmatch(self.ucum) is None


@cache
def fields_of(kind: str) -> dict[str, Field]:
    """Return the fields that a kind names; samples and scores have more."""
    return {
        row["field"]: Field(
            row["field"], row["ucum"], find(row["metric"]) if row["metric"] else None, bool(row["is_text"])
        )
        for row in table(_PACKAGE, "fields.csv")
        if row["kind"] == kind
    }


def field_of(kind: str, name: str) -> Field | None:
    """Return a field of a kind, or None: a sample can be any metric, a score any name."""
    known = fields_of(kind).get(name)
    if known is not None:
        return known
    if kind == "score" and _NAME.fullmatch(name):
        return Field(name, is_score=True)
    if kind != "sample":
        return None
    metric = find(name)
    if metric is not None:
        is_usable = metric.kind in ("Q", "CC")
        return Field(name, metric.ucum, metric, metric.is_coded) if is_usable else None
    return Field(name) if _NAME.fullmatch(name) else None


def conversion(unit: str, ucum: str) -> tuple[float, float] | None:
    """Return (factor, offset) from a unit to another, or None if there is none."""
    if unit == ucum or not ucum or (not unit and _BARE.fullmatch(ucum)):
        return 1.0, 0.0
    if unit in CLOCKS:
        return _conversions().get(("s", ucum))
    return _conversions().get((plain(unit), ucum))


@cache
def _conversions() -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (plain(row["unit"]), row["ucum"]): (float(row["factor"]), float(row["offset"]))
        for row in table(_PACKAGE, "units.csv")
    }
