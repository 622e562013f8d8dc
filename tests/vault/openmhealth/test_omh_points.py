"""What a data point says of a record: when, whose, from where, and nothing that was not known."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from vault import fhir
from vault.errors import InputError, UnknownMetric
from vault.openmhealth import ndjson
from vault.records import Origin, SleepSession, Workout
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, parse_instant

AT = "2026-03-28T23:30:00+01:00"
END = "2026-03-29T07:30:00+02:00"
START_NS, END_NS = (parse_instant(text)[0] for text in (AT, END))
NIGHT = {"time_interval": {"start_date_time": AT, "end_date_time": "2026-03-29T06:30:00+01:00"}}
"""From AT to END at the one offset that a record has."""
FASTING, WRIST = {"temporal_relationship_to_meal": "fasting"}, {"measurement_location": "wrist"}


@pytest.fixture
def everything(make, omh):
    """A vault with something of every kind."""
    sample = omh.sample
    return make(
        sample("heart_rate", 58, AT),
        sample("heart_rate", 59, END),
        sample("resting_heart_rate", 52, AT),
        sample("blood_pressure.systolic", 121, AT, origin=omh.cuff),
        sample("blood_pressure.diastolic", 77.5, AT, origin=omh.cuff),
        sample("gps_position.latitude", 52.5, AT),
        sample("gps_position.longitude", 13.4, AT),
        sample("sleep_latency", 12, AT, END),
        sample("sleep_awakenings", 3, AT, END),
        sample("sleep_duration", 400, AT, END),
        sample("steps", 80, AT, "2026-03-28T23:40:00+01:00"),
        sample("hrv_sdnn", 41, AT),
        SleepSession(
            "s",
            START_NS,
            END_NS,
            60,
            omh.watch,
            is_nap=False,
            details={"asleep_min": 400.0, "awake_min": 20.0},
        ),
        Workout(
            "w",
            START_NS,
            START_NS + 60 * MINUTE_NS,
            60,
            "running",
            omh.watch,
            3_500.0,
            10_000.0,
            700.0,
            141.0,
            171.0,
        ),
    )


def test_everything_is_as_its_schemas_say(everything, omh, schemas):
    """Every data point passes the schema of data points and the one that it names."""
    found = omh.points(everything)
    assert {one["header"]["schema_id"]["name"] for one in found} == {
        *("blood-pressure", "heart-rate", "physical-activity", "sleep-episode", "step-count"),
        "total-sleep-time",
    }
    assert [(one, problem) for one in found for problem in schemas(one)] == []


def test_everything_has_the_names_that_fhir_gives(everything, omh):
    """A data point and the Observation of the same record have one id, so the owner can join them."""
    ids = [one["header"]["id"] for one in omh.points(everything)]
    known = {one["id"] for one in fhir.resources(everything) if one["resourceType"] == "Observation"}
    assert len(set(ids)) == len(ids)
    assert set(ids) <= known
    assert {one["header"]["user_id"] for one in omh.points(everything)} == {fhir.subject_id(everything)}


def test_everything_goes_out_the_same_every_time(everything):
    """The same bytes, a schema's lines in a row: a writer of one file a schema never comes back to one."""
    first, second = (list(ndjson(everything)) for _ in range(2))
    assert first == second
    stems = [stem for stem, _ in groupby(first, key=lambda pair: pair[0])]
    assert stems == sorted(set(stems))
    assert all(block.endswith(b"\n") for _, block in first)


def test_point_is_a_header_and_a_body(make, omh):
    """A reading as its source gave it: who, when written, in which unit, at which offset."""
    vault = make(omh.sample("heart_rate", 58, AT, recorded="2026-03-28T22:31:00.25+00:00"))
    (point,) = omh.points(vault)
    assert point.pop("body") == {
        "heart_rate": {"value": 58, "unit": "beats/min"},
        "effective_time_frame": {"date_time": AT},
    }
    header = point.pop("header")
    assert not point
    del header["id"], header["user_id"]
    assert header == {
        "creation_date_time": "2026-03-28T22:31:00.25+00:00",
        "schema_id": {"namespace": "omh", "name": "heart-rate", "version": "2.0"},
        "acquisition_provenance": {
            "source_name": "Pat's Watch, 100 %",
            "source_creation_date_time": "2026-03-28T22:31:00.25+00:00",
            "modality": "sensed",
        },
    }


def test_point_without_a_time_of_writing_was_made_at_its_end(make, omh):
    """No clock: what the source does not say follows from the record itself."""
    (point,) = omh.points(make(omh.sample("steps", 80, AT, END)))
    assert point["header"]["creation_date_time"] == "2026-03-29T06:30:00+01:00"
    assert "source_creation_date_time" not in point["header"]["acquisition_provenance"]


@pytest.mark.parametrize(
    "note",
    [
        {"modality": "self-reported"},
        {"metadata": {"HKWasUserEntered": "1"}},
        {"recording_method": "manual"},
        {"recording_method": "manual-entry"},
        {"corrected": {"from": 731.0}},
    ],
)
def test_point_that_was_typed_in_says_so(make, omh, note):
    """Each adapter's word for it is understood; of a metric that people type in no word is needed."""
    vault = make(omh.sample("body_mass", 73.1, AT, note=note), omh.sample("height", 180, AT))
    found = [one["header"]["acquisition_provenance"]["modality"] for one in omh.points(vault)]
    assert found == ["self-reported", "self-reported"]


@pytest.mark.parametrize(
    ("metric", "note", "said"),
    [
        ("blood_glucose_molar", FASTING, FASTING),
        ("blood_glucose_mass", {"specimen_source": "whole blood", "x": 1}, {}),
        ("heart_rate", FASTING, {}),
        ("heart_rate", {"temporal_relationship_to_sleep": ["before sleeping"]}, {}),
        ("heart_rate", [1], {}),
        ("skin_temperature", WRIST, WRIST),
        (
            "resting_heart_rate",
            {"temporal_relationship_to_physical_activity": "active"},
            {"temporal_relationship_to_physical_activity": "at rest"},
        ),
    ],
)
def test_point_says_of_its_note_what_the_schema_has_a_word_for(make, omh, schemas, metric, note, said):
    """Words of the schema alone, and what the metric says by itself goes before what a note says."""
    (point,) = omh.points(make(omh.sample(metric, 36, AT, note=note)))
    body = dict(list(point["body"].items())[2:])
    assert body == said
    assert schemas(point) == []


def test_skin_temperature_of_an_unknown_place_stays_behind(make, omh):
    """The schema is of body temperatures: without a place the skin's would read as hypothermia."""
    assert omh.points(make(omh.sample("skin_temperature", 34, AT))) == []


def test_daily_value_covers_its_local_day(make, omh):
    """Midnight to midnight, 23 hours at the change to summer time, as in FHIR."""
    (point,) = omh.points(make(omh.sample("steps_daily", 9_000, "2026-03-29T00:00:00+01:00")))
    assert point["body"]["effective_time_frame"]["time_interval"] == {
        "start_date_time": "2026-03-29T00:00:00+01:00",
        "end_date_time": "2026-03-30T00:00:00+02:00",
    }


def test_moment_is_an_interval_where_the_schema_takes_nothing_else(make, omh, schemas):
    """Steps that were said of a moment keep it, as both edges."""
    (point,) = omh.points(make(omh.sample("steps", 7, AT)))
    assert set(point["body"]["effective_time_frame"]["time_interval"].values()) == {AT}
    assert schemas(point) == []


def test_unknown_offset_is_written_as_the_home_zones(make, omh):
    """A time frame needs an offset: the home zone's at that moment, as in FHIR."""
    (point,) = omh.points(make(omh.sample("heart_rate", 58, "2026-07-01T05:30:00")))
    assert point["body"]["effective_time_frame"]["date_time"] == "2026-07-01T07:30:00+02:00"


def test_blood_pressure_is_one_point(everything, omh):
    """Both numbers of one reading, in one body, from one source."""
    (point,) = omh.points(everything, "blood_pressure.systolic")
    assert point["body"] == {
        "systolic_blood_pressure": {"value": 121, "unit": "mmHg"},
        "diastolic_blood_pressure": {"value": 77.5, "unit": "mmHg"},
        "effective_time_frame": {"date_time": AT},
    }
    assert point["header"]["acquisition_provenance"]["source_name"] == "Télé"


@pytest.mark.parametrize(
    ("note", "modality"),
    [({"metadata": {"HKWasUserEntered": "1"}}, "self-reported"), ({"metadata": {"a": "1"}}, "sensed")],
)
def test_blood_pressure_says_whether_it_was_typed_in(make, omh, schemas, note, modality):
    """As a sample does: one number that was typed in was not sensed together with the other."""
    diastolic = omh.sample("blood_pressure.diastolic", 77.5, AT)
    vault = make(omh.sample("blood_pressure.systolic", 121, AT, note=note), diastolic)
    (point,) = omh.points(vault)
    assert point["header"]["acquisition_provenance"]["modality"] == modality
    assert schemas(point) == []


def test_half_a_blood_pressure_stays_behind(make, omh):
    """The schema asks for both, and has no way to say that one is not known."""
    assert omh.points(make(omh.sample("blood_pressure.systolic", 121, AT))) == []


def test_positions_go_out_by_name_alone(everything, make, omh, schemas):
    """Where somebody was is told only when it is asked for; an interval is no position."""
    assert not [one for one in omh.points(everything) if one["header"]["schema_id"]["name"] == "geoposition"]
    (point,) = omh.points(everything, "gps_position")
    assert point["body"]["longitude"] == {"value": 13.4, "unit": "deg"}
    assert schemas(point) == []
    parts = [omh.sample(f"gps_position.{part}", 1, AT, END) for part in ("latitude", "longitude")]
    assert omh.points(make(*parts), "gps_position") == []


def test_sleep_is_one_point_with_what_stands_beside_it(everything, omh):
    """Latency and awakenings of the very sleep are fields of it; the total has a data point of its own."""
    episode, total = omh.points(everything, "sleep_duration")
    assert episode["body"] == {
        "total_sleep_time": {"value": 400, "unit": "min"},
        "wake_after_sleep_onset": {"value": 20, "unit": "min"},
        "latency_to_sleep_onset": {"value": 12, "unit": "min"},
        "number_of_awakenings": 3,
        "is_main_sleep": True,
        "effective_time_frame": NIGHT,
    }
    assert total["body"]["total_sleep_time"] == {"value": 400, "unit": "min"}


def test_sleep_says_nothing_that_is_not_known(make, omh, schemas):
    """No time in bed for a time asleep, no latency that another source told, no half a waking."""
    night = SleepSession("s", START_NS, END_NS, UNKNOWN_OFFSET, omh.watch, [(START_NS, END_NS, "in_bed")])
    latency = omh.sample("sleep_latency", 9, AT, END, origin=omh.cuff)
    (point,) = omh.points(make(night, latency, omh.sample("sleep_awakenings", 2.5, AT, END)))
    assert set(point["body"]) == {"effective_time_frame", "is_main_sleep"}
    assert schemas(point) == []


def test_workout_is_an_activity_and_its_heart_rates(everything, omh):
    """Distance and energy are fields of it, the heart rates data points that say what they are."""
    mean, highest, activity = omh.points(everything, "workout")
    assert activity["body"].pop("effective_time_frame")["time_interval"]["start_date_time"] == AT
    assert activity["body"] == {
        "activity_name": "Running",
        "distance": {"value": 10_000, "unit": "m"},
        "kcal_burned": {"value": 700, "unit": "kcal"},
    }
    assert [one["body"]["descriptive_statistic"] for one in (mean, highest)] == ["average", "maximum"]
    assert highest["body"]["heart_rate"] == {"value": 171, "unit": "beats/min"}


def test_export_of_a_window_and_of_metrics(everything, omh):
    """Start is in, end is out; what is not asked for does not go."""
    assert len(omh.points(everything, "heart_rate", start=AT, end=END)) == 1
    assert len(omh.points(everything, "heart_rate")) == 2
    assert omh.points(everything, "hrv_sdnn") == []


def test_export_of_a_wrong_question_fails_at_once(everything):
    """Before the first line, so that no half file is left behind."""
    with pytest.raises(UnknownMetric):
        ndjson(everything, metrics=["no_such_thing"])
    with pytest.raises(InputError):
        ndjson(everything, start="the first")


def test_value_that_is_no_number_stays_behind(make, omh):
    """A quantity has a number; FHIR says why there is none."""
    blank = replace(omh.sample("heart_rate", 1, AT), value=np.array([np.nan]))
    assert not b"".join(block for _, block in ndjson(make(blank)))


def test_source_of_any_spelling_is_kept(make, omh):
    """Quotes, percent signs and line breaks of a name are escaped as JSON does it, and nothing else."""
    name = 'A "b" %s %%\n\\ü'
    vault = make(omh.sample("heart_rate", 58, AT, origin=Origin(name, "x")))
    (point,) = omh.points(vault)
    assert json.loads(json.dumps(point))["header"]["acquisition_provenance"]["source_name"] == name
