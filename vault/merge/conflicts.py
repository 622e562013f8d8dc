"""When two sources disagree about a day: further apart than a tolerance that stands in a table.

The table is data (``conflicts.csv``), a row a metric with the reason for its tolerance. What is not in it is
not compared: that a phone in a bag counts fewer steps by the hour than a watch is no disagreement.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from vault.metrics import metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tolerance", "disagreements", "tolerances"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """One row of the table.

    Args:
        metric: Whose daily value is compared.
        against: Metrics that tell the same of a whole day, added up; none: its own other sources do.
        relative: A share of the larger of both values.
        absolute: In the metric's unit. Values are in conflict if they are further apart than by either.
        why: The source of the number, or its reason.
    """

    metric: str
    against: tuple[str, ...]
    relative: float
    absolute: float
    why: str

    def between(self, value: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far apart values may be, float64 [n] in the metric's unit."""
        return np.maximum(self.absolute, self.relative * np.maximum(np.abs(value), np.abs(other)))

    def __str__(self) -> str:
        """Return it in words: ``10 % and 5 /min``."""
        ucum = metric(self.metric).ucum
        unit = "points" if ucum == "%" else ucum.removesuffix("/d").strip("{}")
        relative = [f"{100 * self.relative:g} %"] if self.relative else []
        return " and ".join(relative + ([f"{self.absolute:g} {unit}"] if self.absolute else []))


@cache
def tolerances() -> dict[str, Tolerance]:
    """Return the table by metric."""
    text = files("vault.merge").joinpath("conflicts.csv").read_text("utf-8")
    return {
        row["metric"]: Tolerance(
            row["metric"],
            tuple(row["against"].split()),
            float(row["relative"]),
            float(row["absolute"]),
            row["why"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def disagreements(
    day: NDArray[np.int64],
    value: NDArray[np.float64],
    other_day: NDArray[np.int64],
    other: NDArray[np.float64],
    tolerance: Tolerance,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return where both tell of one day and are too far apart: (row here, row there, tolerance there).

    Days are ascending on both sides, each once; a day that one side does not tell is no conflict.
    """
    _, here, there = np.intersect1d(day, other_day, assume_unique=True, return_indices=True)
    limit = tolerance.between(value[here], other[there])
    apart = np.abs(value[here] - other[there]) > limit
    return here[apart], there[apart], limit[apart]
