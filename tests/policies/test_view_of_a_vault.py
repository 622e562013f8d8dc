"""A view over a real vault of two sources: never more than the owner sees, never another source's rows."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import policies
import vault
from policies import audit
from vault.errors import AccessDenied, Busy, InputError, UnknownRecord
from vault.records import Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS, day_of_date, instant_ns

WATCH, STRAVA = Origin("Watch", "apple_health"), Origin("Strava", "apple_health")
TWO = Origin("Watch, Strava", "apple_health")
DAYS = [datetime(2026, 4, day, 10, 0, tzinfo=UTC) for day in (1, 2, 3, 4)]
HOUR = 60 * MINUTE_NS
ENDS = [None, "2026-04-05", "2199-01-01"]
EVERYTHING = {
    "heart_rate": "raw",
    "power": "raw",
    "steps": "raw",
    "resting_heart_rate": "daily",
    "blood_pressure": "raw",
    "sleep_duration": "raw",
    "sleep_deep": "raw",
    "sleep_times": "raw",
    "sleep_stage": "raw",
    "workouts": "raw",
    "workout_hr_mean": "raw",
    "strength_set": "raw",
    "vendor_scores": "daily",
    "device_names": "raw",
}
OF_NO_DEVICE = {"readiness_score": "daily", "mood": "daily"}


def samples(metric, start, values, origin):
    """Make a sample every ten minutes."""
    at = start + np.arange(len(values)) * 10 * MINUTE_NS
    numbers = (np.full(len(at), 120, np.int16), np.array(values, float), np.zeros(len(at), np.int32))
    return Samples(metric, at, at + MINUTE_NS, *numbers, [origin])


def night(key, end, hours, origin, *, offset=120):
    """Make a sleep, its first hour deep."""
    start = end - hours * HOUR
    stages = ((start, start + HOUR, "deep"), (start + HOUR, end, "light"))
    return SleepSession(key, start, end, offset, origin, stages)


def records():
    """Four days of two devices: workouts both recorded, naps, and a night abroad."""
    for number, day in enumerate(map(instant_ns, DAYS)):
        source, other = (WATCH, STRAVA) if number % 2 else (STRAVA, WATCH)
        yield samples("heart_rate", day, [120, 130, 140], WATCH)
        yield samples("heart_rate", day + MINUTE_NS, [121, 131], STRAVA)
        yield samples("steps", day, [100 + number], source)
        yield samples("steps", day + 5 * HOUR, [200], other)
        yield samples("resting_heart_rate", day, [50 + number], source)
        yield samples("blood_pressure.systolic", day, [120], source)
        yield samples("blood_pressure.diastolic", day, [80], source)
        yield night(f"n{number}", day - 3 * HOUR, 7, source, offset=-600 if number == 2 else 120)
        yield night(f"nap{number}", day + 4 * HOUR, 1, other)
        run = (day, day + HOUR, 120, "running")
        yield Workout(f"w{number}", *run, source, distance_m=8_000, hr_mean=141, energy_kcal=500)
        yield Workout(f"s{number}", *run, other)
        for key, origin, channel in ((f"w{number}", source, "power"), (f"s{number}", other, "heart_rate")):
            at = day + np.arange(3) * MINUTE_NS + (origin is STRAVA) * SECOND_NS
            yield Stream(
                key, origin, at, {channel: np.array([150.0, 151, 152]), "latitude": np.full(3, 52.0)}
            )
        yield Workout(f"gym{number}", day + 6 * HOUR, day + 7 * HOUR, 120, "strength_training", source)
        yield StrengthSet(f"gym{number}", source, 1, "squat", day + 6 * HOUR, 120, load_kg=80.0)
        yield Score(day_of_date(DAYS[number].date()), source, "recovery", 50.0 + number)
    yield samples("steps", instant_ns(DAYS[-1]) + 8 * HOUR, [999], TWO)


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """The vault."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as held:
        held.ingest(records())
        held.checkin("2026-04-03", mood=4)
        yield held


def see(held, metrics=EVERYTHING, *, sources=(), **more):
    """Grant to a clinician, and look."""
    fields = {"grantee": "doc", "kind": "clinician", "purpose": "treatment", "metrics": metrics}
    policies.grant(held, policies.Grant(**fields, sources=sources, **more))
    return policies.view(held, "doc", "treatment")


READS = {
    "heart rates": lambda one, end: one.samples("heart_rate", None, end),
    "pressures": lambda one, end: one.samples("blood_pressure", None, end),
    "steps": lambda one, end: one.samples("steps", "2026-04-02", end),
    "resting pulses": lambda one, end: one.daily("resting_heart_rate", None, end),
    "sleep lengths": lambda one, end: one.daily("sleep_duration", None, end),
    "daily steps": lambda one, end: one.daily("steps", None, end),
    "sleeps": lambda one, end: one.sleep(None, end),
    "workouts": lambda one, end: one.workouts(None, end),
    "sets": lambda one, end: one.sets(None, end),
    "scores": lambda one, end: one.scores(None, end),
    "check-ins": lambda one, end: one.checkins(None, end),
    "readiness": lambda one, end: one.readiness_history(None, end),
    "stages": lambda one, end: pd.concat(map(one.sleep_stages, one.sleep(None, end)["session_id"])),
    "streams": lambda one, end: pd.concat(map(one.streams, one.workouts(None, end)["workout_id"])),
}


def rows(frame):
    """Return the rows as texts, without what a reader is told in other words: ids, and rounded days."""
    whole = frame.reset_index() if frame.index.name else frame
    daily = ("value", "score", "confidence") if frame.index.name == "date" else ()
    kept = whole.drop(columns=["workout_id", "session_id", *daily], errors="ignore")
    return {tuple(map(str, row)) for row in kept.itertuples(index=False, name=None)}


@pytest.mark.parametrize("sources", [(), ("Watch",)])
@pytest.mark.parametrize("end", ENDS)
def test_view_shows_no_more_than_the_owner_sees(held, end, sources):
    """Every row is one of the owner's, with the owner's columns or fewer, and of the granted source alone."""
    view = see(held, sources=sources)
    see(held, OF_NO_DEVICE)
    for name, read in READS.items():
        told, whole = read(view, end), read(held, end)
        assert set(told.columns) <= set(whole.columns), name
        assert len(told) <= len(whole), name
        assert rows(told) <= rows(whole[list(told.columns)]), name
        if sources and "source" in told:
            assert set(told["source"]) <= set(sources), name


def spring():
    """Sixty nights and pulses before, from which a readiness can be told."""
    for back in range(60):
        morning = instant_ns(DAYS[0]) - (back + 1) * DAY_NS
        yield samples("resting_heart_rate", morning, [50 + back % 5], WATCH)
        yield night(f"b{back}", morning - 3 * HOUR, 7 + back % 2, WATCH)


@pytest.mark.parametrize("sources", [(), ("Watch",)])
@pytest.mark.parametrize("day", [None, "2026-04-04", "2026-04-05", "2199-01-01", "2020-01-01"])
def test_view_tells_the_owners_readiness_or_none(held, day, sources):
    """A readiness is that of the owner, or there is none: nothing else goes wrong."""
    held.ingest(spring())
    view = see(held, sources=sources)
    see(held, OF_NO_DEVICE)
    history = view.readiness_history()
    assert len(history) > 40
    assert history["score"].tolist() == held.readiness_history()["score"].dropna().round().tolist()
    try:
        told = view.readiness(day)
    except (AccessDenied, InputError):
        assert day in ("2199-01-01", "2020-01-01")
        return
    whole = held.readiness(told.date).score
    assert told.score == (whole and round(whole))
    assert told.context.need_min is None


def test_view_of_one_source_has_each_of_its_rows(held):
    """What only the granted source measured is there, whole."""
    view = see(held, sources=("Watch",))
    assert len(view.samples("heart_rate")) == 12
    assert len(view.samples("blood_pressure")) == 2
    assert set(view.sleep()["source"]) == {"Watch"}
    assert len(view.sets()) == len(view.scores()) == 2
    assert view.daily("steps").empty  # both devices counted on every day
    assert view.daily("resting_heart_rate").index.day.tolist() == [2, 4]
    with pytest.raises(UnknownRecord):
        view.sleep_stages("n1")


def test_view_streams_of_a_workout_that_another_source_recorded_too(held):
    """The curves of a workout may come from any who recorded it, so all of them have to be granted."""
    view = see(held, sources=("Watch",))
    runs = view.workouts().query("activity == 'running'")["workout_id"]
    assert len(runs)
    for run in runs:
        assert view.streams(run).empty
        assert view.streams(run).columns.empty
    both = see(held, sources=("Watch", "Strava"))
    run = both.workouts().query("activity == 'running'")["workout_id"].iloc[0]
    assert set(both.streams(run).columns) == {"power", "heart_rate"}


def test_view_streams_do_not_tell_the_instants_of_what_is_left_out(held):
    """A curve has the instants at which it was recorded, not those of columns that are not granted."""
    view = see(held, {"workouts": "raw", "power": "raw"})
    run = view.workouts()["workout_id"].iloc[0]
    held_at = held.streams(held.workouts()["workout_id"].iloc[0])
    told = view.streams(run)
    assert len(told) == 3 < len(held_at)
    assert told["power"].notna().all()


@pytest.mark.parametrize(
    ("sources", "days"),
    [(("Watch", "Strava"), [1, 2, 3]), (("Watch", "Strava", "Watch, Strava"), [1, 2, 3, 4])],
)
def test_view_of_a_source_whose_name_holds_the_comma(held, sources, days):
    """A source named "Watch, Strava" is one source, not the two: its steps take a grant of its own."""
    view = see(held, {"steps": "daily"}, sources=sources)
    assert view.daily("steps").index.day.tolist() == days


def test_view_of_an_empty_vault(tmp_path, cheap_keys, clock):
    """Where there is nothing, every table is empty, and no read fails with anything but a refusal."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=clock) as empty:
        view = see(empty)
        see(empty, OF_NO_DEVICE)
        for name, read in READS.items():
            if name not in ("stages", "streams"):
                assert read(view, None).empty, name
        with pytest.raises((AccessDenied, InputError)):
            view.readiness("2199-01-01")


def test_grant_that_another_process_overtakes_is_not_in_force(held, tmp_path, clock, monkeypatch):
    """If the log moves on while a grant is written, the grant is not made; asked again, it is."""
    fields = {"grantee": "doc", "kind": "clinician", "purpose": "treatment", "metrics": {"steps": "daily"}}
    wanted = policies.Grant(**fields)
    with (
        vault.open(tmp_path / "v", "a long passphrase", clock=clock) as other,
        monkeypatch.context() as patch,
    ):

        def overtaken(size):
            patch.undo()
            audit.append(other, {"method": "daily", "grantee": "x", "items": []})
            return "00" * size

        patch.setattr(audit.secrets, "token_hex", overtaken)
        with pytest.raises(Busy):
            policies.grant(held, wanted)
        assert policies.grants(held) == []
    assert [policies.grant(held, wanted)] == policies.grants(held)
    policies.audit_verify(held)


def test_sets_of_a_folded_workout_join_it_in_a_view(held):
    """The watch speaks for the hour in the gym that an app has the sets of: one id for both."""
    begin = instant_ns(DAYS[0]) + 8 * HOUR
    hour = (begin, begin + HOUR, 120, "strength_training")
    app = Origin("Hevy", "hevy", app="hevy")
    held.ingest(
        [
            Workout("a", *hour, WATCH, hr_mean=120.0, energy_kcal=300.0),
            Workout("b", *hour, app),
            StrengthSet("b", app, 1, "bench_press", begin, 120, load_kg=60.0),
        ]
    )
    view = see(held)
    for one in (held, view):
        (joined,) = (
            one.workouts()
            .merge(one.sets()[lambda frame: frame["load_kg"] == 60], on="workout_id")
            .to_dict("records")
        )
        assert (joined["source_x"], joined["source_y"]) == ("Watch", "Hevy")
    assert not set(view.sets()["workout_id"]) & set(held.sets()["workout_id"])
