"""What Records mean: metric, unit, value, codes, times, notes, and who measured."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest

from vault.records import Rejection, Samples
from vault.time import NO_INSTANT, UNKNOWN_OFFSET, format_instant

CATEGORY = "HKCategoryTypeIdentifier"
ZONE = '  <MetadataEntry key="HKTimeZone" value="{}"/>'


def samples_of(records):
    return [record for record in records if isinstance(record, Samples)]


def reasons(records):
    return [record.reason for record in records if isinstance(record, Rejection)]


@pytest.fixture
def sample(read_export, record_xml):
    """Read one Record and return its only batch."""

    def read(type_, value, children="", options=None, **changes):
        (batch,) = samples_of(read_export(record_xml(type_, value, children, **changes), **(options or {})))
        assert len(batch) == 1
        return batch

    return read


@pytest.mark.parametrize(
    ("type_", "unit", "value", "metric", "expected"),
    [
        ("HeartRate", "count/min", "72", "heart_rate", 72),
        ("OxygenSaturation", "%", "0.97", "spo2", 97),
        ("OxygenSaturation", "%", "1", "spo2", 100),
        ("BodyFatPercentage", "%", "0.184", "body_fat_percentage", 18.4),
        ("DistanceWalkingRunning", "km", "0.3712", "distance", 371.2),
        ("ActiveEnergyBurned", "kJ", "88.41", "active_energy", 21.130497),
        ("ActiveEnergyBurned", "Cal", "21.1", "active_energy", 21.1),
        ("BodyMass", "lb", "172.402", "body_mass", 78.200232),
        ("BodyTemperature", "degF", "98.6", "body_temperature", 37),
        ("PhysicalEffort", "kcal/hr·kg", "2.4", "met", 2.4),
        ("VO2Max", "ml/kg/min", "42", "vo2_max", 42),
        ("RunningPower", "W", "221", "power", 221),
        ("CyclingPower", "W", "210", "power", 210),
        ("CyclingSpeed", "km/hr", "36", "speed", 10),
        ("BloodGlucose", "mg/dL", "104", "blood_glucose_mass", 104),
        ("BloodGlucose", "mmol&lt;180.1558800000541&gt;/L", "5.8", "blood_glucose_molar", 5.8),
        ("BloodPressureDiastolic", "mmHg", "79", "blood_pressure.diastolic", 79),
    ],
)
def test_quantity_becomes_a_metric_in_its_unit(sample, type_, unit, value, metric, expected):
    """A known type in a known unit is a metric of the catalogue, converted."""
    batch = sample(type_, value, unit=unit)
    assert (batch.metric, batch.value[0], batch.unit, batch.codes) == (metric, expected, "", None)


@pytest.mark.parametrize(
    "value", ["48.74499999999999", "0.1000000000000000055", "1e-05", "123456789012345678"]
)
def test_quantity_that_needs_no_conversion_keeps_every_digit(sample, value):
    """What is in the catalogue's unit already is the float that the text says."""
    assert sample("HeartRate", value, unit="count/min").value[0] == float(value)


def test_quantity_in_an_unknown_unit_is_kept_as_given(sample):
    """Nothing is guessed about a unit nobody has mapped."""
    batch = sample("BodyMass", "12", unit="furlong")
    assert (batch.metric, batch.unit, batch.value[0]) == (
        "apple:HKQuantityTypeIdentifierBodyMass",
        "furlong",
        12,
    )


def test_type_of_another_kind_is_number_or_text(sample):
    """A type that is neither quantity nor category is numeric if its value is."""
    goal = sample("HKDataTypeSleepDurationGoal", "8", unit="hr")
    assert (goal.metric, goal.unit, goal.value[0]) == ("apple:HKDataTypeSleepDurationGoal", "hr", 8)
    words = sample("HKDataTypeMood", "good", unit=None)
    assert (words.codes, words.value[0]) == (["good"], 0)


@pytest.mark.parametrize(
    ("type_", "value", "metric", "code"),
    [
        ("SleepAnalysis", "HKCategoryValueSleepAnalysisAsleepCore", "sleep_stage", "light"),
        ("SleepAnalysis", "HKCategoryValueSleepAnalysisAsleep", "sleep_stage", "asleep"),
        ("MenstrualFlow", "HKCategoryValueVaginalBleedingMedium", "menstrual_flow", "medium"),
        ("Pregnancy", "HKCategoryValueNotApplicable", "pregnancy_status", "pregnant"),
        ("SleepAnalysis", "NewInIOS30", "apple:HKCategoryTypeIdentifierSleepAnalysis", "NewInIOS30"),
        ("Headache", None, "apple:HKCategoryTypeIdentifierHeadache", "HKCategoryValueNotApplicable"),
        ("Headache", "3", "apple:HKCategoryTypeIdentifierHeadache", "3"),
    ],
)
def test_category_becomes_a_code(sample, type_, value, metric, code):
    """A known value has a code of the project; any other stays Apple's text under Apple's type."""
    batch = sample(CATEGORY + type_, value)
    assert (batch.metric, [batch.codes[index] for index in batch.value]) == (metric, [code])


@pytest.mark.parametrize("value", ["HKCategoryValueNotApplicable", None])
def test_mindful_session_lasts_its_interval(sample, value):
    """Minutes of mindfulness are the length of the session, whether it has a value or not."""
    batch = sample(CATEGORY + "MindfulSession", value)
    assert (batch.metric, batch.value[0], batch.codes) == ("mindfulness", 5.0, None)


def test_times_are_instants_with_the_offset_of_the_file(sample):
    """Without a zone the offset is the one written, and creationDate says when it was recorded."""
    batch = sample("HeartRate", "72", unit="count/min")
    assert format_instant(batch.start[0], batch.offset_min[0]) == "2025-07-14T08:00:00+01:00"
    assert format_instant(batch.end[0]) == "2025-07-14T07:05:00Z"
    assert format_instant(batch.recorded[0]) == "2025-07-14T07:10:00Z"


@pytest.mark.parametrize("creation", [None, "yesterday"])
def test_times_without_a_creation_date_say_so(read_export, record_xml, creation):
    """A missing or broken creationDate costs nobody the sample."""
    first = record_xml("HeartRate", "72", unit="count/min", creationDate=creation)
    (batch,) = samples_of(read_export(first))
    assert batch.recorded is None
    both = samples_of(read_export(first + record_xml("HeartRate", "72", unit="count/min")))
    assert sorted(instant == NO_INSTANT for part in both for instant in part.recorded or [NO_INSTANT]) == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("zone", "told", "home", "offset"),
    [
        ("Europe/Paris", None, None, 120),
        ("Europe/Paris", "Asia/Tokyo", None, 120),
        ("Europe/Paris", None, "Asia/Tokyo", 120),
        ("GMT+0100", None, None, 60),
        ("GMT+0100", "Asia/Tokyo", None, 60),
        ("GMT+1", "Asia/Tokyo", None, 60),
        ("GMT-03:30", "Asia/Tokyo", None, -210),
        ("UTC+0530", "Asia/Tokyo", None, 330),
        ("GMT+2400", "Asia/Tokyo", None, 540),
        ("Nowhere/Else", "Asia/Tokyo", None, 540),
        (None, "America/New_York", None, -240),
        (None, "America/New_York", "Asia/Tokyo", -240),
        (None, None, "Asia/Tokyo", UNKNOWN_OFFSET),
        ("Nowhere/Else", None, "Asia/Tokyo", UNKNOWN_OFFSET),
        (None, None, "UTC", 60),
    ],
)
def test_offset_is_of_the_zone_that_is_known_best(sample, zone, told, home, offset):
    """HKTimeZone wins, then the zone of the export; then days are left to the home zone, if one was named.

    What is written is the phone's offset on the day of the export, and stands only where nothing is known.
    """
    named = {"timezone": told, "home": home}
    options = {name: ZoneInfo(key) for name, key in named.items() if key}
    batch = sample("HeartRate", "72", ZONE.format(zone) if zone else "", options, unit="count/min")
    assert batch.offset_min.tolist() == [offset]


def test_note_keeps_metadata_and_beats(sample):
    """What the children say is one canonical JSON text."""
    children = (
        '  <MetadataEntry key="HKAlgorithmVersion" value="2"/>\n  <HeartRateVariabilityMetadataList>\n'
        '   <InstantaneousBeatsPerMinute bpm="58" time="3:12:04.11\u202fAM"/>\n'
        '   <InstantaneousBeatsPerMinute bpm="61" time="15:12:05,15"/>\n  </HeartRateVariabilityMetadataList>'
    )
    batch = sample("HeartRateVariabilitySDNN", "48.2", children, unit="ms")
    note = json.loads(batch.notes[batch.note[0]])
    assert note == {
        "metadata": {"HKAlgorithmVersion": "2"},
        "beats": {"bpm": [58, 61], "time": ["3:12:04.11\u202fAM", "15:12:05,15"]},
    }


def test_note_keeps_elements_and_attributes_nobody_knows(sample):
    """What a future iOS adds is kept beside the rest."""
    batch = sample("HeartRate", "72", '  <Weather sky="blue"/>', unit="count/min", mood="good")
    note = json.loads(batch.notes[batch.note[0]])
    assert note["metadata"] == {"mood": "good"}
    assert note["other"] == [{"element": "Weather", "attributes": {"sky": "blue"}}]


def test_origin_has_the_device_without_address_and_pairing_date(sample):
    """Who measured is told without what changes from export to export."""
    device = (
        "&lt;&lt;HKDevice: 0x282e3a260&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch,"
        " hardware:Watch7, 2, software:11.6.1, creation date:2025-08-14 23:49:07 +0000&gt;"
    )
    batch = sample("HeartRate", "72", unit="count/min", device=device, sourceVersion="11.6.1")
    origin = batch.origins[batch.origin[0]]
    assert (origin.source, origin.adapter, origin.version, origin.app) == (
        "Watch",
        "apple_health",
        "11.6.1",
        "",
    )
    assert (origin.device.name, origin.device.hardware, origin.device.software) == (
        "Apple Watch",
        "Watch7, 2",
        "11.6.1",
    )
    assert "0x" not in str(origin)
    assert "2025" not in str(origin)


def test_origins_are_shared_and_indices_keep_their_meaning(read_export, record_xml):
    """All batches of a reading share one list of origins."""
    text = "".join(
        record_xml(type_, "1", unit=unit, sourceName=source)
        for type_, unit in (("HeartRate", "count/min"), ("StepCount", "count"))
        for source in ("Strava", "Watch", "Strava")
    )
    heart, steps = samples_of(read_export(text))
    assert heart.origins is steps.origins
    assert [heart.origins[index].app for index in heart.origin] == ["strava", "", "strava"]
    assert len(heart.origins) == 2


@pytest.mark.parametrize(
    ("changes", "value", "reason"),
    [
        ({"startDate": "2025-13-14 08:00:00 +0100"}, "72", "bad-date"),
        ({"endDate": None}, "72", "bad-date"),
        ({"endDate": "2025-07-14 07:00:00 +0100"}, "72", "end-before-start"),
        ({}, "many", "bad-value"),
        ({}, "1e999", "bad-value"),
        ({}, "", "bad-value"),
        ({}, None, "bad-value"),
        ({"type": None}, "72", "no-type"),
    ],
)
def test_record_that_can_not_be_used_is_rejected_with_its_line(
    read_export, record_xml, changes, value, reason
):
    """A bad row is counted with its reason and place, and its neighbours are read."""
    good = record_xml("HeartRate", "72", unit="count/min")
    records = read_export(good + record_xml("HeartRate", value, unit="count/min", **changes) + good)
    assert sum(map(len, samples_of(records))) == 2
    (rejection,) = (record for record in records if isinstance(record, Rejection))
    assert (rejection.reason, rejection.file, rejection.position) == (
        reason,
        "apple_health_export/export.xml",
        10,
    )


def test_values_outside_the_possible_are_not_judged_here(sample):
    """A pulse of 900 is handed on: the vault quarantines, the adapter reads."""
    assert sample("HeartRate", "900", unit="count/min").value[0] == 900


def test_record_inside_a_correlation_counts_once(read_export, record_xml):
    """Its twin stands at top level, as the DTD says."""
    pressure = record_xml("BloodPressureSystolic", "121", unit="mmHg")
    dates = 'startDate="2025-07-14 08:00:00 +0100" endDate="2025-07-14 08:00:00 +0100"'
    for type_, documents in (("BloodPressure", 1), ("Food", 2)):
        kind = f'type="HKCorrelationTypeIdentifier{type_}" sourceName="Diary" {dates}'
        records = read_export(f"{pressure} <Correlation {kind}>\n{pressure} </Correlation>")
        assert sum(map(len, samples_of(records))) == 1
        assert len([record for record in records if type(record).__name__ == "Document"]) == documents
        assert not reasons(records)
