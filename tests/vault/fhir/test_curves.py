"""Streams of workouts as SampledData: exactly what was stored, and only where the instants allow it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.fhir import ndjson, problems, resources
from vault.fhir.curves import UNEVEN, curves
from vault.records import Origin, Stream
from vault.time import SECOND_NS

AT = "2026-05-01T18:00:00+02:00"
WHO = Origin("Strava", "strava")


def stream(at, elapsed_s, part="", **columns):
    """Make a stream from seconds after the start."""
    time = at + np.round(np.array(elapsed_s) * SECOND_NS).astype(np.int64)
    return Stream("w", WHO, time, {name: np.array(told, np.float64) for name, told in columns.items()}, part)


def ride(made, *streams, activity="cycling"):
    """Make a vault of one workout with streams."""
    row = {
        "workout_id": "w1",
        "start": made.ns(AT),
        "end": made.ns(AT) + 60 * SECOND_NS,
        "activity": activity,
    }
    row |= {"source": "Strava", "utc_offset_min": 120}
    return made.vault(tables={"workouts": [row]}, streams={"w1": list(streams)})


def written(vault):
    """Return the workout and its curves by their code."""
    found = [one for one in resources(vault) if one["resourceType"] == "Observation"]
    assert [problem for one in found for problem in problems(one)] == []
    return found[0], {one["code"]["coding"][-1]["code"]: one for one in found[1:]}


def numbers(sampled):
    """Read the points of a SampledData as FHIR says, None where there is none."""
    factor, base = sampled.get("factor", 1), sampled["origin"]["value"]
    return [None if point == "E" else float(point) * factor + base for point in sampled["data"].split(" ")]


def test_curve_of_each_channel_is_a_member_of_its_workout(made):
    """One Observation a channel, over the stream's own time, in the unit of its metric."""
    told = stream(made.ns(AT), [1, 2, 3], heart_rate=[120, 121, 120], speed=[3.7, 3.25, 0])
    workout, found = written(ride(made, told))
    assert list(found) == ["heart_rate", "speed"]
    assert workout["hasMember"] == [{"reference": f"Observation/{one['id']}"} for one in found.values()]
    assert found["speed"]["valueSampledData"] == {
        "origin": {"value": 0, "unit": "m/s", "system": "http://unitsofmeasure.org", "code": "m/s"},
        "period": 1_000,
        "dimensions": 1,
        "data": "3.7 3.25 0",
    }
    period = {"start": "2026-05-01T18:00:01+02:00", "end": "2026-05-01T18:00:03+02:00"}
    assert found["heart_rate"]["effectivePeriod"] == period
    assert "profile" not in found["heart_rate"]["meta"]


def test_curve_says_where_nothing_was_measured(made):
    """A pause of whole periods and a number that is missing are gaps, not zeros and not repetitions."""
    told = stream(made.ns(AT), [0, 0.5, 2, 2.5], power=[200, np.nan, 210, 0])
    _, found = written(ride(made, told))
    assert numbers(found["power"]["valueSampledData"]) == [200, None, None, None, 210, 0]
    assert found["power"]["valueSampledData"]["period"] == 500


def test_curve_never_says_where_somebody_was(made):
    """Places, heights and what a vendor calls by its own name are not written."""
    still = [1.0, 2.0]
    told = stream(
        made.ns(AT), [0, 1], latitude=still, longitude=still, altitude=still, horizontal_accuracy=still
    )
    left = Counter()
    lines = b"".join(block for kind, block in ndjson(ride(made, told), left=left) if kind == "Observation")
    assert b"SampledData" not in lines
    assert not any(name in lines for name in (b"latitude", b"altitude", b"accuracy"))
    assert left == {}


@pytest.mark.parametrize(("activity", "metrics"), [("mountain_biking", ["cadence_cycling"]), ("running", [])])
def test_curve_of_a_cadence_is_a_rides_alone(made, activity, metrics):
    """Of a run nobody knows whether steps or strides were counted, so it gets no code."""
    told = stream(made.ns(AT), [0, 1], cadence=[80, 81])
    assert list(written(ride(made, told, activity=activity))[1]) == metrics


@pytest.mark.parametrize(
    "elapsed",
    [[0, 1, 2, 3.5, 4], [0, 1, 1, 2, 3], [0], [0, 1, 100, 200, 201]],
    ids=["off the grid", "an instant twice", "one instant", "mostly gaps"],
)
def test_curve_without_a_rhythm_is_left_and_counted(made, elapsed):
    """What can't be said exactly is not said, and whoever exports is told how much that was."""
    left = Counter()
    vault = ride(made, stream(made.ns(AT), elapsed, heart_rate=[120.0] * len(elapsed)))
    assert b"SampledData" not in b"".join(block for _, block in ndjson(vault, left=left))
    assert left == {UNEVEN: 1}


def test_curve_longer_than_a_string_may_be_is_left(made):
    """FHIR's strings end at a megabyte."""
    seconds = np.arange(50_000)
    left = Counter()
    told = stream(made.ns(AT), seconds, heart_rate=np.full(50_000, 120.0))
    assert list(curves("cycling", [told], left)) == []
    assert left == {UNEVEN: 1}


def test_curves_of_two_parts_are_told_apart(made):
    """Two streams of one workout over the same time have ids of their own."""
    parts = [stream(made.ns(AT), [0, 1], part, heart_rate=[1, 2]) for part in ("a", "b")]
    found = [one for one in resources(ride(made, *parts)) if "valueSampledData" in one]
    assert len({one["id"] for one in found}) == 2


@given(
    st.lists(st.tuples(st.integers(1, 2), st.floats(allow_infinity=False)), min_size=2, max_size=60),
    st.integers(1, 10**10),
)
def test_curve_gives_back_what_was_stored(said, period):
    """Every number comes back to the last bit, at its instant, at any rhythm."""
    place = np.cumsum([step for step, _ in said])
    value = np.array([number for _, number in said])
    told = Stream("w", WHO, 10**18 + place * period, {"power": value})
    left = Counter()
    found = list(curves("rowing", [told], left))
    if left:
        return  # mostly gaps
    for curve in found:
        points = numbers(curve.sampled)
        rhythm = round(curve.sampled["period"] * 1_000_000)
        there = {curve.first + n * rhythm: point for n, point in enumerate(points) if point is not None}
        known = ~np.isnan(value)
        assert there == dict(zip(told.time[known].tolist(), value[known].tolist()))
    assert bool(found) == bool((~np.isnan(value)).any())
