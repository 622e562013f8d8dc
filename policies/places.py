"""Where workouts led, without where they began and ended: the surroundings of a home are left out.

A track is hidden within 500 m of a point near each of its ends, so for 250 m around the end at least, and
near both ends of every pause of five minutes. Were the circle drawn around the end itself, a few tracks that
leave it on different sides would give its centre away, and with it the door (Hassan, Hussain, Bates: "You
can run, but can you hide?", USENIX Security 2018). So its centre is moved by up to 250 m, in a direction and
by a length that only the vault's key tells; they are the same for all ends in a cell of about a kilometre, so
that many tracks from one door have one centre, and averaging them finds that centre and not the door.

What this can't do: a place that is passed often, or where somebody stops while the watch goes on recording,
is shown. A door on the line between two cells has two circles. How long a hidden stretch took tells, with
the usual pace, about how long the way was, and a few such ways lead to a block of houses (Dhondt et al.: "A
run a day won't keep the hacker away", CCS 2022); speeds of the stretch are left out, heart rates are not.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from typing import TYPE_CHECKING

import numpy as np

from policies import tables
from policies.precision import round_to

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

__all__ = ["coarse", "distance_m", "hidden"]

_EARTH_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""
_DEGREE_M = math.radians(1) * _EARTH_M
_TAG = b"vitalvault/home-area/1\n"


def hidden(elapsed: Column, latitude: Column, longitude: Column, seed: bytes) -> NDArray[np.bool_]:
    """Return which rows of a track [n] lie in the surroundings of one of its ends.

    A row without a position is where the last one before it was; without any before it, it is hidden.

    Args:
        elapsed: Seconds, ascending.
        latitude: Degrees, NaN where unknown.
        longitude: Degrees, NaN where unknown.
        seed: The vault's signing seed, which keys the circles' centres.
    """
    known = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    lat, lon = latitude[known], longitude[known]
    near = np.zeros(len(known), bool)
    for centre in {_centre(lat[at], lon[at], seed) for at in _ends(elapsed[known])}:
        near |= distance_m(lat, lon, *centre) <= _rules()["home_m"]
    last = np.searchsorted(known, np.arange(len(elapsed)), "right")
    return np.concatenate([[True], near])[last]


def coarse(degrees: Column, left_out: NDArray[np.bool_]) -> Column:
    """Return coordinates rounded to about 10 m, and NaN for those left out."""
    return np.where(left_out, np.nan, round_to(degrees, _rules()["degrees"]))


def distance_m(latitude: Column, longitude: Column, lat: float, lon: float) -> Column:
    """Return the metres from each of some points [n] to one (haversine)."""
    phi, phi0 = np.radians(latitude), math.radians(lat)
    north = np.sin((phi - phi0) / 2) ** 2
    east = np.sin(np.radians(longitude - lon) / 2) ** 2
    chord = np.sqrt(np.minimum(north + np.cos(phi) * math.cos(phi0) * east, 1))
    return np.asarray(2 * _EARTH_M * np.arcsin(chord))


def _ends(elapsed: Column) -> list[int]:
    """Return the rows at which a track begins, ends, stops for a pause and goes on after it."""
    if not len(elapsed):
        return []
    before = np.flatnonzero(np.diff(elapsed) >= _rules()["pause_s"])
    return sorted({0, len(elapsed) - 1, *before.tolist(), *(before + 1).tolist()})


def _centre(lat: float, lon: float, seed: bytes) -> tuple[float, float]:
    """Return the centre of the circle around an end: moved by what the key says of its cell."""
    row = math.floor(lat * _DEGREE_M / _rules()["cell_m"])
    # A cell is as wide as it is high at the latitude of its row, so that all points in it agree on columns.
    narrow = max(math.cos(math.radians((row + 0.5) * _rules()["cell_m"] / _DEGREE_M)), 1e-6)
    column = math.floor(lon * narrow * _DEGREE_M / _rules()["cell_m"])
    north, east = _offset(seed, row, column)
    return lat + north / _DEGREE_M, lon + east / (_DEGREE_M * narrow)


def _offset(seed: bytes, row: int, column: int) -> tuple[float, float]:
    """Return the metres north and east of a cell's offset: between half of the longest and the longest."""
    drawn = hmac.new(seed, _TAG + f"{row},{column}".encode(), hashlib.sha256).digest()
    turn, length = (int.from_bytes(drawn[at : at + 8], "big") / 2**64 for at in (0, 8))
    metres = _rules()["offset_m"] * (1 + length) / 2
    return metres * math.sin(math.tau * turn), metres * math.cos(math.tau * turn)


def _rules() -> dict[str, float]:
    found: dict[str, float] = tables.data("precision")["places"]
    return found
