"""Samples gathered into batches: row by row and as columns, with what they share."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.batches import Batches
from vault.records import Origin

WATCH, PHONE = Origin("Watch", "test"), Origin("Phone", "test")
CHUNK = st.tuples(
    st.sampled_from([WATCH, PHONE]),
    st.integers(-720, 840),
    st.sampled_from([None, {"window": "5min"}, {"night": "2025-03-30"}]),
    st.lists(st.tuples(st.integers(0, 1 << 60), st.floats(0, 300)), max_size=4),
)


def told(batches):
    return [
        (
            batch.metric,
            int(batch.start[row]),
            int(batch.end[row]),
            int(batch.offset_min[row]),
            float(batch.value[row]),
            batch.origins[batch.origin[row]],
            None if batch.note is None or batch.note[row] < 0 else json.loads(batch.notes[batch.note[row]]),
        )
        for batch in batches.rest()
        for row in range(len(batch))
    ]


@given(st.lists(CHUNK, max_size=5))
def test_columns_say_what_their_rows_would(chunks):
    """A chunk added as columns is the same samples as its rows added one by one."""
    rows, columns = Batches(), Batches()
    for origin, offset_min, note, values in chunks:
        for start, value in values:
            rows.add("heart_rate", start, start + 1, offset_min, value, origin, note=note)
        start = np.array([one for one, _ in values], np.int64)
        value = np.array([one for _, one in values], np.float64)
        columns.extend("heart_rate", start, start + 1, offset_min, value, origin, note=note)
    assert told(columns) == told(rows)
