"""Disagreements of a vault's sources: shown with both values, whoever came first, and never about nothing."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vault
from vault.merge import nights
from vault.merge.conflicts import tolerances
from vault.reading import sleep
from vault.records import Origin, Samples, SleepSession
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

pytestmark = pytest.mark.usefixtures("cheap_keys")

WATCH, SCALE, APP = Origin("Watch", "test"), Origin("Scale", "test"), Origin("App", "test")
FIRST = 20_540
LIGHT = "light"


def told(metric, origin, values, *, hour=8, length_h=0, first=FIRST):
    """Return one value a day, from a day on."""
    start = (first + np.arange(len(values))) * DAY_NS + hour * HOUR_NS
    return Samples(
        metric,
        start,
        start + length_h * HOUR_NS,
        np.zeros(len(values), np.int16),
        np.array(values, np.float64),
        np.zeros(len(values), np.int32),
        (origin,),
    )


def slept(origin, length_min, *, start_h=-1.0, stages=False, first=FIRST, key="n"):
    """Return a sleep that begins at an hour of the day (the evening before: negative)."""
    start = first * DAY_NS + int(start_h * HOUR_NS)
    end = start + length_min * MINUTE_NS
    rows = [(start, end, LIGHT)] if stages else []
    return SleepSession(f"{key}{start}", start, end, 0, origin, rows)


@pytest.fixture
def kept(tmp_path, clock):
    """Return a vault that records are put into."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=clock) as made:
        yield made


def rows(opened, *span):
    found = opened.conflicts(*span)
    return [tuple(one) for one in found.drop(columns="date").itertuples(index=False)]


def test_total_of_a_vendor_is_held_against_the_sum(kept):
    """Days on which a stated total is too far from what is told by the hour are named, with both values."""
    kept.ingest(
        [told("steps", WATCH, [9000, 9000, 9000], length_h=2), told("steps_daily", APP, [9100, 14_000, 9000])]
    )
    assert rows(kept) == [("steps", 9000.0, "Watch", "App", 14_000.0, 2800.0)]
    assert kept.conflicts()["date"].tolist() == [pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=FIRST + 1)]


def test_day_that_only_one_of_them_tells_is_no_conflict(kept):
    """What nobody recorded is missing, and nothing disagrees with it."""
    kept.ingest(
        [told("steps", WATCH, [9000], length_h=2), told("steps_daily", APP, [20_000], first=FIRST + 1)]
    )
    assert rows(kept) == []


def test_two_scales_are_held_against_each_other(kept):
    """The value shown is that of one; the other is in conflict where it is another weight."""
    kept.ingest([told("body_mass", WATCH, [80.0, 80.0]), told("body_mass", SCALE, [81.0, 84.0], hour=9)])
    ((metric, value, source, other, other_value, _),) = rows(kept)
    assert (metric, {source, other}, {value, other_value}) == ("body_mass", {"Watch", "Scale"}, {80.0, 84.0})
    assert value == kept.daily("body_mass")["value"].iloc[1]


def test_parts_of_a_days_energy_are_added_up(kept):
    """A total of all energy is held against what is told at rest and in motion, where both are told."""
    kept.ingest(
        [
            told("total_energy_daily", APP, [3000, 3000, 2000]),
            told("basal_energy", WATCH, [1500, 1500, 1500], length_h=9),
            told("active_energy", WATCH, [400], length_h=1, first=FIRST + 1),
            told("active_energy", WATCH, [400], length_h=1, first=FIRST + 2),
        ]
    )
    assert rows(kept) == [
        ("total_energy_daily", 3000.0, "App", "active_energy + basal_energy", 1900.0, 750.0)
    ]


def test_night_of_another_tracker_is_what_the_day_would_be_with_it(kept):
    """A nap nobody contests is in both values: the day with one tracker believed, and with the other."""
    kept.ingest(
        [
            slept(WATCH, 420, stages=True),
            slept(SCALE, 500),
            slept(APP, 30, start_h=13),
        ]
    )
    assert kept.daily("sleep_duration")["value"].tolist() == [450.0]
    assert rows(kept) == [("sleep_duration", 450.0, "Watch, App", "Scale", 530.0, 60.0)]


@pytest.mark.parametrize("other", [slept(SCALE, 100), slept(SCALE, 460)], ids=["taken off", "near enough"])
def test_night_that_a_tracker_did_not_see_is_no_conflict(kept, other):
    """Who saw less than half of it was not worn, and an hour is within what trackers differ by."""
    kept.ingest([slept(WATCH, 420, stages=True), other])
    assert rows(kept) == []


def test_time_in_bed_is_no_rival_of_sleep(kept):
    """A phone that tells only how long somebody lay down says nothing of the sleep."""
    start, end = FIRST * DAY_NS - HOUR_NS, FIRST * DAY_NS + 9 * HOUR_NS
    kept.ingest([slept(WATCH, 420), SleepSession("b", start, end, 0, APP, [(start, end, "in_bed")])])
    assert rows(kept) == []


def test_conflicts_are_of_the_days_that_were_asked_for(kept):
    """Both ends are included; what lies around them is not looked at."""
    kept.ingest([told("body_mass", WATCH, [80.0] * 4), told("body_mass", SCALE, [90.0] * 4, hour=9)])
    days = [str(np.datetime64(FIRST + n, "D")) for n in range(4)]
    found = kept.conflicts(days[1], days[2])
    assert found["date"].dt.strftime("%Y-%m-%d").tolist() == days[1:3]
    assert kept.conflicts()["date"].dt.strftime("%Y-%m-%d").tolist() == days
    assert list(kept.conflicts(days[0], days[0]).columns) == list(found.columns)


def test_conflict_is_named_by_why(kept):
    """Every conflict is said of its source in the reasons of that day, and of no other."""
    kept.ingest([told("body_mass", WATCH, [80.0, 80.0]), told("body_mass", SCALE, [80.0, 84.0], hour=9)])
    why = [kept.why("body_mass", np.datetime64(FIRST + n, "D").item()) for n in range(2)]
    differs = [one[one["why"].str.contains("differs from the day's value")] for one in why]
    assert [len(one) for one in differs] == [0, 1]
    assert differs[1]["given"].tolist() == kept.conflicts()["other_value"].tolist()


compared = st.sampled_from([one.metric for one in tolerances().values() if not one.against and one.relative])
values = st.lists(st.floats(40, 140), min_size=1, max_size=4)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(compared, values)
def test_single_source_has_no_conflict(tmp_path_factory, metric, told_values):
    """Whoever is alone contradicts nobody, also where it tells a day twice."""
    with vault.create(tmp_path_factory.mktemp("v") / "v", "a long passphrase") as made:
        made.ingest([told(metric, WATCH, told_values), told(metric, WATCH, told_values[::-1], hour=9)])
        made.ingest([slept(WATCH, 420), slept(WATCH, 300, start_h=0.5)])
        assert len(made.conflicts()) == 0


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(5)), values, values)
def test_order_of_imports_does_not_matter(tmp_path_factory, order, one, other):
    """The same records give the same conflicts, whichever came first."""
    records = [
        told("body_mass", WATCH, one),
        told("body_mass", SCALE, other, hour=9),
        told("body_mass", APP, other[::-1], hour=7),
        slept(WATCH, 420, stages=True),
        slept(SCALE, 500),
    ]
    found = []
    for turn in (range(5), order):
        with vault.create(tmp_path_factory.mktemp("v") / "v", "a long passphrase") as made:
            for record in turn:
                made.ingest([records[record]])
            found.append(made.conflicts())
    pd.testing.assert_frame_equal(*found)
    assert "sleep_duration" in set(found[0]["metric"])


def test_sleeps_are_judged_once_until_more_are_told(kept, monkeypatch):
    """What all readers say of the nights is of one judgement, and a new night calls for another."""
    judged = []
    monkeypatch.setattr(
        sleep, "judged", lambda *told, **more: judged.append(1) or nights.judged(*told, **more)
    )
    kept.ingest([slept(WATCH, 420, stages=True), slept(SCALE, 500)])
    for read in (kept.conflicts, kept.sleep, kept.conflicts):
        assert len(read()) == 1
    assert len(judged) == 1
    kept.ingest([slept(APP, 30, start_h=13)])
    assert (len(kept.conflicts()), len(kept.sleep()), len(judged)) == (1, 2, 2)


def test_ten_years_of_two_scales_are_compared_at_once(kept):
    """The cost is that of a few columns: no day is asked by itself."""
    years = 3650
    weight = 80 + np.sin(np.arange(years))
    kept.ingest(
        [
            told("body_mass", WATCH, weight, first=16_000),
            told("body_mass", SCALE, weight + 3, hour=9, first=16_000),
            told("steps", WATCH, np.full(years, 9000.0), length_h=2, first=16_000),
            told("steps_daily", APP, np.full(years, 13_000.0), first=16_000),
        ]
    )
    kept.conflicts()
    began = perf_counter()
    assert len(kept.conflicts()) == 2 * years
    assert perf_counter() - began < 2  # a fifth of it on a machine at rest; asked by the day it were minutes
