"""Reads HealthKit's samples in Granola's form: quantities, sleep categories, workouts, correlations.

The idea: they name HealthKit's types, which the catalogue knows (its column ``healthkit``). A quantity
without a metric, or in a unit that is not the metric's, keeps HealthKit's name and its own unit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from adapters.formats.values import snake
from adapters.open_mhealth.frames import span_of
from adapters.open_mhealth.points import KEEP, Points, Told, workout
from adapters.open_mhealth.units import in_unit
from vault.metrics import catalogue, find

if TYPE_CHECKING:
    from adapters.open_mhealth.rules import Schema
    from vault.records import Origin

__all__ = ["read_healthkit"]

Json = dict[str, Any]

_QUANTITY, _CATEGORY = "HKQuantityTypeIdentifier", "HKCategoryTypeIdentifier"
_STAGES = {"InBed": "in_bed", "Asleep": "asleep", "Awake": "awake"}
_FRACTIONS = frozenset({"body_fat_percentage", "spo2"})
_USER_ENTERED = ("HKMetadataKeyWasUserEntered", "HKWasUserEntered")


def read_healthkit(points: Points, schema: Schema, body: Json, name: str, origin: Origin) -> Told:
    """Return the records of one sample besides those that gather; ``KEEP`` for what has no place."""
    if schema.name == "hk-workout":
        span = span_of(body["effective_time_frame"], points.home)
        return [workout(body, name, span, origin)] if span is not None and span.end > span.start else KEEP
    parts = [body] if schema.name != "hk-correlation" else _parts(body)
    kept = [part for part in parts if not _sample(points, part, origin)]
    return KEEP if kept else []


def _parts(body: Json) -> list[Json]:
    return [*body.get("quantity_samples", ()), *body.get("category_samples", ())]


def _sample(points: Points, body: Json, origin: Origin) -> bool:
    """Add a sample; False if it has no place."""
    span = span_of(body["effective_time_frame"], points.home)
    if span is None:
        return False
    note = {"modality": "self-reported"} if _is_entered(body) else None
    if "category_type" in body:
        stage = _STAGES.get(body["category_value"])
        if body["category_type"] != _CATEGORY + "SleepAnalysis" or stage is None:
            return False
        points.batches.add("sleep_stage", *span, stage, origin, note=note)
        return True
    metric, value, unit = _quantity(body)
    points.batches.add(metric, *span, value, origin, note=note, unit=unit)
    return True


def _quantity(body: Json) -> tuple[str, float, str]:
    """Return (metric, value, unit); the unit of a catalogue metric is empty."""
    kind = body["quantity_type"].removeprefix(_QUANTITY)
    said = body.get("unit_value") or {"value": body["count"], "unit": "count"}
    number, unit = float(said["value"]), said["unit"]
    entry = find(_metrics().get(kind, ""))
    if entry is not None:
        is_fraction = entry.name in _FRACTIONS and unit == "count"
        value = number * 100 if is_fraction else in_unit(number, unit, entry.ucum)
        if value is not None:
            return entry.name, value, ""
    return f"omh:{snake(kind)}", number, unit


def _is_entered(body: Json) -> bool:
    said = {one["key"]: one["value"] for one in body.get("metadata", ())}
    return any(str(said.get(key)).lower() in ("true", "1") for key in _USER_ENTERED)


@cache
def _metrics() -> dict[str, str]:
    """Return metrics by HealthKit's type; the parts of a blood pressure are types of their own."""
    found = {
        kind: name
        for name, entry in reversed(catalogue().items())
        if not entry.is_coded
        for kind in entry.healthkit
    }
    parts = {f"BloodPressure{part.title()}": f"blood_pressure.{part}" for part in ("systolic", "diastolic")}
    return found | parts
