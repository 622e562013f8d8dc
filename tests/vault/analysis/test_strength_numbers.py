"""Estimated maximum, volume and trend: the formulas by hand, and what they must not do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.strength.one_rep_max import brzycki, epley, one_rep_max, reserve
from vault.analysis.strength.sets import Sets, working
from vault.analysis.strength.trend import slope, trend
from vault.analysis.strength.volume import by_day, volume_of_days

NAN = np.nan
KG = st.floats(1, 500)


def lifted(*rows, movement="squat"):
    """Return sets from (day, repetitions, kg, reserve, per side), of which the tail may be left out."""
    full = [(*row, *(0, 5.0, 100.0, NAN, False)[len(row) :]) for row in rows]
    day, repetitions, load, left, per_side = zip(*full) if full else ([],) * 5
    names = np.array([movement] * len(full), object)
    columns = [np.array(one, float) for one in (repetitions, load)]
    return Sets(np.array(day, int), names, *columns, np.array(per_side, bool), np.array(left, float))


def test_formulas_by_hand():
    """100 kg five times: Epley 116.67, Brzycki 112.5; both say 133.33 at ten."""
    assert epley(np.array([100.0]), np.array([5.0]))[0] == pytest.approx(116.6667, abs=1e-4)
    assert brzycki(np.array([100.0]), np.array([5.0]))[0] == 112.5
    ten = np.array([100.0]), np.array([10.0])
    assert epley(*ten)[0] == pytest.approx(brzycki(*ten)[0])


def test_repetitions_in_reserve_count():
    """Five with two left are worth seven; an RPE of 8 says the same; one who does not say left none."""
    sets = lifted((0, 5, 100, 2), (0, 7, 100, 0), (0, 7, 100))
    assert one_rep_max(sets) == pytest.approx([100 * (1 + 7 / 30)] * 3)
    assert reserve(np.array([NAN, 1.0, NAN]), np.array([8.5, 9.5, NAN])) == pytest.approx(
        [1.5, 1.0, NAN], nan_ok=True
    )


def test_a_single_with_nothing_left_is_the_maximum():
    """One repetition to failure is no estimate; one with a reserve is."""
    assert one_rep_max(lifted((0, 1, 100, 0), (0, 1, 100, 2))) == pytest.approx([100.0, 110.0])


@pytest.mark.parametrize(
    "row", [(0, 11, 50), (0, 8, 50, 3), (0, 0, 50), (0, 5, 0), (0, 5, NAN), (0, NAN, 50)]
)
def test_a_set_that_cannot_say(row):
    """Over ten repetitions, none, no load: no estimate, and not a zero."""
    assert np.isnan(one_rep_max(lifted(row))).all()


@given(KG, st.integers(1, 10), st.floats(0, 9))
def test_an_estimate_is_never_below_the_load_nor_a_third_above(kg, repetitions, left):
    """Ten repetitions are worth a third more at most."""
    (found,) = one_rep_max(lifted((0, repetitions, kg, left)))
    assert np.isnan(found) == (repetitions + left > 10)
    assert np.isnan(found) or kg <= found <= kg * 4 / 3 * (1 + 1e-12)


def test_day_adds_up():
    """Two sets of a side each and one of both: volume counts sides, the top load does not."""
    found = by_day(lifted((3, 10, 20, 1, True), (3, 8, 22.5, 4, True), (3, 12, 30)))
    assert (found.day.tolist(), found.movement.tolist(), found.sets.tolist()) == ([3], ["squat"], [3])
    assert found.volume_kg.tolist() == [2 * 200 + 2 * 180 + 360]
    assert found.repetitions.tolist() == [30]
    assert found.top_load_kg.tolist() == [30]
    assert found.hard_sets.tolist() == [1]  # of the two that say how hard they were
    assert found.rpe.tolist() == [7.5]


def test_warm_ups_are_out_and_failure_leaves_nothing():
    """A warm-up is no training; a set to failure without RPE is a hard one."""
    sets = working(lifted((1, 5), (0, 5), (0, 6)), np.array(["normal", "warmup", "failure"], object))
    assert sets.day.tolist() == [0, 1]
    found = by_day(sets)
    assert found.hard_sets.tolist() == pytest.approx([1, NAN], nan_ok=True)


def test_what_nobody_told_stays_unknown():
    """A body's own weight has no volume, an unrated day no hard sets and no RPE."""
    found = by_day(lifted((0, 12, NAN)))
    assert found.sets.tolist() == [1]
    assert found.repetitions.tolist() == [12]
    for column in (found.volume_kg, found.top_load_kg, found.e1rm_kg, found.hard_sets, found.rpe):
        assert np.isnan(column).all()


def test_no_sets_give_empty_columns():
    """Nothing in, nothing out, without a warning."""
    found = by_day(lifted())
    assert len(found.day) == len(found.e1rm_kg) == 0
    assert len(trend(found.day, found.movement, found.e1rm_kg)) == 0


def test_movements_and_days_stay_apart():
    """Rows are by day and then movement."""
    one, other = lifted((2, 5), (1, 5)), lifted((1, 3), movement="press")
    both = Sets(
        *(np.concatenate(pair) for pair in ([getattr(s, n) for s in (one, other)] for n in Sets.__slots__))
    )
    found = by_day(both)
    assert list(zip(found.day.tolist(), found.movement)) == [(1, "press"), (1, "squat"), (2, "squat")]


def test_volume_of_days_has_every_day():
    """A day without training is a zero of volume here, because it is known to be without."""
    volume, count = volume_of_days(lifted((1, 5, 10), (3, 2, 10)), np.arange(0, 5))
    assert volume.tolist() == [0, 50, 0, 20, 0]
    assert count.tolist() == [0, 1, 0, 1, 0]


def straight(days, kg):
    return trend(np.array(days), np.array(["squat"] * len(days), object), np.array(kg, float))


def test_trend_of_a_straight_line():
    """Half a kilogram a day are 14 kg in 28 days, once three days span two weeks."""
    found = straight([0, 7, 14, 21], [100, 103.5, 107, 110.5])
    assert found == pytest.approx([NAN, NAN, 14, 14], nan_ok=True)


def test_trend_forgets_what_is_older_than_four_weeks():
    """On day 28, day 0 is outside of the window; day 1 would be inside."""
    assert np.isnan(straight([0, 20, 28], [1, 100, 100])[-1])
    assert straight([1, 20, 28], [100, 100, 100])[-1] == 0


def test_trend_is_not_turned_by_one_bad_day():
    """Of five days on a line one at half the load moves least squares, and not this."""
    assert straight([0, 5, 10, 15, 20], [100, 101, 50, 103, 104])[-1] == pytest.approx(28 * 0.2)


def test_trend_of_each_movement_is_its_own():
    """Days between which another movement was trained are not mixed in."""
    day = np.repeat([0, 7, 14], 2)
    names = np.array(["press", "squat"] * 3, object)
    found = trend(day, names, np.array([50, 100, 51, 99, 52, 98], float))
    assert found[-2:] == pytest.approx([4, -4])


def test_slope_without_two_points_is_unknown():
    """One point, none, or two of the same day have no slope."""
    x = np.array([[1.0, NAN], [NAN, NAN], [2.0, 2.0]])
    assert np.isnan(slope(x, np.ones((3, 2)))).all()
    assert np.isnan(slope(np.empty((2, 0)), np.empty((2, 0)))).all()


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(1, 300)), min_size=3, unique_by=lambda one: one[0]))
def test_trend_is_the_median_of_pairwise_slopes(points):
    """The vectorised trend of the last day equals the plain definition."""
    points = sorted(points)
    last = points[-1][0]
    inside = [one for one in points if one[0] > last - 28]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(inside) for b in inside[i + 1 :]]
    found = straight([day for day, _ in points], [kg for _, kg in points])[-1]
    if len(inside) < 3 or last - inside[0][0] < 14:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(28 * np.median(slopes), abs=1e-9)
