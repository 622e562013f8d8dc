"""Blood pressure, sleeps and workouts: what belongs together goes out together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vault import create
from vault.fhir import problems, resources
from vault.records import Device, Origin, Samples
from vault.time import HOUR_NS, parse_instant

AT = "2026-05-01T07:31:00+02:00"
LATER = "2026-05-01T19:31:00+02:00"


def observations(vault, *metrics):
    """Return the Observations of some metrics."""
    found = list(resources(vault, metrics=metrics or None))
    assert [problem for one in found for problem in problems(one)] == []
    return [one for one in found if one["resourceType"] == "Observation"]


def codes(part):
    """Return the codes of a part, whatever their system."""
    return {coding["code"] for coding in part["code"]["coding"]}


def pressure(made, systolic, diastolic, **kind):
    """Make a vault of two component series."""
    series = {"systolic": systolic, "diastolic": diastolic}
    return made.vault(
        {f"blood_pressure.{part}": [made.columns(rows, **kind)] for part, rows in series.items() if rows}
    )


def values(observation):
    """Return the components' values, None where there is none."""
    return [part.get("valueQuantity", {}).get("value") for part in observation["component"]]


def test_blood_pressure_pairs_components_of_one_reading(made):
    """Systolic and diastolic of one instant and source are one Observation with the profile."""
    vault = pressure(made, [(AT, "", 121), (LATER, "", 130)], [(AT, "", 77), (LATER, "", 80.5)])
    first, second = observations(vault)
    assert (values(first), values(second)) == ([121, 77], [130, 80.5])
    assert first["meta"]["profile"] == ["http://hl7.org/fhir/StructureDefinition/bp"]
    assert [sorted(codes(part) & {"8480-6", "8462-4"}) for part in first["component"]] == [
        ["8480-6"],
        ["8462-4"],
    ]


def test_blood_pressure_of_two_sources_is_never_mixed(made):
    """A cuff's systolic and another's diastolic are two readings, each saying what it lacks."""
    vault = pressure(made, [(AT, "", 121, 0)], [(AT, "", 77, 1)], origins=[made.watch, made.phone])
    found = observations(vault)
    assert sorted(map(str, map(values, found))) == ["[121, None]", "[None, 77]"]
    lacking = [part for one in found for part in one["component"] if "valueQuantity" not in part]
    assert all(part["dataAbsentReason"]["coding"][0]["code"] == "unknown" for part in lacking)


def test_blood_pressure_twice_at_one_instant_gives_two_readings(made):
    """Two readings with one time stamp stay two, with different ids."""
    vault = pressure(made, [(AT, "", 121), (AT, "", 125)], [(AT, "", 77), (AT, "", 79)])
    first, second = observations(vault)
    assert (values(first), values(second)) == ([121, 77], [125, 79])
    assert first["id"] != second["id"]


def test_blood_pressure_asked_for_by_component_comes_whole(made):
    """Half a reading would claim the other half was unknown, so a component stands for its whole."""
    vault = pressure(made, [(AT, "", 121)], [(AT, "", 77)])
    (found,) = observations(vault, "blood_pressure.systolic")
    assert values(found) == [121, 77]


@pytest.mark.parametrize(
    ("note", "status", "said"),
    [
        ('{"metadata":{"HKWasUserEntered":"1"}}', "final", ("PATAST", "provided")),
        ('{"modality":"self-reported"}', "final", ("PATAST", "provided")),
        ('{"corrected":{"at":"2026-05-02T08:00:00Z"}}', "corrected", ("PATAST", "provided")),
        ('{"metadata":{"a":"1"}}', "final", ("DEVAST", "observed")),
    ],
)
def test_blood_pressure_says_whose_word_it_is(made, note, status, said):
    """Where one of the numbers was typed in or put right, no device vouches for the whole."""
    series = {
        "blood_pressure.systolic": [made.columns([(AT, "", 121, 0, 0)], notes=[note])],
        "blood_pressure.diastolic": [made.columns([(AT, "", 77)])],
    }
    (found,) = observations(made.vault(series))
    assert values(found) == [121, 77]
    assert found["status"] == status
    assert (found["meta"]["security"][-1]["code"], found["meta"]["tag"][0]["code"]) == said
    assert ("performer" in found) == (said[0] == "PATAST")


def night(made, stages=(), **said):
    """Make one sleep."""
    told = {"asleep_min": 431.0, "deep_min": 82.0, "light_min": 248.0, "rem_min": 101.0, "awake_min": 12.5}
    return made.night("2026-05-01T23:10:00+02:00", "2026-05-02T06:55:00+02:00", stages, **told | said)


def test_sleep_is_minutes_asleep_with_stages_as_components(made):
    """A sleep says what is known and leaves out what is not; time in bed is not invented."""
    at = made.ns("2026-05-01T23:10:00+02:00")
    vault = made.vault(sleeps=[night(made, [(at, at + 60 * 10**9, "deep")])])
    parent, stage = observations(vault)
    assert parent["valueQuantity"]["value"] == 431
    assert parent["effectivePeriod"]["end"] == "2026-05-02T06:55:00+02:00"
    said = {
        next(iter(codes(part) & {"93831-6", "93830-8", "93829-0", "93828-2"})): part
        for part in parent["component"]
    }
    assert said["93828-2"]["valueQuantity"]["value"] == 12.5
    assert len(parent["component"]) == 4
    assert parent["hasMember"] == [{"reference": f"Observation/{stage['id']}"}]
    assert stage["valueCodeableConcept"]["coding"][-1]["code"] == "deep"


def test_sleep_without_a_total_says_so(made):
    """Where time asleep is unknown, no other number takes its place."""
    vault = made.vault(sleeps=[night(made, asleep_min=None, in_bed_min=460.0)])
    (found,) = observations(vault)
    assert "valueQuantity" not in found
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert "hasMember" not in found


def test_sleep_refers_to_stored_stages_and_repeats_none(made):
    """Stages that are samples go out once, with their series, and the sleep refers to its own."""
    rows = [
        ("2026-05-01T23:10:00+02:00", "2026-05-02T01:00:00+02:00", "deep", 0),
        ("2026-05-02T01:00:00+02:00", "2026-05-02T06:55:00+02:00", "light", 0),
        ("2026-05-02T01:00:00+02:00", "2026-05-02T06:55:00+02:00", "rem", 1),
        ("2026-05-02T06:00:00+02:00", "2026-05-02T07:55:00+02:00", "awake", 0),
    ]
    stages = made.columns(rows, codes=["deep", "light", "rem", "awake"], origins=[made.watch, made.phone])
    own = [(made.ns(start), made.ns(end), stage) for start, end, stage, _ in rows[:2]]
    vault = made.vault({"sleep_stage": [stages]}, sleeps=[night(made, own)])
    found = observations(vault)
    assert len(found) == 5
    assert found[-1]["hasMember"] == [{"reference": f"Observation/{one['id']}"} for one in found[:2]]


def test_sleep_stage_that_two_watches_told_goes_out_once(made):
    """A stage that two watches of one name saw alike is one Observation, whichever sleep it is of."""
    at = made.ns("2026-05-01T23:10:00+02:00")
    same = (at, at + 60 * 10**9, "deep")
    later = (at + 60 * 10**9, at + 120 * 10**9, "rem")
    other = replace(night(made, [same]), end=same[1])
    vault = made.vault(sleeps=[night(made, [same, same, later]), other])
    found = observations(vault)
    assert len({one["id"] for one in found}) == len(found) == 4
    members = [[member["reference"] for member in one["hasMember"]] for one in found if "hasMember" in one]
    assert [len(told) for told in members] == [2, 1]
    assert members[1][0] == members[0][0]


def test_sleep_refers_to_the_stages_of_its_tracker(tmp_path, cheap_keys, clock):
    """Of two watches under one name that both saw the night, it has the stages of the one it is told by."""
    from_h, to_h = np.array([[0, 3], [3, 7], [1, 2], [2, 4]]).T
    midnight = parse_instant("2026-03-02T00:00:00Z")[0]
    told = Samples(
        "sleep_stage",
        midnight + from_h * HOUR_NS,
        midnight + to_h * HOUR_NS,
        np.zeros(4, np.int16),
        np.array([0, 1, 2, 1], np.int32),
        np.array([0, 0, 1, 1], np.int32),
        [Origin("Watch", "test", device=Device(model=model)) for model in ("first", "second")],
        codes=["deep", "light", "rem"],
    )
    with create(tmp_path / "v", "a long passphrase", clock=clock) as opened:
        opened.ingest([told])
        *stages, sleep = observations(opened)
    begun = {f"Observation/{one['id']}": one["effectivePeriod"]["start"][11:16] for one in stages}
    assert sorted(begun.values()) == ["00:00", "01:00", "02:00", "03:00"]
    assert [begun[one["reference"]] for one in sleep["hasMember"]] == ["00:00", "03:00"]


def workout(made, **said):
    """Make the row of one workout."""
    return {
        "workout_id": "w1",
        "start": made.ns("2026-05-01T18:00:00+02:00"),
        "end": made.ns("2026-05-01T19:00:00+02:00"),
        "utc_offset_min": 120,
        "activity": "strength_training",
        "duration_min": 58.0,
        "distance_m": None,
        "energy_kcal": 310.0,
        "hr_mean": 121.0,
        "hr_max": 160.0,
        "elevation_gain_m": None,
        "source": "Strong",
        "also_in": "Watch",
    } | said


def strength_set(made, **said):
    """Make the row of one set."""
    return {
        "workout_id": "w1",
        "start": made.ns("2026-05-01T18:10:00+02:00"),
        "index": 1,
        "exercise": "Bench Press (Barbell)",
        "set_type": "normal",
        "repetitions": 8.0,
        "load_kg": 62.5,
        "per_side": False,
        "duration_s": None,
        "rpe": None,
        "source": "Strong",
    } | said


def test_workout_is_a_panel_of_what_was_measured(made):
    """The parent says the activity; members share its period and both activity categories."""
    parent, *members = observations(made.vault(tables={"workouts": [workout(made)]}))
    assert parent["valueCodeableConcept"]["text"] == "Strength training"
    assert [one["reference"] for one in parent["hasMember"]] == [
        f"Observation/{one['id']}" for one in members
    ]
    assert [one["valueQuantity"]["value"] for one in members] == [58, 310, 121, 160]
    assert [codes(one) & {"55411-3", "55424-6", "55425-3", "55426-1"} for one in members] == [
        {"55411-3"},
        {"55424-6"},
        {"55425-3"},
        {"55426-1"},
    ]
    assert all(one["effectivePeriod"] == parent["effectivePeriod"] for one in members)
    for one in (parent, *members):
        assert [part["coding"][0]["code"] for part in one["category"]] == ["activity", "PhysicalActivity"]


def test_workout_sets_are_members(made):
    """Strength sets hang on their workout, with repetitions and load in their units."""
    vault = made.vault(tables={"workouts": [workout(made)], "sets": [strength_set(made)]})
    parent, *_, last = observations(vault)
    assert parent["hasMember"][-1] == {"reference": f"Observation/{last['id']}"}
    assert [part["valueQuantity"]["code"] for part in last["component"]] == ["{count}", "kg", "1"]
    assert last["effectiveDateTime"] == "2026-05-01T18:10:00+02:00"


@pytest.mark.parametrize("metrics", [(), ("strength_set",)])
def test_workout_sets_without_their_workout_stand_alone(made, metrics):
    """A set whose workout is not in the export still goes out."""
    vault = made.vault(tables={"sets": [strength_set(made, workout_id="gone")]})
    (found,) = observations(vault, *metrics)
    assert found["valueCodeableConcept"]["text"] == "Bench Press (Barbell)"
