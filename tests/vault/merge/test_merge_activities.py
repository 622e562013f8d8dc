"""The activity table: sound in every row."""

from __future__ import annotations

import re

import pytest

from vault.merge.activities import activities, family_of


@pytest.mark.parametrize("activity", activities().values(), ids=lambda activity: activity.name)
def test_activity_is_sound(activity):
    """Words are snake case; a MET has the code it comes from and is one of a living, moving person."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", activity.name)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", activity.family)
    assert (activity.met is None) == (activity.compendium == "")
    if activity.met is not None:
        assert 1 <= activity.met <= 15
        assert re.fullmatch(r"(01|02|03|04|12|15|17|18|19)\d{3}", activity.compendium)


def test_activities_are_sorted_and_share_codes():
    """Rows are in order, and one Compendium code means one MET everywhere."""
    assert list(activities()) == sorted(activities())
    coded = {(a.compendium, a.met) for a in activities().values() if a.compendium}
    assert len(coded) == len({code for code, _ in coded})


def test_family_of_words():
    """Two apps' words for one hour of sport share a family; an unknown word is alone in its own."""
    assert family_of("weightlifting") == family_of("strength_training") == "strength"
    assert family_of("trail_running") == family_of("running") != family_of("walking")
    assert family_of("underwater_hockey") == "underwater_hockey"
