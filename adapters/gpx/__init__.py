"""GPX: a file, or a folder or zip of them, of any program or device."""

from __future__ import annotations

from adapters.base import Coverage
from adapters.formats.files import TrackFiles
from adapters.formats.xml import root_is
from adapters.gpx.records import ADAPTER as NAME
from adapters.gpx.records import records_of

__all__ = ["ADAPTER"]


ADAPTER = TrackFiles(
    name=NAME,
    version="1",
    coverage=Coverage(
        title="GPX files",
        how_to_export="any app or site: the activity's menu, Export GPX; one file or a folder of them",
        reads=(
            "tracks with times: a workout each, with places, height, heart rate, cadence, power, temperature",
            "segments, as the pauses between them",
            "what else a point says, as a column under the writer's own name",
        ),
        leaves=(
            "planned routes: points without times, counted",
            "waypoints",
            "climbing: the noise of heights adds up to hills nobody climbed",
            "places of virtual rides (Zwift, Rouvy): nobody was there",
        ),
        metrics=(),
    ),
    begins=root_is("gpx"),
    records=records_of,
)
