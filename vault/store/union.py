"""The union of stored and incoming samples: each sample once, the first one that was stored.

Rows with the same start, end, source name and value are one sample. A device, a version, a note or an offset
that differs does not make another; only an offset that was unknown is filled by one that is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.time import UNKNOWN_OFFSET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vault.store.columns import Columns

__all__ = ["Union", "union"]


@dataclass(frozen=True, slots=True)
class Union:
    """Unique rows in canonical order; ``new`` were not stored, ``filled`` were, without their offset."""

    rows: Columns
    new: NDArray[np.bool_]
    filled: NDArray[np.bool_]


def union(rows: Columns, stored: int = 0) -> Union:
    """Sort rows by (start, end, source, value) and fold equal ones; the first ``stored`` are in the store.

    Of equal rows the earlier one stays, so stored ones do.
    """
    new = np.arange(len(rows)) >= stored
    order = _canonical_order(rows)
    if order is not None:
        rows, new = rows.take(order), new[order]
    same = _same_as_previous(rows)
    if same is None:
        return Union(rows, new, np.zeros(len(rows), bool))
    kept = np.flatnonzero(~same)
    offset_min, filled = _filled(rows.offset_min, same, kept)
    return Union(replace(rows.take(kept), offset_min=offset_min), new[kept], filled & ~new[kept])


def _canonical_order(rows: Columns) -> NDArray[np.intp] | None:
    """Return the order of rows, None if they are in order; what exports give mostly is, or nearly."""
    order, start = None, rows.start
    if (start[1:] < start[:-1]).any():
        order = np.argsort(start, kind="stable")
        start = start[order]
    tied = start[1:] == start[:-1]
    if not tied.any():
        return order
    if order is None:
        order = np.arange(len(start))
    places = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    some = order[places]
    order[places] = some[
        np.lexsort((_value_rank(rows)[some], _source_rank(rows)[some], rows.end[some], start[places]))
    ]
    return order


def _same_as_previous(rows: Columns) -> NDArray[np.bool_] | None:
    tied = np.flatnonzero(rows.start[1:] == rows.start[:-1]) + 1
    if not len(tied):
        return None
    source = _source_rank(rows)
    equal = rows.end[tied] == rows.end[tied - 1]
    equal &= source[tied] == source[tied - 1]
    equal &= rows.value[tied] == rows.value[tied - 1]
    if not equal.any():
        return None
    same = np.zeros(len(rows), bool)
    same[tied[equal]] = True
    return same


def _filled(
    offset_min: NDArray[np.int16], same: NDArray[np.bool_], kept: NDArray[np.intp]
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Fill the unknown offsets of kept rows from the rows folded into them, the earliest first."""
    leader = np.cumsum(~same) - 1
    offsets = offset_min[kept]
    filled = np.zeros(len(kept), bool)
    helpers = np.flatnonzero(same & (offset_min != UNKNOWN_OFFSET) & (offsets[leader] == UNKNOWN_OFFSET))
    # Written from the back, so that the earliest is what remains.
    offsets[leader[helpers[::-1]]] = offset_min[helpers[::-1]]
    filled[leader[helpers]] = True
    return offsets, filled


def _source_rank(rows: Columns) -> NDArray[np.intp]:
    return _rank([origin.source for origin in rows.origins])[rows.origin]


def _value_rank(rows: Columns) -> NDArray[Any]:
    return rows.value if rows.codes is None else _rank(rows.codes)[rows.value]


def _rank(texts: Sequence[str]) -> NDArray[np.intp]:
    """Return the place of each text in alphabetical order, equal ones the same."""
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.array([places[text] for text in texts], np.intp)
