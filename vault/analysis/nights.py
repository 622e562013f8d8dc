"""What readiness reads: one row a local wake date, and the gates a value has to pass.

The rows are consecutive days, missing is NaN. A vital that several sensors measured has one row a
stream ([streams, days]); streams are never averaged and never share a baseline. Nothing here says who
the person is: there is no column for sex, age, weight or country.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.analysis.baseline import earlier
from vault.analysis.parameters import document
from vault.errors import InputError

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["VITALS", "Inputs", "Stream", "gated", "inputs_hashes"]

VITALS = ("lnrmssd", "rhr", "resp", "temp")
"""The columns that may have several streams."""

_NIGHTLY = (*VITALS, "tst_min", "load")
_TICKS = ("pain", "illness", "partial", "travelled", "night_shift", "performance_down")
_OPTIONAL = (*_TICKS, "load_estimated", "artefact_share", "reaction")


@dataclass(frozen=True, slots=True)
class Stream:
    """What one row of HRV is: a change of any of these needs a new baseline.

    ``metric`` is hrv_rmssd or hrv_sdnn; ``window`` says which part of the day was averaged.
    """

    source: str | None = None
    device: str | None = None
    metric: str = "hrv_rmssd"
    window: str = "sleep"


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Equally long columns, one row a consecutive wake date.

    Args:
        days: datetime64[D] [n], without gaps.
        lnrmssd: ln of the nightly HRV in ms, [n] or [streams, n].
        rhr: Resting heart rate in 1/min, [n] or [streams, n].
        tst_min: Minutes asleep including naps, [n].
        resp: Breathing rate in 1/min, [n] or [streams, n].
        temp: Skin temperature in Cel, or its deviation in K, [n] or [streams, n].
        load: Training load of the day, 0 on a known rest day, NaN when unknown, [n].
        stream: What each row of ``lnrmssd`` is.
        streams: Column of ``VITALS`` -> what each of its rows is, where that is known; not part of the hash.
        checkin: Item name -> answers 1-5 as stored (soreness and stress: higher = worse), [n].
        pain: Where pain was ticked, [n].
        illness: Where illness was ticked, [n].
        load_estimated: Where the load had to be guessed from the duration, [n].
        partial: Where the night that HRV and heart rate are of was too short to tell much, [n].
        artefact_share: Share of beats left out of each value of ``lnrmssd``, of its shape; NaN where unknown.
        chosen: Column of ``VITALS`` -> how early the owner wants each stream, 0 for no choice, [streams, n].
        reaction: Mean speed of the day's reaction test, its usual and one sd of it, 1/s, [3, n].
        travelled: Where the body clock still follows a flight, [n].
        night_shift: Where the last week had nights of work, [n].
        performance_down: Where lifts count as down (``vault.analysis.overtraining``), [n].
        need_min: Stated sleep need in minutes, None to learn it.
        felt_weight: Share of the check-in in the combined score, 0-0.8.

    Raises:
        InputError: When the columns don't fit together.
    """

    days: NDArray[np.datetime64]
    lnrmssd: Floats
    rhr: Floats
    tst_min: Floats
    resp: Floats
    temp: Floats
    load: Floats
    stream: tuple[Stream, ...] = (Stream(),)
    checkin: Mapping[str, Floats] = field(default_factory=dict)
    pain: Bools | None = None
    illness: Bools | None = None
    load_estimated: Bools | None = None
    partial: Bools | None = None
    artefact_share: Floats | None = None
    reaction: Floats | None = None
    travelled: Bools | None = None
    night_shift: Bools | None = None
    performance_down: Bools | None = None
    streams: Mapping[str, tuple[Stream, ...]] = field(default_factory=dict)
    chosen: Mapping[str, Ints] = field(default_factory=dict)
    need_min: float | None = None
    felt_weight: float = 0.5

    def __post_init__(self) -> None:
        """Refuse columns of different length, days with gaps, and weights outside of the range."""
        columns = [*(getattr(self, name) for name in _NIGHTLY), *self.checkin.values()]
        columns += [*self.chosen.values(), *self._optional().values()]
        if any(column.shape[-1] != len(self.days) for column in columns):
            raise InputError("columns of different length", hint="give every column one value a day")
        if not len(self.days) or (np.diff(self.days.astype("datetime64[D]").astype(int)) != 1).any():
            raise InputError("days with gaps", hint="give one row for each day, NaN where nothing is known")
        if len(np.atleast_2d(self.lnrmssd)) != len(self.stream):
            raise InputError("HRV rows without a description", hint="give one Stream for each row of lnrmssd")
        if not 0 <= self.felt_weight <= document("parameters.toml")["felt"]["max_weight"]:
            raise InputError("a felt weight outside of 0-0.8", hint="0 leaves the check-in out, 0.5 is usual")

    def position(self, day: date) -> int:
        """Return the row of a day; below 0 or past the end when it is outside of the days."""
        return int((np.datetime64(day, "D") - self.days[0].astype("datetime64[D]")).astype(int))

    def before(self, end: int) -> Inputs:
        """Return the first ``end`` rows: what was known on the day ``end - 1``."""
        return self.rows(slice(None, end))

    def rows(self, rows: slice) -> Inputs:
        """Return consecutive rows."""
        columns = {name: getattr(self, name) for name in ("days", *_NIGHTLY)} | self._optional()
        return replace(
            self,
            **{name: column[..., rows] for name, column in columns.items()},
            checkin={name: item[rows] for name, item in self.checkin.items()},
            chosen={name: place[..., rows] for name, place in self.chosen.items()},
        )

    def _optional(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in _OPTIONAL}
        return {name: column for name, column in named.items() if column is not None}

    def ticked(self, name: str) -> Bools:
        """Return an optional yes/no column, False where it was not given."""
        flag = getattr(self, name)
        return np.zeros(len(self.days), bool) if flag is None else np.asarray(flag, bool)


def gated(values: Floats, low: float, high: float) -> tuple[Floats, Bools]:
    """Return the values with NaN outside of the bounds, and where that was."""
    outside = (values < low) | (values > high)
    return np.where(outside | ~np.isfinite(values), np.nan, values), outside


def inputs_hashes(inputs: Inputs, first: int) -> Iterator[str]:
    """Yield for each row from ``first`` the hash of everything up to it, and of nothing later."""
    chain = hashlib.sha256(repr((inputs.need_min, inputs.felt_weight)).encode())
    text, ends = _hashed_rows(inputs)
    begin = 0
    for end in ends[first:]:
        chain.update(text[begin:end])
        yield chain.copy().hexdigest()
        begin = end


def _hashed_rows(inputs: Inputs) -> tuple[bytes, list[int]]:
    """Return what is hashed, a row's day, then tags and values of what is known; and where each row ends."""
    tags, values = _hashed_columns(inputs)
    days = inputs.days.astype("datetime64[D]").astype("<i8")[:, None]
    known = np.isfinite(values)
    said = np.concatenate([np.ones_like(days, bool), known, known], axis=1)
    words = np.concatenate([days, np.broadcast_to(tags, values.shape), values.view("<i8")], axis=1)
    return words[said].tobytes(), np.cumsum(8 * said.sum(axis=1)).tolist()


def _hashed_columns(inputs: Inputs) -> tuple[NDArray[np.int64], Floats]:
    """Return the columns' tags [c] and values [n, c]; a later stream leaves the earlier tags as they are.

    The load stands a day later: a morning does not know yet how it will be trained on.
    """
    named: dict[str, Floats] = {"tst_min": inputs.tst_min, "load": earlier(inputs.load, 1), **inputs.checkin}
    for number, stream in enumerate(inputs.stream):
        named[f"lnrmssd/{number}/{stream}"] = np.atleast_2d(inputs.lnrmssd)[number]
    for name in VITALS[1:]:
        for number, row in enumerate(np.atleast_2d(getattr(inputs, name))):
            named[f"{name}/{number}"] = row
    for name in _TICKS:
        named[name] = np.where(inputs.ticked(name), 1.0, np.nan)
    if inputs.artefact_share is not None:
        for number, row in enumerate(np.atleast_2d(inputs.artefact_share)):
            named[f"artefact_share/{number}"] = row
    if inputs.reaction is not None:
        named |= {f"reaction/{number}": row for number, row in enumerate(inputs.reaction)}
    for name, places in inputs.chosen.items():
        # A choice is one of values there are: a stream that begins later has not been chosen from yet.
        chosen = np.where(np.isfinite(np.atleast_2d(getattr(inputs, name))) & (places > 0), places, np.nan)
        named |= {f"{name}/{number}/chosen": row for number, row in enumerate(chosen)}
    ordered = sorted(named)
    tags = b"".join(hashlib.sha256(name.encode()).digest()[:8] for name in ordered)
    values = np.array([named[name] for name in ordered], "<f8")
    return np.frombuffer(tags, "<i8"), np.ascontiguousarray(values.T)
