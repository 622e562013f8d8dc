"""Training zones: every row of the table, limits in whole beats, and a ceiling that never moves a zone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from vault.analysis.training.trace import BEATS, Trace, stacked
from vault.analysis.training.zones import ceiling, hard, limits, rows, sustained

TABLES = [("heart_rate", "threshold"), ("heart_rate", "reserve"), ("power", "threshold")]


@pytest.mark.parametrize("which", TABLES)
def test_rows_join_without_gap_or_overlap(which):
    """Zones count from 1, each begins where the one before ends, and the last is open."""
    table = rows(*which)
    assert [one.zone for one in table] == list(range(1, len(table) + 1))
    assert all(one.high == other.low for one, other in itertools.pairwise(table))
    assert all(one.low is None or one.high is None or one.low < one.high for one in table)
    assert table[-1].high is None
    assert len({one.name for one in table}) == len(table)


def test_limits_of_the_reserve_are_karvonens():
    """With a resting rate of 50 and a highest of 190, zone 2 is 134-148."""
    found = limits(rows("heart_rate", "reserve"), 190, 50)
    assert [(one.low, one.high) for one in found] == [
        *((120, 134), (134, 148), (148, 162), (162, 176), (176, None)),
    ]


def test_limits_of_power_are_the_seven_levels():
    """At a threshold of 200 W endurance is 110-150 W and threshold 180-210."""
    found = limits(rows("power", "threshold"), 200)
    assert [one.low for one in found] == [None, 110, 150, 180, 210, 240, 300]


@pytest.mark.parametrize(("whole", "rest"), [(np.nan, 50), (190, np.nan), (50, 60), (0, 0), (190, -1)])
def test_limits_of_what_is_not_known_are_none(whole, rest):
    """Without a highest above a resting heart rate there are no zones."""
    assert limits(rows("heart_rate", "reserve"), whole, rest) == ()


def traces(*sessions: dict[int, int]):
    """Return traces of sessions given as seconds at heart rates, the highest of which is the peak."""
    made = []
    for seconds in sessions:
        beats = np.zeros(len(BEATS))
        beats[list(seconds)] = list(seconds.values())
        made.append(Trace(beats, float(max(seconds, default=np.nan))))
    return stacked(made)


def test_sustained_is_where_the_heart_stayed_near_its_highest():
    """Three minutes within 10 % of the peak make it one; a lone peak is none."""
    found = sustained(traces({120: 600, 172: 175, 190: 5}, {120: 780, 185: 20}, {}))
    assert found.tolist() == [True, False, False]


def test_hard_is_far_above_the_usual_of_ones_own_sessions():
    """Steady runs are not hard, however long; intervals a fifth above the usual beat are."""
    assert not hard(traces({150: 3600, 154: 60}, {148: 3600})).any()
    assert hard(traces({140: 3600}, {140: 600, 175: 300, 182: 10})).tolist() == [False, True]
    assert hard(traces()).tolist() == []
    assert not hard(traces({})).any()


@pytest.mark.parametrize(
    ("band", "advice", "top"),
    [
        ("low", "as_planned", 2),
        ("usual", "as_planned", None),
        ("high", "room_to_push", None),
        ("usual", "ease", 2),
        ("high", "rest_suggested", 2),
        (None, None, None),
    ],
)
def test_ceiling_follows_readiness(band, advice, top):
    """A low day, or an advice to ease or rest, ends at zone 2; any other has no ceiling."""
    assert ceiling(band, advice) == top
