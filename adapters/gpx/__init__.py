"""GPX: a file, or a folder or zip of them, of any program or device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.base import ByteSource, Coverage
from adapters.formats.files import TrackFiles
from adapters.gpx.records import ADAPTER as NAME
from adapters.gpx.records import records_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault.records import Record

__all__ = ["ADAPTER"]

_ROOT = re.compile(rb"[^<]*(<[?!][^>]*>[^<]*)*<(\w+:)?gpx[\s>]")


def _records(stream: ByteSource, file: str, home: ZoneInfo | None) -> Iterator[Record]:
    return records_of(stream, file=file, home=home)


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
    begins=lambda data: _ROOT.match(data) is not None,
    records=_records,
)
