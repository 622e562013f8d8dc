"""A session's figures by hand, what is usual on a device, and the place of a test in the blend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.felt import RULE, blend, person
from vault.analysis.reaction import Usual, figures, first_of_day, lapse_limit, usual
from vault.analysis.score import Scored

NAN = np.nan
U = st.floats(-3, 2)


def one_session(*ms, limit=355.0):
    return figures(np.array(ms, float), np.zeros(len(ms), int), np.array([limit]))


def test_session_by_hand():
    """250 and 400 ms: speeds 4 and 2.5, mean 3.25; 72 ms is a false start and 400 a lapse of a short test."""
    found = one_session(250, 72, 400)
    assert (found.n.tolist(), found.mean_speed.tolist()) == ([2], [3.25])
    assert (found.slow.tolist(), found.too_fast.tolist()) == ([1], [1])
    assert one_session(250, 72, 400, limit=500.0).slow.tolist() == [0]


def test_limits_are_inside():
    """100 ms is valid; 355 ms is a lapse of a test under five minutes, 500 ms of a longer one."""
    assert one_session(100, 99.9).n.tolist() == [1]
    assert one_session(354.9, 355).slow.tolist() == [1]
    assert lapse_limit(np.array([3.0, 5.0, 10.0])).tolist() == [355, 500, 500]


def test_fastest_and_slowest_tenth():
    """Of twenty the two at each end, of a few one."""
    found = one_session(*range(200, 400, 10))
    assert (found.fastest10_ms.tolist(), found.slowest10_ms.tolist()) == ([205], [385])
    few = one_session(300, 200, 250)
    assert (few.fastest10_ms.tolist(), few.slowest10_ms.tolist()) == ([200], [300])


def test_session_without_a_valid_reaction():
    """It is there, and has no speed."""
    found = figures(np.array([50.0, 300.0]), np.array([0, 1]), np.array([355.0, 355.0, 355.0]))
    assert found.n.tolist() == [0, 1, 0]
    assert np.isnan(found.mean_speed[[0, 2]]).all()
    assert np.isnan(found.slowest10_ms[[0, 2]]).all()
    assert len(figures(np.empty(0), np.empty(0, int), np.empty(0)).n) == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(20, 5_000)), max_size=60))
def test_figures_of_each_session_are_its_own(trials):
    """All sessions at once are what each alone would be."""
    at = np.array([session for session, _ in trials], int)
    ms = np.array([value for _, value in trials], float)
    whole = figures(ms, at, np.full(5, 355.0))
    for session in range(5):
        alone = one_session(*ms[at == session])
        for name in whole.__slots__:
            np.testing.assert_allclose(getattr(whole, name)[session], getattr(alone, name)[0])


def test_usual_needs_five_earlier_sessions_on_the_device():
    """The sixth has a usual; another device begins anew and changes nothing of the first."""
    speed, desk = np.array([4.0, 4.2, 4.4, 4.2, 4.0, 9.9]), np.zeros(6, int)
    found = usual(speed, desk)
    assert np.isnan(found.centre[:5]).all()
    assert found.centre[5] == pytest.approx(4.16)
    assert found.sd[5] == pytest.approx(np.std([4.0, 4.2, 4.4, 4.2, 4.0], ddof=1))
    two = usual(np.repeat(speed, 2), np.tile([0, 1], 6))
    np.testing.assert_allclose(two.centre[::2], found.centre)
    assert np.isnan(usual(speed, np.arange(6)).centre).all()


def test_equal_sessions_have_a_spread():
    """Somebody who is always the same is not two deviations off after a blink."""
    assert usual(np.full(9, 4.0), np.zeros(9, int)).sd[8] == 0.1


def test_sessions_without_speed_are_no_earlier_sessions():
    """A session of false starts neither counts nor gets a usual."""
    found = usual(np.array([4, 4, 4, 4, NAN, 4.0, 4.0]), np.zeros(7, int))
    assert np.isnan(found.centre).tolist() == [True] * 6 + [False]


@given(st.lists(st.floats(1, 10), min_size=6, max_size=80), st.floats(1, 10))
def test_usual_never_knows_of_the_session_itself_or_later(speeds, other):
    """Another last session changes no earlier usual, nor its own."""
    device = np.zeros(len(speeds), int)
    one, changed = usual(np.array(speeds), device), usual(np.array([*speeds[:-1], other]), device)
    np.testing.assert_array_equal(one.centre, changed.centre)
    np.testing.assert_array_equal(one.sd, changed.sd)


def test_first_test_of_a_day_with_a_usual_counts():
    """A second one later does not change what was said; days without one are unknown; far off is cut."""
    day, speed = np.array([3, 3, 4, 9]), np.array([4.1, 1.0, 9.0, 4.0])
    beside = Usual(np.array([4.0, 4.0, 4.0, NAN]), np.array([0.1, 0.1, 0.1, NAN]))
    found = first_of_day(day, speed, beside, np.arange(2, 10))
    assert found.u == pytest.approx([NAN, 1, 2, *[NAN] * 5], nan_ok=True)
    assert np.isnan(
        first_of_day(np.empty(0, int), np.empty(0), Usual(np.empty(0), np.empty(0)), np.arange(3)).u
    ).all()


def test_person_by_hand():
    """With q = .25 and r = .2, u = 1 and 1 gives 1 / sqrt(.5625 + .0625 + .075) = 1.19523."""
    found = person(np.array([1.0]), np.array([1.0]))
    assert found.sum() == pytest.approx(1 / np.sqrt(0.7))
    assert found[:, 0] == pytest.approx(np.array([0.75, 0.25]) / np.sqrt(0.7))


def test_a_test_alone_says_nothing():
    """Without a check-in there is no person's side; without a test it is the check-in to the last bit."""
    felt = np.array([NAN, -1.2345678901234567])
    found = person(felt, np.array([1.0, NAN]))
    assert np.isnan(found[:, 0]).all()
    assert found[0, 1] == felt[1]
    assert np.isnan(found[1, 1])


@given(U, U, U)
def test_a_faster_test_never_lowers_the_person(felt, slow, fast):
    """More speed is more ready, by at most a quarter of the way."""
    slow, fast = sorted((slow, fast))
    one, other = (person(np.array([felt]), np.array([u])).sum() for u in (slow, fast))
    assert one <= other
    assert other - one == pytest.approx((fast - slow) * RULE.reaction_weight / np.sqrt(0.7))


def test_blend_of_parts_is_exact():
    """Device, check-in and test sum to the combined sum; without a test it is what it was."""
    device = Scored(np.array([[0.4, 0.4], [0.1, 0.1]]), np.array([0.5, 0.5]), np.ones(2))
    felt = np.array([-1.0, -1.0])
    inputs, s = blend(device, person(felt, np.array([NAN, 1.5])), 0.5)
    assert np.isnan(inputs[3, 0])
    assert inputs[:, 1].sum() == pytest.approx(s[1])
    before, s_before = blend(device, felt, 0.5)
    assert s[0] == s_before[0]
    np.testing.assert_array_equal(inputs[:3, 0], before[:, 0])
