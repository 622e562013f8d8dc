"""Working sets as columns: what was lifted, on which day, in which movement, and how hard it was.

Warm-ups are no training here and are left out at the door. What is not known stays NaN: no load is not a
load of nothing, and no RPE is not an easy set.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Sets", "working"]

WARM_UP, TO_FAILURE = "warmup", "failure"


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Equally long columns, one row a set, in the order they were done.

    Args:
        day: Local day, days since 1970-01-01, [n].
        movement: One name across vendors, text [n].
        repetitions: Of one side, where sides take turns, [n].
        load_kg: As it was chosen: of one side where ``per_side``, [n].
        per_side: Whether both sides moved that load at once, [n].
        reserve: Repetitions in reserve; as told, else 10 - RPE, else NaN, [n].
    """

    day: Ints
    movement: NDArray[np.object_]
    repetitions: Floats
    load_kg: Floats
    per_side: Bools
    reserve: Floats

    def __len__(self) -> int:
        """Return the number of sets."""
        return len(self.day)

    def take(self, rows: Bools | NDArray[np.intp]) -> Sets:
        """Return some of the sets."""
        return Sets(*(getattr(self, field.name)[rows] for field in fields(self)))


def working(sets: Sets, set_type: NDArray[np.object_]) -> Sets:
    """Return the sets that are no warm-ups, by day; a set to failure has nothing in reserve."""
    failed = np.isnan(sets.reserve) & (set_type == TO_FAILURE)
    reserve = np.where(failed, 0.0, sets.reserve)
    told = Sets(sets.day, sets.movement, sets.repetitions, sets.load_kg, sets.per_side, reserve)
    kept = np.flatnonzero(set_type != WARM_UP)
    return told.take(kept[np.argsort(sets.day[kept], kind="stable")])
