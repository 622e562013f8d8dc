"""Makes strength sets of what Tonal says of each: repetitions, the load of a cable, the kind of the set.

The idea: every weight is that of ONE cable, in pounds. Whether both were pulled, the volumes of the set tell:
that of all cables is twice that of one. Then the load is per side; a set of one cable lifted what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from adapters.formats.points import instant_of
from adapters.formats.values import objects, quantity, text
from adapters.tables import table
from vault.records import StrengthSet

if TYPE_CHECKING:
    from adapters.formats.items import Json
    from vault.records import Workout

__all__ = ["LB_KG", "Movement", "details_of", "known_movements", "movement_of", "rows", "sets_of"]

LB_KG = 0.45359237
"""The international pound, exactly."""
_BOTH = 1.5
"""All cables lift twice what one does, or the same; what is rounded lies near one of the two."""
_REPETITION_UNKNOWN = "repetitions_estimated"

rows = partial(table, "adapters.tonal")
"""Returns the rows of a table of this adapter."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What a movement's id stands for; ``is_timed`` if its repetitions are not counted."""

    name: str
    is_timed: bool = False
    is_rest: bool = False


def movement_of(said: Json) -> tuple[str, Movement] | None:
    """Return (id, movement) of an entry of Tonal's movement library, or None if it is none."""
    identity, name = text(said.get("id")), text(said.get("name"))
    if not identity or not name or "muscleGroups" not in said:
        return None
    return identity, Movement(name, is_timed=said.get("countReps") is False)


@cache
def known_movements() -> dict[str, Movement]:
    """Return the movements that are known without a library, by id."""
    return {row["id"]: Movement(row["name"], is_rest=bool(row["is_rest"])) for row in rows("movements.csv")}


def sets_of(said: Json, workout: Workout, movements: dict[str, Movement]) -> Iterator[StrengthSet]:
    """Yield the sets of a workout in order, rests left out."""
    index = 0
    for one in objects(said.get("workoutSetActivity")):
        identity = text(one.get("movementId"))
        movement = movements.get(identity) or Movement(identity or "unknown")
        if not movement.is_rest:
            index += 1
            yield _set(one, workout, index, movement)


def _set(said: Json, workout: Workout, index: int, movement: Movement) -> StrengthSet:
    start = instant_of(text(said.get("beginTime")))
    repetitions, is_estimated = _repetitions(said, movement)
    load_kg, is_off_machine = _load(said)
    details = _details(said)
    if is_estimated:
        details[_REPETITION_UNKNOWN] = True
    if is_off_machine:
        details["off_machine"] = True
    return StrengthSet(
        workout=workout.key,
        origin=workout.origin,
        index=index,
        exercise=movement.name,
        start=workout.start if start is None else start,
        offset_min=workout.offset_min,
        set_type=_set_type(said),
        repetitions=repetitions,
        load_kg=load_kg,
        per_side=load_kg is not None and not is_off_machine and _is_both(said, repetitions),
        duration_s=quantity(said.get("duration")) or None,
        rir=quantity(said.get("repsInReserve")),
        details=details,
    )


def _repetitions(said: Json, movement: Movement) -> tuple[int | None, bool]:
    """Return how often, and whether that is only what was prescribed."""
    if movement.is_timed:
        return None, False
    counted = quantity(said.get("repCount"))
    if counted is not None:
        return round(counted), False
    prescribed = quantity(said.get("prescribedReps"))
    is_timed = bool(quantity(said.get("durationBasedRepGoal")))
    return (None, False) if not prescribed or is_timed else (round(prescribed), True)


def _load(said: Json) -> tuple[float | None, bool]:
    """Return the load in kg, of one cable if it is the machine's, and whether it is not."""
    for field in ("avgWeight", "weight", "baseWeight", "offMachineModifiedWeight"):
        pounds = quantity(said.get(field))
        if pounds:
            return pounds * LB_KG, field == "offMachineModifiedWeight"
    return None, False


def _is_both(said: Json, repetitions: int | None) -> bool:
    """Say whether both cables were pulled; where nothing tells, the load is that of one side."""
    total = quantity(said.get("totalVolume"))
    weight = quantity(said.get("avgWeight")) or quantity(said.get("weight"))
    single = quantity(said.get("volume")) or (repetitions or 0) * (weight or 0)
    return not total or not single or total / single > _BOTH


def _set_type(said: Json) -> str:
    types = (row["set_type"] for row in rows("kinds.csv") if said.get(row["flag"]) is True)
    return next((type_ for type_ in types if type_), "normal")


def _details(said: Json) -> dict[str, object]:
    details = details_of(said, "set")
    modes = [row["flag"] for row in rows("kinds.csv") if said.get(row["flag"]) is True]
    named = {"id": "set_id", "movementId": "movement_id", "movementSide": "movement_side"}
    texts = {detail: text(said.get(field)) for field, detail in named.items()}
    return (
        details | {detail: one for detail, one in texts.items() if one} | ({"modes": modes} if modes else {})
    )


def details_of(said: Json, of: str) -> dict[str, object]:
    """Return the numbers of a set or a workout that have no field of their own, in the units of the table."""
    details: dict[str, object] = {}
    for row in rows("fields.csv"):
        value = quantity(said.get(row["field"])) if row["of"] == of else None
        if value is not None and (value or row["zero"] != "missing"):
            details[row["detail"]] = value * float(row["factor"])
    return details
