"""What holds for every person and every pattern of missing data: additive, past only, fair to gaps."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.analysis import Inputs, Stream, readiness_at, readiness_history
from vault.analysis.score import on_scale, parts, score_terms, shown_integers
from vault.analysis.terms import TERMS, terms

START = date(2025, 3, 1)
VITALS = {"lnrmssd": (4.1, 0.15), "rhr": (54, 2.5), "resp": (14, 0.4), "temp": (34.0, 0.25)}


def _person(seed: int, days: int, missing: float, streams: int = 1) -> Inputs:
    """A person with plausible nights, a share of every input missing, and check-ins on some days."""
    rng = np.random.default_rng(seed)

    def column(centre: float, sd: float, shape: tuple[int, ...]) -> np.ndarray:
        values = centre + sd * rng.standard_normal(shape)
        return np.where(rng.random(shape) < missing, np.nan, values)

    items = ("energy", "sleep_quality", "soreness", "stress", "mood")
    answers = {item: np.where(rng.random(days) < 0.5, np.nan, rng.integers(1, 6, days)) for item in items}
    return Inputs(
        days=np.datetime64(START) + np.arange(days),
        **{name: column(*usual, (streams, days)) for name, usual in VITALS.items()},
        tst_min=column(430, 45, (days,)),
        load=np.maximum(column(40, 50, (days,)), 0.0),
        stream=tuple(Stream(source=f"device {number}") for number in range(streams)),
        checkin=answers,
        pain=rng.random(days) < 0.05,
        felt_weight=float(rng.choice([0.0, 0.3, 0.5, 0.8])),
    )


def _history(inputs: Inputs):
    return readiness_history(inputs, START, START + timedelta(len(inputs.days) - 1))


people = st.builds(
    _person,
    seed=st.integers(0, 2**32 - 1),
    days=st.integers(1, 110),
    missing=st.floats(0, 0.95),
    streams=st.integers(1, 2),
)


@settings(max_examples=40, deadline=None)
@given(person=people)
def test_contributions_sum_to_score(person):
    """Contributions add up exactly to the score's distance from 60, their integers to the shown one."""
    for result in _history(person):
        if result.score is not None:
            assert sum(line.points for line in result.contributions) == pytest.approx(
                result.score - 60, abs=1e-9
            )
            assert 60 + sum(line.shown for line in result.contributions) == round(result.score)
        if result.sleep_only is not None:
            points = sum(line.points for line in result.sleep_only.contributions)
            assert points == pytest.approx(result.sleep_only.score - 60, abs=1e-9)
            assert result.sleep_only.confidence <= 0.35


@settings(max_examples=40, deadline=None)
@given(person=people)
def test_every_term_contributes_or_says_why_not(person):
    """Each of the eight terms is either among the contributions or missing with a reason, never both."""
    for result in _history(person):
        lines = result.sleep_only.contributions if result.sleep_only else result.contributions
        told = {line.term for line in lines} - {"felt"}
        silent = {absent.term for absent in result.missing}
        assert all(absent.reason for absent in result.missing)
        assert not told & silent
        if lines:
            assert told | silent == set(TERMS)


@settings(max_examples=25, deadline=None)
@given(person=people, cut=st.floats(0, 1))
def test_result_ignores_the_future(person, cut):
    """A day's result, words and hashes included, is identical whatever is recorded later."""
    row = int(cut * (len(person.days) - 1))
    day = START + timedelta(row)
    later = readiness_at(person, day)
    assert readiness_at(person.before(row + 1), day) == later
    assert _history(person)[row] == later


@settings(max_examples=25, deadline=None)
@given(person=people, ratio=st.floats(0.7, 1.6), shift=st.floats(-8, 8))
def test_stream_change_from_the_first_day_leaves_score(person, ratio, shift):
    """Somebody whose RMSSD is always x times and RHR always y higher gets the same scores."""
    moved = dataclasses.replace(person, lnrmssd=person.lnrmssd + np.log(ratio), rhr=person.rhr + shift)
    for one, other in zip(_history(person), _history(moved)):
        assert (one.score is None) == (other.score is None)
        if one.score is not None:
            assert other.score == pytest.approx(one.score, abs=1e-6)


values = st.lists(
    st.one_of(st.just(float("nan")), st.floats(-3, 2)), min_size=len(TERMS), max_size=len(TERMS)
).map(lambda column: np.array(column)[:, None])


@given(values=values)
def test_missing_term_is_neither_good_nor_bad(values):
    """What is missing moves a score neither up nor down by itself: the terms present alone say which way."""
    scored = score_terms(values)
    weights = np.array([rule.weight for rule in TERMS.values()])
    known = float(np.nansum(weights * values[:, 0]))
    score = float(on_scale(scored.s)[0]) if np.isfinite(values).any() else 60.0
    if abs(known) > 1e-9:
        assert np.sign(score - 60) == np.sign(known)
    else:
        assert score == pytest.approx(60, abs=1e-6)
    points = parts(scored.inputs, scored.s)
    assert np.array_equal(np.isnan(points), np.isnan(values))


@given(usual=st.sets(st.sampled_from(sorted(TERMS)), min_size=1))
def test_usual_night_is_sixty_whatever_is_measured(usual):
    """A night at the usual scores 60 with every combination of sensors."""
    column = np.array([[0.0] if name in usual else [np.nan] for name in TERMS])
    scored = score_terms(column)
    assert float(on_scale(scored.s)[0]) == pytest.approx(60, abs=1e-12)


@given(
    points=st.lists(st.floats(-40, 40), min_size=1, max_size=9),
)
def test_shown_integers_add_up_and_stay_close(points):
    """Rounding by largest remainder adds up to the rounded score and moves no part by a whole point."""
    score = 60 + sum(points)
    shown = shown_integers(points, score)
    assert 60 + sum(shown) == round(score)
    assert all(abs(one - point) < 1 + 1e-9 for one, point in zip(shown, points))


def test_contributions_share_the_sign_of_their_term():
    """What is better than usual never lowers the score, what is worse never raises it."""
    person = _person(seed=5, days=90, missing=0.1)
    seen = terms(person)
    scored = score_terms(seen.values())
    points = parts(scored.inputs, scored.s)
    both = np.isfinite(points)
    assert np.array_equal(np.sign(points[both]), np.sign(seen.values()[both]))


def test_inputs_have_no_demographic_column():
    """Sex, age, body mass, skin tone and country can't be handed in, so they can't matter."""
    names = {field.name for field in dataclasses.fields(Inputs)}
    assert not names & {
        "sex",
        "gender",
        "age",
        "birthdate",
        "bmi",
        "weight",
        "height",
        "skin",
        "country",
        "ethnicity",
    }


def test_gap_in_sensors_shrinks_towards_the_usual_day():
    """The same low HRV says less when it is the only thing known than when everything else agrees."""
    alone, agreed = np.full((len(TERMS), 1), np.nan), np.full((len(TERMS), 1), -1.5)
    alone[list(TERMS).index("temp")] = -1.5
    assert on_scale(score_terms(alone).s)[0] > on_scale(score_terms(agreed).s)[0]
    assert score_terms(alone).coverage[0] == pytest.approx(0.03)
