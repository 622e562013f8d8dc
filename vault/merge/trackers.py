"""Which sleeps of a source are of one tracker: two watches under one name are two if both saw sleep at once.

Devices that take turns are one: what is told of a device changes with its software, and a night may be handed
over. What names no device is of one that saw no sleep then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.coverage import Cover

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.merge.pieces import Piece

__all__ = ["UNNAMED", "called", "tell_apart", "told_apart", "touching"]

UNNAMED = "no device named"
"""The device of what may be of none of those that are named."""


def called(source: str, device: str) -> str:
    """Return what a tracker is called: its source, and the device where there is one that tells it apart."""
    return f"{source} ({device})" if device else source


def told_apart(
    devices: Sequence[str], spans: NDArray[np.int64], is_sleep: NDArray[np.bool_]
) -> Mapping[str, str]:
    """Return which tracker each device of a source is; all are the same one if none need be told apart.

    Args:
        devices: Of n records, "" where it is not said.
        spans: int64 [n, 2], their starts and ends.
        is_sleep: Which of them tell sleep. Time in bed may be another device's of the same tracker.
    """
    names = np.array(devices)
    covers = {name: _cover(spans[is_sleep & (names == name)]) for name in sorted(set(devices))}
    nameless = covers.pop("", None)
    if not any(_meet(one, other) for one, other in combinations(covers.values(), 2)):
        one = next(iter(covers), "") if len(covers) < 2 else ""
        return dict.fromkeys(devices, one)
    found = {name: name for name in covers}
    if nameless is not None:
        found[""] = next((name for name, cover in covers.items() if not _meet(cover, nameless)), UNNAMED)
    return found


def _cover(spans: NDArray[np.int64]) -> Cover:
    return Cover.of(spans[:, 0], spans[:, 1])


def _meet(one: Cover, other: Cover) -> bool:
    return bool(one.within(other.start, other.end[1:]).any())


def touching(sleeps: Iterable[Piece]) -> list[list[Piece]]:
    """Part sleeps into groups that do not touch each other."""
    groups: list[list[Piece]] = []
    until = 0
    for sleep in sorted(sleeps, key=lambda sleep: (sleep.start, sleep.end, sleep.source, sleep.device)):
        if groups and sleep.start < until:
            groups[-1].append(sleep)
            until = max(until, sleep.end)
        else:
            groups.append([sleep])
            until = sleep.end
    return groups


def tell_apart(sleeps: Iterable[Piece]) -> None:
    """Set the device of each sleep to its tracker's where a source has several in one night, else none."""
    for group in touching(sleeps):
        by_source: dict[str, list[Piece]] = {}
        for sleep in group:
            by_source.setdefault(sleep.source, []).append(sleep)
        for theirs in by_source.values():
            trackers = _trackers(theirs)
            is_alone = len(set(trackers.values())) == 1
            for sleep in theirs:
                sleep.device = "" if is_alone else trackers[sleep.device]


def _trackers(theirs: Sequence[Piece]) -> Mapping[str, str]:
    devices = [sleep.device for sleep in theirs]
    if len(set(devices)) == 1:
        return dict.fromkeys(devices, "")
    spans = np.array([(sleep.start, sleep.end) for sleep in theirs], np.int64)
    return told_apart(devices, spans, np.array([sleep.asleep_min is not None for sleep in theirs], bool))
