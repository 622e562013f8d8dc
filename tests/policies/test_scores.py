"""Vendors' scores: rounded like what they are, and gone with what is withheld."""

from __future__ import annotations

import pandas as pd
import pytest

import policies
from policies import scores, tables

DAY = "2026-11-20"
RINGS = {
    "apple_active_energy": (528.32, "kcal", 530.0),
    "apple_active_energy_goal": (478.01, "kcal", 480.0),
    "apple_exercise_minutes": (44.0, "min", 45.0),
    "apple_move_minutes": (63.0, "min", 65.0),
    "apple_stand_hours": (13.0, "h", 13.0),
    "polar_sleep_duration": (421.4, "min", 420.0),
    "polar_sleep_efficiency": (91.37, "%", 91.0),
    "polar_baseline_rri": (1043.6, "ms", 1044.0),
    "somebody_recovery": (55.37, "%", 55.0),
    "garmin_endurance_score": (6342.0, "", 6300.0),
}


@pytest.fixture
def told(owner, coach, monkeypatch):
    """Return score and value of all that a grant of vendors' scores shows, with something withheld."""
    rows = [(pd.Timestamp(DAY), "Watch", name, value, unit) for name, (value, unit, _) in RINGS.items()]
    frame = pd.DataFrame(rows, columns=["date", "source", "score", "value", "unit"])
    monkeypatch.setattr(type(owner), "scores", lambda *_: frame.copy())

    def show(*withheld):
        policies.grant(owner, coach(metrics={"vendor_scores": "daily"}, withhold=withheld))
        shown = policies.view(owner, "coach-anna", "coaching").scores()
        return dict(zip(shown["score"], shown["value"]))

    return show


def test_score_is_as_coarse_as_what_it_is(told):
    """Each value is rounded as its category is, an unknown one to two digits."""
    assert told() == {name: coarse for name, (_, _, coarse) in RINGS.items()}


@pytest.mark.parametrize(
    ("withheld", "gone"),
    [
        ("active_energy", {"apple_active_energy", "apple_active_energy_goal"}),
        ("active_minutes", {"apple_exercise_minutes", "apple_move_minutes", "apple_stand_hours"}),
        ("stand_minutes", {"apple_stand_hours"}),
        ("sleep_stage", {"polar_sleep_duration", "polar_sleep_efficiency"}),
        ("heart_rate", {"polar_baseline_rri"}),
    ],
)
def test_score_of_what_is_withheld_is_not_told(told, withheld, gone):
    """With a category its scores go, and those made of it; so do those nobody can say the making of."""
    unknown = {name for name in RINGS if not scores.meaning(name)}
    assert unknown == {"somebody_recovery", "garmin_endurance_score"}
    assert told(withheld).keys() == RINGS.keys() - gone - unknown


def test_score_patterns_name_categories_with_a_rounding():
    """Each pattern stands for categories, the first of which says how to round."""
    for names in tables.data("categories")["scores"].values():
        assert tables.category(names[0]).rounding is not None


@pytest.mark.parametrize(("value", "coarse"), [(0.0, 0.0), (0.8765, 0.88), (99.6, 100.0), (-12.34, -12.0)])
def test_score_of_unknown_making_has_two_digits(value, coarse):
    """Whatever its size, an unknown score is told by two significant digits."""
    assert scores.rounded("oura_index", value, "") == coarse
