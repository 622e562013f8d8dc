"""A workout's streams as SampledData: a channel is one Observation, if its instants are evenly spaced.

Numbers are written as they are stored (origin 0, no factor): a scale would not give back the last bit of
a stored number. Pauses of whole periods and what was not measured are ``E``. A stream on other instants, or
one that no string of FHIR could hold, is left to the CSV and counted; places are never written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.fhir import codings
from vault.fhir.observations import decimals
from vault.merge.activities import family_of
from vault.time import MILLISECOND_NS

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from vault.fhir.codings import Json
    from vault.records import Stream

__all__ = ["UNEVEN", "Curve", "curves"]

UNEVEN = "workout streams that are not evenly spaced, or too long for a string of FHIR"

_CHANNELS = {"heart_rate": "heart_rate", "power": "power", "speed": "speed"}
# Of a run it is one leg's strides or both legs' steps, of a boat strokes: only a ride's is sure.
_RIDES = {"cadence": "cadence_cycling"}
_MOST_SLOTS = (1 << 20) // 25
"""FHIR's limit of a string is 1 MB, and no number is longer than 24 characters."""


class Curve(NamedTuple):
    """One channel, ready to be an Observation: its first and last instant (UTC ns) and SampledData."""

    metric: str
    apart: str
    first: int
    last: int
    sampled: Json


def curves(activity: str, streams: Sequence[Stream], left: Counter[str]) -> Iterator[Curve]:
    """Yield the curves of one workout's streams; what can't be one is counted in ``left``."""
    channels = _CHANNELS | (_RIDES if family_of(activity) == "cycling" else {})
    for stream in streams:
        wanted = {name: metric for name, metric in channels.items() if name in stream.columns}
        grid = _grid(stream.time)
        if wanted and grid is None:
            left[UNEVEN] += 1
        elif grid is not None:
            yield from _told(stream, wanted, *grid)


def _told(stream: Stream, wanted: dict[str, str], period: int, place: NDArray[np.int64]) -> Iterator[Curve]:
    for name, metric in wanted.items():
        value = stream.columns[name]
        known = np.isfinite(value)
        if known.any():
            sampled = {
                "origin": {"value": 0, **codings.unit_of(codings.term(metric))},
                "period": _milliseconds(period),
                "dimensions": 1,
                "data": _data(place[known], int(place[-1]) + 1, value[known]),
            }
            yield Curve(metric, f"stream:{stream.part}", int(stream.time[0]), int(stream.time[-1]), sampled)


def _grid(time: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]] | None:
    """Return the period in ns and each instant's number on the grid; None if there is no such grid.

    A grid of which more than half would be gaps is a rhythm only by chance.
    """
    if len(time) < 2:
        return None
    steps, counts = np.unique(np.diff(time), return_counts=True)
    period = int(steps[counts.argmax()])
    if steps[0] <= 0 or (steps % period).any():
        return None
    place = (time - time[0]) // period
    return (period, place) if place[-1] < min(2 * len(time), _MOST_SLOTS) else None


def _milliseconds(period: int) -> float:
    whole, rest = divmod(period, MILLISECOND_NS)
    return period / MILLISECOND_NS if rest else whole


def _data(place: NDArray[np.int64], slots: int, value: NDArray[np.float64]) -> str:
    # A channel has few different numbers: each is put into words once.
    unique, which = np.unique(value, return_inverse=True)
    told = np.zeros(slots, np.intp)
    told[place] = which + 1
    return " ".join(map(["E", *decimals(unique)].__getitem__, told.tolist()))
