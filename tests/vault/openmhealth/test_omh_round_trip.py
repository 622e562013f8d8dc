"""What goes out as Open mHealth comes back through the adapter: values, instants, offsets and sources."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.formats.words import activity_word
from adapters.open_mhealth import ADAPTER
from adapters.tables import table
from vault.fhir.codings import words
from vault.fhir.identity import Identity
from vault.fhir.shape import Context
from vault.openmhealth import ndjson, samples, schemas
from vault.records import Origin, Samples, SleepSession, Workout
from vault.store.columns import Columns
from vault.time import HOUR_NS, NO_INSTANT, SECOND_NS, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")
WATCH, PHONE = Origin("Pat's Watch", "apple_health"), Origin("Télé 100 %s", "apple_health")
AT, OFFSET = parse_instant("2026-03-28T22:00:00+01:00")
READ = {
    *("blood_glucose_mass", "body_fat_percentage", "body_mass", "body_temperature", "bmi", "height"),
    *("glucose_interstitial", "heart_rate", "moderate_minutes", "respiratory_rate", "rr_interval"),
    *("sleep_duration", "speed", "spo2", "steps"),
}
"""What the adapter reads as the metric that it was; a resting heart rate, say, comes back as a heart rate."""
ROWS = [row for row in schemas.table() if row.of == "sample" and row.metric in READ]

taken = st.tuples(
    st.integers(0, 40 * 365 * 86_400).map(lambda second: second * SECOND_NS + 123_456_000),
    st.integers(0, 3_599).map(lambda second: second * SECOND_NS),
    st.integers(-14 * 60, 14 * 60),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.integers(0, 1),
)


def columns_of(said) -> Columns:
    start, length, offset, value, origin = (np.array(column) for column in zip(*said))
    return Columns(
        start=start.astype(np.int64),
        end=(start + length).astype(np.int64),
        recorded=np.full(len(said), NO_INSTANT, np.int64),
        offset_min=offset.astype(np.int16),
        value=value.astype(np.float64),
        origin=origin.astype(np.int32),
        note=np.full(len(said), -1, np.int32),
        imported=np.zeros(len(said), np.int32),
        origins=[WATCH, PHONE],
    )


def samples_of(path) -> list[tuple]:
    """Return (metric, start, end, offset, value, source) of every sample that is read, in order."""
    return sorted(
        (batch.metric, start, end, offset, value, batch.origins[origin].source)
        for batch in ADAPTER.read(path, Options())
        if isinstance(batch, Samples)
        for start, end, offset, value, origin in zip(
            *(getattr(batch, name).tolist() for name in ("start", "end", "offset_min", "value", "origin"))
        )
    )


@settings(max_examples=80)
@given(row=st.sampled_from(ROWS), said=st.lists(taken, min_size=1, max_size=6))
def test_round_trip_of_any_series_says_the_same(tmp_path_factory, row, said):
    """Samples come back exactly: value, instants to the microsecond, the offset as recorded, the source."""
    path = tmp_path_factory.mktemp("omh") / "points.ndjson"
    blocks = samples.documents(Context(Identity(b"k" * 32), BERLIN), row, columns_of(said))
    path.write_bytes(b"".join(blocks))
    assert samples_of(path) == sorted(
        (row.metric, start, start + length, offset, value, (WATCH, PHONE)[who].source)
        for start, length, offset, value, who in said
    )


@pytest.fixture
def trip(tmp_path, make):
    """Return two vaults: one of these records, one that has read what goes out of it."""

    def travel(*records):
        first = make(*records)
        path = tmp_path / "points.ndjson"
        path.write_bytes(b"".join(block for _, block in ndjson(first)))
        return first, make(*ADAPTER.read(path, Options()))

    return travel


def test_round_trip_of_pressures_and_days(trip, omh):
    """Both numbers of a reading, and a day's steps, which cover the day that they were said of."""
    first, second = trip(
        omh.sample("blood_pressure.systolic", 121, "2026-03-28T22:00:00+01:00"),
        omh.sample("blood_pressure.diastolic", 77.5, "2026-03-28T22:00:00+01:00"),
        omh.sample("steps_daily", 9_000, "2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00"),
        omh.sample(
            "blood_glucose_mass",
            99,
            "2026-03-28T22:00:00+01:00",
            note={"temporal_relationship_to_meal": "fasting"},
        ),
    )
    for metric in ("blood_pressure", "steps_daily", "blood_glucose_mass"):
        before, after = first.samples(metric), second.samples(metric)
        assert len(before) == 1
        assert before.equals(after)
    (part,) = second.columns("blood_glucose_mass")
    assert list(part.notes) == ['{"temporal_relationship_to_meal":"fasting"}']


def test_round_trip_of_a_sleep(trip, omh):
    """A sleep comes back with its minutes, its latency and its awakenings, as one sleep."""
    end = AT + 8 * HOUR_NS
    said = {"asleep_min": 430.5, "awake_min": 21.0}
    times = ("2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+01:00")
    first, second = trip(
        SleepSession("s", AT, end, OFFSET, omh.watch, details=said),
        omh.sample("sleep_latency", 12.5, *times),
        omh.sample("sleep_awakenings", 3, *times),
    )
    columns = ["start", "end", "utc_offset_min", "is_nap", "asleep_min", "awake_min", "source"]
    before, after = (vault.sleep()[columns] for vault in (first, second))
    assert len(before) == 1
    assert before.equals(after)
    for metric in ("sleep_latency", "sleep_awakenings"):
        assert first.samples(metric).equals(second.samples(metric))


def test_round_trip_of_a_workout(trip, omh):
    """A workout comes back as one: activity, times, distance, source."""
    first, second = trip(
        Workout("w", AT, AT + HOUR_NS, OFFSET, "strength_training", omh.watch, None, 1_200.0, 310.0, 121.0)
    )
    columns = ["start", "end", "utc_offset_min", "activity", "distance_m", "source"]
    before, after = (vault.workouts()[columns] for vault in (first, second))
    assert len(before) == 1
    assert before.equals(after)


def test_round_trip_of_every_activity():
    """The adapter knows each of the project's words by the name that it goes out under."""
    known = {row["word"] for row in table("adapters.formats", "activities.csv")}
    assert {word: activity_word(words(word)) for word in known} == {word: word for word in known}
