"""Ranks of sources: every row of both tables does what it says, and the order of all is one."""

from __future__ import annotations

import random
import re

import pytest

from vault.merge.priority import kind_of, order_of, orders, rank_of, ranking, rule_of, rules
from vault.metrics import catalogue
from vault.records import Device, Origin


def origin(text):
    """Return the origin that ``field=value;field=value`` describes; device is its name."""
    said = dict(part.split("=", 1) for part in text.split(";"))
    device = Device(name=said.pop("device")) if "device" in said else None
    return Origin(**{"source": "", "adapter": "apple_health", **said}, device=device)


ROWS = [pytest.param(rule, id=f"{rule.kind}-{rule.example}") for rule in rules()]
ORDERS = [pytest.param(order, id=order.example) for order in orders()]
SPECIAL = [pytest.param(order, id=order.example) for order in orders()[:-1]]
KINDS = orders()[-1].first

APPLE_WATCH = Origin(
    "Pat’s Apple\u00a0Watch", "apple_health", "11.2", Device("Apple Watch", "Apple Inc.", "Watch", "Watch7,2")
)
IPHONE = Origin(
    "Pat’s iPhone", "apple_health", "18.2", Device("iPhone", "Apple Inc.", "iPhone", "iPhone15,4")
)
BY_HAND = Origin("Health", "apple_health")


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
    """Each row has a kind with a rank, fields an origin has, and a reason; its pattern is in lower case."""
    assert rule.kind in KINDS
    assert set(rule.fields) <= {"source", "device", "app", "adapter"}
    assert rule.why
    assert re.sub(r"\\.", "", rule.pattern.pattern) == re.sub(r"\\.", "", rule.pattern.pattern).casefold()


@pytest.mark.parametrize("order", ORDERS)
def test_order_decides_its_example(order):
    """Each row's example is a metric of that row, not of one above it, and the row says why."""
    assert order_of(order.example) is order
    assert order.why


@pytest.mark.parametrize("order", SPECIAL)
def test_order_leaves_its_counterexample(order):
    """Each row's near miss is a metric too, and is not taken for it."""
    assert not order.pattern.fullmatch(order.counterexample)
    assert order.counterexample in catalogue()


@pytest.mark.parametrize("order", ORDERS)
def test_order_ranks_every_kind_once(order):
    """No kind is without a rank, no two share one, and what a row names comes before what it does not."""
    assert sorted(order.ranks.values()) == list(range(len(KINDS)))
    assert tuple(order.ranks)[: len(order.first)] == order.first
    assert set(order.first) <= set(KINDS)


@pytest.mark.parametrize("order", ORDERS)
def test_order_is_of_metrics_that_are_merged(order):
    """Each row is about a metric of the catalogue or its parts, or about sleeps or workouts."""
    known = {*catalogue(), "sleep", "workouts", "blood_pressure.systolic"}
    assert any(order_of(name) is order for name in known)


@pytest.mark.parametrize(
    ("metric", "best_first"),
    [
        ("steps", "watch export ring phone app manual"),
        ("hrv_rmssd", "strap ring watch mattress phone"),
        ("resting_heart_rate", "strap ring watch export phone"),
        ("heart_rate", "strap watch ring phone"),
        ("sleep", "ring watch export mattress mirror phone app"),
        ("body_mass", "scale export mirror manual watch phone app"),
        ("glucose_interstitial", "cgm export mirror phone app manual"),
        ("blood_pressure.systolic", "cuff manual watch"),
        ("body_temperature", "thermometer manual ring"),
        ("distance", "watch phone ring"),
        ("power", "computer sensor machine watch"),
        ("mood", "manual app watch"),
        ("fitbit:active_zone_minutes", "watch phone"),
    ],
)
def test_kinds_are_believed_by_metric(metric, best_first):
    """Who comes first depends on what is measured: a scale for mass, a strap for the heart, you for mood."""
    ranks = [order_of(metric).ranks[kind] for kind in best_first.split()]
    assert ranks == sorted(ranks)


def test_copy_of_a_ring_is_a_copy_whatever_else_there_is():
    """A rank hangs on the source alone: Oura through Apple Health is after Oura itself, and after a watch.

    So no import moves what others told; who wears the ring and has no export of it chooses it.
    """
    ring, copy = Origin("Oura", "oura"), Origin("Oura", "apple_health", app="oura")
    assert (kind_of(ring), kind_of(copy)) == ("ring", "mirror")
    for metric in ("resting_heart_rate", "hrv_rmssd", "sleep"):
        places = ranking([copy, IPHONE, APPLE_WATCH, ring], metric)
        assert places == [2, 3, 1, 0]


def test_rank_of_the_usual_order():
    """Watch before phone before other apps before entries by hand."""
    app = Origin("AutoSleep", "apple_health")
    ranks = [rank_of(one, "steps") for one in (APPLE_WATCH, IPHONE, app, BY_HAND)]
    assert ranks == sorted(set(ranks))


def test_rank_of_a_maker_and_its_copies():
    """A maker's own export comes before the copy that it left in Apple Health."""
    own, copy = Origin("Garmin", "garmin"), Origin("Connect", "apple_health")
    assert rank_of(own, "steps") < rank_of(copy, "steps") < rank_of(IPHONE, "steps")


def test_rank_of_weight_typed_on_a_phone():
    """What one typed in comes after the scale, and before what a watch or an app says of mass."""
    scale = Origin("Body+", "apple_health", device=Device(name="Body+"))
    ranks = [rank_of(one, "body_mass") for one in (scale, BY_HAND, APPLE_WATCH, IPHONE)]
    assert ranks == sorted(set(ranks))
    assert kind_of(scale) == "scale"


def test_kind_of_a_watch_that_calls_itself_a_phone():
    """The device is believed before the name its owner gave it."""
    odd = Origin("My iPhone’s friend", "apple_health", device=Device(model="Watch", hardware="Watch6,7"))
    assert kind_of(odd) == "watch"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "watch") for name in ("garmin fr965", "garmin fr55", "garmin fenix7x_solar", "fēnix 8")),
        *((name, "watch") for name in ("garmin epix_gen2", "venu3s", "vivoactive4_small", "garmin 4315")),
        *((name, "computer") for name in ("garmin edge530", "edge_1040", "Wahoo ELEMNT BOLT")),
        *((name, "strap") for name in ("garmin hrm_pro", "HRM-Dual", "Polar H10", "TICKR X")),
        ("motorola edge 40", "app"),
        ("Garmin Index S2", "scale"),
    ],
)
def test_kind_of_devices_by_the_names_files_give_them(name, kind):
    """A FIT file names its device in a word of its profile or by a number, with no "watch" in it."""
    assert kind_of(Origin(name, "fit", device=Device(name=name))) == kind


def test_kind_of_the_sources_of_one_maker():
    """Phone, band, app and a mirror under one brand are told apart."""
    band, steps, typed, passed = (
        Origin(name, "fitbit", app="fitbit")
        for name in ("Charge 5", "MobileTrack", "Fitbit App", "Health Connect")
    )
    assert [kind_of(one) for one in (band, steps, typed, passed)] == ["watch", "phone", "app", "app"]


def test_ranking_in_any_order():
    """Places are one for each origin, without ties, whatever order the origins were met in."""
    origins = [
        APPLE_WATCH,
        IPHONE,
        Origin("Pat’s iPad", "apple_health"),
        Origin("Strava", "strava"),
        Origin("Strava", "apple_health"),
        BY_HAND,
    ]
    places = dict(zip(origins, ranking(origins, "steps")))
    assert sorted(places.values()) == list(range(len(origins)))
    assert places[APPLE_WATCH] == 0
    shuffled = origins.copy()
    random.Random(1).shuffle(shuffled)
    assert dict(zip(shuffled, ranking(shuffled, "steps"))) == places
