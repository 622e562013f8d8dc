"""What a data point becomes: samples, a sleep, a workout; or it is kept as it came.

The idea: a statistic over a time is no reading. An average, a maximum, and a value of an hour or more that
does not say what it is never enter the series of readings: the first are kept under their own names
(``omh:heart_rate_average``), the last as documents. So is a point that does not say when it was.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from adapters.formats.batches import Batches
from adapters.formats.counting import Unused
from adapters.formats.glucose import MG_DL_PER_MMOL_L
from adapters.formats.values import snake, text
from adapters.formats.words import activity_word
from adapters.open_mhealth.frames import Span, span_of
from adapters.open_mhealth.units import in_unit
from adapters.tables import table
from vault.metrics import find
from vault.records import Origin, SleepSession, Workout
from vault.time import HOUR_NS

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.open_mhealth.rules import Schema
    from vault.records import Record

__all__ = ["ADAPTER", "KEEP", "Points", "Told", "measured"]

ADAPTER = "open_mhealth"
KEEP = Unused("keep")
"""Sound, but for the documents."""
Json = dict[str, Any]
Told = list["Record"] | Unused

_PACKAGE = "adapters.open_mhealth"
_DAY_NS = (23 * HOUR_NS, 25 * HOUR_NS)
_NOTED = (
    "temporal_relationship_to_meal",
    "temporal_relationship_to_sleep",
    "temporal_relationship_to_physical_activity",
    "specimen_source",
    "blood_specimen_type",
    "measurement_location",
    "position_during_measurement",
    "body_posture",
    "supplemental_oxygen_flow_rate",
    "oxygen_therapy_mode_of_administration",
    "activity_name",
)
_SLEEP = {
    "latency_to_sleep_onset": ("sleep_latency", "min"),
    "latency_to_arising": ("omh:latency_to_arising", "min"),
    "sleep_maintenance_efficiency_percentage": ("omh:sleep_maintenance_efficiency", "%"),
}


class Points:
    """The points of one export; numbers gather in ``batches``."""

    def __init__(self, home: Zone | None, *, journal: bool) -> None:
        self.batches = Batches()
        self.home, self._journal = home, journal

    def read(self, schema: Schema, body: Json, name: str, origin: Origin, modality: str) -> Told:
        """Return the records of a whole body besides samples; ``KEEP`` for what has no place among them."""
        span = span_of(body.get("effective_time_frame"), self.home)
        if span is None:
            return KEEP
        if schema.name == "sleep-episode":
            return self._episode(body, name, span, origin)
        if schema.name == "physical-activity":
            return [workout(body, name, span, origin)] if span.end > span.start else KEEP
        note = self._note(body, modality)
        found = [
            one
            for field, value in body.items()
            if (one := _reading(schema, field, value, body, span)) is not None
        ]
        if not found or any(one is KEEP for one in found):
            return KEEP
        for metric, value, unit, beside in found:
            self.batches.add(metric, *span, value, origin, note={**note, **beside} or None, unit=unit)
        return []

    def _note(self, body: Json, modality: str) -> Json:
        said = {field: body[field] for field in _NOTED if field in body}
        if modality == "self-reported":
            said["modality"] = modality
        if "descriptive_statistic_denominator" in body:
            said["denominator"] = text(body["descriptive_statistic_denominator"])
        if self._journal and body.get("user_notes"):
            said["user_notes"] = text(body["user_notes"])
        return said

    def _episode(self, body: Json, name: str, span: Span, origin: Origin) -> Told:
        """Read a night: what it says of the whole stands in its details, the rest are samples of it."""
        asleep, awake = (
            measured(body.get(field), "min") for field in ("total_sleep_time", "wake_after_sleep_onset")
        )
        details = {"asleep_min": asleep, "awake_min": awake}
        for field, (metric, ucum) in _SLEEP.items():
            value = measured(body.get(field), ucum)
            if value is not None:
                unit = ucum if ":" in metric else ""
                self.batches.add(metric, *span, value, origin, unit=unit)
        if "number_of_awakenings" in body:
            self.batches.add("sleep_awakenings", *span, float(body["number_of_awakenings"]), origin)
        is_main = body.get("is_main_sleep")
        said = {key: value for key, value in details.items() if value is not None}
        is_nap = None if is_main is None else not is_main
        return [SleepSession(name, *span, origin, is_nap=is_nap, details=said)]


def measured(said: Any, ucum: str) -> float | None:
    """Return a quantity of the schemas in a UCUM unit, or None."""
    if not isinstance(said, dict):
        return None
    return in_unit(float(said["value"]), said["unit"], ucum)


def workout(body: Json, name: str, span: Span, origin: Origin) -> Workout:
    """Return an activity as a workout; the energy is total or active, the schema does not say which."""
    activity = text(body["activity_name"])
    details: Json = {"activity_name": activity}
    if (kcal := measured(body.get("kcal_burned"), "kcal")) is not None:
        details["kcal_burned"] = kcal
    for field in ("reported_activity_intensity", "met_value"):
        if field in body:
            details[field] = body[field]
    return Workout(
        name,
        *span,
        activity_word(activity.removeprefix("HKWorkoutActivityType")),
        origin,
        measured(body.get("duration"), "s"),
        measured(body.get("distance"), "m"),
        details=details,
    )


def _reading(schema: Schema, field: str, said: Any, body: Json, span: Span) -> Any:
    """Return (metric, value, unit, note) of a field, None if it is no quantity, or that the point is kept."""
    if (schema.namespace, schema.name, field) == ("omh", "blood-glucose", "blood_glucose"):
        metric, ucum = _placed(body, "blood_glucose_mass", "glucose"), "mg/dL"
        value: float | None
        value, beside = _glucose(said)
    else:
        known = _metrics().get((schema.namespace, schema.name, field))
        if known is None:
            return None
        metric, beside = _placed(body, known, field) if field == "body_temperature" else known, {}
        entry = find(metric)
        ucum = "kcal" if entry is None else entry.ucum
        value = float(said) if isinstance(said, int | float) else measured(said, ucum)
    if value is None:
        return KEEP
    if "descriptive_statistic" in body:
        metric = f"omh:{field}_{snake(body['descriptive_statistic'])}"
    else:
        metric = _in_time(metric, span)
    if not metric:
        return KEEP
    return metric, value, ucum if ":" in metric else "", beside


def _in_time(metric: str, span: Span) -> str:
    """Return the metric that a value of so long a time is of, or nothing."""
    length, entry = span.end - span.start, find(metric)
    if entry is not None and entry.time == "dt" and length >= HOUR_NS:
        return ""
    if metric != "steps" or length < _DAY_NS[0]:
        return metric
    return "steps_daily" if length <= _DAY_NS[1] else ""


def _glucose(said: Json) -> tuple[float, Json]:
    """Return glucose in mg/dL, whole if it had to be converted, and then what was said."""
    value, unit = float(said["value"]), said["unit"]
    if unit == "mg/dL":
        return value, {}
    return float(round(value * MG_DL_PER_MMOL_L)), {"said": value, "unit": unit}


def _placed(body: Json, otherwise: str, own: str) -> str:
    """Return the metric by where in the body it was measured; the point's own name where none fits."""
    for row in table(_PACKAGE, "places.csv"):
        if body.get(row["field"]) == row["place"]:
            return row["metric"] or f"omh:{own}_{snake(row['place'])}"
    return otherwise


@cache
def _metrics() -> dict[tuple[str, str, str], str]:
    """Return metrics by namespace, schema and field; a field without one keeps its own name."""
    return {
        (row["namespace"], row["schema"], row["field"]): row["metric"] or f"omh:{row['field']}"
        for row in table(_PACKAGE, "metrics.csv")
    }
