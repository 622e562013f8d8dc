"""Series as Observations: every metric valid, every sample its own id, time and value."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.fhir import observations, problems
from vault.fhir.identity import Identity
from vault.fhir.shape import Context
from vault.metrics import catalogue
from vault.nature import nature_of_metric
from vault.time import NO_INSTANT, format_instant

LOCAL_SYSTEM = "urn:vitalvault:metric"
SERIES = [name for name, entry in catalogue().items() if entry.kind != "COMP"]


def written(made, name, columns, home="Europe/Berlin"):
    """Return a series' Observations as dicts."""
    from zoneinfo import ZoneInfo

    context = Context(Identity(b"k" * 32), ZoneInfo(home))
    blocks = observations.series(context, name, columns)
    return [json.loads(line) for block in blocks for line in block.splitlines()]


def one(made, name, *row, **columns):
    """Return the Observation of one sample."""
    (found,) = written(made, name, made.columns([row], **columns))
    return found


@pytest.mark.parametrize("name", SERIES)
def test_series_of_every_metric_is_valid_and_in_its_unit(made, name):
    """Each of the catalogue's metrics goes out valid, under its code, in its one unit."""
    entry = catalogue()[name]
    codes = ["unknown", "other"] if entry.is_coded else None
    value = "other" if codes else (entry.low or 0.0) + 1
    found = one(made, name, "2026-05-01T07:30:00+02:00", "2026-05-01T08:00:00+02:00", value, codes=codes)
    assert problems(found) == []
    if codes:
        assert found["valueCodeableConcept"]["coding"][-1]["code"] == "other"
    else:
        assert found["valueQuantity"]["value"] == value
        assert found["valueQuantity"]["code"] == entry.ucum
        assert found["valueQuantity"]["system"] == "http://unitsofmeasure.org"
    assert found["category"] == [
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": entry.category,
                }
            ]
        }
    ]


def test_series_moment_is_a_date_time_and_an_interval_a_period(made):
    """A moment has effectiveDateTime, an interval effectivePeriod, both with the recorded offset."""
    moment = one(made, "heart_rate", "2026-05-01T07:30:00.5+02:00", "", 58)
    assert moment["effectiveDateTime"] == "2026-05-01T07:30:00.5+02:00"
    period = one(made, "steps", "2026-05-01T07:30:00+05:45", "2026-05-01T07:40:00+05:45", 58)
    assert period["effectivePeriod"] == {
        "start": "2026-05-01T07:30:00+05:45",
        "end": "2026-05-01T07:40:00+05:45",
    }


def test_series_daily_value_covers_its_local_day(made):
    """A daily value without an interval of its own stands for the whole local day, 23 hours in March."""
    found = one(made, "resting_heart_rate", "2026-03-29T09:00:00+02:00", "", 52)
    assert found["effectivePeriod"] == {
        "start": "2026-03-29T00:00:00+01:00",
        "end": "2026-03-30T00:00:00+02:00",
    }
    assert problems(found) == []


def test_series_daily_value_with_an_interval_keeps_it(made):
    """What the source said of the time is not widened."""
    found = one(made, "resting_heart_rate", "2026-05-01T06:00:00+02:00", "2026-05-01T22:00:00+02:00", 52)
    assert found["effectivePeriod"]["start"] == "2026-05-01T06:00:00+02:00"


def test_series_unknown_offset_takes_the_home_zone_and_says_so(made):
    """Without an offset the home zone's is used, tagged, and the integrity label lowered."""
    found = one(made, "heart_rate", "2026-07-01T05:30:00", "", 58)
    assert found["effectiveDateTime"] == "2026-07-01T07:30:00+02:00"
    assert [tag["code"] for tag in found["meta"]["tag"]] == ["observed", "tz-assumed"]
    assert "UNCERTREL" in [label["code"] for label in found["meta"]["security"]]
    assert problems(found) == []


def test_series_labels_say_how_sensitive_a_metric_is(made):
    """Everything is restricted; what touches sex, mind, substances or place is very restricted, and why."""
    plain = one(made, "steps", "2026-05-01T07:30:00+02:00", "", 1, origins=[made.phone])
    assert [label["code"] for label in plain["meta"]["security"]] == ["R"]
    drinks = one(made, "alcohol_drinks", "2026-05-01T07:30:00+02:00", "", 1)
    assert [label["code"] for label in drinks["meta"]["security"]] == ["V", "ETH", "DEVAST"]


def test_series_typed_in_value_is_the_patients_own(made):
    """What a person typed in says so, names them as performer and is not called a device's word."""
    notes = ['{"metadata":{"HKWasUserEntered":"1"}}']
    found = one(made, "body_mass", "2026-05-01T07:30:00+02:00", "", 70.5, 0, 0, notes=notes)
    assert found["performer"] == [found["subject"]]
    assert [label["code"] for label in found["meta"]["security"]] == ["R", "PATAST"]
    assert problems(found) == []


@pytest.mark.parametrize("name", SERIES)
def test_series_says_what_it_is(made, name):
    """Each sample says whether it was provided, observed or inferred, in a tag."""
    codes = ["other"] if catalogue()[name].is_coded else None
    found = one(made, name, "2026-05-01T07:30:00+02:00", "", "other" if codes else 1, codes=codes)
    assert found["meta"]["tag"] == [{"system": "urn:vitalvault:nature", "code": nature_of_metric(name)}]


@pytest.mark.parametrize(
    "note",
    [
        '{"metadata":{"HKWasUserEntered":"1"}}',
        '{"recording_method":"manual"}',
        '{"recording_method":"manual-entry","timezone":"Europe/Berlin"}',
        '{"modality":"self-reported"}',
        '{"corrected":{"at":"2026-05-02T08:00:00Z"}}',
    ],
)
def test_series_typed_in_value_is_provided(made, note):
    """What a person typed in or put right is theirs, whatever the metric and whoever's note says so."""
    found = one(made, "body_mass", "2026-05-01T07:30:00+02:00", "", 70.5, 0, 0, notes=[note])
    assert [tag["code"] for tag in found["meta"]["tag"]] == ["provided"]
    assert "PATAST" in [label["code"] for label in found["meta"]["security"]]


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ('{"corrected":{"at":"2026-05-02T08:00:00Z","reason":"scale off"}}', "corrected"),
        ('{"corrected":{"at":"2026-05-02T08:00:00Z"},"metadata":{"a":"1"}}', "corrected"),
        ('{"corrected":"yes"}', "final"),
        ('{"metadata":{"corrected":{}}}', "final"),
        ("no JSON", "final"),
    ],
)
def test_series_corrected_value_says_so(made, note, status):
    """What its owner put right has FHIR's status for it, and keeps the reason for itself."""
    found = one(made, "body_mass", "2026-05-01T07:30:00+02:00", "", 70.5, 0, 0, notes=[note])
    assert found["status"] == status
    assert "scale off" not in json.dumps(found)
    assert problems(found) == []


@pytest.mark.parametrize(("note", "codes"), [("1", ["94122-9", "vo2_max"]), ("2", ["vo2_max_estimate"])])
def test_series_vo2_max_is_loinc_only_when_measured(made, note, codes):
    """Only a maximal test has the LOINC code; a prediction is an estimate under the local code."""
    notes = [json.dumps({"metadata": {"HKVO2MaxTestType": note}})]
    found = one(made, "vo2_max", "2026-05-01T07:30:00+02:00", "", 44.1, 0, 0, notes=notes)
    assert [coding["code"] for coding in found["code"]["coding"]] == codes


def test_series_zone_is_written_only_where_it_agrees(made):
    """A named zone is written if it has the recorded offset at that instant, else not."""
    notes = ['{"metadata":{"HKTimeZone":"Europe/Paris"}}', '{"metadata":{"HKTimeZone":"Mars/Olympus"}}']
    at = "2026-05-01T07:30:00+02:00"
    agreeing = one(made, "heart_rate", at, "", 58, 0, 0, notes=notes)
    assert agreeing["_effectiveDateTime"]["extension"][0]["valueCode"] == "Europe/Paris"
    period = one(made, "steps", at, "2026-05-01T07:40:00+02:00", 58, 0, 0, notes=notes)
    assert period["effectivePeriod"]["_end"]["extension"][0]["valueCode"] == "Europe/Paris"
    assert problems(agreeing) == problems(period) == []
    for row in (("2026-05-01T07:30:00+01:00", "", 58, 0, 0), (at, "", 58, 0, 1), (at, "", 58, 0, -1)):
        assert "_effectiveDateTime" not in one(made, "heart_rate", *row, notes=notes)


def test_series_issued_is_when_the_source_wrote_it(made):
    """The instant a source recorded a sample goes out as issued; unknown is left out."""
    columns = made.columns([("2026-05-01T07:30:00+02:00", "", 58), ("2026-05-01T07:31:00+02:00", "", 59)])
    columns = replace(columns, recorded=np.array([columns.start[0] + 10**9, NO_INSTANT]))
    first, second = written(made, "heart_rate", columns)
    assert first["issued"] == "2026-05-01T05:30:01+00:00"
    assert "issued" not in second


def test_series_not_a_number_says_why_there_is_no_value(made):
    """NaN is no JSON number: the Observation says so instead."""
    found = one(made, "heart_rate", "2026-05-01T07:30:00+02:00", "", float("nan"))
    assert found["dataAbsentReason"]["coding"][0]["code"] == "not-a-number"
    assert problems(found) == []


def test_series_vendor_coded_keeps_the_vendors_code_and_unit(made):
    """A metric outside the catalogue goes out under the vendor's code, its unit as text."""
    name = "apple:HKQuantityTypeIdentifierInhalerUsage"
    found = one(made, name, "2026-05-01T07:30:00+02:00", "", 1, unit="count")
    assert found["valueQuantity"] == {"value": 1, "unit": "count"}
    assert "category" not in found
    assert problems(found) == []


def test_series_device_is_named_without_serial_numbers(made):
    """The Device holds what the source said of itself, and samples refer to it."""
    from zoneinfo import ZoneInfo

    context = Context(Identity(b"k"), ZoneInfo("UTC"))
    columns = made.columns(
        [("2026-05-01T07:30:00+02:00", "", 58, 0), ("2026-05-01T07:30:00+02:00", "", 58, 1)],
        origins=[made.watch, made.phone],
    )
    (block,) = observations.series(context, "heart_rate", columns)
    devices = [json.loads(line)["device"]["reference"] for line in block.splitlines()]
    assert devices == [f"Device/{id_}" for id_ in context.devices]
    watch, phone = context.devices.values()
    assert watch["manufacturer"] == "Apple Inc."
    assert [name["name"] for name in phone["deviceName"]] == ["Télé 100 %s"]
    assert problems(watch) == problems(phone) == []


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2 * 10**18),
            st.integers(0, 10**13),
            st.integers(-840, 840),
            st.floats(allow_nan=False, allow_infinity=False, width=32),
            st.integers(0, 1),
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[:2],
    )
)
def test_series_says_of_each_sample_exactly_what_the_columns_say(made, rows):
    """Templates change nothing: time, offset, value and who measured come back from every line."""
    start, length, offset, value, origin = (np.array(column) for column in zip(*rows))
    columns = replace(
        made.columns([("2026-05-01T07:30:00+02:00", "", 0)], origins=[made.watch, made.phone]),
        start=start,
        end=start + length,
        offset_min=offset.astype(np.int16),
        value=value.astype(np.float64),
        origin=origin.astype(np.int32),
        recorded=np.full(len(rows), NO_INSTANT),
        note=np.full(len(rows), -1, np.int32),
    )
    found = written(made, "power", columns)
    assert len({one["id"] for one in found}) == len(rows)
    for resource, (first, span, minutes, number, _) in zip(found, rows):
        edges = [format_instant(first, minutes), format_instant(first + span, minutes)]
        period = resource.get("effectivePeriod", {})
        assert [period.get("start", resource.get("effectiveDateTime")), period.get("end", edges[1])] == edges
        assert resource["valueQuantity"]["value"] == number
    assert [resource["device"] == found[0]["device"] for resource in found] == [
        row[4] == rows[0][4] for row in rows
    ]


def test_series_longer_than_a_block_loses_nothing(made):
    """Blocks join without a gap or a repetition."""
    count = observations.BLOCK * 2 + 7
    columns = made.columns([("2026-05-01T07:30:00+02:00", "", 58)])
    repeated = columns.take(np.zeros(count, np.intp))
    start = columns.start[0] + np.arange(count) * 10**9
    found = written(made, "heart_rate", replace(repeated, start=start, end=start))
    assert len({one["id"] for one in found}) == len(found) == count
