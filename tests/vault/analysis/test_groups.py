"""One answer a group: what is known of it, and nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.groups import group_highest, group_mean, group_median, group_sum

PLAIN = {group_sum: np.sum, group_mean: np.mean, group_highest: np.max, group_median: np.median}
ROWS = st.lists(st.tuples(st.integers(0, 4), st.just(np.nan) | st.floats(-1e6, 1e6)), max_size=40)


@pytest.mark.parametrize("of", PLAIN)
@given(rows=ROWS)
def test_group_is_what_its_known_rows_alone_say(of, rows):
    """Each group's answer is that of its own known rows; a group without any has NaN, never 0."""
    group = np.array([one for one, _ in rows], np.int64)
    values = np.array([value for _, value in rows], float)
    found = of(values, group, 5)
    for one in range(5):
        own = values[(group == one) & np.isfinite(values)]
        assert found[one] == pytest.approx(PLAIN[of](own) if len(own) else np.nan, nan_ok=True, abs=1e-6)
