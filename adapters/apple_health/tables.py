"""What HealthKit's words mean here: types, units, category values, activities, apps.

The idea: the catalogue says which HealthKit type a metric comes from; the tables beside this file only add
what it can't say. A type, unit or value that nobody has mapped keeps Apple's own name and text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Literal

from adapters.tables import table
from vault.metrics import Metric, catalogue, is_vendor_coded, metric

__all__ = [
    "Meaning",
    "activity_word",
    "app_of",
    "codes_of",
    "convert",
    "covered_metrics",
    "ecg_code",
    "is_ambiguous",
    "meaning_of",
    "vendor_meaning",
]

QUANTITY, CATEGORY = "HKQuantityTypeIdentifier", "HKCategoryTypeIdentifier"
ACTIVITY = "HKWorkoutActivityType"
VENDOR = "apple:"

Shape = Literal["number", "code", "minutes", "either"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a Record of a type and unit becomes.

    Args:
        metric: A catalogue name, or ``apple:`` and the full identifier.
        unit: Of a vendor-coded metric, as given.
        shape: number: the value, converted; code: the value as text; minutes: the length of the interval;
            either: whatever the value is.
        factor: What a number is multiplied with,
        offset: and what is added then.
        type: HealthKit's identifier.
    """

    metric: str
    unit: str
    shape: Shape
    factor: float = 1.0
    offset: float = 0.0
    type: str = ""

    @property
    def is_vendor_coded(self) -> bool:
        """Whether the metric is Apple's own."""
        return is_vendor_coded(self.metric)

    @property
    def is_as_given(self) -> bool:
        """Whether numbers stay as they are, to the last digit."""
        return self.factor == 1.0 and self.offset == 0.0


@lru_cache(maxsize=4096)
def meaning_of(type_: str, unit: str) -> Meaning:
    """Return what Records of a type and unit become."""
    is_category = type_.startswith(CATEGORY)
    if not is_category and not type_.startswith(QUANTITY):
        return vendor_meaning(type_, unit)
    for candidate in _metrics_by_type().get(type_.removeprefix(CATEGORY if is_category else QUANTITY), ()):
        if is_category and candidate.is_coded:
            return Meaning(candidate.name, "", "code", type=type_)
        if is_category and candidate.ucum == "min":
            return Meaning(candidate.name, "", "minutes", type=type_)
        if not is_category and (unit, candidate.ucum) in _units():
            factor, offset = _units()[unit, candidate.ucum]
            return Meaning(candidate.name, "", "number", factor, offset, type_)
    return vendor_meaning(type_, unit)


def vendor_meaning(type_: str, unit: str = "") -> Meaning:
    """Return the meaning under which a type is kept as Apple gave it."""
    shape: Shape = "either"
    if type_.startswith(QUANTITY):
        shape = "number"
    elif type_.startswith(CATEGORY):
        shape = "code"
    return Meaning(VENDOR + type_, unit, shape, type=type_)


def convert(value: float, unit: str, ucum: str) -> float | None:
    """Return a single value in the catalogue's unit, rounded to 6 decimals if it had to change.

    None for a unit nobody has mapped, and where the result is no finite number.
    """
    if (unit, ucum) not in _units():
        return None
    factor, offset = _units()[unit, ucum]
    converted = value if (factor, offset) == (1.0, 0.0) else round(value * factor + offset, 6)
    return converted if math.isfinite(converted) else None


def codes_of(type_: str) -> Mapping[str, str]:
    """Return the project's codes of a category type, by Apple's value."""
    return _codes().get(type_.removeprefix(CATEGORY), {})


def activity_word(activity: str) -> str:
    """Return the project's word for a workout's activity; "other" for one nobody knows."""
    return _activities().get(activity.removeprefix(ACTIVITY), "other")


def app_of(source: str, aliases: Mapping[str, str]) -> str:
    """Return the app behind a source's name; empty if unknown, or if several apps have that name."""
    return aliases.get(source) or _apps().get(_plain(source), "")


def is_ambiguous(source: str) -> bool:
    """Whether several apps have that name, so that only the owner can say which it is."""
    return _apps().get(_plain(source)) == ""


def ecg_code(classification: str) -> str:
    """Return the code of an ECG's classification, or the text itself."""
    return _ecg_codes().get(classification.casefold(), classification)


def covered_metrics() -> tuple[str, ...]:
    """Return every catalogue metric that Records can become, and what ECGs do."""
    found = {entry.name for entries in _metrics_by_type().values() for entry in entries}
    return tuple(sorted(found | {"ecg_classification"}))


def _plain(name: str) -> str:
    """Fold what phones vary in a name: case, typographic apostrophes, no-break spaces."""
    return " ".join(name.replace("’", "'").casefold().split())


_table = partial(table, "adapters.apple_health")


@cache
def _metrics_by_type() -> dict[str, list[Metric]]:
    """Group the catalogue by HealthKit type; of a coded and a derived metric the coded one is read."""
    found: dict[str, list[Metric]] = {}
    for entry in catalogue().values():
        for name in entry.healthkit:
            found.setdefault(name, []).append(entry)
    for row in _table("types.csv"):
        found.setdefault(row["type"], []).append(metric(row["metric"]))
    return {
        name: [entry for entry in entries if entry.is_coded] or entries
        for name, entries in found.items()
        if "." not in name
    }


@cache
def _units() -> dict[tuple[str, str], tuple[float, float]]:
    rows = _table("units.csv")
    return {(row["unit"], row["ucum"]): (float(row["factor"]), float(row["offset"])) for row in rows}


@cache
def _codes() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in _table("categories.csv"):
        found.setdefault(row["type"], {})[row["value"]] = row["code"]
    return found


@cache
def _activities() -> dict[str, str]:
    return {row["activity"]: row["word"] for row in _table("activities.csv")}


@cache
def _apps() -> dict[str, str]:
    return {_plain(row["name"]): row["app"] for row in _table("apps.csv")}


@cache
def _ecg_codes() -> dict[str, str]:
    return {row["classification"].casefold(): row["code"] for row in _table("ecg.csv")}
