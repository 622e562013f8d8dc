"""What the sources gave of a metric around some days, as ``vault.merge`` takes it.

A daily value, the reasons for it and a disagreement about it are made of the same columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.lineage import Contribution, explain_day
from vault.merge.overlap import Daily, each_alone
from vault.merge.rows import LONGEST_NS
from vault.merge.windows import windows_of
from vault.metrics import find
from vault.time import DAY_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.merge.rows import Columns
    from vault.store.store import Store

__all__ = ["Given", "given"]


@dataclass(frozen=True, slots=True)
class Given:
    """Samples of one metric: ``columns`` and ``options`` are those of ``merged_daily``.

    ``names`` are those of the sources the last column points at.
    """

    columns: Columns
    windows: NDArray[np.int8] | None
    options: dict[str, Any]
    names: list[str]

    def explained(self, day: int) -> list[Contribution]:
        """Return each source's part in a day."""
        return explain_day(*self.columns, **self.options, windows=self.windows, names=self.names, day=day)

    def alone(self) -> Iterator[tuple[str, Daily]]:
        """Yield each source with the daily values it would have without the others, by name."""
        for code, daily in each_alone(self.columns, **self.options, windows=self.windows):
            yield self.names[code], daily


def given(store: Store, metric: str, first: int | None, last: int | None) -> Given | None:
    """Return the samples that can touch the local days first..last; None without any, or without days."""
    known = find(metric)
    if known is None or known.rollup == "none":
        return None
    reach = (
        None if first is None else (first - 1) * DAY_NS - 2 * LONGEST_NS,
        None if last is None else (last + 3) * DAY_NS,
    )
    parts = store.columns(metric, *reach)
    if not parts:
        return None
    (part,) = parts
    sources = store.sources()
    codes = sources.codes(part.origins)
    return Given(
        (part.start, part.end, part.offset_min, np.asarray(part.value, np.float64), codes[part.origin]),
        windows_of(metric, part.note, part.notes),
        sources.merging(known, store.home_zone),
        sources.names,
    )
