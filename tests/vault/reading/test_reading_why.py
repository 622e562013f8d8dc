"""Every daily value can be asked why: what counted adds up to it, and the rest stands there with its rule."""

from __future__ import annotations

import numpy as np
import pytest

import vault
from vault.reading.derived import OF_WORKOUTS
from vault.records import Device, Origin, Samples, SleepSession, Workout
from vault.time import MINUTE_NS, parse_instant

pytestmark = pytest.mark.usefixtures("cheap_keys")

ACCOUNT, WATCH = Origin("Garmin Connect", "garmin", app="garmin"), Origin("fr965", "garmin", app="garmin")
APPLE = Origin("Pat’s Apple Watch", "apple_health", app="apple", device=Device("Apple Watch"))
PHONE, SLEEPY = Origin("Pat’s iPhone", "apple_health", app="apple"), Origin("AutoSleep", "apple_health")
NOTES = ('{"window":"5min"}', '{"window":"night"}')
DAY = "2025-03-29"


def at(clock):
    """Return an instant of the day, or of the evening before it."""
    day = "2025-03-28" if clock >= "20" else DAY
    return parse_instant(f"{day}T{clock}:00+01:00")[0]


def told(origin, metric, start, end, value, note=-1):
    """Return one sample between two instants."""
    (first, offset), (last, _) = parse_instant(start), parse_instant(end)
    return Samples(
        metric,
        np.array([first]),
        np.array([last]),
        np.array([offset], np.int16),
        np.array([value]),
        np.zeros(1, np.int32),
        (origin,),
        note=np.array([note], np.int32),
        notes=NOTES,
    )


def slept(origin, start, end, *stages, **minutes):
    """Return a sleep of the night before the day; stages are (clock, clock, stage)."""
    rows = [(at(first), at(last), stage) for first, last, stage in stages]
    return SleepSession(f"{start}", at(start), at(end), 60, origin, rows, details=minutes)


def ran(origin, start, length_min, activity="running", **facts):
    """Return a workout of the day."""
    first = at(start)
    return Workout(
        start,
        first,
        first + length_min * MINUTE_NS,
        60,
        activity,
        origin,
        duration_s=60.0 * length_min,
        **facts,
    )


@pytest.fixture
def kept(tmp_path, clock):
    """Return a vault that records are put into."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as made:
        yield made


@pytest.fixture
def opened(kept):
    """Return a vault that holds a night before, windows of an evening, and steps of a day."""
    night, evening = f"{DAY}T07:00:00+01:00", f"{DAY}T23:00:00+01:00"
    day = f"{DAY}T00:00:00+01:00", "2025-03-30T00:00:00+01:00"
    kept.ingest(
        [
            told(ACCOUNT, "hrv_rmssd", night, night, 49.0, 1),
            told(WATCH, "hrv_rmssd", evening, evening, 30.0, 0),
            told(WATCH, "steps", night, evening, 2000.0),
            told(ACCOUNT, "steps_daily", *day, 3500.0),
        ]
    )
    return kept


def parts(opened, metric, day=DAY):
    """Return the parts, after asking that they add up to the daily value in the order they stand in."""
    why = opened.why(metric, day)
    total = 0.0
    for counted in why["counted"]:
        total += counted
    assert [total] == (opened.daily(metric, day, day)["value"].tolist() or [0.0])
    return why.to_dict("records")


def test_hrv_of_an_evening_leaves_the_night_before_alone(opened):
    """The windows before midnight are of the next wake date, in the values and in their reasons."""
    assert opened.daily("hrv_rmssd")["value"].tolist() == [49.0, 30.0]
    assert opened.why("hrv_rmssd", "2025-03-29")["source"].tolist() == ["Garmin Connect"]
    assert opened.why("hrv_rmssd", "2025-03-30")["counted"].tolist() == [30.0]


def test_why_names_a_vendors_total_of_the_day_and_that_it_disagrees(opened):
    """It is shown beside what counts, is not part of it, and is said to be far from it."""
    counted, total = parts(opened, "steps")
    assert (counted["source"], counted["given"], counted["counted"]) == ("fr965", 2000.0, 2000.0)
    assert (total["source"], total["given"], total["counted"]) == ("Garmin Connect", 3500.0, 0.0)
    assert total["why"].startswith("not counted: the vendor's total")
    assert total["why"].endswith("; differs from the day's value by more than 20 % and 500 steps")
    assert opened.daily("steps")["value"].tolist() == [2000.0]


def test_why_of_energy_names_the_parts_of_the_day_beside_the_total(kept):
    """What is told by the hour is added up beside a total of the day, and none of it counts."""
    hours, day = (f"{DAY}T08:00:00+01:00", f"{DAY}T09:00:00+01:00"), (f"{DAY}T00:00:00+01:00",) * 2
    kept.ingest(
        [
            told(ACCOUNT, "total_energy_daily", *day, 3000.0),
            told(WATCH, "active_energy", *hours, 400.0),
            told(WATCH, "basal_energy", *hours, 1500.0),
        ]
    )
    total, beside = parts(kept, "total_energy_daily")
    assert (total["counted"], beside["given"], beside["counted"]) == (3000.0, 1900.0, 0.0)
    assert beside["source"] == "active_energy + basal_energy"
    assert "differs" in beside["why"]


NIGHT = [
    slept(PHONE, "22:50", "07:00", ("22:50", "02:00", "in_bed"), ("02:10", "07:00", "in_bed")),
    slept(SLEEPY, "23:00", "06:55"),
    slept(
        APPLE,
        "23:00",
        "06:50",
        ("23:00", "03:00", "light"),
        ("03:00", "04:00", "deep"),
        ("04:00", "06:50", "rem"),
    ),
    slept(WATCH, "01:00", "03:00", ("01:00", "03:00", "light")),
]


def test_why_of_a_night_says_whose_it_is_and_by_which_rule(kept):
    """The believed tracker with the rule that decided, then each other with its own minutes and its rule."""
    kept.ingest(NIGHT)
    found = {one["source"]: one for one in parts(kept, "sleep_duration")}
    assert [(one["given"], one["counted"]) for one in found.values()] == [
        (470.0, 470.0),
        (pytest.approx(np.nan, nan_ok=True), 0.0),
        (475.0, 0.0),
        (120.0, 0.0),
    ]
    assert found[APPLE.source]["why"].endswith("it tells sleep stages apart")
    assert found[PHONE.source]["why"] == "left out: it tells only time in bed"
    assert found[SLEEPY.source]["why"].startswith("left out: it does not tell sleep stages apart")
    assert found[WATCH.source]["why"].startswith("left out: it saw less than 50%")
    assert parts(kept, "sleep_deep")[0]["counted"] == 60.0
    assert parts(kept, "time_in_bed")[0]["counted"] == 470.0


def test_why_of_a_night_that_its_source_tells_twice(kept):
    """A sleep that lies over a fuller one of its own source is named, too."""
    kept.ingest([slept(SLEEPY, "23:00", "06:00"), slept(SLEEPY, "23:30", "05:00")])
    counted, twice = parts(kept, "sleep_duration")
    assert (counted["counted"], twice["given"]) == (420.0, 330.0)
    assert twice["why"].startswith("left out: its source tells this time twice")


def test_why_of_two_sleeps_adds_them_up(kept):
    """A night in two halves counts with both, and what nobody contests needs no rule."""
    kept.ingest(
        [slept(SLEEPY, "23:00", "02:10"), slept(SLEEPY, "03:30", "06:00"), slept(PHONE, "09:30", "10:00")]
    )
    assert [one["counted"] for one in parts(kept, "sleep_duration")] == [190.0, 150.0, 30.0]
    assert {one["why"] for one in parts(kept, "sleep_duration")} == {"counted in full"}
    assert {one["why"] for one in parts(kept, "sleep_deep")} == {
        "not counted: it does not tell this of the sleep"
    }


def test_why_of_sleep_told_as_a_number_only(kept):
    """A length without its night is not part of the day, and is shown beside it."""
    day = f"{DAY}T00:00:00+01:00"
    kept.ingest([slept(SLEEPY, "23:00", "06:00"), told(PHONE, "sleep_duration", day, day, 400.0)])
    night, number = parts(kept, "sleep_duration")
    assert (night["counted"], number["given"], number["counted"]) == (420.0, 400.0, 0.0)
    assert number["why"] == "not counted: a number without the sleep it is of"


def test_why_of_workouts_says_who_speaks_for_each(kept):
    """One run of two apps counts once, by the one that tells more; another adds to it."""
    kept.ingest(
        [
            ran(WATCH, "10:00", 60, distance_m=10_000.0, energy_kcal=600.0, hr_mean=150.0, hr_max=171.0),
            ran(PHONE, "10:01", 58, energy_kcal=640.0),
            ran(APPLE, "17:00", 30, "cycling", energy_kcal=200.0, hr_mean=120.0, hr_max=140.0),
        ]
    )
    first, copy, second = parts(kept, "workout_energy")
    assert (first["counted"], copy["given"], copy["counted"], second["counted"]) == (600.0, 640.0, 0.0, 200.0)
    assert first["why"] == "counted in full: it speaks for 2 records of one workout"
    assert copy["why"].startswith("left out: fr965 tells the same workout")
    assert kept.daily("workout_duration")["value"].tolist() == [90.0]
    assert kept.daily("workout_hr_max")["value"].tolist() == [171.0]
    assert kept.daily("workout_hr_mean")["value"].tolist() == [140.0]
    for metric in OF_WORKOUTS:
        assert len(parts(kept, metric)) == 3
    assert parts(kept, "workout_hr_max")[2]["why"] == "left out: another had more"


def test_why_of_a_mean_over_workouts_adds_up_to_the_last_bit(kept):
    """Each has the share of its time; one that tells no heart rate has none, and takes no time either."""
    kept.ingest(
        [
            ran(WATCH, "08:00", 37, hr_mean=133.7),
            ran(WATCH, "10:00", 53, hr_mean=141.3),
            ran(WATCH, "12:00", 71, hr_mean=127.9),
            ran(WATCH, "14:00", 99),
        ]
    )
    shares = parts(kept, "workout_hr_mean")
    assert [one["why"].partition(" ")[0] for one in shares] == ["counted"] * 3 + ["not"]
    assert sum(one["counted"] for one in shares) == pytest.approx(
        (37 * 133.7 + 53 * 141.3 + 71 * 127.9) / (37 + 53 + 71)
    )


def test_why_counts_what_was_set_aside(kept):
    """A value nobody can have never counts, and is not forgotten either."""
    kept.ingest(
        [
            told(WATCH, "body_mass", *[f"{DAY}T0{hour}:00:00+01:00"] * 2, kg)
            for hour, kg in ((7, 70.0), (8, 7000.0))
        ]
    )
    counted, aside = parts(kept, "body_mass")
    assert counted["counted"] == 70.0
    assert (aside["source"], aside["samples"], aside["counted"]) == ("fr965", 1, 0.0)
    assert aside["why"].startswith("set aside")


def test_why_says_what_was_corrected(kept):
    """The owner's value counts, beside it stands that another was told, and not which."""
    noon = f"{DAY}T12:00:00+01:00"
    kept.ingest([told(APPLE, "body_mass", noon, noon, 72.5)])
    kept.correct("body_mass", DAY, 70.5)
    counted, aside = kept.why("body_mass", DAY).to_dict("records")
    assert (counted["counted"], aside["source"], aside["counted"]) == (70.5, APPLE.source, 0.0)
    assert "you corrected it" in aside["why"]
    assert np.isnan(aside["given"])


def test_why_says_what_was_erased(kept):
    """Of a source that is still there, the reasons tell how much of a day was erased."""
    hours = ((8, 100.0), (9, 200.0), (10, 300.0))
    kept.ingest([told(WATCH, "steps", *[f"{DAY}T{hour:02}:00:00+01:00"] * 2, n) for hour, n in hours])
    kept.erase("steps", start=f"{DAY}T08:30:00+01:00", end=f"{DAY}T11:00:00+01:00")
    counted, erased = parts(kept, "steps")
    assert (counted["counted"], erased["samples"]) == (100.0, 0)
    assert erased["why"].startswith("erased: what began in 2 quarter hours")
    assert len(kept.why("steps", "2025-03-30")) == 0


def test_why_of_readiness_begins_where_every_day_does(kept):
    """A day without a score has no parts but what is missing, said in words."""
    kept.ingest(NIGHT)
    found = kept.why("readiness_score", DAY)
    assert (found["counted"] == 0).all()
    assert found["why"].str.startswith("not counted: ").all()


def test_why_says_from_when_to_when_a_source_is_preferred(kept):
    """On the days of the owner's choice its reason stands there with its days; on others it does not."""
    days = DAY, "2025-03-30"
    for day in days:
        kept.ingest(
            [
                told(one, "body_mass", *[f"{day}T07:00:00+01:00"] * 2, 70.0 + n)
                for n, one in enumerate((APPLE, PHONE))
            ]
        )
    usual = kept.daily("body_mass")["value"].iloc[0]
    other = PHONE if usual == 70.0 else APPLE
    kept.prefer(other.source, "body_mass", DAY, DAY)
    first = {one["source"]: one for one in parts(kept, "body_mass", DAY)}
    assert first[other.source]["counted"] == 141.0 - usual
    assert first[other.source]["why"].endswith(f"; you prefer {other.source} from {DAY} to {DAY}")
    assert all("prefer" not in one["why"] for one in parts(kept, "body_mass", days[1]))


def test_why_of_a_workout_that_does_not_say_how_long_it_was(opened):
    """It counts from its start to its end, in the value as in its parts."""
    one = Workout("a", at("10:00"), at("11:15"), 60, "strength_training", Origin("Hevy", "hevy"))
    opened.ingest([one])
    assert opened.daily("workout_duration")["value"].tolist() == [75.0]
    assert opened.why("workout_duration", DAY)["counted"].sum() == 75.0
