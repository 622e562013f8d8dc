"""A little more load: when the last two sessions beat what had been the target, and by how much.

Exports have no target, so one is taken from the person's own training: the repetitions of the session before
those two, at the same load. Beaten means at least one more in the *last* set, which is the hardest, in as
many sets. The step is 2-10 % (ACSM 2009), if it can be to a load the person has used before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.strength.sets import Sets

    Floats = NDArray[np.float64]

__all__ = ["RULE", "Step", "next_load", "steps"]


@dataclass(frozen=True, slots=True)
class OverloadRule:
    """When more load fits, and how much."""

    sessions: int
    beaten_by: int
    low_share: float
    high_share: float
    plate_step_kg: float
    used_days: int
    fresh_days: int
    min_score: int
    not_low: int


RULE = table("overload", OverloadRule, of="strength.toml")


@dataclass(frozen=True, slots=True)
class Step:
    """More load for a movement: from ``now_kg`` to ``load_kg`` (None: the next plates would be over 10 %).

    ``target`` and ``reached`` are the repetitions of the last set, of the session of reference and of those
    after it.
    """

    movement: str
    now_kg: float
    load_kg: float | None
    target: int
    reached: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Session:
    """The sets of one day at its highest load."""

    load_kg: float
    sets: int
    last: float


def steps(sets: Sets, day: int) -> tuple[Step, ...]:
    """Return the movements that are ready for more on a day, by name (readiness.md 1.3)."""
    year = sets.take((sets.day > day - RULE.used_days) & (sets.day <= day) & (sets.load_kg > 0))
    fresh = sorted(set(year.movement[year.day > day - RULE.fresh_days].tolist()))
    found = (_step(movement, year.take(year.movement == movement)) for movement in fresh)
    return tuple(step for step in found if step is not None)


def _step(movement: str, sets: Sets) -> Step | None:
    latest = np.unique(sets.day)[-(RULE.sessions + 1) :].tolist()
    reference, *after = [_session(sets.take(sets.day == day)) for day in latest]
    beaten = [
        one.load_kg == reference.load_kg
        and one.sets >= reference.sets
        and one.last >= reference.last + RULE.beaten_by
        for one in after
    ]
    if len(after) < RULE.sessions or not all(beaten):
        return None
    load = next_load(reference.load_kg, sets.load_kg)
    return Step(movement, reference.load_kg, load, int(reference.last), tuple(int(one.last) for one in after))


def _session(sets: Sets) -> _Session:
    top = sets.load_kg == sets.load_kg.max()
    return _Session(float(sets.load_kg.max()), int(top.sum()), float(sets.repetitions[top][-1]))


def next_load(now_kg: float, used_kg: Floats) -> float | None:
    """Return the next load that is 2-10 % more, None where there is none.

    The lowest such load that was used before, as it is known to be there; else in steps of two small plates.
    """
    low, high = now_kg * (1 + RULE.low_share), now_kg * (1 + RULE.high_share)
    known = used_kg[(used_kg >= low) & (used_kg <= high)]
    if len(known):
        return float(known.min())
    load = now_kg + RULE.plate_step_kg * math.ceil((low - now_kg) / RULE.plate_step_kg)
    return load if load <= high else None
