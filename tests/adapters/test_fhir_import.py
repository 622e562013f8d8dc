"""FHIR documents in: which resources become samples, which are kept, and which are refused, and why."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.fhir import ADAPTER
from policies.rights.bundle import write_bundle
from vault.errors import InputError, MalformedFile
from vault.opening import create
from vault.records import Document, Rejection, Samples, Tally
from vault.time import UNKNOWN_OFFSET, parse_instant

UCUM = "http://unitsofmeasure.org"
# Only what a vital-signs profile asks beyond the base resource: a category, a subject, "/min" without the
# annotation {beats}, a diastolic beside the systolic. What these four say is sound without it.
AGAINST_A_PROFILE = {
    "08_profile_no_category",
    "09_profile_wrong_unit",
    "10_profile_no_subject",
    "14_bp_missing_dia",
}
REFUSED = {
    "01_no_status": "missing-element",
    "02_bad_status": "bad-element",
    "03_dt_no_offset": "bad-element",
    "04_unknown_elem": "unknown-element",
    "05_two_values": "two-values",
    "06_obs6_dar": "value-and-absent-reason",
    "07_value_as_string": "bad-element",
    "11_period_reversed": "ends-before-start",
    "12_bad_ucum": "bad-unit",
    "13_loinc_typo": "bad-code",
    "15_bad_id": "bad-element",
    "16_bad_date": "bad-element",
    "17_empty_array": "bad-element",
    "18_bad_ref_type": "bad-reference",
    "19_code_missing": "missing-element",
    "20_category_obj": "not-a-list",
}


def observation(loinc="8867-4", value=58, unit="/min", *, name="one", at="2026-05-01T07:30:00+02:00", **more):
    resource = {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "Patient/me"},
        "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }
    return {key: held for key, held in (resource | more).items() if held is not None}


def bundle(*resources, kind="collection"):
    entries = [{"fullUrl": f"urn:uuid:{number}", "resource": one} for number, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


@pytest.fixture
def read(tmp_path):
    """Return the records of resources, written as NDJSON or as the one document given."""

    def read_(*resources, **options):
        path = tmp_path / "some.json"
        path.write_text("\n".join(map(json.dumps, resources)), "utf-8")
        return list(ADAPTER.read(path, Options(**options)))

    return read_


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(records):
    return {batch.metric: batch.value.tolist() for batch in of(Samples, records)}


def reasons(records):
    return [rejection.reason for rejection in of(Rejection, records)]


def left(records):
    return {reason: count for tally in of(Tally, records) for reason, count in tally.left.items()}


def test_corpus_is_judged_as_its_index_says(samples, tmp_path):
    """Of 20 broken Observations 16 are refused, each for its reason; 4 break a profile and nothing else."""
    index = json.loads((samples / "fhir-corpus" / "index.json").read_text())
    found = {}
    for name in index:
        records = list(ADAPTER.read(samples / "fhir-corpus" / f"{name}.json", Options()))
        assert bool(reasons(records)) != any(tally.used for tally in of(Tally, records))
        if refused := reasons(records):
            (found[name],) = refused
    assert found == REFUSED
    assert {name for name, verdict in index.items() if verdict == "bad"} == REFUSED.keys() | AGAINST_A_PROFILE


def test_observation_becomes_a_sample_at_its_instant(read):
    """The value in the catalogue's unit, the instant in UTC with the offset that was written."""
    (batch,) = of(Samples, read(observation()))
    assert (batch.metric, batch.value.tolist(), batch.unit) == ("heart_rate", [58.0], "")
    assert batch.start.tolist() == batch.end.tolist() == [parse_instant("2026-05-01T05:30:00+00:00")[0]]
    assert batch.offset_min.tolist() == [120]
    assert batch.origins[0].source == "FHIR"


@pytest.mark.parametrize(
    ("at", "home", "start", "offset_min"),
    [
        ("2026-03-29T03:30:00+02:00", "Europe/Berlin", "2026-03-29T01:30:00+00:00", 120),
        ("2026-03-29T01:30:00.5Z", "Europe/Berlin", "2026-03-29T01:30:00.5+00:00", UNKNOWN_OFFSET),
        ("2026-04-02T08:00:00+09:00", "Europe/Berlin", "2026-04-01T23:00:00+00:00", 540),
        ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00+00:00", UNKNOWN_OFFSET),
        ("2026-03-08", "America/New_York", "2026-03-08T05:00:00+00:00", UNKNOWN_OFFSET),
        ("2026-05-01", "Asia/Kolkata", "2026-04-30T18:30:00+00:00", UNKNOWN_OFFSET),
        ("2026-04-05", "Pacific/Auckland", "2026-04-04T11:00:00+00:00", UNKNOWN_OFFSET),
    ],
)
def test_observation_is_where_its_time_says(read, at, home, start, offset_min):
    """Offsets stand as written; Z tells no place; a date is a day of the owner's."""
    (batch,) = of(Samples, read(observation(at=at), home=ZoneInfo(home)))
    assert (batch.start.tolist(), batch.offset_min.tolist()) == ([parse_instant(start)[0]], [offset_min])


@pytest.mark.parametrize("at", ["9999-12-31", "0001-01-01T00:00:00Z", "2026-02-30", "2026-02-30T10:00:00Z"])
def test_observation_of_no_day_is_refused(read, at):
    """A day that there is not, or out of reach, is a reason and no error."""
    assert reasons(read(observation(at=at))) == ["bad-time"]


def test_observation_of_a_date_lasts_its_day(read):
    """A day on which the clocks go forward has 23 hours; the zone of an export that was told is an offset."""
    (batch,) = of(Samples, read(observation(at="2026-03-29"), timezone=ZoneInfo("Europe/Berlin")))
    assert batch.end[0] - batch.start[0] == 23 * 3_600 * 10**9
    assert batch.offset_min.tolist() == [60]


@pytest.mark.parametrize(
    ("loinc", "value", "unit", "metric", "expected"),
    [
        ("29463-7", 150, "[lb_av]", "body_mass", 68.0388555),
        ("8302-2", 70, "[in_i]", "height", 177.8),
        ("8310-5", 98.6, "[degF]", "body_temperature", 37.0),
        ("59408-5", 0.97, "1", "spo2", 97.0),
        ("2708-6", 97, "%", "spo2", 97.0),
        ("40443-4", 52, "{beats}/min", "resting_heart_rate", 52.0),
        ("93832-4", 7.5, "h", "sleep_duration", 450.0),
        ("41981-2", 418.4, "kJ", "active_energy", 100.0),
        ("55423-8", 1200, "1", "steps", 1200.0),
    ],
)
def test_number_is_made_the_metrics_unit(read, loinc, value, unit, metric, expected):
    """UCUM units are converted; an annotation in braces changes nothing."""
    assert values(read(observation(loinc, value, unit))) == {metric: pytest.approx([expected])}


@pytest.mark.parametrize(("loinc", "unit"), [("8867-4", "mm[Hg]"), ("2339-0", "mmol/L"), ("29463-7", "cm")])
def test_number_in_a_unit_its_code_can_not_have_is_refused(read, loinc, unit):
    """A number under the right code in another unit is never guessed at."""
    assert reasons(read(observation(loinc, 5, unit))) == ["bad-unit"]


def test_unit_in_words_counts_where_there_is_no_code(read):
    """Apps write only a text: the usual ones are known."""
    said = {"value": 150, "unit": "lbs"}
    assert values(read(observation("29463-7", valueQuantity=said))) == {
        "body_mass": [pytest.approx(68.0388555)]
    }


def test_blood_pressure_is_two_series_of_one_reading(read):
    """Components are read by their codes; one that is absent is not there."""

    def part(loinc, **held):
        return {"code": {"coding": [{"system": "http://loinc.org", "code": loinc}]}, **held}

    pressure = {"value": 121, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
    parts = [part("8480-6", valueQuantity=pressure), part("8462-4", dataAbsentReason={"text": "unknown"})]
    records = read(observation("85354-9", valueQuantity=None, component=parts))
    assert values(records) == {"blood_pressure.systolic": [121.0]}


def test_component_may_have_what_is_for_the_model(read):
    """A reference range in a component is checked and does no harm; a modifier there keeps the whole."""
    pressure = {"value": 121, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
    code = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    part = {"code": code, "valueQuantity": pressure, "referenceRange": [{"low": {"value": 90}}]}
    ranged, broken, modified = (
        observation("85354-9", valueQuantity=None, component=[{**part, **more}])
        for more in ({}, {"referenceRange": [{"lowest": 1}]}, {"modifierExtension": [{"url": "urn:not"}]})
    )
    assert values(read(ranged)) == {"blood_pressure.systolic": [121.0]}
    assert reasons(read(broken)) == ["unknown-element"]
    assert len(of(Document, read(modified))) == 1


def test_curve_is_samples_at_its_period(read):
    """SampledData: value times factor plus origin, each period; E stands for nothing."""
    said = {
        "origin": {"value": 50, "code": "/min", "system": UCUM},
        "period": 1500,
        "factor": 0.5,
        "dimensions": 1,
        "data": "10 E 20",
    }
    (batch,) = of(Samples, read(observation(valueQuantity=None, valueSampledData=said)))
    assert batch.value.tolist() == [55.0, 60.0]
    assert (batch.start - batch.start[0]).tolist() == [0, 3_000_000_000]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "entered-in-error"}, "entered-in-error"),
        ({"status": "cancelled"}, "cancelled"),
        ({"valueQuantity": None, "dataAbsentReason": {"text": "unknown"}}, "no-value"),
    ],
)
def test_observation_that_says_nothing_is_left(read, more, reason):
    """What was taken back or has no value is counted, and no record is made of it."""
    records = read(observation(**more))
    assert left(records) == {reason: 1}
    assert not of(Samples, records) + of(Document, records)


@pytest.mark.parametrize(
    "more",
    [
        {"loinc": "718-7"},
        {"valueQuantity": None, "valueString": "fine"},
        {"modifierExtension": [{"url": "http://example.test/not", "valueBoolean": True}]},
        {"focus": [{"reference": "Patient/child"}]},
        {"at": "2026-05"},
        {"at": None},
    ],
)
def test_observation_without_a_place_is_kept_as_it_came(read, more):
    """Another code, another kind of value, a time that is no day: kept whole, never forced into a series."""
    resource = observation(**more)
    records = read(resource)
    assert not of(Samples, records)
    (document,) = of(Document, records)
    assert (document.kind, document.key, document.media_type) == (
        *("fhir:Observation", "Observation/one", "application/fhir+json"),
    )
    assert json.loads(document.body) == resource


def test_other_resources_are_kept_and_the_patient_is_not(read):
    """A condition is kept whole; of the Patient no name is stored; a Device is a source."""
    condition = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/me"}}
    patient = {"resourceType": "Patient", "id": "me", "name": [{"family": "Marker"}]}
    device = {
        "resourceType": "Device",
        "id": "d",
        "deviceName": [{"name": "Scale", "type": "user-friendly-name"}],
    }
    records = read(observation(device={"reference": "Device/d"}), condition, patient, device)
    assert [document.key for document in of(Document, records)] == ["Condition/c"]
    assert left(records) == {"person": 1}
    assert of(Samples, records)[0].origins[0].source == "Scale"
    assert "Marker" not in repr(records)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"resourceType": "Condition", "id": "c"}, "missing-element"),
        (
            {"resourceType": "Condition", "subject": {"reference": "Patient/me"}, "mood": "x"},
            "unknown-element",
        ),
        ({"resourceType": "Nothing", "id": "c"}, "unknown-resource"),
    ],
)
def test_other_resource_that_is_broken_is_refused(read, resource, reason):
    """The models of fhir.resources check what no rule here knows."""
    assert reasons(read(observation(), resource)) == [reason]


def test_two_people_are_never_mixed(read):
    """Observations of two are refused as a whole; of one among several Patients they are read."""
    other = observation(name="two", subject={"reference": "Patient/other"})
    with pytest.raises(InputError, match="several people"):
        read(observation(), other)
    people = [{"resourceType": "Patient", "id": name} for name in ("me", "other")]
    assert values(read(*people, observation())) == {"heart_rate": [58.0]}
    records = read(people[0], observation(), other)
    assert (values(records), reasons(records)) == ({"heart_rate": [58.0]}, ["other-person"])


def test_observation_of_a_thing_is_not_the_persons(read):
    """What was measured of a Device is nobody's; of several Patients, an Observation must say whose it is."""
    thing = observation(name="thing", subject={"reference": "Device/d"})
    records = read(observation(), thing)
    assert (values(records), reasons(records)) == ({"heart_rate": [58.0]}, ["other-person"])
    people = [{"resourceType": "Patient", "id": name} for name in ("me", "other")]
    assert reasons(read(*people, observation(), observation(name="whose", subject=None))) == ["other-person"]


def test_apples_clinical_records_are_left_to_apple(tmp_path):
    """Inside Apple's export they are Apple's; the folder alone is read."""
    folder = tmp_path / "clinical-records"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(observation()))
    assert ADAPTER.detect(folder) is not None
    (tmp_path / "export.xml").write_text("<HealthData/>")
    assert ADAPTER.detect(tmp_path) is None


@pytest.mark.parametrize("depth", [400, 900, 5_000])
def test_depth_costs_the_resource_alone(tmp_path, depth):
    """A nest of lists is a rejection or a document, never a traceback; so is half a surrogate pair."""
    deep = '{"resourceType":"%s","status":"final","code":{"text":"x"},"note":'
    nest = "[" * depth + "]" * depth + "}"
    for kind in ("Observation", "Basic"):
        path = tmp_path / f"{kind}.json"
        path.write_text("[" + deep % kind + nest + "," + deep % kind + r'[{"text":"\ud800"}]}]')
        (tally,) = of(Tally, ADAPTER.read(path, Options()))
        assert tally.rows == tally.used + tally.rejected > 0


def test_bundle_of_a_vault_is_read_from_its_folder_of_fhir(tmp_path, cheap_keys, clock):
    """The zip that hands everything over is read again: its FHIR, while tables and receipts are left."""
    vault = create(tmp_path / "vault", "a long passphrase", clock=clock)
    (tmp_path / "one.ndjson").write_text(json.dumps(observation(at="2026-03-01T07:30:00+01:00")))
    vault.ingest(ADAPTER.read(tmp_path / "one.ndjson", Options()))
    write_bundle(vault, tmp_path / "bundle.zip", clock=clock)
    assert ADAPTER.detect(tmp_path / "bundle.zip") is not None
    records = list(ADAPTER.read(tmp_path / "bundle.zip", Options()))
    assert values(records) == {"heart_rate": [58.0]}
    assert sum("whole-file" in tally.left for tally in of(Tally, records)) > 5


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction"])
def test_bundle_is_read_entry_by_entry(read, kind):
    """References by urn:uuid meet what the Bundle calls its entries; links before them do no harm."""
    patient = {"resourceType": "Patient", "id": "p"}
    about = {"meta": {"tag": [{"code": "x"}]}, "link": [{"relation": "self", "url": "http://example.test"}]}
    resource = observation(subject={"reference": "urn:uuid:0"})
    records = read({**about, **bundle(patient, resource, kind=kind)})
    assert values(records) == {"heart_rate": [58.0]}
    assert [(tally.rows, tally.used) for tally in of(Tally, records)] == [(2, 1)]


def test_bulk_export_is_read_packed_and_in_folders(tmp_path):
    """NDJSON with gzip, a pretty-printed resource, a zip of both; other files are counted and left."""
    (tmp_path / "in").mkdir()
    lines = "\n".join(json.dumps(observation(value=value, name=f"n{value}")) for value in (58, 59))
    (tmp_path / "in" / "Observation.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    (tmp_path / "in" / "one.json").write_text(json.dumps(observation(value=60), indent=2))
    (tmp_path / "in" / "README.txt").write_text("read me")
    with ZipFile(tmp_path / "in.zip", "w") as packed:
        for path in (tmp_path / "in").iterdir():
            packed.write(path, path.name)
    for place in (tmp_path / "in", tmp_path / "in.zip"):
        assert ADAPTER.detect(place) is not None
        records = list(ADAPTER.read(place, Options()))
        assert sorted(values(records)["heart_rate"]) == [58.0, 59.0, 60.0]
        assert left(records) == {"whole-file": 1}


def test_lines_may_be_long_and_one(read):
    """A first line longer than what a file is recognised by is a line all the same."""
    long = {"resourceType": "Basic", "id": "b", "code": {"text": "x" * 100_000}}
    assert values(read(long, observation())) == {"heart_rate": [58.0]}
    (document,) = of(Document, read(long))
    assert document.body == json.dumps(long).encode()


def test_damage_costs_itself(tmp_path, read):
    """A line that is no JSON is one rejection; a file that is no resource at all is none of ours."""
    path = tmp_path / "lines.ndjson"
    path.write_text(
        json.dumps(observation()) + '\n{"resourceType": "Obs\n[1]\n' + json.dumps(observation(value=59))
    )
    records = list(ADAPTER.read(path, Options()))
    assert values(records) == {"heart_rate": [58.0, 59.0]}
    assert reasons(records) == ["malformed-json", "not-an-object"]
    with pytest.raises(MalformedFile):
        read({"some": "json"})


def test_page_names_what_is_read():
    """The reference page has a section on import that says the adapter's title and its reasons."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "fhir.md").read_text("utf-8")
    assert ADAPTER.coverage.title in page
    assert all(f"`{reason}`" in page for reason in {*REFUSED.values(), "other-person", "bad-time"})
