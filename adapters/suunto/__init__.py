"""Suunto: the FIT files that its app hands out, one workout each."""

from __future__ import annotations

from adapters.base import Coverage
from adapters.fit.files import FitFiles

__all__ = ["ADAPTER"]

ADAPTER = FitFiles(
    "suunto",
    "1",
    Coverage(
        title="Suunto",
        how_to_export="Suunto app: a workout, the menu, Export FIT file; all of them: ask Suunto's support",
        reads=("workouts with laps, pauses, records, RR intervals, and what the watch's programs add",),
        leaves=(
            "sleep and recovery, which never leave the app",
            "GPX files of the app: read with the source gpx",
            "SML, XML and JSON of older watches and Movescount",
        ),
        metrics=("rr_interval",),
    ),
)
