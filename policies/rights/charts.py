"""A daily series as a small SVG curve, drawn without scripts, fonts or images."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["sparkline"]

_WIDTH, _HEIGHT, _MARGIN = 240.0, 56.0, 4.0
_MOST_POINTS = 120
_FLAT = 1e-3
"""Of the largest value; a range below that is no change that anybody can read off."""
_GAP = 4
"""Usual distances of values after which the line breaks off: a year without a watch is no slope."""


def sparkline(daily: pd.Series[float], title: str) -> str:
    """Return an ``<svg>`` of a series indexed by day (two values at least); ``title`` is escaped already."""
    day = daily.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    place, value = _thinned(day - day[0], np.asarray(daily, np.float64))
    low, span = float(value.min()), float(np.ptp(value))
    if span <= _FLAT * float(np.abs(value).max()):
        span = 0.0
    x = place / max(float(place[-1]), 1.0) * _WIDTH
    height = (value - low) / span if span else np.full(len(value), 0.5)
    y = _HEIGHT - _MARGIN - height * (_HEIGHT - 2 * _MARGIN)
    paths = "".join(_stretch(x[part], y[part]) for part in _stretches(place))
    return (
        f"<svg viewBox='0 0 {_WIDTH:g} {_HEIGHT:g}' preserveAspectRatio='none' role='img'>"
        f"<title>{title}</title>{paths}</svg>"
    )


def _thinned(
    day: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return at most ``_MOST_POINTS`` means over equal lengths of time, by number of the length."""
    step = -(-int(day[-1] + 1) // _MOST_POINTS)
    place, which = np.unique(day // step, return_inverse=True)
    return place, np.bincount(which, value) / np.bincount(which)


def _stretches(place: NDArray[np.int64]) -> Iterator[slice]:
    steps = np.diff(place)
    usual = np.percentile(steps, 50, method="lower") if len(steps) else 1
    breaks = np.flatnonzero(steps > _GAP * usual) + 1
    edges = [0, *breaks.tolist(), len(place)]
    yield from (slice(first, last) for first, last in pairwise(edges))


def _stretch(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    line = " ".join(f"{across:.1f},{down:.1f}" for across, down in zip(x.tolist(), y.tolist()))
    if len(x) == 1:
        return f"<polyline class='line dot' points='{line} {x[0] + 0.1:.1f},{y[0]:.1f}'/>"
    area = f"M{x[0]:.1f},{_HEIGHT:g} L{line} L{x[-1]:.1f},{_HEIGHT:g} Z"
    return f"<path class='area' d='{area}'/><polyline class='line' points='{line}'/>"
