"""COROS: the FIT files that its app and its Training Hub hand out.

The idea: nothing but the maker is special; that COROS writes UTC where FIT has the clock on the wrist, and
fields whose size does not fit their type, is met where FIT is read.
"""

from __future__ import annotations

from adapters.base import Coverage
from adapters.fit.files import FitFiles

__all__ = ["ADAPTER"]

ADAPTER = FitFiles(
    "coros",
    "1",
    Coverage(
        title="COROS",
        how_to_export="COROS app: an activity, Share, Export Data, FIT; many: t.coros.com, Export",
        reads=("workouts with laps, pauses, records, RR intervals and strength sets",),
        leaves=(
            "sleep, resting heart rate and HRV, which are in the app only",
            "GPX and TCX files of the app: read with the source gpx or tcx",
        ),
        metrics=("rr_interval",),
    ),
)
