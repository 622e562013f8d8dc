"""The curves of a workout: each channel from the source that has it best, and from one source throughout."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.merge.streams import MOST, Curve, Told, channels, richest
from vault.time import MINUTE_NS, SECOND_NS

BEGIN = 1_770_000_000 * SECOND_NS
HOUR = 60 * MINUTE_NS
PLACE = {"latitude", "longitude"}


def curve(every_s=1, first_min=0, last_min=60):
    """Return a curve with a value each so many seconds of [first, last) minutes."""
    time = BEGIN + np.arange(first_min * 60, last_min * 60, every_s, dtype=np.int64) * SECOND_NS
    return Curve(time, np.ones(len(time)))


def told(source, device="", **curves):
    """Return what a source tells."""
    return Told(source, device, curves)


def sources(*accounts, place=lambda _name, _source: 0):
    """Return who tells each channel of an hour."""
    found = richest(accounts, BEGIN, BEGIN + HOUR, place)
    return {name: one.source for name, one in found.items()}


@pytest.mark.parametrize("channel", channels().values(), ids=lambda channel: channel.name)
def test_channel_is_sound(channel):
    """A trusted sensor has an example that its pattern finds, one that it does not, and a reason."""
    assert channel.why
    assert (channel.trusted is None) == (channel.example == "") == (channel.counterexample == "")
    if channel.trusted is not None:
        assert channel.trusted.search(channel.example.casefold())
        assert not channel.trusted.search(channel.counterexample.casefold())


def test_channels_are_sorted():
    """Rows are in order, and what belongs to a place is a group of its own."""
    assert list(channels()) == sorted(channels())
    assert {one.name for one in channels().values() if one.group == "place"} == {
        *("latitude", "longitude", "horizontal_accuracy", "vertical_accuracy", "course")
    }


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        # The strap is believed, though the watch has as much.
        ([told("Watch", heart_rate=curve()), told("Polar", "Polar H10", heart_rate=curve())], "Polar"),
        # A strap whose battery died after ten minutes is not.
        ([told("Watch", heart_rate=curve()), told("H10", heart_rate=curve(last_min=10))], "Watch"),
        # It may lack a few minutes.
        ([told("Watch", heart_rate=curve()), told("H10", heart_rate=curve(first_min=6))], "H10"),
        # A value a second tells more than one every five.
        ([told("App", heart_rate=curve(5)), told("File", heart_rate=curve())], "File"),
        # Nearly as dense is as dense: the first, which speaks for the workout.
        ([told("File", heart_rate=curve(last_min=59)), told("Copy", heart_rate=curve())], "File"),
        # A sparse one that saw the whole hour tells more than a dense quarter of it.
        ([told("Bike", heart_rate=curve(last_min=15)), told("Phone", heart_rate=curve(20))], "Phone"),
    ],
)
def test_heart_rate_is_of_who_has_it_best(accounts, expected):
    """Minutes seen, then trust, then density, then the order of observations."""
    assert sources(*accounts) == {"heart_rate": expected}


def test_channels_come_from_different_sources():
    """Heart rate from the strap, places from the watch with GPS, power from the pedals."""
    place = {"latitude": curve(), "longitude": curve(), "horizontal_accuracy": curve()}
    found = sources(
        told("Gym app", heart_rate=curve(5), power=curve()),
        told("Strap", "Polar H10", heart_rate=curve(), altitude=curve()),
        told("Watch", "Forerunner 265", heart_rate=curve(), power=curve(), **place),
        told("Bike", "Assioma DUO", power=curve(2)),
    )
    assert found == {
        "heart_rate": "Strap",
        "power": "Bike",
        "altitude": "Strap",
        "latitude": "Watch",
        "longitude": "Watch",
        "horizontal_accuracy": "Watch",
    }


def test_place_is_of_one_source():
    """Latitude and longitude are never of two; half a place gives way to a whole one."""
    whole = told("Watch", latitude=curve(5), longitude=curve(5))
    half = told("App", latitude=curve(), horizontal_accuracy=curve())
    assert sources(half, whole) == {"latitude": "Watch", "longitude": "Watch"}
    assert sources(half) == {"latitude": "App", "horizontal_accuracy": "App"}


def test_owners_choice_of_a_source_comes_before_all():
    """A source the owner chose for a channel tells it, if it has any; other channels are as they were."""
    accounts = [
        told("Strap", "Polar H10", heart_rate=curve(), speed=curve()),
        told("Watch", heart_rate=curve(30), speed=curve()),
    ]
    choice = {("heart_rate", "Watch"): -1}
    found = sources(*accounts, place=lambda name, source: choice.get((name, source), 0))
    assert found == {"heart_rate": "Watch", "speed": "Strap"}


accounts = st.lists(
    st.builds(
        lambda source, device, names, every, last: told(
            source, device, **dict.fromkeys(names, curve(every, last_min=last))
        ),
        st.sampled_from(["Watch", "Strap", "App"]),
        st.sampled_from(["", "Polar H10", "Assioma DUO"]),
        st.lists(st.sampled_from(["heart_rate", "power", "latitude", "longitude", "odd"]), unique=True),
        st.sampled_from([1, 5, 60]),
        st.sampled_from([1, 30, 60]),
    ),
    max_size=5,
)


@given(accounts)
def test_every_channel_has_one_teller_who_has_it(found):
    """Every channel is told that anybody tells, half a place aside, by one who has as good as all of it."""
    chosen = richest(found, BEGIN, BEGIN + HOUR)
    names = {name for one in found for name in one.curves}
    assert chosen.keys() <= names
    assert names - chosen.keys() <= PLACE
    for name, one in chosen.items():
        most = max(
            len(np.unique(other.curves[name].time // MINUTE_NS)) for other in found if name in other.curves
        )
        assert name in one.curves
        assert name in PLACE or len(np.unique(one.curves[name].time // MINUTE_NS)) >= MOST * most
