"""Heartbeats a file keeps apart from its records: RR intervals, and what a strap sends after a swim.

The idea: neither has instants of its own. RR intervals run on from the record before them, until a pause
shows that the clock went on without them; a strap's counter is tied to the clock once and counts on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.fit.times import EPOCH_S, Timeline
from vault.time import NO_INSTANT, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.fit.recording import Recording
    from adapters.formats.fit import Columns, FitFile
    from vault.records import Samples

__all__ = ["rr_intervals", "strap_heart_rate"]

_PAUSE_S = 10.0
"""The record before an RR interval runs ahead of the beats by a few seconds; by more, there was a pause."""
_MOST_BEATS = 1 << 21
"""More than ten days of beats; one file has no more."""
_HZ = 1 << 15
"""What both the clock's fractions (1/32768 s) and a strap's counter (1/1024 s) are whole in."""
_COUNTER_HZ, _COUNTER_BITS, _PACKED = 1 << 10, 12, 3
_CARRY, _CARRY_STEPS = _HZ // 4, 20
"""A heart rate holds for up to 5 s, in steps of 250 ms, which weighs it in the mean of a record."""
_PLACES = 64
"""More than the beats of one message: makes places of beats out of places of messages."""
_NO_BEATS = np.empty(0, np.int64), np.empty(0)


def rr_intervals(recording: Recording) -> Samples | None:
    """Return the RR intervals of a file in ms, each from one beat to the next."""
    messages = recording.fit.messages("hrv")
    if not len(messages):
        return None
    seconds = messages.array("time")
    seconds = seconds[: _MOST_BEATS // seconds.shape[1]]
    anchors = np.broadcast_to(recording.fit.time(messages)[: len(seconds), None], seconds.shape)
    good = np.isfinite(seconds) & (seconds > 0) & (anchors != NO_INSTANT)
    rr, anchor = np.rint(seconds[good] * SECOND_NS).astype(np.int64), anchors[good]
    if not len(rr):
        return None
    ahead = np.diff(anchor, prepend=anchor[0]) - rr
    is_new = ahead > _PAUSE_S * SECOND_NS
    is_new[0] = True
    sums = np.cumsum(rr)
    first = np.maximum.accumulate(np.where(is_new, np.arange(len(rr)), 0))
    end = anchor[first] + sums - (sums - rr)[first]
    return recording.samples("rr_interval", end - rr, rr / 1e6, end=end)


def strap_heart_rate(fit: FitFile, time: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean heart rate (1/min) of each record's time out of ``hr`` messages, NaN where none is.

    They stand in the file or in those that follow on it, each with a counter of its own. The mean is over
    what came after the record before, rounded, as Garmin's SDK merges them; ``time`` is int64 [n], ns UTC,
    ascending.
    """
    parts = [_beats(part.messages("hr")) for part in (fit, *fit.following) if part.has("hr")]
    beat, rate = (np.concatenate(columns) for columns in zip(_NO_BEATS, *parts))
    by_time = np.argsort(beat, kind="stable")
    beat, rate = beat[by_time], rate[by_time]
    if not len(beat) or not len(time):
        return np.full(len(time), np.nan)
    beat, rate = _carried(beat, rate)
    end = (time // SECOND_NS - EPOCH_S) * _HZ
    start = np.concatenate((end[:1], end[:-1]))
    start = np.where(start == end, end - _HZ, start)
    low, high = (np.searchsorted(beat, edge, side="right") for edge in (start, end))
    sums = np.concatenate((np.zeros(1), np.cumsum(rate)))
    count = high - low
    mean = np.full(len(time), np.nan)
    np.divide(sums[high] - sums[low], count, out=mean, where=count > 0)
    return np.floor(mean + 0.5)


def _beats(messages: Columns) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return times (1/32768 s, from FIT's epoch) and heart rates of ``hr`` messages."""
    rate = messages.array("filtered_bpm")
    place = messages.order[:, None] * _PLACES + np.arange(rate.shape[1])
    whole = messages.array("event_timestamp") * _COUNTER_HZ
    packed = _unpack(messages.array("event_timestamp_12"))
    counters = Timeline.of(*_flat(messages.order[:, None] * _PLACES + np.arange(whole.shape[1]), whole))
    counters = counters.with_low_bits(
        *_flat(messages.order[:, None] * _PLACES + np.arange(packed.shape[1]), packed), _COUNTER_BITS
    )
    anchor = messages.number("timestamp") + np.nan_to_num(messages.number("fractional_timestamp"))
    is_anchor = np.isfinite(anchor) & np.isfinite(whole[:, 0])
    if not is_anchor.any() or not len(counters.order):
        return _NO_BEATS
    row = np.searchsorted(counters.order, place)
    row = np.minimum(row, len(counters.order) - 1)
    good = (counters.order[row] == place) & np.isfinite(rate)
    last = np.maximum.accumulate(np.where(is_anchor, np.arange(len(anchor)), 0))
    since = counters.second[row] - np.nan_to_num(whole[last, 0]).astype(np.int64)[:, None]
    clock = np.where(is_anchor, anchor * _HZ, 0).astype(np.int64)[last]
    beat = clock[:, None] + since * (_HZ // _COUNTER_HZ)
    good &= is_anchor[last][:, None]
    return beat[good], rate[good]


def _flat(
    place: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    good = np.isfinite(value)
    return place[good], value[good].astype(np.int64)


def _unpack(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the numbers of 12 bits in bytes [n, 3 k / 2], two in three bytes, as [n, k]."""
    triples = data[:, : data.shape[1] // _PACKED * _PACKED].reshape(len(data), -1, _PACKED)
    first, middle, last = np.nan_to_num(triples).astype(np.int64).transpose(2, 0, 1)
    pairs = np.stack((first | (middle & 0x0F) << 8, middle >> 4 | last << 4), axis=2).astype(np.float64)
    pairs[np.isnan(triples).all(axis=2)] = np.nan
    return pairs.reshape(len(data), -1)


def _carried(
    beat: NDArray[np.int64], rate: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Repeat each heart rate until the next one."""
    gap = np.diff(beat, append=beat[-1:])
    extra = np.clip(-(-gap // _CARRY) - 1, 0, _CARRY_STEPS)
    times = extra + 1
    step = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    return np.repeat(beat, times) + step * _CARRY, np.repeat(rate, times)
