"""Makes a workout of an adidas session of either shape: flat until 2023, a list of features since.

The idea: which key is which fact, in which unit, stands in a table for each shape, because the same key
changed its unit: ``average_speed`` was km/h and is m/s. Numbers may be written as texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.values import (
    instant_of_ms,
    member,
    number,
    objects,
    quantity,
    said,
    snake,
    text,
)
from adapters.tables import table
from vault.records import Device, Origin, Workout
from vault.time import DAY_NS, MILLISECOND_NS, MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from adapters.formats.items import Json

__all__ = ["ADAPTER", "SOURCE", "session"]

ADAPTER, SOURCE = "adidas", "adidas Running"
_APP = "adidas_running"
_LONGEST_NS = 7 * DAY_NS
_FURTHEST_MIN = 16 * 60
_MEASURED = ("distance_m", "energy_kcal", "hr_mean", "hr_max", "duration_s")
"""Of these 0 means that nobody measured."""
_FIELDS = (*_MEASURED, "elevation_gain_m")
_LEFT = frozenset(
    (
        "id", "version", "user_id", "start_time", "end_time", "start_time_timezone_offset",
        "end_time_timezone_offset", "user_perceived_start_time", "user_perceived_end_time", "created_at",
        "updated_at", "features", "creation_application_id", "user_equipment_ids", "longitude", "latitude",
        "live_tracking_active", "live_tracking_enabled", "cheering_enabled",
    )
)  # fmt: skip
"""What has a field, or is a place, which belongs into streams, or is of the account."""
_FEATURES_LEFT = ("map", "origin", "equipment", "groups")


def session(told: Json) -> Workout | str:
    """Return a session as a workout, or why it is none."""
    start, end = (instant_of_ms(told.get(f"{name}_time")) for name in ("start", "end"))
    if start is None:
        return "bad-date"
    features = {text(one.get("type")): member(one, "attributes") for one in objects(told.get("features"))}
    facts, rest = _facts(told, features)
    if end is None or not start <= end <= start + _LONGEST_NS:
        length = facts.get("duration_s", 0) + facts.get("pause_s", 0)
        end = start + min(round(length * SECOND_NS), _LONGEST_NS)
    sport = text(told.get("sport_type_id")) or str(told.get("sport_type_id"))
    known = _sports().get(sport)
    return Workout(
        key=text(told.get("id")) or f"{sport}|{start // SECOND_NS}",
        start=start,
        end=end,
        offset_min=_offset(told.get("start_time_timezone_offset")),
        activity=known.word if known else "other",
        origin=Origin(SOURCE, ADAPTER, device=_device(member(features, "origin")), app=_APP),
        **{name: facts[name] for name in _FIELDS if name in facts},
        details={name: value for name, value in facts.items() if name not in _FIELDS}
        | rest
        | ({"sport": known.name} if known else {}),
    )


def _facts(told: Json, features: dict[str, Json]) -> tuple[dict[str, float], dict[str, object]]:
    """Return the facts of a session by field, and what else it says."""
    shape = "new" if "features" in told else "old"
    facts: dict[str, float] = {}
    used: set[tuple[str, str]] = set()
    for row in _rows(shape):
        value = quantity((features.get(row.feature, {}) if row.feature else told).get(row.key))
        if value is not None:
            used.add((row.feature, row.key))
            if value > 0 or (value == 0 and row.field not in _MEASURED) or row.field == "temperature_c":
                facts[row.field] = value * row.factor
    rest = {snake(name): value for name, value in _rest(told, "", used).items()}
    for name, attributes in features.items():
        if name not in _FEATURES_LEFT and (more := _rest(attributes, name, used)):
            rest[snake(name)] = more
    return facts, rest


def _rest(told: Json, feature: str, used: set[tuple[str, str]]) -> dict[str, object]:
    left = said({name: value for name, value in told.items() if (feature, name) not in used}, _LEFT)
    assert isinstance(left, dict)
    return {name: _number_or(value) for name, value in left.items()} if feature else left


def _number_or(value: object) -> object:
    """Return what a feature says with its numbers as numbers; some are written as texts."""
    if isinstance(value, dict):
        return {name: _number_or(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_number_or(one) for one in value]
    found = number(value) if isinstance(value, str) else None
    return value if found is None else found


def _device(origin: Json) -> Device | None:
    device = member(origin, "device")
    names = {"name": "name", "manufacturer": "vendor", "software": "os_version"}
    found = {field: text(device.get(key)) for field, key in names.items()}
    return Device(**found) if any(found.values()) else None


def _offset(said_ms: object) -> int:
    ms = number(said_ms)
    minutes = None if ms is None else ms * MILLISECOND_NS / MINUTE_NS
    return round(minutes) if minutes is not None and abs(minutes) <= _FURTHEST_MIN else UNKNOWN_OFFSET


@dataclass(frozen=True, slots=True)
class _Field:
    feature: str
    key: str
    field: str
    factor: float


@dataclass(frozen=True, slots=True)
class _Sport:
    name: str
    word: str


@cache
def _rows(shape: str) -> tuple[_Field, ...]:
    return tuple(
        _Field(row["feature"], row["key"], row["field"], float(row["factor"]))
        for row in table("adapters.adidas", "fields.csv")
        if row["shape"] == shape
    )


@cache
def _sports() -> dict[str, _Sport]:
    rows = table("adapters.adidas", "sports.csv")
    return {row["id"]: _Sport(row["sport"], row["word"]) for row in rows}
