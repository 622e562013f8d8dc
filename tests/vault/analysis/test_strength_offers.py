"""Deloads seen and worth offering, and more load: each condition alone changes what is offered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vault.analysis.parameters import document
from vault.analysis.strength.deload import weeks
from vault.analysis.strength.offers import Mornings, offers
from vault.analysis.strength.overload import next_load, steps
from vault.analysis.strength.sets import Sets

NAN = np.nan


def lifted(rows, movement="bench_press"):
    """Return sets from (day, repetitions, kg) or (day, repetitions, kg, reserve)."""
    day, repetitions, load, left = np.array([(*row, NAN)[:4] for row in rows], float).T
    names = np.array([movement] * len(rows), object)
    return Sets(day.astype(int), names, repetitions, load, np.zeros(len(rows), bool), left)


def mornings(score=70.0, felt=NAN, low=NAN, *, pain=False):
    return Mornings(np.full(7, float(score)), np.full(7, felt), np.full(7, low), pain)


def ids(sets, day, seen):
    return [one.id for one in offers(sets, day, seen)]


def regular(until, kg=100.0, each=3):
    """Return training every third day, two sets of five, from day 0."""
    return [(day, 5, kg) for day in range(0, until + 1, each) for _ in range(2)]


def test_light_week_is_seen_once_a_usual_week_is_known():
    """After five even weeks at 1000 kg a session, a week of one short session is light; before it is not."""
    sets = lifted([*regular(41), (48, 5, 100)])
    assert not weeks(lifted(regular(41)), 41).seen.any()
    found = weeks(sets, 48)
    assert found.volume_kg[-1] == 500
    assert found.seen[-1]
    assert ids(sets, 48, mornings(NAN)) == ["deload_seen"]
    assert "500 kg" in offers(sets, 48, mornings(NAN))[0].evidence[0]


def test_no_light_week_without_training_or_without_a_usual():
    """A week of nothing is a pause and no deload; four weeks are not enough to know a usual one."""
    assert not weeks(lifted(regular(41)), 55).seen[-1]
    assert weeks(lifted(regular(41)), 55).light[-1]
    early = weeks(lifted([*regular(20), (27, 1, 10)]), 27)
    assert not early.seen.any()


def test_sixty_percent_is_light_and_more_is_not():
    """The border of the page is inside."""
    even = [(day, 10, 100) for day in range(0, 35, 7)]
    assert weeks(lifted([*even, (35, 6, 100)]), 35).seen[-1]
    assert not weeks(lifted([*even, (35, 7, 100)]), 35).seen[-1]


TIRED = mornings(30, low=-1.5)


def test_deload_is_offered_after_four_weeks_on_two_signs():
    """Low scores and low feelings on four of seven days, 28 days after the first training."""
    sets = lifted(regular(40))
    assert ids(sets, 28, TIRED) == ["deload"]
    assert ids(sets, 27, TIRED) == []
    (offer,) = offers(sets, 40, TIRED)
    assert offer.movement is None
    assert len(offer.evidence) == 3


def test_one_sign_or_three_days_are_no_deload():
    """Scores alone, and both signs on three days, offer nothing."""
    sets = lifted(regular(40))
    assert ids(sets, 40, mornings(30)) == []
    three = np.where(np.arange(7) < 3, 1.0, NAN)
    assert ids(sets, 40, replace(TIRED, score=30 * three, low=-1.5 * three)) == []


def test_deload_is_not_offered_soon_after_one():
    """A light week four days ago stands for itself, and so does a week off."""
    light = lifted([*regular(41), (48, 5, 100), *regular(60)[-8:]])
    assert "deload" not in ids(light, 60, TIRED)
    pause = lifted([*regular(41), *[(day, 5, 100) for day in range(55, 62, 3)]])
    assert "deload" not in ids(pause, 61, TIRED)


def test_harder_at_the_same_load_is_a_sign():
    """RPE up by one at the same load and repetitions, with a maximum that does not rise."""
    rows = [(day, 5, 100, 3 if day < 36 else 1.5) for day in range(0, 41, 3)]
    tired = mornings(30)
    assert ids(lifted(rows), 39, tired) == ["deload"]
    assert ids(lifted([(*row[:3], 3) for row in rows]), 39, tired) == []
    assert ids(lifted(rows), 39, mornings(NAN)) == []


BEATEN = [(0, 8, 80), (0, 8, 80), (3, 10, 80), (3, 9, 80), (6, 10, 80), (6, 9, 80)]


def test_more_load_after_the_target_was_beaten_twice():
    """8 in the last set, then 9 and 9: 82.5 kg, 3.1 % more."""
    (offer,) = offers(lifted(BEATEN), 7, mornings(60))
    assert (offer.id, offer.movement) == ("overload", "bench_press")
    assert "82.5 kg (+3.1 %)" in offer.text
    assert "9 and 9" in offer.evidence[0]
    assert "fewer than 9" in offer.undo


@pytest.mark.parametrize(
    "seen",
    [
        mornings(59),
        mornings(NAN),
        mornings(80, felt=39.0),
        mornings(80, pain=True),
    ],
    ids=["score", "no score", "felt", "pain"],
)
def test_no_more_load_on_a_day_that_does_not_allow_it(seen):
    """A score under 60 or none, a low feeling, pain: nothing is offered."""
    assert offers(lifted(BEATEN), 7, seen) == ()


@pytest.mark.parametrize(
    "rows",
    [
        BEATEN[:4],
        [*BEATEN[:5], (6, 8, 80)],
        [*BEATEN[:4], (6, 10, 80)],
        [*BEATEN[:4], (6, 10, 82.5), (6, 9, 82.5)],
        [(0, NAN, 80), *BEATEN[1:2], (3, NAN, 80), (3, NAN, 80), *BEATEN[4:]],
    ],
    ids=["once", "not twice", "fewer sets", "more load already", "untold"],
)
def test_no_more_load_unless_the_target_was_beaten_twice(rows):
    """Two sessions running, at the same load, in as many sets, by the last set."""
    assert steps(lifted(rows), 7) == ()


def test_old_sessions_offer_nothing():
    """Two weeks after the last session the condition is stale."""
    assert steps(lifted(BEATEN), 19)
    assert not steps(lifted(BEATEN), 20)


def test_later_days_are_not_looked_at():
    """An offer of a day is the same when the days after it are known."""
    later = lifted([*BEATEN, (9, 1, 200), (12, 1, 200)])
    assert offers(later, 7, mornings()) == offers(lifted(BEATEN), 7, mornings())


@pytest.mark.parametrize(
    ("now", "used", "load"),
    [
        (80.0, [], 82.5),
        (200.0, [], 205.0),  # one small step would be under 2 %
        (20.0, [], None),  # and here over 10 %
        (20.0, [10.0, 21.0, 22.0], 21.0),
        (91.0, [91.0, 92.0, 95.0, 105.0], 95.0),
    ],
)
def test_next_load(now, used, load):
    """2-10 % more: a load that was used before, else two small plates or several."""
    assert next_load(now, np.array(used)) == load


def test_nothing_known_offers_nothing():
    """No sets, sets of later days only, sets without numbers."""
    assert offers(lifted(BEATEN), -1, mornings()) == ()
    assert offers(lifted([(0, NAN, NAN), (7, NAN, NAN), (14, NAN, NAN)]), 14, mornings()) == ()


def test_words_are_offers():
    """No text of the table orders anything."""
    for group in document("strength.toml")["words"].values():
        assert not any(word in " ".join(group.values()).lower() for word in ("must", "should", "have to"))
