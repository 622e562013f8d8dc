"""Device eras: what one source measured of a metric with one device in one way; another is another era.

A source's name outlives its devices: the watch is replaced, its name stays. So an era is told by source,
device and method, and a baseline is learned in one era. A device is what it is (model and hardware, else its
name), not the software on it. A device nobody names is one of its own: it may be any.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.windows import window_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.records import Device, Origin

__all__ = ["BASELINED", "Era", "device_name", "eras", "most_of_days"]

BASELINED = (
    "hrv_rmssd",
    "hrv_sdnn",
    "resting_heart_rate",
    "sleeping_heart_rate_min",
    "respiratory_rate",
    "respiratory_rate_sleep_avg",
    "skin_temperature",
    "skin_temperature_deviation",
)
"""The metrics of which readiness learns what is usual."""


@dataclass(frozen=True, slots=True)
class Era:
    """One stream: ``first`` start and ``last`` end in UTC ns, ``n`` samples.

    ``device`` and ``method``, the window a value is of ("night", "5min"), are "" where nobody says.
    """

    metric: str
    source: str
    device: str
    method: str
    first: int
    last: int
    n: int


def device_name(device: Device | None) -> str:
    """Return what a device is called, the same through updates of its software and a new name of it.

    Model and hardware; without them the name, and without that the maker ("" for none).
    """
    if device is None:
        return ""
    told = dict.fromkeys(part for part in map(_plain, (device.model, device.hardware)) if part)
    return " ".join(told) or _plain(device.name) or _plain(device.manufacturer)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def eras(
    metric: str,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    origin: NDArray[np.int32],
    note: NDArray[np.int32],
    *,
    origins: Sequence[Origin],
    notes: Sequence[str],
) -> list[Era]:
    """Return the eras of one metric, by source and first start; the columns are those of its samples."""
    methods = ["", *map(window_of, notes)]
    numbers, which = np.unique(origin.astype(np.int64) * len(methods) + note + 1, return_inverse=True)
    order = np.argsort(which, kind="stable")
    heads = np.searchsorted(which[order], np.arange(len(numbers)))
    ends = np.append(heads[1:], len(order)).tolist()
    found: dict[tuple[str, str, str], Era] = {}
    for number, head, tail in zip(numbers.tolist(), heads.tolist(), ends):
        who, rows = origins[number // len(methods)], order[head:tail]
        source, device, method = who.source, device_name(who.device), methods[number % len(methods)]
        part = Era(metric, source, device, method, int(start[rows].min()), int(end[rows].max()), len(rows))
        key = source, device, method
        found[key] = _joined(found[key], part) if key in found else part
    return sorted(found.values(), key=lambda era: (era.source, era.first, era.device, era.method))


def _joined(one: Era, other: Era) -> Era:
    first, last = min(one.first, other.first), max(one.last, other.last)
    return Era(one.metric, one.source, one.device, one.method, first, last, one.n + other.n)


def most_of_days(
    day: NDArray[np.int32], source: NDArray[np.int32], label: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return each (day, source) there is, and the label most of its samples have, of equals the lowest.

    All are int32 [n]: days since 1970-01-01, and numbers of sources and labels.
    """
    sources, labels = int(source.max(initial=0)) + 1, int(label.max(initial=0)) + 1
    place = day.astype(np.int64) * sources + source
    found, count = np.unique(place * labels + label, return_counts=True)
    place, label = found // labels, (found % labels).astype(np.int32)
    order = np.lexsort((label, -count, place))
    first = order[np.append(True, np.diff(place[order]) != 0)[: len(order)]]
    return (place[first] // sources).astype(np.int32), (place[first] % sources).astype(np.int32), label[first]
