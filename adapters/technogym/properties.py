"""Reads what Technogym says of an exercise: a list of names and values, and when it was.

The idea: ``pr`` is a list of ``{"n": name, "v": value}`` with fixed English names; a table says which field
or detail each is. Times bring seven digits of a second and an offset, or none: then it is the wall clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from adapters.formats.clocks import instant_of
from adapters.formats.values import LAST_NS, objects, quantity, snake, text
from adapters.tables import table
from vault.errors import InputError
from vault.records import Origin, Workout
from vault.time import UNKNOWN_OFFSET, parse_instant

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json

__all__ = [
    "ADAPTER",
    "ORIGIN",
    "activity_of",
    "details_of",
    "moment_of",
    "properties_of",
    "rows",
    "workout_of",
]

ADAPTER = "technogym"
ORIGIN = Origin("Technogym", ADAPTER, app="technogym")
_FIELDS = ("duration_s", "distance_m", "energy_kcal", "hr_mean", "hr_max", "elevation_gain_m")
_MOST = 200
_FINER = re.compile(r"(\.\d{6})\d+")

rows = partial(table, "adapters.technogym")
"""Returns the rows of a table of this adapter."""


def moment_of(said: object, zone: Zone | None) -> tuple[int, int] | None:
    """Return (UTC ns, offset in minutes) of a time, or None; ``zone`` rules clocks without an offset."""
    try:
        instant, offset_min = parse_instant(_FINER.sub(r"\1", text(said).strip()))
    except InputError:
        return None
    if not 0 <= instant < LAST_NS:
        return None
    if offset_min == UNKNOWN_OFFSET:
        return instant_of(instant, zone)
    is_utc = text(said).strip().upper().endswith("Z")  # that it is UTC, not that it was recorded there
    return instant, UNKNOWN_OFFSET if is_utc else offset_min


def properties_of(said: Json) -> dict[str, float]:
    """Return the numbers of an exercise or a set by Technogym's names."""
    named = ((text(one.get("n")), quantity(one.get("v"))) for one in objects(said.get("pr"))[:_MOST])
    return {name: value for name, value in named if name and value is not None}


def details_of(properties: dict[str, float]) -> dict[str, float]:
    """Return them by field or detail; of two names for one, the first of the table counts."""
    found: dict[str, float] = {}
    for name, (field, zero_is_missing) in _known().items():
        value = properties.get(name)
        if value is not None and value >= 0 and (value or not zero_is_missing):
            found.setdefault(field, value)
    return found | {snake(name): value for name, value in properties.items() if name not in _known()}


def workout_of(
    key: str,
    times: tuple[int, int, int],
    activity: str,
    said: dict[str, float],
    details: Mapping[str, object],
) -> Workout:
    """Return a workout of what was said by field or detail; ``times`` are start, end (UTC ns) and offset."""
    told: dict[str, object] = {name: value for name, value in said.items() if name not in _FIELDS}
    return Workout(
        key,
        *times,
        activity,
        ORIGIN,
        duration_s=said.get("duration_s"),
        distance_m=said.get("distance_m"),
        energy_kcal=said.get("energy_kcal"),
        hr_mean=said.get("hr_mean"),
        hr_max=said.get("hr_max"),
        elevation_gain_m=said.get("elevation_gain_m"),
        details=told | dict(details),
    )


def activity_of(names: set[str]) -> str:
    """Return what an exercise was by what was measured of it; the export does not name machines."""
    for row in rows("fingerprints.csv"):
        if names.issuperset(row["all_of"].split()) and not names.isdisjoint(row["any_of"].split()):
            return row["activity"]
    return "other"


@cache
def _known() -> dict[str, tuple[str, bool]]:
    return {row["name"]: (row["field"], row["zero"] == "missing") for row in rows("properties.csv")}
