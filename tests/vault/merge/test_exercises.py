"""The table of exercises: sound in every row, joins what vendors spell differently, loses nothing."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vault
from vault.merge.exercises import exercises, movement_of, spelled
from vault.records import Origin, StrengthSet, Workout
from vault.time import UNKNOWN_OFFSET, instant_ns

ROWS = list(csv.DictReader(files("vault.merge").joinpath("exercises.csv").read_text("utf-8").splitlines()))
EQUIPMENT = {"barbell", "dumbbell", "cable", "machine", "kettlebell", "smith", "band", "ez", "suspension"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["spelling"])
def test_exercise_is_sound(row):
    """A movement is snake case and its own movement, and the row says what the rule does not know."""
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", row["movement"])
    assert movement_of(row["movement"]) == row["movement"]
    assert movement_of(row["spelling"]) == row["movement"] != spelled(row["spelling"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["spelling"])
def test_exercise_keeps_what_it_is_done_with(row):
    """Equipment that is named is never exchanged, and no bench is tilted, no weight added by the table."""
    texts = (spelled(row["spelling"]), row["movement"])
    said, meant = (set(text.replace("smith_machine", "smith").split("_")) for text in texts)
    assert not meant & EQUIPMENT or not said & EQUIPMENT or meant & EQUIPMENT == said & EQUIPMENT
    for word in ("decline", "weighted", "pistol", "donkey"):
        assert (word in said) == (word in meant)
    assert ("incline" in said) >= ("incline" in meant)


def test_exercises_are_there_once():
    """No spelling stands for two movements, however it is written, and rows are in order."""
    assert Counter(spelled(row["spelling"]) for row in ROWS).most_common(1)[0][1] == 1
    assert len(exercises()) == len(ROWS) > 500
    order = [(row["movement"], row["spelling"]) for row in ROWS]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("movement", "spellings"),
    [
        ("barbell_bench_press", ["Bench Press (Barbell)", "Barbell Bench Press", "barbell_bench_press"]),
        ("barbell_back_squat", ["Squat (Barbell)", "Barbell Back Squat", "barbell_back_squat"]),
        ("lat_pulldown", ["Lat Pulldown (Cable)", "Seated Lat Pulldown", "lat_pulldown", "Lat Pull-Down"]),
        ("incline_dumbbell_bench_press", ["Incline Bench Press (Dumbbell)", "incline dumbbell bench press"]),
        ("barbell_romanian_deadlift", ["Barbell RDL", "Romanian Deadlift (Barbell)"]),
        ("farmers_walk", ["Farmer's Walk", "Farmer’s Carry", "farmers_walk"]),
        ("captains_chair_knee_raise", ["Knee Raise (Captain's Chair)", "Knee Raise Parallel Bars"]),
    ],
)
def test_movement_is_one_whoever_spells_it(movement, spellings):
    """Strong, Hevy, Tonal and a Garmin watch write one movement differently."""
    assert {movement_of(spelling) for spelling in spellings} == {movement}


def test_movements_that_differ_stay_apart():
    """Equipment, bench, grip and side make a movement another."""
    apart = [
        *("Bench Press (Barbell)", "Bench Press (Dumbbell)", "Incline Bench Press (Barbell)", "Bench Press"),
        *("Lat Pulldown (Cable)", "Lat Pulldown - Wide Grip (Cable)", "Single Arm Lat Pulldown"),
        *("Lying Leg Curl (Machine)", "Seated Leg Curl (Machine)", "Pull Up", "Pull Up (Weighted)"),
    ]
    assert len({movement_of(exercise) for exercise in apart}) == len(apart)


def test_movement_of_an_unknown_spelling_is_the_spelling():
    """Whatever a person calls an exercise of their own is kept, in every script."""
    assert movement_of("Dragon Walk (Sandbag)") == "sandbag_dragon_walk"
    assert movement_of("  Άρση  ΘΑΝΆΤΟΥ ") == "άρση_θανάτου"
    assert movement_of("💪") == "💪"
    assert movement_of("") == ""


@given(st.text())
def test_movement_of_a_movement_is_itself(exercise):
    """What was named once is not named anew, and something is always said."""
    movement = movement_of(exercise)
    assert movement_of(movement) == movement
    assert bool(movement) == bool(exercise.strip())


@pytest.mark.usefixtures("cheap_keys")
def test_sets_say_exercise_and_movement(tmp_path, clock):
    """The table of sets keeps the vendor's spelling, and beside it the name that joins them."""
    at = instant_ns(datetime(2026, 3, 28, 18, tzinfo=UTC))
    app, watch = Origin("Hevy", "hevy"), Origin("A watch", "fit")
    done = [("a", app, "Bench Press (Barbell)"), ("b", watch, "barbell_bench_press"), ("b", watch, "My own")]
    records = [
        StrengthSet(key, origin, number, exercise, at, UNKNOWN_OFFSET, repetitions=5, load_kg=60.0)
        for number, (key, origin, exercise) in enumerate(done, 1)
    ]
    workouts = [
        Workout("a", at, at, UNKNOWN_OFFSET, "strength_training", app),
        Workout("b", at + 3_600 * 10**9, at + 3_600 * 10**9, UNKNOWN_OFFSET, "strength_training", watch),
    ]
    with vault.create(tmp_path / "a.vault", "correct horse", home_zone="Europe/Berlin", clock=clock) as made:
        made.ingest([*workouts, *records])
        sets = made.sets()
    assert sets["exercise"].tolist() == [exercise for *_, exercise in done]
    assert sets["movement"].tolist() == ["barbell_bench_press", "barbell_bench_press", "my_own"]
