"""Zwift: the FIT files it leaves on the computer, rides and runs in a made-up world.

The idea: heart, legs and sweat are real, places and hills are not; what is made up is kept out of latitude,
longitude and altitude by ``adapters.fit``, for this game as for others.
"""

from __future__ import annotations

from adapters.base import Coverage
from adapters.fit.files import FitFiles

__all__ = ["ADAPTER"]

ADAPTER = FitFiles(
    "zwift",
    "1",
    Coverage(
        title="Zwift",
        how_to_export="the folder Documents/Zwift/Activities; or zwift.com: an activity, its FIT file",
        reads=(
            "rides and runs: a workout each, laps, heart rate, power, cadence, speed, distance",
            "an activity that was cut off, as inProgressActivity.fit: what is whole",
        ),
        leaves=("places: nobody was there", "the name of the world and the route, which the files don't say"),
        metrics=(),
    ),
)
