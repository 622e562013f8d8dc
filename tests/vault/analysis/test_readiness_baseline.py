"""The usual of one person on one stream: robust, past only, and separate for every device."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis import Inputs, Stream, readiness_at, readiness_history
from vault.analysis.baseline import (
    baseline,
    earlier,
    known_mean,
    known_median,
    known_sd,
    known_squares,
    trailing,
    weighted_median,
)
from vault.analysis.parameters import spread
from vault.analysis.sleep_need import debt_hours, sleep_need
from vault.errors import InputError

START = date(2025, 6, 1)
NAN = np.nan


def _inputs(days: int, **columns: object) -> Inputs:
    """Flat nights, with what a test changes."""
    rng = np.random.default_rng(11)
    usual = {
        "lnrmssd": 4.1 + 0.1 * rng.standard_normal(days),
        "rhr": 54 + 2 * rng.standard_normal(days),
        "tst_min": 430 + 30 * rng.standard_normal(days),
        "resp": 14 + 0.3 * rng.standard_normal(days),
        "temp": 0.2 * rng.standard_normal(days),
        "load": np.full(days, 40.0),
    }
    return Inputs(days=np.datetime64(START) + np.arange(days), **(usual | columns))


def _missing(inputs: Inputs, row: int) -> dict[str, str]:
    result = readiness_at(inputs, START + timedelta(row))
    return {absent.term: absent.reason for absent in result.missing}


def test_baseline_leaves_today_out():
    """A wild value today moves tomorrow's usual, not today's."""
    values = np.r_[np.full(20, 50.0), 90.0, 50.0]
    found = baseline(values, spread("rhr"))
    assert found.centre[20] == found.centre[21] == 50
    assert found.sd[21] > found.sd[20]
    assert found.nights[20] == 20


def test_baseline_needs_seven_nights_of_which_one_is_recent():
    """Six nights are no baseline, and neither are sixty that ended more than 14 days ago."""
    assert not baseline(np.full(7, 50.0), spread("rhr")).known[6]
    assert baseline(np.full(8, 50.0), spread("rhr")).known[7]
    gone = baseline(np.r_[np.full(30, 50.0), np.full(30, NAN)], spread("rhr")).known
    assert gone[43]
    assert not gone[44]


def test_baseline_resists_a_week_of_illness():
    """Seven nights far off move the centre by less than one usual deviation."""
    healthy = 54 + 2 * np.random.default_rng(3).standard_normal(60)
    ill = np.r_[healthy[:46], healthy[46:53] + 15, healthy[53:], 54.0]
    moved = baseline(ill, spread("rhr"))
    plain = baseline(np.r_[healthy, 54.0], spread("rhr"))
    assert abs(moved.centre[60] - plain.centre[60]) < plain.sd[60]


@given(values=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_weighted_median_of_equal_weights_is_the_lower_median(values):
    """With equal weights it is the lower of the middle values, and missing values don't count."""
    column = np.array([*values, NAN, NAN])
    weights = np.r_[np.ones(len(values)), 0.0, 0.0]
    assert weighted_median(column, weights) == sorted(values)[(len(values) - 1) // 2]


def test_trailing_windows_hold_the_days_before():
    """A window is filled from the right, oldest first, with and without the day itself."""
    values = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(trailing(values, 2), [[NAN, NAN], [NAN, 1], [1, 2]])
    np.testing.assert_array_equal(trailing(values, 2, today=True), [[NAN, 1], [1, 2], [2, 3]])
    np.testing.assert_array_equal(earlier(values, 1), [NAN, 1, 2])


def test_sleep_need_is_learned_within_bounds_or_stated():
    """The need is the 75th percentile of past nights, within 7 and 9 h, 7 h 45 before two weeks are known."""
    nights = np.arange(400.0, 500.0, 5)
    need = sleep_need(nights)
    assert need[13] == 465
    assert need[19] == pytest.approx(np.percentile(nights[:19], 75))
    assert sleep_need(np.full(30, 300.0))[29] == 420
    assert sleep_need(np.full(30, 700.0))[29] == 540
    assert set(sleep_need(nights, 500.0)) == {500.0}


def test_debt_is_not_erased_by_one_lie_in():
    """Surplus of a night is capped at an hour: after 13 short nights one of 14 h leaves a debt."""
    nights = np.r_[np.full(13, 360.0), 840.0]
    owed, known = debt_hours(nights, np.full(14, 480.0))
    assert owed[13] > 1
    assert known[13] == 14
    assert np.isnan(owed[3])


@pytest.mark.parametrize(
    ("column", "value", "term"),
    [
        ("lnrmssd", np.log(2.9), "hrv"),
        ("lnrmssd", -np.inf, "hrv"),
        ("rhr", 121.0, "rhr"),
        ("tst_min", 30.0, "sleep"),
        ("resp", 26.0, "resp"),
        ("temp", 5.6, "temp"),
    ],
)
def test_implausible_value_is_left_out_and_said(column, value, term):
    """A value outside of the plausible range counts as missing, with that as its reason."""
    inputs = _inputs(40)
    getattr(inputs, column)[39] = value
    reason = _missing(inputs, 39)[term]
    assert "plausible" in reason
    assert not any(character.isdigit() for character in reason), "a reason holds no health value"


def test_missing_reasons_tell_the_cases_apart():
    """Never measured, not measured this night, still collecting and too old are four reasons."""
    assert _missing(_inputs(40, temp=np.full(40, NAN)), 39)["temp"] == "not measured by this device"
    gap = _inputs(40)
    gap.rhr[39] = NAN
    assert _missing(gap, 39)["rhr"] == "no value for this night"
    assert _missing(_inputs(40), 5)["hrv"] == "collecting your usual, 5 of 7 nights"
    old = _inputs(40)
    old.resp[20:39] = NAN
    assert "14 days before" in _missing(old, 39)["resp"]
    assert _missing(_inputs(40), 20)["load"] == "needs 21 days of training or known rest, has 20"


def test_collecting_counts_nights_up_to_seven():
    """Before the seventh night there is no score, and the label counts."""
    history = readiness_history(_inputs(9), START, START + timedelta(8))
    assert [result.label for result in history[:3]] == [f"collecting, {k} of 7" for k in range(3)]
    assert history[6].score is None
    assert history[7].score is not None
    assert history[7].label == "provisional"


def test_labels_grow_with_nights():
    """With all inputs a score is provisional, then learning, then settled at four weeks."""
    history = readiness_history(_inputs(40), START, START + timedelta(39))
    assert [history[day].label for day in (8, 20, 39)] == ["provisional", "learning", "settled"]
    assert history[39].confidence == 1
    assert history[39].device.baseline_nights == 39


def test_night_of_two_devices_is_judged_by_the_longer_baseline():
    """Streams are never averaged: the device known longer speaks, the other stays silent."""
    old, new = 4.1 + np.zeros(40), np.full(40, NAN)
    new[25:] = 4.6
    inputs = _inputs(40, lnrmssd=np.array([old, new]), stream=(Stream("old"), Stream("new")))
    result = readiness_at(inputs, START + timedelta(39))
    hrv = next(line for line in result.contributions if line.term == "hrv")
    assert result.device.stream == Stream("old")
    assert hrv.value == pytest.approx(hrv.usual) == pytest.approx(np.exp(4.1))


def test_new_device_starts_its_own_baseline():
    """After a switch to a device that reads 35 % higher, scores of weeks two and three stay near."""
    days, switch = 81, 60
    single = _inputs(days)
    split = np.full((2, 2, days), NAN)
    split[0, 0, :switch], split[0, 1, switch:] = (
        single.lnrmssd[:switch],
        single.lnrmssd[switch:] + np.log(1.35),
    )
    split[1, 0, :switch], split[1, 1, switch:] = single.rhr[:switch], single.rhr[switch:] - 3
    switched = dataclasses.replace(
        single, lnrmssd=split[0], rhr=split[1], stream=(Stream("old"), Stream("new"))
    )
    first, last = START + timedelta(switch + 8), START + timedelta(days - 1)
    pairs = zip(readiness_history(single, first, last), readiness_history(switched, first, last))
    bias = np.mean([other.score - one.score for one, other in pairs])
    assert abs(bias) <= 10


def test_sdnn_has_its_own_prior_spread():
    """The same nights as SDNN are judged with a wider prior, so a step away weighs less."""
    nights = np.r_[np.full(8, 4.0), 3.8]
    score = {
        metric: readiness_at(
            _inputs(9, lnrmssd=nights, stream=(Stream(metric=metric),)), START + timedelta(8)
        ).device.score
        for metric in ("hrv_rmssd", "hrv_sdnn")
    }
    assert score["hrv_sdnn"] > score["hrv_rmssd"]


def test_absolute_and_relative_temperature_are_the_same():
    """34.1 Cel against a usual of 34.0 is shown and scored like +0.1 K."""
    relative = _inputs(40)
    relative.temp[39] = 0.9
    absolute = dataclasses.replace(relative, temp=relative.temp + 34)
    one, other = (readiness_at(inputs, START + timedelta(39)) for inputs in (relative, absolute))
    assert one.score == pytest.approx(other.score)
    assert next(line.text for line in one.contributions if line.term == "temp") == next(
        line.text for line in other.contributions if line.term == "temp"
    )


def test_six_weeks_of_rest_are_a_usual_load():
    """Known rest is data: resting on contributes nothing and is not missing."""
    result = readiness_at(_inputs(50, load=np.zeros(50)), START + timedelta(49))
    assert next(line.points for line in result.contributions if line.term == "load") == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"rhr": np.zeros(9)},
        {"days": np.datetime64(START) + np.arange(0, 20, 2)},
        {"lnrmssd": np.zeros((2, 10))},
        {"felt_weight": 0.9},
    ],
)
def test_inputs_that_do_not_fit_are_refused(broken):
    """Columns of other lengths, gaps in the days, undescribed streams and odd weights raise InputError."""
    with pytest.raises(InputError):
        dataclasses.replace(_inputs(10), **broken)


def test_day_outside_of_the_inputs_is_refused():
    """A day nobody recorded anything about is an InputError; a history is what there is of it."""
    inputs, week = _inputs(10), timedelta(7)
    with pytest.raises(InputError):
        readiness_at(inputs, START - timedelta(1))
    with pytest.raises(InputError):
        readiness_at(inputs, START + timedelta(10))
    assert len(readiness_history(inputs, START - week, START + 9 * week)) == 10
    assert readiness_history(inputs, START + 2 * week, START + 3 * week) == []


@given(row=st.lists(st.just(NAN) | st.floats(-1e4, 1e4), max_size=20))
def test_known_values_alone_make_mean_median_and_spread(row):
    """What is not known counts nowhere; of nothing there is none, and of one value no spread."""
    window, known = np.array([row], float), np.array([value for value in row if value == value])
    plain = {
        known_mean: known.mean() if len(known) else NAN,
        known_median: np.median(known) if len(known) else NAN,
        known_sd: known.std(ddof=1) if len(known) > 1 else NAN,
        known_squares: known.var() * len(known) if len(known) else 0.0,
    }
    for of, expected in plain.items():
        assert of(window)[0] == pytest.approx(expected, nan_ok=True, abs=1e-6), of.__name__
