"""Reads the track points of a GPX file as columns, whoever wrote it.

The idea: vendors agree on ``trkpt``, ``ele`` and ``time`` and on little else, so elements are known by their
local names, whatever the namespace. The file streams through; a broken one gives the points before the break.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import numpy as np
from defusedxml.ElementTree import DefusedXMLParser

from vault.errors import InputError
from vault.time import instant_ns, parse_instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.base import ByteSource

__all__ = ["NEVER_NEGATIVE", "Track", "read_gpx"]

_CHUNK = 1 << 16
_LONGEST_TEXT = 64
_MOST_COLUMNS = 64
"""A file of many names would make as many columns, each as long as the track."""
_LAST = instant_ns(datetime(2200, 1, 1, tzinfo=UTC))
_COLUMNS = {
    "ele": "altitude",
    "hr": "heart_rate",
    "cad": "cadence",
    "PowerInWatts": "power",
    "hAcc": "horizontal_accuracy",
    "vAcc": "vertical_accuracy",
    "atemp": "temperature",
}
NEVER_NEGATIVE = ("speed", "course", "horizontal_accuracy", "vertical_accuracy")
"""Apple writes -1 where it does not know."""


@dataclass(frozen=True, slots=True)
class Track:
    """The points of a GPX file that have a time between 1970 and 2199, ascending.

    Args:
        time: int64 [n], UTC ns.
        columns: float64 [n] each, NaN for missing: latitude, longitude (deg), altitude (m), speed (m/s),
            heart_rate, cadence (1/min), power (W), and what else there is under the writer's own name.
        is_whole: False if the file breaks off.
    """

    time: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]
    is_whole: bool = True


def read_gpx(stream: ByteSource) -> Track:
    """Read a GPX file. Blanks before the XML declaration are forgiven."""
    points = _Points()
    parser = DefusedXMLParser(target=points, forbid_dtd=True)
    is_whole = True
    try:
        chunk = stream.read(_CHUNK).lstrip()
        while chunk:
            parser.feed(chunk)
            chunk = stream.read(_CHUNK)
        parser.close()
    except (ParseError, ValueError, LookupError):  # ValueError: a document type; both: an odd encoding
        is_whole = False
    return points.track(is_whole=is_whole)


@dataclass
class _Points:
    """What the parser calls: collects values by column, and the row of each."""

    time: list[int] = field(default_factory=list)
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    point: dict[str, str] | None = None
    text: str = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self.text = ""
        if name == "trkpt":
            self.point = {"latitude": attributes.get("lat", ""), "longitude": attributes.get("lon", "")}

    def data(self, text: str) -> None:
        if len(self.text) <= _LONGEST_TEXT:
            self.text += text

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name == "trkpt" and self.point is not None:
            self._add(self.point)
            self.point = None
        elif self.point is not None and len(self.text) <= _LONGEST_TEXT:
            self.point[_COLUMNS.get(name, name)] = self.text
        self.text = ""

    def close(self) -> None:
        """Nothing is left to do."""

    def _add(self, point: dict[str, str]) -> None:
        try:
            instant, _ = parse_instant(point.pop("time", "").strip())
        except InputError:
            return
        if not 0 <= instant < _LAST:
            return
        row = len(self.time)
        self.time.append(instant)
        for name, text in point.items():
            if name not in self.values and len(self.values) == _MOST_COLUMNS:
                continue
            try:
                number = float(text)
            except ValueError:
                continue
            self.values.setdefault(name, {})[row] = number

    def track(self, *, is_whole: bool) -> Track:
        time = np.array(self.time, np.int64)
        order = np.argsort(time, kind="stable")
        columns = {}
        for name, values in self.values.items():
            column = np.full(len(time), np.nan)
            column[list(values)] = list(values.values())
            column[np.isinf(column)] = np.nan
            if name in NEVER_NEGATIVE:
                column[column < 0] = np.nan
            if not np.isnan(column).all():
                columns[name] = column[order]
        return Track(time[order], columns, is_whole)
