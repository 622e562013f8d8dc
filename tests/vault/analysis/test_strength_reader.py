"""Strength training of a vault: a real export read a second way, and a grantee-proof order of days."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date

import numpy as np
import pandas as pd
import pytest

import adapters
import vault
from vault.errors import InputError, UnknownRecord
from vault.merge.exercises import movement_of
from vault.records import Origin, StrengthSet, Workout
from vault.time import DAY_NS, day_of_date

COLUMNS = [
    "date", "movement", "sets", "hard_sets", "repetitions", "volume_kg", "top_load_kg", "e1rm_kg", "rpe",
    "trend_kg_per_28d",
]  # fmt: skip
GYM = Origin("Gym", "hevy")
SQUAT = "Squat (Barbell)"


@pytest.fixture
def opened(tmp_path, cheap_keys, clock):
    """Return what makes a vault at home in UTC that has taken in some records."""
    with ExitStack() as stack:

        def made(records=()):
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.vault"
            one = stack.enter_context(vault.create(path, "correct horse", home_zone="UTC", clock=clock))
            one.ingest(records)
            return one

        yield made


def trained(day, *sets, exercise=SQUAT):
    """Return a workout of a day, and its sets from (repetitions, kg)."""
    start = day_of_date(day) * DAY_NS + DAY_NS // 2
    key = f"{day}"
    yield Workout(key, start, start + DAY_NS // 24, 0, "strength_training", GYM)
    for index, (repetitions, kg) in enumerate(sets, 1):
        yield StrengthSet(key, GYM, index, exercise, start, 0, repetitions=repetitions, load_kg=kg, rpe=8.0)


def test_hevy_export_equals_a_reading_with_pandas(opened, samples):
    """Sets, repetitions, volume, top load, maximum, hard sets and RPE of some 230 real workouts."""
    path = samples / "hevy" / "set-a"
    found = opened(adapters.read(path, timezone="UTC")).strength()
    told = pd.read_csv(path / "workout_data.csv")
    told["date"] = pd.to_datetime(told["start_time"], format="%d %b %Y, %H:%M").dt.normalize()
    told = told[(told["set_type"] != "warmup") & (told["date"] <= "2026-04-06")]  # the clock's tomorrow
    told = told.assign(movement=told["exercise_title"].map(movement_of))
    left = (10 - told["rpe"]).fillna(
        pd.Series(np.where(told["set_type"] == "failure", 0, np.nan), told.index)
    )
    r = told["reps"] + left.fillna(0)
    estimate = np.where(r > 1, told["weight_kg"] * (1 + r / 30), told["weight_kg"])
    told = told.assign(
        volume_kg=told["reps"] * told["weight_kg"],
        e1rm_kg=np.where((r <= 10) & (told["weight_kg"] > 0), estimate, np.nan),
        hard_sets=(left <= 3).where(left.notna()).astype(float),
        rpe=10 - left,
    )
    grouped = told.groupby(["date", "movement"])
    expected = pd.DataFrame(
        {
            "sets": grouped.size(),
            "hard_sets": grouped["hard_sets"].sum(min_count=1),
            "repetitions": grouped["reps"].sum().astype(float),
            "volume_kg": grouped["volume_kg"].sum(min_count=1),
            "top_load_kg": grouped["weight_kg"].max(),
            "e1rm_kg": grouped["e1rm_kg"].max(),
            "rpe": grouped["rpe"].mean(),
        }
    ).reset_index()
    assert list(found.columns) == COLUMNS
    assert len(found) > 1_000
    pd.testing.assert_frame_equal(
        found[COLUMNS[:-1]], expected, check_dtype=False, check_index_type=False, check_exact=False
    )


@pytest.mark.parametrize("name", ["strong", "tonal"])
def test_constructed_exports_have_rows(opened, samples, name):
    """What the other lifting apps export is read without a warning, and never heavier than one could lift."""
    found = opened(adapters.read(samples / name / "constructed", timezone="UTC")).strength()
    assert len(found)
    assert list(found.columns) == COLUMNS
    assert (found["e1rm_kg"].dropna() <= 4 / 3 * found["top_load_kg"][found["e1rm_kg"].notna()] + 1e-9).all()


def test_a_load_of_each_side_counts_twice_in_volume(opened):
    """20 kg on each of two cables ten times: 400 kg moved, a load of 20."""
    one = next(trained(date(2026, 3, 1), (10, 20.0)))
    both = StrengthSet(
        one.key, GYM, 1, "Bench Press", one.start, 0, repetitions=10, load_kg=20.0, per_side=True
    )
    row = opened([one, both]).strength().iloc[0]
    assert (row["volume_kg"], row["top_load_kg"]) == (400, 20)


@pytest.mark.parametrize("name", [SQUAT, "Barbell Squat", "barbell_back_squat"])
def test_exercise_by_any_name(opened, name):
    """A movement, or an exercise as a vendor spells it."""
    other = trained(date(2026, 3, 2), (5, 50.0), exercise="Bench Press (Barbell)")
    one = opened([*trained(date(2026, 3, 1), (5, 100.0)), *other])
    assert one.strength(name)["movement"].tolist() == ["barbell_back_squat"]


def test_unknown_exercise_says_what_is_near(opened):
    """A name nobody knows is an error with a way on, also in an empty vault."""
    with pytest.raises(UnknownRecord) as said:
        opened(trained(date(2026, 3, 1), (5, 100.0))).strength("barbell squad")
    assert "barbell_back_squat" in said.value.hint
    with pytest.raises(UnknownRecord):
        opened().strength("squat")
    assert list(opened().strength().columns) == COLUMNS


def test_days_asked_for_have_the_trend_of_those_before(opened):
    """The trend of the first row shown knows of the weeks before it, and of nothing after it."""
    weeks = [trained(date(2026, 3, 1 + 7 * week), (5, 100.0 + week)) for week in range(4)]
    one = opened([record for week in weeks for record in week])
    whole = one.strength()
    pd.testing.assert_frame_equal(
        one.strength(None, "2026-03-15", "2026-03-15"), whole.iloc[2:3].reset_index(drop=True)
    )
    assert whole["trend_kg_per_28d"].iloc[2] == pytest.approx(4 * (1 + 7 / 30))


def test_offers_of_a_vault(opened):
    """Without readiness no load is offered; a light week is seen; a day to come is an error."""
    even = [trained(date(2026, 2, 1 + 7 * week), (10, 100.0)) for week in range(4)]
    even += [trained(date(2026, 3, 1), (10, 100.0)), trained(date(2026, 3, 8), (5, 100.0))]
    one = opened([record for week in even for record in week])
    assert [offer.id for offer in one.strength_offers()] == ["deload_seen"]
    assert one.strength_offers("2026-03-07") == ()
    assert opened().strength_offers() == ()
    with pytest.raises(InputError):
        one.strength_offers("2026-04-08")


def test_checkins_reach_the_offers(opened):
    """Pain on the newest check-in, and low soreness on four days, are what the rules see of them."""
    from vault.reading.strength import _mornings

    one = opened()
    for day in range(10, 27):
        one.checkin(date(2026, 3, day), energy=4, soreness=2 if day < 22 else 5, pain=day == 26)
    history, said = one.readiness_history(), one.checkins()
    seen = _mornings(history, said, day_of_date(date(2026, 3, 26)))
    assert (seen.low <= -1).tolist() == [False, False, True, True, True, True, True]
    assert seen.pain
    assert not _mornings(history, said, day_of_date(date(2026, 3, 25))).pain
