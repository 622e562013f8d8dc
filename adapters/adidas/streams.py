"""Reads what lies beside an adidas session: places, heart rates, heights, each a list of points of its own.

The idea: a point carries its instant, as a text with an offset until 2023 and as milliseconds since, and what
is not a measurement is missing: a heart rate of 0, a place at 0, 0. Each list is a stream of its own, so that
nothing has to be filled in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.values import LAST_NS, clocks_of, numbers
from vault.time import MILLISECOND_NS, MINUTE_NS, NO_INSTANT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.items import Json

__all__ = ["COLUMNS", "columns_of", "times_of"]

COLUMNS = {
    "gps": {"latitude": 1.0, "longitude": 1.0, "altitude": 1.0, "speed": 1 / 3.6, "distance": 1.0},
    "heart_rate": {"heart_rate": 1.0},
    "elevation": {"elevation": 1.0},
}
"""The columns of each kind of list, with what makes metres and m/s of them.

``elevation`` is adidas' own correction of the heights and does not take the place of ``altitude``.
"""
_CLOCK = len("2018-09-01 11:28:34")


def times_of(points: list[Json]) -> NDArray[np.int64]:
    """Return the points' instants as UTC ns, ``NO_INSTANT`` for what is none."""
    said = [point.get("timestamp") for point in points]
    if any(isinstance(one, str) and len(one) > _CLOCK for one in said):
        return _of_texts(said)
    ms = numbers(said)
    good = (ms > 0) & (ms < LAST_NS / MILLISECOND_NS)
    return np.where(good, np.where(good, ms, 0).astype(np.int64) * MILLISECOND_NS, NO_INSTANT)


def _of_texts(said: list[object]) -> NDArray[np.int64]:
    """Return ``2018-09-01 11:28:34 +0200`` as UTC ns."""
    texts = [one if isinstance(one, str) else "" for one in said]
    clocks = clocks_of([one[:_CLOCK] for one in texts])
    offsets = {tail: _minutes(tail) for tail in {one[_CLOCK:] for one in texts}}
    minutes = np.array([offsets[one[_CLOCK:]] for one in texts])
    good = (clocks != NO_INSTANT) & np.isfinite(minutes)
    return np.where(good, clocks - np.where(good, minutes, 0).astype(np.int64) * MINUTE_NS, NO_INSTANT)


def _minutes(tail: str) -> float:
    """Return `` +0200`` in minutes, NaN for what is no offset."""
    sign, digits = tail.strip()[:1], tail.strip()[1:].replace(":", "")
    if sign not in ("+", "-") or len(digits) != 4 or not (digits.isascii() and digits.isdecimal()):
        return float("nan")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return float(-minutes if sign == "-" else minutes)


def columns_of(points: list[Json], kind: str) -> dict[str, NDArray[np.float64]]:
    """Return what a list of points says, NaN where nothing was measured."""
    columns = {
        name: numbers([point.get(name) for point in points]) * factor
        for name, factor in COLUMNS[kind].items()
    }
    if kind == "heart_rate":
        columns[kind][columns[kind] <= 0] = np.nan
    if kind == "gps":
        columns["speed"][columns["speed"] < 0] = np.nan
        latitude, longitude = columns["latitude"], columns["longitude"]
        nowhere = ~((np.abs(latitude) <= 90) & (np.abs(longitude) <= 180))
        nowhere |= (latitude == 0) & (longitude == 0)
        latitude[nowhere] = longitude[nowhere] = np.nan
    return columns
