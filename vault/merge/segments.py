"""Sleeps out of single stages: the segments of one tracker, joined while the gaps between them are short.

A tracker is a source, or a device of it where several saw sleep at once; its segments lie between those of
others, and whose a segment is follows from all that lie around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.eras import device_name
from vault.merge.pieces import ASLEEP, LONGEST_NS, Minutes, Piece, maker_of
from vault.merge.preference import SLEEP
from vault.merge.priority import rank_of
from vault.merge.trackers import UNNAMED, told_apart
from vault.time import HOUR_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.records import Origin

__all__ = ["GAP_NS", "Segments", "joined"]

GAP_NS = HOUR_NS
"""A longer gap between segments of one tracker parts them into two sleeps."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Stage segments as columns of n rows.

    ``start``, ``end`` int64 [n] UTC ns; ``offset_min`` int16 [n], recorded or ``UNKNOWN_OFFSET``; ``stage``
    n words (awake, in_bed, asleep, light, deep, rem, unknown); ``source`` int32 [n], indices of ``origins``.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    stage: Sequence[str]
    source: NDArray[np.int32]
    origins: Sequence[Origin]


def joined(segments: Segments) -> Iterator[Piece]:
    """Yield the sleeps that each tracker's segments make when short gaps are closed."""
    length = segments.end - segments.start
    real = np.flatnonzero((length > 0) & (length <= LONGEST_NS))
    trackers, owner = _trackers(segments, real)
    words = {word: at for at, word in enumerate(sorted(set(segments.stage)))}
    word = np.array([words[stage] for stage in segments.stage], np.int64)[real]
    keys = segments.offset_min[real], word, segments.end[real], segments.start[real], owner
    order = np.lexsort(keys)
    told = np.stack(keys[1:])[:, order]
    order = order[np.append(True, (np.diff(told) != 0).any(axis=0))[: len(order)]]
    owner, real = owner[order], real[order]
    start, end, offset = segments.start[real], segments.end[real], segments.offset_min[real]
    rows = list(zip(start.tolist(), end.tolist(), (segments.stage[at] for at in real.tolist())))
    told_by = [_best_of(tracker, segments.origins) for tracker in trackers]
    firsts = _breaks(owner, start, end)
    for first, after in zip(firsts, [*firsts[1:], len(rows)]):
        last = first + int(end[first:after].argmax())
        source, device = trackers[owner[first]]
        rank, maker = told_by[owner[first]]
        yield Piece(
            source=source,
            device=device,
            maker=maker,
            rank=rank,
            start=rows[first][0],
            end=rows[last][1],
            offset_start=int(offset[first]),
            offset_end=int(offset[last]),
            rows=rows[first:after],
            is_nap=None,
            stated=None,
            minutes=Minutes(0.0),
        )


def _best_of(tracker: tuple[str, str], origins: Sequence[Origin]) -> tuple[int, str]:
    """Return the best rank of a tracker and its maker; what names no device may be any of its source."""
    source, device = tracker
    own = [origin for origin in origins if origin.source == source]
    if device not in ("", UNNAMED):
        own = [origin for origin in own if device_name(origin.device) in ("", device)]
    return min((rank_of(origin, SLEEP), maker_of(origin)) for origin in own)


def _trackers(segments: Segments, real: NDArray[np.intp]) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
    """Return all trackers, as source and device, and the number of each row's."""
    said = [(origin.source, device_name(origin.device)) for origin in segments.origins]
    devices_of: dict[str, set[str]] = {}
    for source, device in said:
        devices_of.setdefault(source, set()).add(device)
    trackers = sorted({*said, *((source, extra) for source in devices_of for extra in ("", UNNAMED))})
    number = {tracker: n for n, tracker in enumerate(trackers)}
    owner = np.array([number[one] for one in said], np.int64)[segments.source[real]]
    is_sleep = np.array([stage in ASLEEP for stage in segments.stage], bool)[real]
    spans = np.stack((segments.start, segments.end), axis=1)[real]
    for source in (source for source, devices in devices_of.items() if len(devices) > 1):
        own = np.flatnonzero(np.isin(owner, [n for tracker, n in number.items() if tracker[0] == source]))
        own = own[np.argsort(spans[own, 0], kind="stable")]
        heads = _breaks(np.zeros(len(own), np.int64), *spans[own].T)
        for part in np.split(own, heads[1:]):
            devices = [trackers[n][1] for n in owner[part].tolist()]
            found = told_apart(devices, spans[part], is_sleep[part])
            owner[part] = [number[source, found[device]] for device in devices]
    return trackers, owner


def _breaks(owner: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> list[int]:
    """Return the rows at which another tracker or, after a gap, another sleep begins."""
    if not len(owner):
        return []
    heads = np.flatnonzero(np.diff(owner, prepend=-1))
    furthest = np.concatenate([np.maximum.accumulate(part) for part in np.split(end, heads[1:])])
    begins = np.append(True, start[1:] - furthest[:-1] > GAP_NS)
    begins[heads] = True
    return np.flatnonzero(begins).tolist()
