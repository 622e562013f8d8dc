"""Makes batches of samples of Oura's series: one origin, missing values left out.

The idea: a series is a beginning, an interval and a list in which nothing measured is null or zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.values import number, numbers
from adapters.oura.times import moment_of
from vault.records import Origin, Samples
from vault.time import DAY_NS, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json

__all__ = ["ADAPTER", "LONGEST_NS", "ORIGIN", "columns", "series_of"]

ADAPTER = "oura"
ORIGIN = Origin("Oura", ADAPTER, app="oura")

LONGEST_NS = 2 * DAY_NS
"""No sleep and no series is longer."""
_Columns = tuple["NDArray[np.int64]", int, int, "NDArray[np.float64]"]


def series_of(said: Json, begin: object, home: Zone | None) -> _Columns | None:
    """Return (starts in ns, offset, interval in ns, values, NaN for none) of a series, or None."""
    items, step = said.get("items"), number(said.get("interval"))
    first = moment_of(said.get("timestamp") or begin, home)
    if not isinstance(items, list) or not items or first is None or step is None:
        return None
    if not 0 < step * len(items) * SECOND_NS <= LONGEST_NS:
        return None
    step_ns = round(step * SECOND_NS)
    value = numbers(items)
    value[value <= 0] = np.nan
    return first[0] + np.arange(len(items), dtype=np.int64) * step_ns, first[1], step_ns, value


def columns(
    metric: str,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    offset_min: int | NDArray[np.int16],
    value: NDArray[np.float64],
    *,
    note: str = "",
    unit: str = "",
) -> Iterator[Samples]:
    """Yield the samples whose value is not NaN, if there are any; ``note`` is said of all of them."""
    good = ~np.isnan(value)
    count = int(np.count_nonzero(good))
    if count:
        offsets = np.full(len(value), offset_min, np.int16) if isinstance(offset_min, int) else offset_min
        yield Samples(
            metric,
            start[good],
            end[good],
            offsets[good],
            value[good],
            np.zeros(count, np.int32),
            (ORIGIN,),
            note=np.zeros(count, np.int32) if note else None,
            notes=(note,) if note else (),
            unit=unit,
        )
