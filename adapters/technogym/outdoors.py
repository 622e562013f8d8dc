"""Makes workouts of outdoor activities, which the app recorded or copied from a watch.

The idea: here the time is the START. Most are copies of what a watch or Strava has too; they fold with those
when they are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.values import member, text
from adapters.formats.words import activity_word
from adapters.technogym.properties import details_of, moment_of, properties_of, workout_of
from vault.time import SECOND_NS

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json
    from vault.records import Workout

__all__ = ["outdoor"]

_LONGEST_S = 86_400


def outdoor(said: Json, zone: Zone | None) -> Workout | Unused:
    """Return an outdoor activity as a workout, or why it is none."""
    moment = moment_of(said.get("performedDate"), zone)
    if moment is None:
        return Unused("bad-date", "rejected")
    start, offset_min = moment
    name = text(said.get("activityName"))
    told = details_of(properties_of(member(said, "physicalActivityData")))
    details: dict[str, object] = {"activity_name": name} if name else {}
    if said.get("gpsData") is True:
        details["has_gps"] = True
    end = start + round(min(told.get("duration_s", 0.0), _LONGEST_S) * SECOND_NS)
    key = text(said.get("id")) or f"{name}|{start}"
    return workout_of(key, (start, end, offset_min), activity_word(name), told, details)
