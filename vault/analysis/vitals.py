"""A night beside the usual of its own stream, for HRV, heart rate, breathing, temperature and sleep.

Where several sensors measured the same night, the stream with the longest baseline speaks and the others
stay silent: an average of streams would move with every change of device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.baseline import RULE, Baseline, baseline, pick, trailing
from vault.analysis.nights import gated
from vault.analysis.parameters import document, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.nights import Inputs

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Vital", "vitals"]


@dataclass(frozen=True, slots=True)
class Vital:
    """One quantity on every day, seen from the stream that speaks that day; all [days].

    ``missing`` is why there is no z: a key of the wording, "" where there is one. ``since`` is the row of the
    stream's first night in the window of its baseline.
    """

    value: Floats
    usual: Baseline
    z: Floats
    row: NDArray[np.intp]
    missing: NDArray[np.str_]
    since: NDArray[np.int64]


def vitals(inputs: Inputs) -> tuple[dict[str, Vital], Floats, Baseline]:
    """Return every vital, and the gated HRV rows with their baselines, [streams, days], for the trend."""
    gates = document("parameters.toml")["gates"]
    hrv, hrv_outside = gated(np.atleast_2d(inputs.lnrmssd), *np.log(gates["hrv"]))
    hrv_usual = _each(hrv, [stream.metric for stream in inputs.stream])
    # Between equally long baselines RMSSD speaks: a short-window SDNN is noisier.
    preferred = np.array([stream.metric == "hrv_rmssd" for stream in inputs.stream])
    found = {"hrv": _speaking(hrv, hrv_outside, hrv_usual, preferred)}
    for name, rows in {"rhr": inputs.rhr, "sleep": inputs.tst_min, "resp": inputs.resp}.items():
        values, outside = gated(np.atleast_2d(rows), *gates[name])
        found[name] = _speaking(values, outside, _each(values, [name] * len(values)))
    temp = np.where(np.isfinite(inputs.temp), inputs.temp, np.nan)
    usual = _each(np.atleast_2d(temp), ["temp"] * len(np.atleast_2d(temp)))
    # An absolute skin temperature has no sane bounds of its own; its distance from the centre has.
    outside = np.abs(temp - usual.centre) > gates["temp_deviation"]
    found["temp"] = _speaking(np.where(outside, np.nan, temp), outside, usual)
    return found, hrv, hrv_usual


def _each(rows: Floats, spreads: list[str]) -> Baseline:
    """Return the baselines of rows that vary differently, [streams, days]."""
    each = [baseline(row, spread(name)) for row, name in zip(rows, spreads)]
    return Baseline(
        np.array([one.centre for one in each]),
        np.array([one.sd for one in each]),
        np.array([one.nights for one in each]),
    )


def _speaking(rows: Floats, outside: Bools, usual: Baseline, preferred: Bools | None = None) -> Vital:
    """Pick for each day the row that has a value and the longest baseline."""
    nights = np.where(usual.known, usual.nights, np.minimum(usual.nights, RULE.min_nights - 1))
    rank = 2 * nights + 1000 * np.isfinite(rows)
    if preferred is not None:
        rank += preferred[:, None]
    row = np.argmax(rank, axis=0)
    value = pick(rows, row)
    chosen = Baseline(pick(usual.centre, row), pick(usual.sd, row), pick(usual.nights, row))
    z = (value - chosen.centre) / chosen.sd
    missing = _why_missing(value, chosen, np.any(outside, axis=0), _follows(usual.known, row))
    return Vital(value, chosen, z, row, missing, _since(rows, row))


def _follows(known: Bools, row: NDArray[np.intp]) -> Bools:
    """Whether another stream than the one that speaks had a baseline before."""
    had = np.maximum.accumulate(known, axis=-1)
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
