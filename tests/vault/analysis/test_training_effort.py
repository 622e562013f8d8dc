"""One load for a workout: the most direct data speak, and say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis.training.effort import DURATION, METHODS, RULE, Sessions, efforts
from vault.analysis.training.session import SESSION, highest, usual_rest
from vault.analysis.training.trace import BEATS, NOTHING, Trace, per_second, stacked, trace
from vault.analysis.training.trimp import CONSTANTS, banister, reserve, trimp100

SECOND = 1_000_000_000
UNKNOWN = np.array([np.nan])


def curve(values, step_s=1, start=1_700_000_000 * SECOND):
    values = np.asarray(values, float)
    return start + np.arange(len(values)) * step_s * SECOND, values


def session(minutes=60.0, one: Trace = NOTHING, **known) -> Sessions:
    """Return one session of which nothing is known but what is given."""
    bare = Sessions(
        minutes=np.array([minutes]),
        hr_mean=UNKNOWN,
        hr_rest=np.array([50.0]),
        hr_max=np.array([190.0]),
        session_rpe=UNKNOWN,
        set_rpe=UNKNOWN,
        threshold_w=UNKNOWN,
        felt_first=np.array([False]),
        traces=stacked([one]),
    )
    return replace(bare, **{name: np.array([value]) for name, value in known.items()})


RIDE = trace(curve(np.full(3600, 150.0)), curve(np.full(3600, 200.0)))


def test_efforts_go_down_from_watts_to_minutes():
    """Taking away the best data each time, the next best speak, down to the duration."""
    known = {"threshold_w": 250.0, "hr_mean": 150.0, "session_rpe": 6.0, "set_rpe": 8.0}
    steps = [
        session(one=RIDE, **known),
        session(one=RIDE, **(known | {"threshold_w": np.nan})),
        session(**known),
        session(**(known | {"hr_mean": np.nan})),
        session(set_rpe=8.0),
        session(),
    ]
    found = [efforts(one) for one in steps]
    assert tuple(one.method[0] for one in found) == METHODS
    assert found[0].points[0] == pytest.approx(64)  # 100 x (200/250)^2
    assert found[1].points[0] == pytest.approx(float(trimp100(60.0, 100 / 140)))
    assert found[2].points[0] == pytest.approx(found[1].points[0])
    assert [one.points[0] for one in found[3:]] == pytest.approx([600 / 7, 800 / 7, 300 / 7])


def test_efforts_of_lifting_take_the_persons_word_first():
    """Where the heart says little of the work, the session's rating comes before it, if there is one."""
    lifted = session(one=RIDE, hr_mean=110.0, session_rpe=7.0, felt_first=True)
    assert efforts(lifted).method[0] == "session_rpe"
    assert efforts(lifted).points[0] == pytest.approx(100)
    assert efforts(replace(lifted, session_rpe=UNKNOWN)).method[0] == "heart_rate_stream"


def test_efforts_of_a_curve_see_the_intervals_that_a_mean_hides():
    """Half at 110 and half at 180 costs more than an hour at 145."""
    intervals = trace(curve(np.repeat([110.0, 180.0], 1800)), None)
    by_curve, by_mean = efforts(session(one=intervals)), efforts(session(hr_mean=145.0))
    assert by_curve.points[0] > 1.1 * by_mean.points[0]
    assert by_curve.trimp[0] > by_mean.trimp[0]


def test_efforts_take_what_a_curve_missed_to_be_like_what_it_saw():
    """A belt that saw 45 of 60 minutes speaks for all, one that saw 20 for none."""
    seen = trace(curve(np.full(2700, 150.0)), None)
    assert efforts(session(one=seen)).points[0] == pytest.approx(float(trimp100(60.0, 100 / 140)))
    brief = trace(curve(np.full(1200, 150.0)), curve(np.full(1200, 200.0)))
    assert efforts(session(one=brief, threshold_w=250.0)).method[0] == DURATION


def test_efforts_of_power_without_a_threshold_tell_it_and_do_not_use_it():
    """Normalized power is told; intensity and points need a threshold."""
    found = efforts(session(one=RIDE))
    assert found.normalized_w[0] == pytest.approx(200)
    assert np.isnan(found.intensity[0])
    assert np.isnan(found.tss[0])


def test_efforts_of_an_easy_hour_are_alike_by_heart_and_by_guess():
    """The stand-in for a missing heart rate lies near an hour at 60 % of the reserve."""
    assert efforts(session()).points[0] == pytest.approx(float(trimp100(60.0, 0.6)), rel=0.1)


def test_efforts_of_nothing_are_none():
    """No workouts give empty columns."""
    empty = np.empty(0)
    found = efforts(Sessions(*[empty] * 7, np.empty(0, bool), stacked([])))
    assert len(found.points) == len(found.method) == 0


@given(
    st.floats(0, 3000),
    st.one_of(st.just(np.nan), st.floats(0, 300)),
    st.one_of(st.just(np.nan), st.floats(0, 10)),
    st.floats(30, 220),
)
def test_efforts_are_always_finite_and_never_negative(minutes, hr_mean, rpe, highest_rate):
    """Whatever is known or not, a workout has a load."""
    found = efforts(session(minutes, hr_mean=hr_mean, session_rpe=rpe, hr_max=highest_rate))
    assert np.isfinite(found.points[0])
    assert found.points[0] >= 0
    assert found.method[0] in METHODS


def test_trace_weighs_the_published_ride_as_its_samples_do(samples):
    """Seconds at whole beats come to the sum over the samples of the published ride, to a half per cent."""
    time, heart = np.loadtxt(
        samples / "reference-values" / "fig7_heart_rate.csv", delimiter=",", skiprows=1
    ).T
    one = trace(((time * SECOND).astype(np.int64), heart), None)
    found = banister(one.beats_s / 60, reserve(BEATS, 45.0, 190.0), CONSTANTS["men"]).sum()
    assert found == pytest.approx(95.715, rel=0.005)


def test_per_second_holds_a_value_until_the_next_for_a_while():
    """A value stands until the next one; what is older than allowed is a gap."""
    time = np.array([0, 3, 10]) * SECOND
    found = per_second((time, np.array([1.0, 2.0, 3.0])), 4)
    np.testing.assert_equal(found, [1, 1, 1, 2, 2, 2, 2, np.nan, np.nan, np.nan, 3])


def test_per_second_takes_hostile_curves():
    """Nothing, only gaps, one value, instants out of order or years apart make no error."""
    none = np.empty(0, np.int64), np.empty(0)
    assert len(per_second(none, 10)) == 0
    assert len(per_second(curve([np.nan, np.nan]), 10)) == 0
    assert per_second(curve([5.0]), 10).tolist() == [5.0]
    assert per_second((np.array([2, 0, 1]) * SECOND, np.array([3.0, 1.0, 2.0])), 9).tolist() == [1, 2, 3]
    assert len(per_second((np.array([0, 10**18]), np.array([1.0, 2.0])), 9)) == 1


def test_trace_leaves_artefacts_out():
    """A heart rate of 0 or 250 and negative watts are none, and a peak of one second is smoothed."""
    heart = np.full(600, 150.0)
    heart[[5, 6]] = 0, 250
    heart[300] = 200
    one = trace(curve(heart), curve(np.r_[np.full(60, 200.0), np.full(60, -5.0)]))
    assert one.beats_s[0] == 0
    assert one.peak == pytest.approx(160)
    assert one.normalized_w == pytest.approx(200)
    assert trace(None, None).beats_s.sum() == 0


def test_highest_is_of_the_year_and_only_of_the_past():
    """The highest heart rate counts from its day for a year; artefacts above the ceiling never."""
    found = highest(np.array([185.0, 240.0, 180.0, np.nan]), np.array([10, 20, 30, 40]), 500)
    assert np.isnan(found[:10]).all()
    assert found[10] == found[10 + 364] == 185
    assert found[10 + 365] == 180
    assert np.isnan(found[30 + 365 :]).all()


def test_usual_rest_is_unknown_before_a_week_of_nights():
    """The resting heart rate of a day is the usual of the nights before it."""
    found = usual_rest(np.full((1, 20), 52.0))
    assert np.isnan(found[:7]).all()
    assert (found[7:] == 52).all()
    assert np.isnan(usual_rest(np.empty((0, 5)))).all()


def test_rule_families_are_activities_families():
    """The families of sports that rules name are those of the table of activities."""
    from vault.merge.activities import family_of

    assert family_of("cycling") in RULE.cycling
    assert family_of("strength_training") in RULE.felt_first
    assert SESSION.hr_rest_default < SESSION.hr_max_floor
