"""Makes strength sets of the movements that Peloton's camera counted in a guided class.

The idea: a movement is counted in repetitions or, as a hold, in seconds. A weight is that of what was in the
hand, as its owner said it; whether there was one in each hand is not told. None or 0 is the body's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.formats.values import member, objects, quantity, text
from vault.records import StrengthSet
from vault.time import SECOND_NS

if TYPE_CHECKING:
    from adapters.formats.items import Json
    from vault.records import Workout

__all__ = ["sets_of"]

_KG = {"kg": 1.0, "kgs": 1.0, "lb": 0.45359237, "lbs": 0.45359237}
_FURTHEST_S = 86_400


def sets_of(said: Json, workout: Workout, zero: int) -> Iterator[StrengthSet]:
    """Yield the sets of a workout in order; their offsets count from ``zero`` (UTC ns)."""
    tracked = member(member(said, "movement_tracker_data"), "completed_movements_summary_data")
    for index, one in enumerate(objects(tracked.get("repetition_summary_data")), 1):
        yield _set(one, workout, zero, index)


def _set(said: Json, workout: Workout, zero: int, index: int) -> StrengthSet:
    offset_s = quantity(said.get("offset")) or 0.0
    counted = quantity(said.get("completed_number"))
    is_hold = said.get("is_hold") is True
    weights = [kg for kg in map(_kilograms, objects(said.get("weight"))) if kg]
    details: dict[str, object] = {
        "movement_id": text(said.get("movement_id")),
        "target": quantity(said.get("target_number")),
        "loads_kg": weights if len(weights) > 1 else None,
    }
    return StrengthSet(
        workout=workout.key,
        origin=workout.origin,
        index=index,
        exercise=text(said.get("movement_name")) or "unknown",
        start=zero + round(min(max(offset_s, 0.0), _FURTHEST_S) * SECOND_NS),
        offset_min=workout.offset_min,
        repetitions=None if is_hold or counted is None else round(counted),
        load_kg=weights[0] if weights else None,
        duration_s=counted if is_hold else quantity(said.get("length")) or None,
        details={name: value for name, value in details.items() if value not in (None, "")},
    )


def _kilograms(said: Json) -> float | None:
    """Return a weight in kg, or None if it has no unit or value."""
    weight = member(said, "weight_data")
    value, factor = quantity(weight.get("weight_value")), _KG.get(text(weight.get("weight_unit")).casefold())
    return None if value is None or factor is None else value * factor
