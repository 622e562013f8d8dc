"""Reads a sensor's glucose value: a number in one of two units, or beyond what the sensor can tell.

The idea: a sensor that shows "Low" has told that glucose is below its range and not how far, so no number
comes of it. Milligrams are whole, as sensors show them: the limits of time in range are whole too, and 3.9
and 10.0 mmol/L become the 70 and 180 mg/dL they stand for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.points import number_of
from adapters.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MG_DL", "MG_DL_PER_MMOL_L", "Glucose", "decimal_of", "glucose_of", "unit_of"]

MG_DL_PER_MMOL_L = 18.0182
MG_DL, MMOL_L = "mg/dL", "mmol/L"
_UNIT = re.compile(r"(?<![a-z])(?:mg/dl|mmol/l)(?![a-z/])", re.IGNORECASE)
_UNITS = {unit.casefold(): unit for unit in (MG_DL, MMOL_L)}


@dataclass(frozen=True, slots=True)
class Glucose:
    """A value in mg/dL, or the side on which it lies beyond the sensor's range, ``low`` or ``high``."""

    mg_dl: float | None
    beyond: str = ""
    note: Mapping[str, object] | None = None


def unit_of(column: str) -> str:
    """Return the unit in a column's name, or nothing."""
    match = _UNIT.search(column)
    return _UNITS[match[0].casefold()] if match else ""


def decimal_of(text: str) -> float | None:
    """Return a number whose decimals may stand behind a comma, or None."""
    return number_of(text.strip().replace(",", "."))


def glucose_of(text: str, unit: str) -> Glucose | None:
    """Return a value in ``unit``, or None if it is none; one that was converted notes what was said."""
    side = _sides().get(text.strip().casefold(), "")
    if side:
        return Glucose(None, side)
    said = decimal_of(text)
    if said is None or said <= 0:
        return None
    if unit == MG_DL:
        return Glucose(said)
    return Glucose(float(round(said * MG_DL_PER_MMOL_L)), note={"said": said, "unit": unit})


@cache
def _sides() -> dict[str, str]:
    return {row["word"].casefold(): row["side"] for row in table("adapters.formats", "beyond.csv")}
