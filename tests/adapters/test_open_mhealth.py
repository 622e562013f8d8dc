"""Open mHealth data points: which become samples, when they were, and what is kept or refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.open_mhealth import ADAPTER
from adapters.open_mhealth.frames import span_of
from vault.errors import InputError
from vault.records import Document, Rejection, Samples, SleepSession, Tally, Workout
from vault.time import UNKNOWN_OFFSET, parse_instant

MORNING = "2026-03-29T07:30:00+02:00"


def at(moment=MORNING):
    return {"effective_time_frame": {"date_time": moment}}


def between(start, end):
    return {"effective_time_frame": {"time_interval": {"start_date_time": start, "end_date_time": end}}}


def point(name, version, body, *, namespace="omh", user="u", modality="sensed"):
    header = {
        "id": f"id-{name}",
        "creation_date_time": "2026-04-03T07:00:00Z",
        "schema_id": {"namespace": namespace, "name": name, "version": version},
        "acquisition_provenance": {"source_name": "Band", "modality": modality},
        "user_id": user,
    }
    return {"header": header, "body": body}


def pulse(**body):
    return point("heart-rate", "2.0", {"heart_rate": {"value": 61, "unit": "beats/min"}, **body})


@pytest.fixture
def read(tmp_path):
    """Return the records of data points, written as NDJSON."""

    def read_(*points, **options):
        path = tmp_path / "points.ndjson"
        path.write_text("\n".join(map(json.dumps, points)), "utf-8")
        return list(ADAPTER.read(path, Options(**options)))

    return read_


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(records):
    return {batch.metric: batch.value.tolist() for batch in of(Samples, records)}


def reasons(records):
    return [rejection.reason for rejection in of(Rejection, records)]


def test_point_becomes_a_sample_of_its_source(read):
    """Value, instant, offset and source; what else is said of the moment stands in the note."""
    (batch,) = of(Samples, read(pulse(**at(), temporal_relationship_to_physical_activity="at rest")))
    assert (batch.metric, batch.value.tolist(), batch.unit) == ("heart_rate", [61.0], "")
    assert batch.start.tolist() == batch.end.tolist() == [parse_instant("2026-03-29T05:30:00+00:00")[0]]
    assert (batch.offset_min.tolist(), batch.origins[0].source) == ([120], "Band")
    assert json.loads(batch.notes[0]) == {"temporal_relationship_to_physical_activity": "at rest"}


@pytest.mark.parametrize(
    ("name", "version", "body", "expected"),
    [
        ("body-weight", "3.0", {"body_weight": {"value": 150, "unit": "lb"}}, {"body_mass": 68.0388555}),
        ("body-height", "2.0", {"body_height": {"value": 70, "unit": "in"}}, {"height": 177.8}),
        (
            "body-temperature",
            "4.0",
            {"body_temperature": {"value": 98.6, "unit": "F"}},
            {"body_temperature": 37.0},
        ),
        ("body-mass-index", "3.0", {"body_mass_index": {"value": 22.5, "unit": "kg/m^2"}}, {"bmi": 22.5}),
        ("oxygen-saturation", "2.0", {"oxygen_saturation": {"value": 97, "unit": "%"}}, {"spo2": 97.0}),
        (
            "respiratory-rate",
            "2.0",
            {"respiratory_rate": {"value": 12, "unit": "breaths/min"}},
            {"respiratory_rate": 12},
        ),
        ("rr-interval", "1.0", {"rr_interval": {"value": 980, "unit": "ms"}}, {"rr_interval": 980.0}),
        ("speed", "1.0", {"speed": {"value": 9, "unit": "km/h"}}, {"speed": 2.5}),
        (
            "blood-glucose",
            "4.0",
            {"blood_glucose": {"value": 5.5, "unit": "mmol/L"}},
            {"blood_glucose_mass": 99.0},
        ),
        (
            *("blood-pressure", "4.0"),
            {
                "systolic_blood_pressure": {"value": 121, "unit": "mmHg"},
                "diastolic_blood_pressure": {"value": 77, "unit": "mmHg"},
            },
            {"blood_pressure.systolic": 121.0, "blood_pressure.diastolic": 77.0},
        ),
    ],
)
def test_point_is_in_the_catalogues_unit(read, name, version, body, expected):
    """Each schema's quantity under its metric."""
    assert values(read(point(name, version, {**body, **at()}))) == {
        metric: pytest.approx([value]) for metric, value in expected.items()
    }


@pytest.mark.parametrize(
    ("beside", "metric"),
    [
        ({}, "blood_glucose_mass"),
        ({"specimen_source": "capillary blood"}, "blood_glucose_mass"),
        ({"specimen_source": "interstitial fluid"}, "glucose_interstitial"),
        ({"specimen_source": "sweat"}, "omh:glucose_sweat"),
    ],
)
def test_glucose_is_of_where_it_was_measured(read, beside, metric):
    """A sensor under the skin, a drop of blood and sweat are three series."""
    body = {"blood_glucose": {"value": 95, "unit": "mg/dL"}, **beside, **at()}
    assert values(read(point("blood-glucose", "4.0" if beside else "3.0", body))) == {metric: [95.0]}


def test_temperature_of_the_wrist_is_of_the_skin(read):
    """A body's temperature is never that of its surface."""
    body = {"body_temperature": {"value": 33, "unit": "C"}, "measurement_location": "wrist", **at()}
    assert values(read(point("body-temperature", "4.0", body))) == {"skin_temperature": [33.0]}


def test_statistic_is_no_reading(read):
    """A day's average has a series of its own; a long value that says nothing of itself is kept whole."""
    day = between("2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00")
    records = read(pulse(**day, descriptive_statistic="average"), pulse(**day), pulse(**at()))
    assert values(records) == {"omh:heart_rate_average": [61.0], "heart_rate": [61.0]}
    assert [batch.unit for batch in of(Samples, records) if ":" in batch.metric] == ["/min"]
    assert len(of(Document, records)) == 1


def test_steps_of_a_day_are_the_days_total(read):
    """Steps of an hour are summed, those of a day, 23 hours long here, are not; those of a month are kept."""

    def steps(start, end, count):
        return point(
            "step-count", "3.0", {"step_count": {"value": count, "unit": "steps"}, **between(start, end)}
        )

    records = read(
        steps("2026-03-28T08:00:00+01:00", "2026-03-28T09:00:00+01:00", 900),
        steps("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 9000),
        steps("2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", 200000),
    )
    assert values(records) == {"steps": [900.0], "steps_daily": [9000.0]}
    assert len(of(Document, records)) == 1


def test_calories_are_not_called_active(read):
    """The schema does not say whether they are active or total, so neither series gets them."""
    body = {"kcal_burned": {"value": 160, "unit": "kcal"}, **between(MORNING, "2026-03-29T08:30:00+02:00")}
    (batch,) = of(Samples, read(point("calories-burned", "2.0", body)))
    assert (batch.metric, batch.unit) == ("omh:kcal_burned", "kcal")


@pytest.mark.parametrize(
    "interval",
    [
        {"start_date_time": "2026-03-28T23:00:00+01:00", "end_date_time": "2026-03-29T08:00:00+02:00"},
        {"start_date_time": "2026-03-28T23:00:00+01:00", "duration": {"value": 8, "unit": "h"}},
        {"end_date_time": "2026-03-29T08:00:00+02:00", "duration": {"value": 28800, "unit": "sec"}},
    ],
)
def test_interval_is_two_of_three(interval):
    """Start, end and length: two of them say the same over the night on which the clocks go forward."""
    span = span_of({"time_interval": interval}, None)
    assert span.start == parse_instant("2026-03-28T22:00:00+00:00")[0]
    assert span.end == parse_instant("2026-03-29T06:00:00+00:00")[0]


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ("America/New_York", "2026-10-25T06:30:00+00:00"),
        ("Asia/Kolkata", "2026-10-24T21:00:00+00:00"),
        ("Pacific/Auckland", "2026-10-24T13:30:00+00:00"),
    ],
)
def test_naive_moment_is_at_the_owners_clock(read, zone, start):
    """Home is assumed, no offset recorded; a zone that was told is; of an hour twice the first counts."""
    (assumed,) = of(Samples, read(pulse(**at("2026-10-25T02:30:00")), home=ZoneInfo(zone)))
    (told,) = of(Samples, read(pulse(**at("2026-10-25T02:30:00")), timezone=ZoneInfo(zone)))
    assert assumed.start.tolist() == told.start.tolist() == [parse_instant(start)[0]]
    assert assumed.offset_min.tolist() == [UNKNOWN_OFFSET]
    assert told.offset_min[0] != UNKNOWN_OFFSET


def test_moment_in_utc_tells_no_place(read):
    """Z is when, not where; nine hours east are recorded."""
    (batch,) = of(
        Samples, read(pulse(**at("2026-04-02T08:00:00Z")), pulse(**at("2026-04-02T08:00:00+09:00")))
    )
    assert batch.offset_min.tolist() == [UNKNOWN_OFFSET, 540]


def test_sleep_episode_is_a_sleep(read):
    """The night with what was said of it, efficiency under its own name; a nap if it was not the main one."""
    body = {
        "effective_time_frame": {
            "time_interval": {
                "start_date_time": "2026-03-28T23:00:00+01:00",
                "duration": {"value": 8, "unit": "h"},
            }
        },
        "total_sleep_time": {"value": 7.25, "unit": "h"},
        "latency_to_sleep_onset": {"value": 17.5, "unit": "min"},
        "wake_after_sleep_onset": {"value": 30, "unit": "min"},
        "number_of_awakenings": 2,
        "is_main_sleep": False,
        "sleep_maintenance_efficiency_percentage": {"value": 94.4, "unit": "%"},
    }
    records = read(point("sleep-episode", "1.1", body))
    (sleep,) = of(SleepSession, records)
    assert (sleep.is_nap, dict(sleep.details)) == (True, {"asleep_min": 435.0, "awake_min": 30.0})
    assert values(records) == {
        "sleep_latency": [17.5],
        "sleep_awakenings": [2.0],
        "omh:sleep_maintenance_efficiency": [94.4],
    }


def test_activity_is_a_workout(read):
    """Its word, its distance in metres; energy of no kind stands in the details."""
    body = {
        "activity_name": "Running",
        "distance": {"value": 3, "unit": "mi"},
        "kcal_burned": {"value": 310, "unit": "kcal"},
        **between("2026-03-28T17:00:00+01:00", "2026-03-28T17:30:00+01:00"),
    }
    (workout,) = of(Workout, read(point("physical-activity", "1.2", body)))
    assert (workout.activity, workout.distance_m, workout.energy_kcal) == (
        "running",
        pytest.approx(4828.032),
        None,
    )
    assert workout.details["kcal_burned"] == 310


def test_healthkit_in_granolas_form(read):
    """Types by the catalogue's HealthKit names; what it lacks keeps Apple's; a correlation is its samples."""
    apple = "HKQuantityTypeIdentifier"

    def quantity(kind, value, unit):
        return {"quantity_type": apple + kind, "unit_value": {"value": value, "unit": unit}, **at()}

    parts = [quantity("BloodPressureSystolic", 121, "mmHg"), quantity("BloodPressureDiastolic", 77, "mmHg")]
    together = {
        "correlation_type": "HKCorrelationTypeIdentifierBloodPressure",
        "quantity_samples": parts,
        **at(),
    }
    asleep = {"category_type": "HKCategoryTypeIdentifierSleepAnalysis", "category_value": "Asleep"}
    night = between("2026-03-28T23:00:00+01:00", "2026-03-29T06:00:00+02:00")
    records = read(
        point("hk-quantity-sample", "1.0", quantity("DietaryWater", 0.25, "L"), namespace="granola"),
        point("hk-quantity-sample", "1.0", quantity("DietaryZinc", 8, "mg"), namespace="granola"),
        point("hk-correlation", "1.0", together, namespace="granola"),
        point("hk-category-sample", "1.0", {**asleep, **night}, namespace="granola"),
    )
    (stage,) = (batch for batch in of(Samples, records) if batch.metric == "sleep_stage")
    assert stage.codes == ("asleep",)
    assert {metric: value for metric, value in values(records).items() if metric != "sleep_stage"} == {
        "hydration": [250.0],
        "omh:dietary_zinc": [8.0],
        "blood_pressure.systolic": [121.0],
        "blood_pressure.diastolic": [77.0],
    }


@pytest.mark.parametrize(
    "strange",
    [
        point("medication-adherence-percent", "2.0", {"adherence": {"value": 90, "unit": "%"}}),
        point("heart-rate", "9.9", {"heart_rate": {"value": 61, "unit": "beats/min"}, **at()}),
        point("blood-pressure", "1.0", {
            "systolic_blood_pressure": {"value": 160, "unit": "mmHg"},
            "diastolic_blood_pressure": {"value": 60, "unit": "mmHg"},
            "effective_time_frame": {"time_interval": {"date": "2013-02-05", "part_of_day": "evening"}},
        }),
    ],
)  # fmt: skip
def test_point_without_a_place_is_kept_as_it_came(read, strange):
    """An unknown schema or version, a part of a day: kept whole and counted, not forced into a series."""
    records = read(strange)
    (document,) = of(Document, records)
    assert json.loads(document.body) == strange
    assert not of(Samples, records)
    assert [(tally.rows, tally.used) for tally in of(Tally, records)] == [(1, 1)]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (pulse(), "missing-field"),
        (pulse(**at("yesterday")), "bad-time-frame"),
        (pulse(**at(), heart_rate={"value": 61, "unit": "bpm"}), "bad-unit"),
        (pulse(**at(), heart_rate={"value": "61", "unit": "beats/min"}), "bad-value"),
        (pulse(**at(), descriptive_statistic="middle"), "unknown-word"),
        (pulse(**at()) | {"body": []}, "no-body"),
        (point("heart-rate", "2.0", {}, modality="guessed"), "bad-header"),
    ],
)
def test_point_that_is_not_as_its_schema_says_is_refused(read, changed, reason):
    """Each way to be wrong has its reason, and costs the point alone."""
    records = read(changed, pulse(**at()))
    assert reasons(records) == [reason]
    assert values(records) == {"heart_rate": [61.0]}


def test_two_users_are_never_mixed(read):
    """Points of several users are refused as a whole."""
    with pytest.raises(InputError, match="several users"):
        read(pulse(**at()), point("heart-rate", "2.0", pulse(**at())["body"], user="other"))


def test_notes_of_the_user_are_read_only_if_asked_for(read):
    """What somebody wrote is private."""
    body = {"heart_rate": {"value": 50, "unit": "beats/min"}, **at(), "user_notes": "dizzy"}
    noted = point("heart-rate", "1.0", body)
    assert "dizzy" not in repr(of(Samples, read(noted)))
    assert "dizzy" in repr(of(Samples, read(noted, journal=True)))


def test_file_may_be_one_point_a_list_or_lines(tmp_path):
    """One point, a JSON array, NDJSON, packed or not: the same, and each counted."""
    points = [pulse(**at()), pulse(**at("2026-03-30T07:30:00+02:00"))]
    lines = "\n".join(map(json.dumps, points)).encode()
    written = {
        "one.json": json.dumps(points[0], indent=2).encode(),
        "list.json": json.dumps(points).encode(),
        "lines.ndjson": lines,
        "lines.ndjson.gz": gzip.compress(lines),
    }
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)
        records = list(ADAPTER.read(tmp_path / name, Options()))
        expected = 1 if name == "one.json" else 2
        assert [tally.used for tally in of(Tally, records)] == [expected]
    assert sum(tally.rows for tally in of(Tally, ADAPTER.read(tmp_path, Options()))) == 7


@pytest.mark.parametrize("depth", [400, 900, 5_000])
def test_depth_costs_the_point_alone(tmp_path, depth):
    """A nest of lists is a rejection or a document, never a traceback; so is half a surrogate pair."""
    deep = '{"header":' + json.dumps(pulse()["header"]).replace("heart-rate", "strange") + ',"body":{"x":'
    path = tmp_path / "deep.json"
    path.write_text("[" + deep + "[" * depth + "]" * depth + "}}," + deep + r'"\ud800"}}]')
    records = list(ADAPTER.read(path, Options()))
    (tally,) = of(Tally, records)
    assert tally.rows == tally.used + tally.rejected > 0


@settings(max_examples=200)
@given(
    junk=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
    key=st.sampled_from(["heart_rate", "effective_time_frame", "descriptive_statistic", "time_interval"]),
)
def test_any_body_is_read_or_refused(tmp_path_factory, junk, key):
    """Whatever stands in a field: a record or a reason, never a traceback."""
    body = {**at(), "heart_rate": {"value": 60, "unit": "beats/min"}}
    body |= {"effective_time_frame": {"time_interval": junk}} if key == "time_interval" else {key: junk}
    path = tmp_path_factory.mktemp("omh") / "one.json"
    path.write_text(json.dumps(point("heart-rate", "2.0", body)))
    (tally,) = of(Tally, ADAPTER.read(path, Options()))
    assert tally.rows == 1


def test_page_names_what_is_read():
    """The reference page says the adapter's title and the reasons of its rejections."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "open-mhealth.md").read_text("utf-8")
    assert ADAPTER.coverage.title in page
    words = "missing-field bad-time-frame bad-unit bad-value unknown-word no-body bad-header malformed-json"
    assert all(f"`{reason}`" in page for reason in words.split())
