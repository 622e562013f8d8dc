"""FIT: a file, or a folder or zip of them, of any watch, bicycle computer or program."""

from __future__ import annotations

from adapters.base import Coverage
from adapters.fit.files import FitFiles
from adapters.fit.tables import counters, quantities
from vault.metrics import is_vendor_coded

__all__ = ["ADAPTER"]

ADAPTER = FitFiles(
    "fit",
    "1",
    Coverage(
        title="FIT files",
        how_to_export="Garmin Connect: the activity's menu, Export Original; or a device's folder GARMIN",
        reads=(
            "activities: a workout for each session, laps, lengths, pauses, records, strength sets, RR",
            "days: heart rate, steps, distance, active energy, stress, oxygen, breathing, resting heart rate",
            "nights: stages where the watch makes them, HRV status, skin temperature, scores, naps",
            "scales and blood pressure monitors",
        ),
        leaves=(
            "courses, planned workouts, settings: nobody has done them",
            "places of virtual rides: nobody was there",
            "messages Garmin does not describe",
        ),
        metrics=tuple(
            sorted(
                {row.name for row in quantities() if not is_vendor_coded(row.name)}
                | {row.metric for row in counters()}
                | {"rr_interval"}
            )
        ),
    ),
)
