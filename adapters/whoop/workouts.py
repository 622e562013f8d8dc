"""Reads workouts: what WHOOP calls them, how hard they were, how long each zone of the heart rate lasted.

The idea: the tables have no ids and the API changed its own, so a workout is known by when it began; one
strap records one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.words import activity_word
from adapters.tables import table
from adapters.whoop.nights import BAD_DATE, ORIGIN, Records, fault_of
from adapters.whoop.sheets import fold
from vault.records import Workout
from vault.time import MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from adapters.whoop.said import Said

__all__ = ["Workouts"]

_OWN = frozenset(
    ("duration_min", "energy_kcal", "max_heart_rate", "average_heart_rate", "distance_m", "altitude_gain_m")
)
"""Numbers a workout has fields for."""
_SECONDS_A_MINUTE = MINUTE_NS / SECOND_NS


@dataclass
class Workouts:
    """The workouts of one export, each once."""

    _keys: set[str] = field(default_factory=set)

    def read(self, said: Said) -> Records:
        """Return a workout, scored or not, or why there is none."""
        span = said.span("workout")
        if span is None:
            return BAD_DATE
        if fault := fault_of(span):
            return fault
        key = said.key(span[0])
        if key in self._keys:
            return Unused("same-workout", "repeated")
        self._keys.add(key)
        activity, word = _activity(said)
        minutes = said.numbers.get("duration_min", (span[1] - span[0]) / MINUTE_NS)  # the API has none
        return [
            Workout(
                key,
                *span,
                word,
                ORIGIN,
                duration_s=minutes * _SECONDS_A_MINUTE,
                distance_m=said.numbers.get("distance_m"),
                energy_kcal=said.numbers.get("energy_kcal"),
                hr_mean=_measured(said, "average_heart_rate"),
                hr_max=_measured(said, "max_heart_rate"),
                elevation_gain_m=said.numbers.get("altitude_gain_m"),
                details=_details(said, activity),
            )
        ]


def _measured(said: Said, name: str) -> float | None:
    value = said.numbers.get(name)
    return value or None


def _details(said: Said, activity: str) -> dict[str, object]:
    details: dict[str, object] = {name: value for name, value in said.numbers.items() if name not in _OWN}
    if activity:
        details["activity"] = activity
    if (gps := said.flag("gps")) is not None:
        details["gps"] = gps
    return details


def _activity(said: Said) -> tuple[str, str]:
    """Return what WHOOP calls the sport, and the project's word; the older API has numbers for names."""
    name = said.words.get("activity") or said.words.get("sport_name", "")
    if not name and (number := said.words.get("sport_id")) is not None:
        return _sports().get(number, (number, "other"))
    known = {fold(called): word for called, word in _sports().values()}
    return name, known.get(fold(name)) or activity_word(name)


@cache
def _sports() -> dict[str, tuple[str, str]]:
    return {row["id"]: (row["name"], row["word"]) for row in table("adapters.whoop", "sports.csv")}
