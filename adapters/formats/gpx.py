"""Reads the track points of a GPX file as columns, whoever wrote it.

The idea: vendors agree on ``trkpt``, ``ele`` and ``time`` and on little else, so elements are known by their
local names, whatever the namespace. The file streams through; a broken one gives the points before the break.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.points import NEVER_NEGATIVE, Points
from adapters.formats.xml import Target, parse
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.base import ByteSource

__all__ = ["NEVER_NEGATIVE", "Head", "Track", "read_gpx"]

_COLUMNS = {
    "ele": "altitude",
    "hr": "heart_rate",
    "heartrate": "heart_rate",
    "cad": "cadence",
    "PowerInWatts": "power",
    "hAcc": "horizontal_accuracy",
    "vAcc": "vertical_accuracy",
    "atemp": "temperature",
    "wtemp": "water_temperature",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a ``trk`` says of itself: its name and its type, a word nobody standardised."""

    name: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """The points of a GPX file that have a time between 1970 and 2199, ascending.

    Args:
        time: int64 [n], UTC ns.
        columns: float64 [n] each, NaN for missing: latitude, longitude (deg), altitude (m), speed (m/s),
            heart_rate, cadence (1/min), power (W), and what else there is under the writer's own name.
        track: int64 [n], which of ``heads`` a point belongs to.
        segment: int64 [n], its ``trkseg``, counted through the file.
        heads: One for each ``trk``.
        creator: The program or device that wrote the file.
        offset_min: The UTC offset of the times if they were written with one.
        untimed: How many points have no such time: those of a planned route.
        fault: Why the file is not whole: ``malformed-xml``, ``too-large``, or an archive's; else empty.
    """

    time: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    track: NDArray[np.int64]
    segment: NDArray[np.int64]
    heads: tuple[Head, ...] = ()
    creator: str = ""
    offset_min: int = UNKNOWN_OFFSET
    untimed: int = 0
    fault: str = ""

    @property
    def is_whole(self) -> bool:
        """False if the file breaks off."""
        return not self.fault


def read_gpx(stream: ByteSource) -> Track:
    """Read a GPX file. Blanks before the XML declaration are forgiven."""
    gpx = _Gpx()
    for _ in parse(stream, gpx):
        pass
    return gpx.finish()


class _Gpx(Target):
    def __init__(self) -> None:
        super().__init__()
        self._points = Points()
        self._point: dict[str, str] | None = None
        self._heads: list[Head] = []
        self._segments = 0
        self._places = array("q"), array("q")
        self._creator = ""

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("trkpt", "rtept"):
            self._point = {"latitude": attributes.get("lat", ""), "longitude": attributes.get("lon", "")}
        elif name == "trk":
            self._heads.append(Head())
        elif name == "trkseg":
            self._segments += 1
        elif name == "gpx":
            self._creator = attributes.get("creator", "").strip()

    def closed(self, name: str, text: str) -> None:
        if self._point is None:
            self._outside(name, text)
        elif name == "trkpt":
            self._add(self._point)
            self._point = None
        elif name == "rtept":
            self._points.untimed += 1
            self._point = None
        else:
            self._point[_COLUMNS.get(name, name)] = text

    def _outside(self, name: str, text: str) -> None:
        if name in ("name", "type") and self.path[-1:] == ["trk"]:
            head = self._heads[-1]
            self._heads[-1] = (
                Head(text.strip(), head.type) if name == "name" else Head(head.name, text.strip())
            )

    def _add(self, point: dict[str, str]) -> None:
        if self._points.add(point.pop("time", ""), point):
            track, segment = self._places
            track.append(max(len(self._heads) - 1, 0))
            segment.append(self._segments)

    def finish(self) -> Track:
        time, columns, order = self._points.finish()
        track, segment = (np.array(places, np.int64)[order] for places in self._places)
        fault = self.fault or ("too-large" if self._points.is_full else "")
        points = self._points
        heads = tuple(self._heads) or (Head(),)
        return Track(
            time, columns, track, segment, heads, self._creator, points.offset_min, points.untimed, fault
        )
