"""The union of stored and incoming samples, against the rule written out in plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vault.records import Origin
from vault.store.columns import Columns
from vault.store.union import union
from vault.time import UNKNOWN_OFFSET

# Two origins share a name: the watch before and after an update is one source.
ORIGINS = [Origin("watch", "a", "1"), Origin("phone", "a"), Origin("watch", "a", "2")]
FEW = st.integers(0, 2)
ROW = st.tuples(FEW, FEW, st.sampled_from([UNKNOWN_OFFSET, 0, 60]), FEW, FEW)


def columns_of(rows, codes) -> Columns:
    """Rows of (start, length, offset, value, origin) as columns; ``recorded`` tells them apart."""
    start, length, offset, value, origin = np.array(rows, np.int64).reshape(-1, 5).T
    n = len(rows)
    return Columns(
        start * 10**9,
        (start + length) * 10**9,
        np.arange(n),
        offset.astype(np.int16),
        value.astype(np.int32) if codes else value.astype(np.float64),
        origin.astype(np.int32),
        np.full(n, -1, np.int32),
        np.zeros(n, np.int32),
        ORIGINS,
        (),
        codes,
    )


def expected(rows: Columns, stored: int) -> list[tuple]:
    """Fold rows one after the other: the first of its identity stays, an unknown offset is filled."""
    kept: dict[tuple, list] = {}
    for at in range(len(rows)):
        value = rows.value[at] if rows.codes is None else rows.codes[rows.value[at]]
        identity = (rows.start[at], rows.end[at], rows.origins[rows.origin[at]].source, value)
        first = kept.setdefault(identity, [rows.offset_min[at], rows.recorded[at], at >= stored, False])
        if first[0] == UNKNOWN_OFFSET != rows.offset_min[at]:
            first[0], first[3] = rows.offset_min[at], not first[2]
    return [(*identity, *kept[identity]) for identity in sorted(kept)]


@given(
    st.lists(ROW, min_size=1, max_size=12),
    st.lists(ROW, max_size=12),
    st.sampled_from([None, ["c", "a", "b"]]),
)
def test_union_is_the_rule_row_by_row(stored, incoming, codes):
    """Order, the row that stays, filled offsets, what is new: as folding one row after the other gives."""
    known = union(columns_of(stored, codes)).rows
    rows = [
        *zip(
            known.start // 10**9,
            (known.end - known.start) // 10**9,
            known.offset_min,
            known.value,
            known.origin,
        )
    ]
    both = columns_of([*rows, *incoming], codes)
    united = union(both, len(known))
    value = united.rows.value if codes is None else np.array(codes)[united.rows.value]
    sources = [ORIGINS[number].source for number in united.rows.origin]
    columns = (
        united.rows.start,
        united.rows.end,
        sources,
        value,
        united.rows.offset_min,
        united.rows.recorded,
    )
    assert list(zip(*columns, united.new, united.filled)) == expected(both, len(known))
