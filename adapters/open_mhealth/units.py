"""Makes numbers of the schemas' units numbers of the catalogue's, by a table.

The idea: the schemas have unit words of their own ("beats/min", "lb", "Metric Ton"), each of which has one
meaning in the unit of each metric it can measure.
"""

from __future__ import annotations

from functools import cache

from adapters.tables import table

__all__ = ["factor_of", "in_unit"]


def in_unit(value: float, unit: str, ucum: str) -> float | None:
    """Return a number in a UCUM unit, or None if the unit can't be made that."""
    scale = factor_of(unit, ucum)
    return None if scale is None else value * scale[0] + scale[1]


def factor_of(unit: str, ucum: str) -> tuple[float, float] | None:
    """Return (factor, offset) from one unit to another, or None if there is no way."""
    return (1.0, 0.0) if unit == ucum else _units().get((unit, ucum))


@cache
def _units() -> dict[tuple[str, str], tuple[float, float]]:
    rows = table("adapters.open_mhealth", "units.csv")
    return {(row["unit"], row["ucum"]): (float(row["factor"]), float(row["offset"])) for row in rows}
