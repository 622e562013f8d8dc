"""What lowers confidence, and the flags in words: short nights, artefacts, a new stream, a moved sensor."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.analysis import Inputs, Stream, readiness_at, readiness_history
from vault.analysis.columns import FADE_DAYS, compute
from vault.analysis.parameters import document

START = date(2025, 1, 1)


def _person(days: int = 60, seed: int = 1, **columns) -> Inputs:
    """A person with plausible nights, all known."""
    rng = np.random.default_rng(seed)
    told = {
        "lnrmssd": 4.1 + 0.15 * rng.standard_normal(days),
        "rhr": 54 + 2 * rng.standard_normal(days),
        "tst_min": 430 + 40 * rng.standard_normal(days),
        "resp": 14 + 0.3 * rng.standard_normal(days),
        "temp": 34 + 0.2 * rng.standard_normal(days),
        "load": np.maximum(40 + 40 * rng.standard_normal(days), 0),
    }
    return Inputs(days=np.datetime64(START) + np.arange(days), **told | columns)


def _day(number: int) -> date:
    return START + timedelta(number)


def _where(days: int, *at: int) -> np.ndarray:
    return np.isin(np.arange(days), at)


def test_confidence_is_lower_after_a_part_of_a_night():
    """A morning after less than four hours has 0.7 of the confidence, and the same score."""
    whole, part = _person(), _person(partial=_where(60, 59))
    one, other = (readiness_at(person, _day(59)) for person in (whole, part))
    assert other.score == one.score
    assert other.confidence == pytest.approx(0.7 * one.confidence)
    assert (one.label, other.label) == ("settled", "learning")
    assert readiness_at(part, _day(58)) == readiness_at(whole, _day(58))


@pytest.mark.parametrize(("share", "factor"), [(0.0, 1), (0.029, 1), (0.03, 0.7), (0.05, 0.7), (np.nan, 1)])
def test_confidence_is_lower_with_many_artefacts(share, factor):
    """From 3 % of beats left out the confidence is 0.7 of what it was; an unknown share lowers nothing."""
    plain = readiness_at(_person(), _day(59)).confidence
    noisy = _person(artefact_share=np.where(_where(60, 59), share, np.nan))
    assert readiness_at(noisy, _day(59)).confidence == pytest.approx(factor * plain)


def test_confidence_counts_a_doubtful_night_once():
    """A short night with many artefacts is one doubt, not two."""
    both = _person(partial=_where(60, 59), artefact_share=np.full(60, 0.04))
    plain = readiness_at(_person(), _day(59)).confidence
    assert readiness_at(both, _day(59)).confidence == pytest.approx(0.7 * plain)


def test_confidence_is_lower_for_two_weeks_after_another_stream_speaks():
    """When another stream takes over, if known as long, fourteen mornings have 0.8 of the confidence."""
    plain = _person(90)
    rows = np.array([plain.lnrmssd, plain.lnrmssd + 0.3])
    rows[0, 60:] = np.nan
    person = dataclasses.replace(plain, lnrmssd=rows, stream=(Stream("old"), Stream("new")))
    ratio = compute(person).confidence[30:] / compute(plain).confidence[30:]
    np.testing.assert_allclose(ratio, np.where(np.isin(np.arange(30, 90), np.arange(60, 74)), 0.8, 1.0))


def test_chosen_stream_speaks_before_a_longer_one():
    """Of two streams with a baseline the owner's choice speaks, on the days it is made for."""
    plain = _person()
    rows = np.array([plain.lnrmssd, plain.lnrmssd + 0.3])
    rows[1, :20] = np.nan
    place = np.array([np.zeros(60), np.where(np.arange(60) >= 50, 1, 0)], np.int64)
    streams = (Stream("long"), Stream("wanted"))
    told = dataclasses.replace(plain, lnrmssd=rows, stream=streams, chosen={"lnrmssd": place})
    spoke = [readiness_at(told, _day(day)).device.stream.source for day in (49, 50, 59)]
    assert spoke == ["long", "wanted", "wanted"]
    asked = dataclasses.replace(told, chosen={})
    assert readiness_at(asked, _day(59)).inputs_sha256 != readiness_at(told, _day(59)).inputs_sha256


def _shifted(by: float, days: int = 90, since: int = 80, **columns) -> Inputs:
    plain = _person(days)
    moved = plain.lnrmssd + by * (np.arange(days) >= since)
    return dataclasses.replace(plain, lnrmssd=moved, **columns)


def _flagged(person: Inputs, flag: str) -> list[int]:
    history = readiness_history(person, START, _day(len(person.days) - 1))
    return [day for day, told in enumerate(history) if flag in {one.id for one in told.flags}]


def test_sensor_change_is_asked_when_one_signal_moves_alone():
    """A far shift of HRV with an unchanged pulse is asked about as soon as most of a week shows it."""
    found = _flagged(_shifted(0.9), "sensor_change")
    assert found[0] in range(82, 86)
    told = next(one for one in readiness_at(_shifted(0.9), _day(found[0])).flags if one.id == "sensor_change")
    assert "ms" not in told.text
    assert told.evidence[0].startswith("HRV: ")
    assert "resting heart rate" in told.evidence[0]
    assert "sensor or firmware" in told.text


def test_sensor_change_is_not_asked_without_a_shift_or_with_the_pulse():
    """Usual nights, a moderate shift, a shift that the pulse shares, and an unknown pulse raise nothing."""
    rhr = _person(90).rhr
    for person in (
        _person(90),
        _shifted(0.25),
        _shifted(0.9, rhr=rhr + 9 * (np.arange(90) >= 80)),
        _shifted(0.9, rhr=np.full(90, np.nan)),
    ):
        assert _flagged(person, "sensor_change") == []


def test_sensor_change_is_not_asked_of_a_new_device():
    """A stream that took over by name is known to be another; nobody is asked."""
    plain = _shifted(0.9)
    rows = np.full((2, 90), np.nan)
    rows[0, :80], rows[1, 80:] = plain.lnrmssd[:80], plain.lnrmssd[80:]
    two = dataclasses.replace(plain, lnrmssd=rows, stream=(Stream("old"), Stream("new")))
    assert _flagged(two, "sensor_change") == []


def test_body_strain_says_what_it_is_and_how_often_it_is_raised():
    """The flag has a text, the numbers behind it and a base rate that says of whom."""
    bad = np.arange(60) >= 58
    person = _person()
    ill = dataclasses.replace(
        person, lnrmssd=person.lnrmssd - 0.8 * bad, rhr=person.rhr + 12 * bad, resp=person.resp + 3 * bad
    )
    (flag,) = readiness_at(ill, _day(59)).flags
    assert (flag.id, len(flag.evidence)) == ("body_strain", 3)
    assert "not a finding about your health" in flag.text
    for part in ("ten people", "0.20 of 30 nights", "0.86"):
        assert part in flag.base_rate


def test_every_flag_has_its_words():
    """Each flag of the wording has a text, and a base rate where one was measured."""
    for words in document("wording.toml")["raised"].values():
        assert set(words) == {"text", "base_rate"}
        assert words["text"]


people = st.builds(_person, days=st.integers(FADE_DAYS + 30, FADE_DAYS + 220), seed=st.integers(0, 2**32 - 1))


@settings(max_examples=15, deadline=None)
@given(person=people, missing=st.floats(0, 0.9), seed=st.integers(0, 99))
def test_one_day_of_a_long_history_equals_the_history(person, missing, seed):
    """A day told from its last months alone is, to the last word and hash, the one of the whole history."""
    rng = np.random.default_rng(seed)
    days = len(person.days)

    def gaps(values: np.ndarray) -> np.ndarray:
        return np.where(rng.random(values.shape) < missing, np.nan, values)

    rows = np.array([gaps(person.lnrmssd), gaps(person.lnrmssd + 0.2)])
    rows[1, : rng.integers(1, days)] = np.nan
    person = dataclasses.replace(
        person,
        lnrmssd=rows,
        rhr=gaps(person.rhr + 10 * (rng.random(days) < 0.1)),
        tst_min=gaps(person.tst_min),
        load=np.where(np.arange(days) < rng.integers(0, days), np.nan, gaps(person.load)),
        stream=(Stream("old"), Stream("new")),
        checkin={name: gaps(rng.integers(1, 6, days).astype(float)) for name in ("energy", "mood")},
        pain=rng.random(days) < 0.1,
        partial=rng.random(days) < 0.1,
        artefact_share=gaps(np.full((2, days), 0.04)),
    )
    history = readiness_history(person, START, _day(days - 1))
    for day in (days - 1, days - 5, FADE_DAYS + 29):
        assert readiness_at(person, _day(day)) == history[day]
    assert readiness_history(person, _day(days - 3), _day(days + 9)) == history[-3:]
