"""Makes workouts of Tonal's workout activities, and scores of its strength scores.

The idea: times are UTC and the zone is named beside them, so every instant has its offset. Tonal knows no
energy burned: its "work" is what the motors felt, and stays work.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.counting import Unused
from adapters.formats.points import instant_of
from adapters.formats.values import objects, quantity, text
from adapters.tonal.sets import LB_KG, details_of
from vault.errors import InputError
from vault.records import Origin, Score, Workout
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, zone, zone_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json

__all__ = ["ADAPTER", "profile", "strength_scores", "workout_of"]

ADAPTER = "tonal"
ORIGIN = Origin("Tonal", ADAPTER, app="tonal")
_NOTHING = "00000000-0000-0000-0000-000000000000"
"""The template of a workout that was opened and never begun."""
_REGIONS = ("overall", "upper", "lower", "core")
_LONGEST_S = 2 * 86_400


def workout_of(said: Json, titles: dict[str, str]) -> Workout | Unused:
    """Return a workout activity as a workout, or why it is none."""
    if reason := _left_reason(said):
        return Unused(reason)
    start, end = (instant_of(text(said.get(name))) for name in ("beginTime", "endTime"))
    if start is None:
        return Unused("bad-date", "rejected")
    seconds = quantity(said.get("totalDuration"))
    duration_s = seconds if seconds is not None and 0 < seconds <= _LONGEST_S else None
    if end is None:
        end = start + round((duration_s or 0) * SECOND_NS)
    if end < start:
        return Unused("end-before-start", "rejected")
    lifted = objects(said.get("workoutSetActivity")) or quantity(said.get("totalVolume"))
    return Workout(
        key=text(said.get("id")) or f"strength_training|{start}",
        start=start,
        end=end,
        offset_min=_offset(start, text(said.get("timezone"))),
        activity="strength_training" if lifted else "other",
        origin=ORIGIN,
        duration_s=duration_s,
        details=_details(said, titles),
    )


def _left_reason(said: Json) -> str:
    """Return why a workout activity is knowingly left, or nothing."""
    if said.get("deletedAt"):
        return "deleted"
    if "external" in (text(said.get(name)).casefold() for name in ("workoutType", "activityType")):
        return "mirror"
    did = quantity(said.get("totalVolume")) or quantity(said.get("totalConcentricWork"))
    is_begun = did or objects(said.get("workoutSetActivity"))
    return "placeholder" if said.get("workoutId") == _NOTHING and not is_begun else ""


def profile(said: Json, workout: Workout) -> Iterator[Score]:
    """Yield the weight that the account's settings said that day: nobody measured it then."""
    for one in objects(said.get("workoutSetActivity")):
        pounds = quantity(one.get("userWeightPounds"))
        if pounds:
            yield Score(
                _day(workout.start, workout.offset_min), ORIGIN, "tonal_profile_weight", pounds * LB_KG, "kg"
            )
            return


def strength_scores(
    said: Json, offset_min: int | None, home: Zone | None
) -> tuple[int, list[Score]] | Unused:
    """Return (when it was worked out, scores) of an entry of the history, or why there are none.

    The day is that of the workout's own offset, else of the owner's zone.
    """
    at = instant_of(text(said.get("activityTime")))
    if at is None:
        return Unused("bad-date", "rejected")
    if offset_min in (None, UNKNOWN_OFFSET) and home is not None:
        offset_min = _offset(at, home.clock.key)
    values = {region: quantity(said.get(region)) for region in _REGIONS}
    day = _day(at, UNKNOWN_OFFSET if offset_min is None else offset_min)
    named = ((f"tonal_strength_score_{region}", value) for region, value in values.items() if value)
    scores = [Score(day, ORIGIN, name, value) for name, value in named]
    return (at, scores) if scores else Unused("no-value")


def _details(said: Json, titles: dict[str, str]) -> dict[str, object]:
    template = text(said.get("workoutId"))
    told = {
        "workout_type": text(said.get("workoutType")),
        "template": template,
        "title": titles.get(template) or text(said.get("title")),
    }
    details: dict[str, object] = {name: one for name, one in told.items() if one}
    if isinstance(said.get("completed"), bool):
        details["completed"] = said["completed"]
    return details | details_of(said, "workout")


def _day(instant: int, offset_min: int) -> int:
    ahead = 0 if offset_min == UNKNOWN_OFFSET else offset_min
    return (instant + ahead * MINUTE_NS) // DAY_NS


@lru_cache(maxsize=1024)
def _offset(instant: int, name: str) -> int:
    """Return the UTC offset in minutes at an instant of a named zone, or ``UNKNOWN_OFFSET``."""
    try:
        return int(zone_offsets(np.array([instant], np.int64), zone(name))[0]) if name else UNKNOWN_OFFSET
    except InputError:
        return UNKNOWN_OFFSET
