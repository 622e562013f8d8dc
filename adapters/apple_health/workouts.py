"""Reads a Workout: its totals, everything else it says, and the routes that belong to it.

The idea: since iOS 16 the totals stand in WorkoutStatistics, before that in attributes, so both are asked,
in that order. The key is made of instants in UTC, not of the text of dates, because an export in another
season writes the same dates with another offset.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.apple_health.dates import parse_date
from adapters.apple_health.documents import attributes_said, canonical_json
from adapters.apple_health.numbers import parse_number
from adapters.apple_health.tables import QUANTITY, activity_word, convert, is_ambiguous
from vault.records import Origin, Workout
from vault.time import format_instant

if TYPE_CHECKING:
    from adapters.apple_health.expat import Element
    from adapters.apple_health.interpret import Interpreter

__all__ = ["Route", "read_workout"]

_LISTS = {"WorkoutEvent": "events", "WorkoutStatistics": "statistics", "WorkoutActivity": "activities"}
_IDENTITY = frozenset(
    ("workoutActivityType", "sourceName", "sourceVersion", "device", "creationDate", "startDate", "endDate")
)


@dataclass(frozen=True, slots=True)
class Route:
    """A route of a workout, told apart by ``part``: points in the element, or a file to be read."""

    workout: str
    origin: Origin
    part: str
    path: str
    line: int
    locations: Sequence[Element] = ()


def read_workout(element: Element, interpreter: Interpreter) -> tuple[Workout, list[Route]] | None:
    """Return a workout and its routes; None if it has no usable start and end."""
    start, end = parse_date(element.get("startDate")), parse_date(element.get("endDate"))
    if start is None or end is None or end[0] < start[0]:
        return None
    activity = element.get("workoutActivityType")
    origin = interpreter.origin(
        element.get("sourceName"), element.get("sourceVersion"), element.get("device")
    )
    key = "|".join((activity, format_instant(start[0]), format_instant(end[0]), origin.source))
    metadata = _metadata(element)
    workout = Workout(
        key=key,
        start=start[0],
        end=end[0],
        offset_min=interpreter.offset(start[0], metadata.get("HKTimeZone", ""), start[1]),
        activity=activity_word(activity),
        origin=origin,
        duration_s=_quantity(element.get("duration"), element.get("durationUnit") or "min", "s"),
        distance_m=_total(element, "Distance", "totalDistance", "m"),
        energy_kcal=_total(element, "ActiveEnergyBurned", "totalEnergyBurned", "kcal"),
        hr_mean=_statistic(element, "HeartRate", "average", "/min"),
        hr_max=_statistic(element, "HeartRate", "maximum", "/min"),
        elevation_gain_m=_quantity(*_split(metadata.get("HKElevationAscended", "")), "m"),
        details=_details(element, activity, origin),
    )
    return workout, list(_routes(element, workout))


def _details(element: Element, activity: str, origin: Origin) -> dict[str, object]:
    details = _said(element, leave=_IDENTITY)
    details["activity_type"] = activity
    recorded = parse_date(element.get("creationDate"))
    if recorded:
        details["recorded"] = format_instant(recorded[0])
    if origin.app:
        details["app"] = origin.app
    elif is_ambiguous(origin.source):
        details["app_unclear"] = f"several apps are called {origin.source}; say which with an alias"
    return details


def _said(element: Element, leave: frozenset[str] = frozenset()) -> dict[str, object]:
    """Return what an element says, JSON-able; some exports repeat children, which count once."""
    said: dict[str, object] = dict(attributes_said(element.attributes))
    for name in leave & said.keys():
        del said[name]
    metadata = _metadata(element)
    if metadata:
        said["metadata"] = metadata
    lists: dict[str, dict[str, object]] = {}
    for child in element.children:
        if child.name not in ("MetadataEntry", "WorkoutRoute"):
            entry = _said(child)
            lists.setdefault(_LISTS.get(child.name, child.name), {})[canonical_json(entry)] = entry
    return said | {name: list(entries.values()) for name, entries in lists.items()}


def _metadata(element: Element) -> dict[str, str]:
    return {child.get("key"): child.get("value") for child in _named(element, "MetadataEntry")}


def _named(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.children if child.name == name)


def _total(element: Element, statistic: str, attribute: str, ucum: str) -> float | None:
    """Return a total of the statistics, else of the attributes. A triathlon has several distances."""
    total = _statistic(element, statistic, "sum", ucum)
    if total is not None:
        return total
    return _quantity(element.get(attribute), element.get(attribute + "Unit"), ucum)


def _statistic(element: Element, name: str, of: str, ucum: str) -> float | None:
    """Return the sum of a statistic over the types that begin with a name; repeated entries count once."""
    found = {
        statistic.get("type"): _quantity(statistic.get(of), statistic.get("unit"), ucum)
        for statistic in _named(element, "WorkoutStatistics")
        if statistic.get("type").startswith(QUANTITY + name)
    }
    known = [value for value in found.values() if value is not None]
    total = sum(known)
    return total if known and math.isfinite(total) else None


def _quantity(value: str, unit: str, ucum: str) -> float | None:
    number = parse_number(value)
    return None if number is None else convert(number, unit, ucum)


def _split(text: str) -> tuple[str, str]:
    value, _, unit = text.partition(" ")
    return value, unit


def _routes(element: Element, workout: Workout) -> Iterator[Route]:
    """Yield the routes, each once; a route of several files counts them.

    A route goes with its workout's origin, by which it is found again, even where the phone recorded it.
    """
    seen: set[str] = set()
    for route in _named(element, "WorkoutRoute"):
        start = parse_date(route.get("startDate"))
        part = format_instant(start[0]) if start else ""
        references = [reference.get("path") for reference in _named(route, "FileReference")]
        locations = list(_named(route, "Location"))
        for number, path in enumerate(references or [""]):
            name = path or part
            if name not in seen and (path or locations):
                seen.add(name)
                suffix = f"#{number + 1}" if number else ""
                yield Route(
                    workout.key,
                    workout.origin,
                    part + suffix,
                    path,
                    route.line,
                    locations if not path else (),
                )
