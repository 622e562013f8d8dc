"""A vault is read once for all days: each still knows what it may, and every change is seen at once."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

import vault
from vault.analysis import inputs_from, readiness_at
from vault.analysis.overtraining import Lifts
from vault.reading.eras import Measured
from vault.reading.rhythm import sleep_rhythm
from vault.reading.strength import lifts
from vault.records import Origin, Samples, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, day_of_date

pytestmark = pytest.mark.usefixtures("cheap_keys")

FIRST, DAYS = date(2026, 1, 5), 80
RING, WATCH, STRAP = Origin("Ring", "oura"), Origin("Watch", "apple_health"), Origin("Strap", "polar")
PASSWORD = "a long passphrase"


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = datetime.combine(FIRST + timedelta(DAYS - 1), datetime.min.time(), UTC) + timedelta(
            hours=9
        )

    def __call__(self) -> datetime:
        return self.now


def measured(metric, at, value, origin=RING, length=0):
    """Return samples; a value for all or one each."""
    at = np.atleast_1d(np.asarray(at, np.int64))
    value = np.broadcast_to(np.asarray(value, float), at.shape).copy()
    none = np.zeros(len(at), np.int32)
    return Samples(metric, at, at + length, none.astype(np.int16), value, none, [origin])


def night(day):
    """Yield a night and what is measured in it; one thing after the other begins."""
    wake = (day_of_date(FIRST) + day) * DAY_NS + 7 * HOUR_NS
    begin = wake - (7 * 60 + 17 * (day % 5)) * MINUTE_NS
    yield SleepSession(f"{day}", begin, wake, 0, RING, [(begin, wake, "light")])
    yield measured("hrv_rmssd", [begin + HOUR_NS, wake - HOUR_NS], 50 + day % 7)
    yield measured("resting_heart_rate", wake, 52 + day % 4)
    if day >= 30:
        yield measured("resting_heart_rate", wake + MINUTE_NS, 55 + day % 3, WATCH)
        yield measured("hrv_sdnn", wake - 2 * HOUR_NS, 60 + day % 5, WATCH)
    if day >= 50:
        rr = 900.0 + 40 * np.sin(np.arange(1500))
        start = begin + np.concatenate([[0], np.cumsum(rr[:-1])]).astype(np.int64) * 1_000_000
        yield measured("rr_interval", start, rr, STRAP, length=900_000_000)
    if day >= 40:
        yield measured(
            "reaction_time", wake + 2 * HOUR_NS + np.arange(9) * 4 * SECOND_NS, 250 + day % 9, WATCH
        )


def training(day):
    """Yield a workout with curves every third day, lifts between them."""
    start = (day_of_date(FIRST) + day) * DAY_NS + 17 * HOUR_NS
    if day % 3 == 0 and day >= 20:
        at = start + np.arange(1200, dtype=np.int64) * SECOND_NS
        yield Workout(f"r{day}", start, start + 20 * MINUTE_NS, 0, "running", WATCH)
        yield Stream(f"r{day}", WATCH, at, {"heart_rate": np.full(1200, 130.0 + day % 30), "speed": at * 0.0})
    if day % 3 == 1 and day >= 45:
        yield Workout(f"l{day}", start, start + HOUR_NS, 0, "strength_training", WATCH)
        yield StrengthSet(f"l{day}", WATCH, 0, "Squat", start, 0, repetitions=5, load_kg=140.0 - day, rpe=8.0)


def everything(first=0, last=DAYS):
    """Return the records of some days."""
    return [record for day in range(first, last) for part in (night, training) for record in part(day)]


@pytest.fixture
def clock():
    """Nine o'clock on the last day."""
    return Clock()


@pytest.fixture
def opened(tmp_path, clock):
    """A vault with all of it, check-ins of the second half, and a choice among two watches."""
    with vault.create(tmp_path / "v", PASSWORD, home_zone="UTC", clock=clock) as made:
        made.ingest(everything())
        for day in range(DAYS // 2, DAYS, 2):
            made.checkin(FIRST + timedelta(day), energy=1 + day % 5, mood=3)
        made.prefer("Watch", "resting_heart_rate", FIRST + timedelta(60))
        yield made


def _lifted(found, last):
    """Return the lifts up to a day."""
    kept = found.day <= last
    return Lifts(*(getattr(found, field.name)[kept] for field in fields(Lifts)))


def _read_up_to(one, day):
    """Return a day's readiness from what is read anew, up to that day."""
    found = inputs_from(
        Measured(one),
        day,
        preferences=one._store.preferences(),
        reaction=one.reaction(None, day),
        lifts=_lifted(lifts(one), day_of_date(day)),
    )
    told = readiness_at(found, day)
    sri = sleep_rhythm(one, day_of_date(day)).sri  # of the sleeps up to that day
    return replace(told, context=replace(told.context, sri=sri))


def test_day_of_a_whole_that_was_read_is_that_of_reading_up_to_it(opened):
    """Streams, tests and beats that begin later are in no earlier day, hash included."""
    opened.readiness()
    for day in [FIRST + timedelta(n) for n in (-3, 0, 15, 29, 30, 41, 49, 50, 61, DAYS - 1)]:
        assert opened.readiness(day) == _read_up_to(opened, day)
    last = opened.readiness(FIRST + timedelta(DAYS - 1))
    assert last.score is not None
    assert opened.readiness(FIRST + timedelta(60)).inputs_sha256 != last.inputs_sha256


@pytest.mark.parametrize("days", [25, 55])
def test_day_is_that_of_a_vault_without_what_came_later(opened, tmp_path, clock, days):
    """Who had stopped recording that day would have got the same result."""
    day = FIRST + timedelta(days - 1)
    with vault.create(tmp_path / "w", PASSWORD, home_zone="UTC", clock=clock) as other:
        other.ingest(everything(last=days))
        for at in range(DAYS // 2, days, 2):
            other.checkin(FIRST + timedelta(at), energy=1 + at % 5, mood=3)
        other.prefer("Watch", "resting_heart_rate", FIRST + timedelta(60))
        assert other.readiness(day) == opened.readiness(day)


def _import(one, _):
    one.ingest([measured("hrv_rmssd", (day_of_date(FIRST) + DAYS - 1) * DAY_NS + 3 * HOUR_NS, 20.0)])


def _elsewhere(one, path):
    with vault.open(path, PASSWORD, clock=one.clock) as other:
        _import(other, path)


CHANGES = {
    "an import": _import,
    "an import by another process": _elsewhere,
    "a check-in": lambda one, _: one.checkin(FIRST + timedelta(DAYS - 1), energy=5, mood=5),
    "a choice": lambda one, _: one.prefer("Ring", "resting_heart_rate"),
    "an undone import": lambda one, _: one.undo_import(one.imports()["import_id"].iloc[0]),
    "an erasure": lambda one, _: one.erase(metric="hrv_rmssd"),
    "a zone": lambda one, _: one.set_home_zone("Pacific/Auckland"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_seen_by_the_next_answer(opened, tmp_path, change):
    """After whatever changes a vault an open one answers as one that is opened anew."""
    day = FIRST + timedelta(DAYS - 1)
    before = opened.readiness(day)
    CHANGES[change](opened, tmp_path / "v")
    after, history = opened.readiness(day), opened.readiness_history()
    with vault.open(tmp_path / "v", PASSWORD, clock=opened.clock) as anew:
        assert anew.readiness(day) == after
        assert anew.readiness_history().equals(history)
    assert after != before or change == "a zone"  # where every offset is recorded, no zone is asked


def test_midnight_passes_over_an_open_vault(opened, clock):
    """What was dated ahead is no part of today, and is there when its day has come, without a new import."""
    later = DAYS + 3
    opened.ingest(everything(first=later, last=later + 1))
    today = opened.readiness()
    assert today.date == FIRST + timedelta(DAYS - 1)
    clock.now += timedelta(days=4)
    assert opened.readiness().date == FIRST + timedelta(later)
    assert len(opened.reaction()) == DAYS - 40 + 1
    assert opened.readiness(today.date) == today
