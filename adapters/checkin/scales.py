"""Puts what people ticked on the scale of the metric, and keeps what they ticked.

The idea: of two scales of feelings neither the range nor the direction is the same, and a number does not
show which it is. Hooper's goes from 1 (very, very good) to 7 (very, very bad); that of ``vitalvault checkin``
from 1 to 5, where more energy, sleep and mood is better. Each item is laid on its metric linearly, best on
best, with the note that says what was ticked on which scale; what fits no scale is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from adapters.tables import table
from vault.metrics import metric

__all__ = ["HOOPER", "OWN", "Item", "items_of", "scale_of"]

HOOPER, OWN = "hooper", "1-5"
_HIGH_IS_GOOD = {"mood"}
"""Metrics of which more is better; of all others here more is worse."""
_SHOWS = {"fatigue": HOOPER, "energy": OWN}
"""A column that one scale only has."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a scale: it goes from ``lowest`` to ``highest``, and is best at one of them."""

    scale: str
    name: str
    metric: str
    lowest: float
    highest: float
    best: float

    def value(self, ticked: float) -> float | None:
        """Return what was ticked on the scale of the metric, or None if it is off its own scale."""
        if not self.lowest <= ticked <= self.highest:
            return None
        share = abs(ticked - self.best) / (self.highest - self.lowest)
        found = metric(self.metric)
        low, high = found.low, found.high
        assert low is not None
        assert high is not None
        return high - share * (high - low) if self.metric in _HIGH_IS_GOOD else low + share * (high - low)


def scale_of(said: str, columns: Collection[str]) -> str | None:
    """Return the scale of a row: the one it says, else the one that alone has such a column, else None."""
    if said:
        return said if said in (HOOPER, OWN) else None
    shown = {scale for column, scale in _SHOWS.items() if column in columns}
    return shown.pop() if len(shown) == 1 else None


@cache
def items_of(scale: str) -> dict[str, Item]:
    """Return the items of a scale by the name of their column."""
    rows = table("adapters.checkin", "items.csv")
    found = [
        Item(
            row["scale"],
            row["item"],
            row["metric"],
            float(row["lowest"]),
            float(row["highest"]),
            float(row["best"]),
        )
        for row in rows
    ]
    return {item.name: item for item in found if item.scale == scale}
