"""Days of travel: what has a date of its own is found by it, wherever home is."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

import vault
from vault.errors import UnknownRecord
from vault.records import Origin, SleepSession, Stream, StrengthSet, Workout
from vault.time import MINUTE_NS, instant_ns

pytestmark = pytest.mark.usefixtures("cheap_keys")

WATCH = Origin("Alex’s Watch", "test")
APP = Origin("A Runner", "test")
TOKYO, HONOLULU = 540, -600
HOUR_NS = 60 * MINUTE_NS
TOKYO_SIX = instant_ns(datetime(2026, 3, 28, 21, tzinfo=UTC))  # 06:00 on the 29th there, the 28th in Berlin
HONOLULU_EIGHT = instant_ns(datetime(2026, 4, 2, 6, tzinfo=UTC))  # 20:00 on the 1st there, the 2nd in Berlin


@pytest.fixture
def away(tmp_path, clock):
    """A vault at home in Berlin, with a night in Tokyo, and a workout with a set in Tokyo and in Honolulu."""
    records = [SleepSession("n1", TOKYO_SIX - 7 * HOUR_NS, TOKYO_SIX, TOKYO, WATCH)]
    for key, start, offset in (("t", TOKYO_SIX, TOKYO), ("h", HONOLULU_EIGHT, HONOLULU)):
        records.append(Workout(key, start, start + HOUR_NS, offset, "strength_training", WATCH))
        records.append(StrengthSet(key, WATCH, 0, "squat", start, offset, repetitions=5, rir=2))
    with vault.create(tmp_path / "a.vault", "correct horse", home_zone="Europe/Berlin", clock=clock) as made:
        made.ingest(records)
        yield made


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-03-30"])
def test_night_abroad_is_on_its_own_date_with_and_without_bounds(away, day):
    """A night is found by its date of waking, in every table, and on no other day."""
    is_there = day == "2026-03-29"
    assert len(away.sleep(day, day)) == is_there
    assert away.daily("sleep_duration", day, day)["value"].tolist() == [420] * is_there
    assert away.why("sleep_duration", day)["counted"].tolist() == [420] * is_there
    assert away.daily("sleep_duration")["value"].to_dict() == {away.sleep()["date"].iloc[0]: 420}


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-04-01", "2026-04-02"])
@pytest.mark.parametrize("table", ["workouts", "sets"])
def test_workout_abroad_is_on_its_own_date(away, table, day):
    """Workouts and sets are found by their date, east and west of home."""
    read = getattr(away, table)
    every = read()["date"].dt.strftime("%Y-%m-%d").tolist()
    assert every == ["2026-03-29", "2026-04-01"]
    assert len(read(day, day)) == every.count(day)


def test_instants_stay_instants(away):
    """Who asks from an instant to an instant gets what wakes or starts between them, whatever its date."""
    before, at, after = (datetime(2026, 3, 28, hour, tzinfo=UTC) for hour in (20, 21, 22))
    for read in (away.sleep, away.workouts, away.sets):
        assert [len(read(before, at)), len(read(at, after)), len(read(after, after))] == [0, 1, 0]
        assert len(read("2026-03-29", at)) == 0
        assert len(read(at, "2026-03-29")) == 1


def test_set_says_its_offset_and_what_was_left(away):
    """The table of sets has the recorded offset and the repetitions in reserve."""
    sets = away.sets()
    assert sets["utc_offset_min"].tolist() == [TOKYO, HONOLULU]
    assert sets["rir"].tolist() == [2, 2]


def test_stages_and_streams_are_found_by_id(away):
    """Every id that a table tells opens its record, and another opens none."""
    assert all(len(away.sleep_stages(one)) == 0 for one in away.sleep()["session_id"])
    assert all(len(away.streams(one)) == 0 for one in away.workouts()["workout_id"])
    for read in (away.sleep_stages, away.streams):
        with pytest.raises(UnknownRecord):
            read("nothing")


def test_workout_with_a_stream_speaks_for_the_event(away):
    """Of two equally detailed records of one run the one with a stream is believed, as it tells more."""
    run = [
        Workout(name, HONOLULU_EIGHT + 9 * HOUR_NS, HONOLULU_EIGHT + 10 * HOUR_NS, 0, "running", origin)
        for name, origin in (("a", WATCH), ("b", APP))
    ]
    time = np.array([run[1].start], np.int64)
    away.ingest([*run, Stream("b", APP, time, {"power": np.array([200.0])})])
    assert away.workouts().iloc[-1][["source", "also_in"]].tolist() == [APP.source, WATCH.source]
