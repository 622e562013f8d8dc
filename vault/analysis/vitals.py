"""A night beside the usual of its own stream, for HRV, heart rate, breathing, temperature and sleep.

Where several sensors measured the same night, one of them speaks and the others stay silent: an average of
streams would move with every change of device. It is the one the owner chose, once it has a baseline, else
the one with the longest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.analysis.baseline import RULE, Baseline, baseline, pick, trailing
from vault.analysis.nights import gated
from vault.analysis.parameters import document, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.nights import Inputs

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Vital", "new_speaker", "vitals"]

_NONE = np.zeros((1, 1), np.int64)
"""Of no stream on any day."""


@dataclass(frozen=True, slots=True)
class Vital:
    """One quantity on every day, seen from the stream that speaks that day; all [days].

    ``missing`` is why there is no z: a key of the wording, "" where there is one. ``since`` is the row of the
    stream's first night in the window of its baseline. ``streams`` and their ``usuals`` are [streams, days],
    and ``row`` says which of them speaks.
    """

    value: Floats
    usual: Baseline
    z: Floats
    row: NDArray[np.intp]
    missing: NDArray[np.str_]
    since: NDArray[np.int64]
    streams: Floats
    usuals: Baseline


def vitals(inputs: Inputs) -> dict[str, Vital]:
    """Return every vital by its term."""
    gates = document("parameters.toml")["gates"]
    hrv, outside = gated(np.atleast_2d(inputs.lnrmssd), *np.log(gates["hrv"]))
    usual = _each(hrv, [stream.metric for stream in inputs.stream])
    # Between equally long baselines RMSSD speaks: a short-window SDNN is noisier.
    steadier = np.array([[stream.metric == "hrv_rmssd"] for stream in inputs.stream])
    found = {"hrv": _speaking(hrv, outside, usual, inputs.chosen.get("lnrmssd", _NONE), steadier)}
    for name, rows in {"rhr": inputs.rhr, "sleep": inputs.tst_min, "resp": inputs.resp}.items():
        values, outside = gated(np.atleast_2d(rows), *gates[name])
        usual = _each(values, [name] * len(values))
        found[name] = _speaking(values, outside, usual, inputs.chosen.get(name, _NONE))
    temp = np.where(np.isfinite(inputs.temp), inputs.temp, np.nan)
    usual = _each(np.atleast_2d(temp), ["temp"] * len(np.atleast_2d(temp)))
    # An absolute skin temperature has no sane bounds of its own; its distance from the centre has.
    outside = np.abs(temp - usual.centre) > gates["temp_deviation"]
    known = np.where(outside, np.nan, temp)
    found["temp"] = _speaking(known, outside, usual, inputs.chosen.get("temp", _NONE))
    return found


def _each(rows: Floats, spreads: list[str]) -> Baseline:
    """Return the baselines of rows that vary differently, [streams, days]."""
    each = [baseline(row, spread(name)) for row, name in zip(rows, spreads)]
    return Baseline(
        np.array([one.centre for one in each]),
        np.array([one.sd for one in each]),
        np.array([one.nights for one in each]),
    )


def _speaking(
    rows: Floats,
    outside: Bools,
    usual: Baseline,
    chosen: NDArray[np.int64],
    steadier: NDArray[Any] = _NONE,
) -> Vital:
    """Pick for each day the row with a value that the owner chose, else that has the longest baseline."""
    nights = np.where(usual.known, usual.nights, np.minimum(usual.nights, RULE.min_nights - 1))
    row = _first(np.isfinite(rows), chosen * usual.known, 2 * nights + steadier)
    value = pick(rows, row)
    own = Baseline(pick(usual.centre, row), pick(usual.sd, row), pick(usual.nights, row))
    z = (value - own.centre) / own.sd
    missing = _why_missing(value, own, np.any(outside, axis=0), _follows(usual.known, row))
    return Vital(value, own, z, row, missing, _since(rows, row), rows, usual)


def _first(*keys: NDArray[Any]) -> NDArray[np.intp]:
    """Return for each day the row with the highest first key, of equals that with the highest second."""
    rank = np.zeros(keys[0].shape, np.int64)
    for key in keys:
        rank = rank * (int(key.max(initial=0)) + 1) + key
    return np.asarray(np.argmax(rank, axis=0))


def new_speaker(vital: Vital, days: int) -> Bools:
    """Return where another stream spoke within some days before than speaks today, [days]."""
    rows = np.where(np.isfinite(vital.value), vital.row, np.nan)
    return np.asarray((np.abs(trailing(rows, days) - rows[:, None]) > 0).any(axis=-1))


def _follows(known: Bools, row: NDArray[np.intp]) -> Bools:
    """Whether another stream than the one that speaks had a baseline in the window before."""
    had = np.asarray((trailing(known.astype(float), RULE.window_days, today=True) > 0).any(axis=-1))
    had[row, np.arange(len(row))] = False
    return np.asarray(had.any(axis=0))


def _since(rows: Floats, row: NDArray[np.intp]) -> NDArray[np.int64]:
    days = RULE.window_days
    first = np.isfinite(trailing(rows, days, today=True)).argmax(axis=-1)
    return np.asarray(np.maximum(np.arange(len(row)) - (days - 1) + pick(first, row), 0))


def _why_missing(value: Floats, usual: Baseline, outside: Bools, follows: Bools) -> NDArray[np.str_]:
    absent = ~np.isfinite(value)
    return np.select(
        [
            absent & outside,
            absent & (usual.nights == 0),
            absent,
            usual.known,
            follows & (usual.nights < RULE.min_nights),
            usual.nights < RULE.min_nights,
        ],
        ["implausible", "never", "absent", "", "new_stream", "collecting"],
        default="stale",
    )
