"""Reads the activities of a TCX file, one after the other, with their laps and their points as columns.

The idea: totals are the laps' and points are the track's, and neither is made from the other here, because
recorders that thin the track keep the totals. Elements are known by their local names; the order of children
and the namespaces are whatever the writer chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.points import Points, number_of
from adapters.formats.xml import Target, parse
from vault.records import Device
from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.base import ByteSource

    Columns = dict[str, NDArray[np.float64]]

__all__ = ["Activity", "Lap", "Tcx"]

_COLUMNS = {
    "LatitudeDegrees": "latitude",
    "LongitudeDegrees": "longitude",
    "AltitudeMeters": "altitude",
    "DistanceMeters": "distance",
    "HeartRateBpm": "heart_rate",
    "Cadence": "cadence",
    "RunCadence": "run_cadence",
    "Speed": "speed",
    "Watts": "power",
}
_VERSION = ("VersionMajor", "VersionMinor", "BuildMajor", "BuildMinor")
_MOST_LAPS = 10_000


@dataclass(frozen=True, slots=True)
class Lap:
    """A lap: when it began, as written, and everything else it says under TCX's names.

    ``numbers``: TotalTimeSeconds (s), DistanceMeters (m), Calories (kcal), MaximumSpeed (m/s),
    AverageHeartRateBpm, MaximumHeartRateBpm (1/min), AvgWatts (W), ...; ``words``: Intensity, TriggerMethod.
    """

    start: str
    numbers: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Activity:
    """One ``Activity`` of a TCX file.

    Args:
        id: ``Id`` as written, mostly the start.
        sport: ``Running``, ``Biking``, ``Other``, or free text.
        laps: In the order of the file.
        time: int64 [n], UTC ns, ascending.
        columns: float64 [n] each, NaN for missing: latitude, longitude (deg), altitude, distance (m,
            cumulative), speed (m/s), heart_rate, cadence (1/min; of one leg for runs), power (W).
        device: What recorded it, if that is said.
        creator: The program that wrote the file, if the root says so.
        notes: What the person wrote.
        plan: The name of the training plan; Polar writes the sport there.
        offset_min: The UTC offset of the times if they were written with one.
        untimed: How many points have no time between 1970 and 2199.
        fault: ``too-large`` if more came than a stream may hold.
    """

    id: str
    sport: str
    laps: list[Lap]
    time: NDArray[np.int64]
    columns: Columns
    device: Device | None = None
    creator: str = ""
    notes: str = ""
    plan: str = ""
    offset_min: int = UNKNOWN_OFFSET
    untimed: int = 0
    fault: str = ""


class Tcx(Target):
    """A TCX file open for reading: iterate, once, for its activities; what breaks off is among them.

    After that ``fault`` says why the file is not whole, and ``planned`` counts points of courses, which
    nobody has ridden.
    """

    def __init__(self, stream: ByteSource) -> None:
        super().__init__()
        self.planned = 0
        self._stream = stream
        self._creator = ""
        self._open: _Open | None = None
        self._lap: Lap | None = None
        self._point: dict[str, str] | None = None
        self._done: list[Activity] = []

    def __iter__(self) -> Iterator[Activity]:
        """Yield the activities while the file is read."""
        for _ in parse(self._stream, self):
            yield from self._done
            self._done.clear()
        yield from self._done
        if self._open is not None:
            yield self._open.finish(self._creator)

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "Trackpoint":
            self._point = {}
        elif name == "Activity":
            self._open = _Open(attributes.get("Sport", "").strip())
        elif name == "Lap" and self._open is not None:
            self._lap = Lap(attributes.get("StartTime", "").strip())
            if len(self._open.laps) < _MOST_LAPS:
                self._open.laps.append(self._lap)
        elif not self.path:
            self._creator = attributes.get("creator", "").partition(":")[0].strip()

    def closed(self, name: str, text: str) -> None:
        """An element ends."""
        said = self.path[-1] if name == "Value" and self.path else name
        if name == "Trackpoint":
            self._close_point()
        elif name == "Activity":
            self._close_activity()
        elif name == "Lap":
            self._lap = None
        elif not text.strip():
            return  # an element that only holds others, and closes after what it holds
        elif self._point is not None:
            self._point[_COLUMNS.get(said, said)] = text
        elif self._lap is not None:
            _say(self._lap, said, text.strip())
        elif self._open is not None:
            self._open.say(self.path[-1], name, text.strip())

    def _close_point(self) -> None:
        point, self._point = self._point or {}, None
        if self._open is None:
            self.planned += 1
        else:
            self._open.points.add(point.pop("Time", ""), point)

    def _close_activity(self) -> None:
        if self._open is not None:
            self._done.append(self._open.finish(self._creator))
        self._open = self._lap = None


class _Open:
    """An activity that is being read."""

    def __init__(self, sport: str) -> None:
        self.laps: list[Lap] = []
        self.points = Points()
        self._sport = sport
        self._said: dict[tuple[str, str], str] = {}

    def say(self, parent: str, name: str, text: str) -> None:
        if len(self._said) < _MOST_LAPS:
            self._said.setdefault((parent, name), text)

    def finish(self, creator: str) -> Activity:
        points = self.points
        time, columns, _ = points.finish()
        return Activity(
            self._said.get(("Activity", "Id"), ""),
            self._sport,
            self.laps,
            time,
            _one_cadence(columns),
            self._device(),
            creator,
            self._said.get(("Activity", "Notes"), ""),
            self._said.get(("Plan", "Name"), ""),
            points.offset_min,
            points.untimed,
            "too-large" if points.is_full else "",
        )

    def _device(self) -> Device | None:
        """Return the device without its serial number (``UnitId``)."""
        name = self._said.get(("Creator", "Name"), "")
        version = [self._said.get(("Version", part), "") for part in _VERSION]
        while version and version[-1] in ("", "0"):
            version.pop()
        return Device(name=name, software=".".join(version)) if name else None


def _say(lap: Lap, name: str, text: str) -> None:
    number = number_of(text)
    if number is not None:
        lap.numbers.setdefault(name, number)
    else:
        lap.words.setdefault(name, text)


def _one_cadence(columns: Columns) -> Columns:
    """Return the columns with one cadence: Garmin writes a run's as RunCadence, beside a Cadence of zeros."""
    run = columns.pop("run_cadence", None)
    if run is not None and np.nan_to_num(run).any():
        other = columns.get("cadence", np.full(len(run), np.nan))
        columns["cadence"] = np.where(np.isnan(run), other, run)
    return columns
