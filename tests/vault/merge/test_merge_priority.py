"""Ranks of sources: every row of the table does what it says, and the order of all is one."""

from __future__ import annotations

import random

import pytest

from vault.merge.priority import rank_of, ranking, rule_of, rules
from vault.records import Device, Origin


def origin(text):
    """Return the origin that ``field=value;field=value`` describes; device is its name."""
    said = dict(part.split("=", 1) for part in text.split(";"))
    device = Device(name=said.pop("device")) if "device" in said else None
    return Origin(**{"source": "", "adapter": "apple_health", **said}, device=device)


ROWS = [pytest.param(rule, id=f"{rule.rank}-{rule.example}") for rule in rules()]

APPLE_WATCH = Origin(
    "Pat’s Apple\u00a0Watch", "apple_health", "11.2", Device("Apple Watch", "Apple Inc.", "Watch", "Watch7,2")
)
IPHONE = Origin(
    "Pat’s iPhone", "apple_health", "18.2", Device("iPhone", "Apple Inc.", "iPhone", "iPhone15,4")
)


@pytest.mark.parametrize("rule", ROWS)
def test_rule_decides_its_example(rule):
    """Each row's example is decided by that row, not by one above it."""
    assert rule_of(origin(rule.example)) is rule


@pytest.mark.parametrize("rule", ROWS)
def test_rule_leaves_its_counterexample(rule):
    """Each row's near miss is not taken for it."""
    assert not rule.matches(origin(rule.counterexample))


@pytest.mark.parametrize("rule", ROWS)
def test_rule_is_well_formed(rule):
    """Each row has a rank of its kind, fields an origin has, and a reason; its pattern is in lower case."""
    ranks = {"watch": (10, 11), "export": (11, 12), "worn": (12, 13), "mirror": (15, 20)}
    low, high = {**ranks, "phone": (20, 30), "app": (30, 40), "manual": (40, 41)}[rule.kind]
    assert low <= rule.rank < high
    assert set(rule.fields) <= {"source", "device", "app", "adapter"}
    assert rule.why
    assert rule.pattern.pattern == rule.pattern.pattern.casefold()


def test_rank_of_the_usual_order():
    """Watch before phone before other apps before entries by hand."""
    app = Origin("AutoSleep", "apple_health")
    by_hand = Origin("Health", "apple_health")
    ranks = [rank_of(one) for one in (APPLE_WATCH, IPHONE, app, by_hand)]
    assert ranks == sorted(set(ranks))


def test_rank_of_a_maker_and_its_copies():
    """A maker's own export comes before the copy that it left in Apple Health."""
    own = Origin("Garmin", "garmin")
    assert rank_of(own) < rank_of(Origin("Connect", "apple_health")) < rank_of(IPHONE)


def test_rank_of_a_watch_that_calls_itself_a_phone():
    """The device is believed before the name its owner gave it."""
    odd = Origin("My iPhone’s friend", "apple_health", device=Device(model="Watch", hardware="Watch6,7"))
    assert rule_of(odd).kind == "watch"


def test_rank_of_phone_steps_in_a_fitbit_export():
    """Steps the Fitbit app counted with the phone are the phone's, not the band's."""
    assert rule_of(Origin("MobileTrack", "fitbit")).kind == "phone"
    assert rule_of(Origin("Charge 5", "fitbit", device=Device(model="Charge 5"))).kind == "watch"


def test_rank_of_preferred_sources():
    """The owner's list comes before every rule, in its order, however the names are typed."""
    preferred = ["pat's iphone", "PAT'S APPLE WATCH"]
    assert rank_of(IPHONE, preferred) < rank_of(APPLE_WATCH, preferred) < 0
    assert rank_of(Origin("AutoSleep", "apple_health"), preferred) == 30


def test_ranking_in_any_order():
    """Places are one for each origin, without ties, whatever order the origins were met in."""
    origins = [
        APPLE_WATCH,
        IPHONE,
        Origin("Pat’s iPad", "apple_health"),
        Origin("Strava", "strava"),
        Origin("Strava", "apple_health"),
        Origin("Health", "apple_health"),
    ]
    places = dict(zip(origins, ranking(origins)))
    assert sorted(places.values()) == list(range(len(origins)))
    assert places[APPLE_WATCH] == 0
    shuffled = origins.copy()
    random.Random(1).shuffle(shuffled)
    assert dict(zip(shuffled, ranking(shuffled))) == places
