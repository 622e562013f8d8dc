"""Reads the activity rings: an ActivitySummary is Apple's own count of one local day.

The idea: the day stands in the element and the phone has merged its devices already, so these are scores of
a day, not samples. Days before 1970 are the empty rings of a phone that was never worn with a watch.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from adapters.apple_health.numbers import parse_number
from adapters.apple_health.tables import convert
from vault.records import Origin, Score
from vault.time import day_of_date

if TYPE_CHECKING:
    from adapters.apple_health.expat import Element

__all__ = ["scores_of"]

_RINGS = {
    "activeEnergyBurned": ("apple_active_energy", "kcal"),
    "appleMoveTime": ("apple_move_minutes", "min"),
    "appleExerciseTime": ("apple_exercise_minutes", "min"),
    "appleStandHours": ("apple_stand_hours", "h"),
}


def scores_of(summary: Element, origin: Origin) -> Iterator[Score] | str:
    """Return a day's rings and their goals, or the reason why there are none."""
    try:
        day = day_of_date(date.fromisoformat(summary.get("dateComponents")))
    except ValueError:
        return "bad-date"
    return _rings(summary, day, origin) if day >= 0 else "empty-summary"


def _rings(summary: Element, day: int, origin: Origin) -> Iterator[Score]:
    for attribute, (name, unit) in _RINGS.items():
        for suffix, ending in (("", ""), ("Goal", "_goal")):
            value = parse_number(summary.get(attribute + suffix))
            if value is not None and unit == "kcal":
                value = convert(value, summary.get("activeEnergyBurnedUnit"), unit)
            if value is not None:
                yield Score(day, origin, name + ending, value, unit)
