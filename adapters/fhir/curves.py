"""Curves (SampledData): numbers at one distance, as instants and values in the metric's unit.

The idea: the distance is a decimal of milliseconds, so each instant is rounded to whole nanoseconds once, and
no error adds up. ``E``, ``L`` and ``U`` stand for what was not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import msgspec.structs
import numpy as np

from adapters.fhir.codes import in_unit
from adapters.formats.counting import Unused
from adapters.formats.values import LAST_NS
from vault.records import Stream
from vault.time import MILLISECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.fhir.elements import Sampled
    from adapters.fhir.times import Span
    from vault.metrics import Metric
    from vault.records import Origin

__all__ = ["CHANNELS", "Points", "curve_of", "streams_of"]

CHANNELS = {"heart_rate": "heart_rate", "power": "power", "speed": "speed", "cadence_cycling": "cadence"}
"""What a curve of a metric is called in a stream."""

_MOST_POINTS = 1 << 24


class Points(NamedTuple):
    """What was measured: int64 [n] UTC ns, float64 [n] in the metric's unit."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]


def curve_of(said: Sampled, entry: Metric, start: int) -> Points | Unused:
    """Return a curve of one dimension that has points, or why they are of no use."""
    scale = [in_unit(msgspec.structs.replace(said.origin, value=value), entry) for value in (0.0, 1.0)]
    if not isinstance(scale[0], float) or not isinstance(scale[1], float):
        return Unused("bad-unit", "rejected")
    points = said.data.split()
    try:
        values = np.array([np.nan if point in ("E", "L", "U") else float(point) for point in points])
    except ValueError:
        return Unused("bad-element", "rejected")
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.rint(np.arange(len(points)) * (said.period * MILLISECOND_NS))
        values = (values * said.factor + (said.origin.value or 0.0)) * (scale[1] - scale[0]) + scale[0]
    if said.period <= 0 or len(points) > _MOST_POINTS or not steps[-1] < LAST_NS - start:
        return Unused("bad-element", "rejected")
    good = np.isfinite(values)
    if not good.any():
        return Unused("no-value")
    return Points((start + steps.astype(np.int64))[good], values[good])


def streams_of(workout: str, origin: Origin, curves: Iterable[tuple[str, Span, Points]]) -> Iterator[Stream]:
    """Yield the streams of a workout: channels of one span are one, but no channel is in one twice."""
    parts: list[tuple[Span, dict[str, Points]]] = []
    for name, span, points in curves:
        fitting = (part for of, part in parts if of == span and name not in part)
        channels = next(fitting, None)
        if channels is None:
            channels = {}
            parts.append((span, channels))
        channels[name] = points
    for number, (_, channels) in enumerate(parts):
        time = reduce(np.union1d, [points.time for points in channels.values()])
        yield Stream(
            workout, origin, time, dict(_columns(time, channels)), part=str(number) if number else ""
        )


def _columns(
    time: NDArray[np.int64], channels: Mapping[str, Points]
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for name, points in channels.items():
        column = np.full(len(time), np.nan)
        column[np.searchsorted(time, points.time)] = points.value
        yield name, column
