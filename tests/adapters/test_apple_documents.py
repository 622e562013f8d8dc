"""What has no columns: rings, electrocardiograms, clinical records and other elements."""

from __future__ import annotations

import json

import pytest

from adapters.apple_health import ADAPTER
from adapters.base import Options
from vault.records import Document, Rejection, Samples, Score
from vault.time import date_of_day, format_instant

ENGLISH = (
    'Name,Pat Secret\nDate of Birth,"Jan 8, 1990"\nRecorded Date,2025-03-02 16:32:18 -0700\n'
    'Classification,{verdict}\nSymptoms,"Rapid, pounding heartbeat"\nSoftware Version,1.90\n'
    'Device,"Watch7,12"\nSample Rate,512 hertz\n\n\nLead,Lead I\nUnit,{unit}\n\n{values}'
)
GERMAN = (
    'Name,Max Secret\nGeburtstag,"08.01.1990"\nAufzeichnungsdatum,2025-03-02 16:32:18 -0700\n'
    "Klassifizierung,Sinusrhythmus\nSymptome,\nSoftwareversion,2.0\n"
    'Gerät,"Watch6,7"\nMessrate,"511,422\u00a0hertz"\n\n\nAbleitung,Ableitung I\n'
    "Einheit,µV\n\n57,992\n-66,502\n"
)
UNKNOWN = (
    GERMAN.replace("Sinusrhythmus", "Sínusový rytmus")
    .replace("Messrate", "Frekvencia")
    .replace("hertz", "Hz")
)


def of_kind(records, kind):
    return [record for record in records if isinstance(record, kind)]


def documents(records, kind):
    return [record for record in of_kind(records, Document) if record.kind == kind]


@pytest.fixture
def ecg(read_export):
    def read(text):
        records = read_export("", {"electrocardiograms/ecg_2025-03-02.csv": text.encode()})
        (document,), (sample,) = documents(records, "apple:ecg"), of_kind(records, Samples)
        return document, json.loads(document.body), sample

    return read


@pytest.mark.parametrize(
    ("text", "verdict", "code", "rate", "values"),
    [
        (
            ENGLISH.format(verdict="Heart Rate Over 120", unit="µV", values="1\n-2.5\n"),
            "Heart Rate Over 120",
            "high_heart_rate",
            512,
            [1, -2.5],
        ),
        (
            ENGLISH.format(verdict="Poor Recording", unit="μV", values="1\n"),
            "Poor Recording",
            "poor_recording",
            512,
            [1],
        ),
        (
            ENGLISH.format(verdict="Inconclusive", unit="mV", values="0.1\n"),
            "Inconclusive",
            "inconclusive",
            512,
            [100],
        ),
        (GERMAN, "Sinusrhythmus", "sinus_rhythm", 511.422, [57.992, -66.502]),
        (UNKNOWN, "Sínusový rytmus", "Sínusový rytmus", 511.422, [57.992, -66.502]),
        (
            ENGLISH.format(verdict="Unrecognized", unit="µV", values="1\n").replace(",Pat Secret", ""),
            "Unrecognized",
            "unrecognized",
            512,
            [1],
        ),
    ],
)
def test_ecg_is_read_in_any_language(ecg, text, verdict, code, rate, values):
    """Keys, verdicts and decimal marks follow the phone; the recording is the same in every language."""
    document, body, sample = ecg(text)
    assert (body["classification"], body["code"], body["unit"]) == (verdict, code, "uV")
    assert (body["sampling_rate_hz"], body["values"]) == (rate, values)
    assert format_instant(document.start, document.offset_min) == "2025-03-02T16:32:18-07:00"
    assert (sample.metric, sample.codes, sample.start[0]) == ("ecg_classification", [code], document.start)


def test_ecg_leaves_the_persons_name_and_birthday(ecg):
    """Who it is stands at the head of the file and is not kept."""
    document, _, _ = ecg(GERMAN)
    assert b"Secret" not in document.body
    assert b"1990" not in document.body


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GERMAN.replace("2025-03-02", "am 2. "), "malformed-ecg"),
        (GERMAN.replace("hertz", ""), "malformed-ecg"),
        (GERMAN.partition("57,992")[0], "malformed-ecg"),
        (GERMAN + "noise\n", "bad-value"),
        (GERMAN + "9" * 400 + "\n", "bad-value"),
        (GERMAN.replace("511,422", "9" * 400), "malformed-ecg"),
        (GERMAN.replace("Max Secret", "x" * 140_000), "malformed-ecg"),
        (GERMAN.replace("Max Secret", "1" + "hz" * 60_000 + " x"), "malformed-ecg"),
        ("57,992\n", "malformed-ecg"),
        ("", "malformed-ecg"),
    ],
)
def test_ecg_that_can_not_be_read_is_rejected(read_export, text, reason):
    """A file of another shape is a rejection, and the rest of the export is read."""
    records = read_export("", {"electrocardiograms/ecg.csv": text.encode()})
    assert [rejection.reason for rejection in of_kind(records, Rejection)] == [reason]


def test_rings_are_scores_of_their_day(read_export):
    """Energy in kcal, minutes and hours with their goals, on the day the element names."""
    ring = (
        ' <ActivitySummary dateComponents="2025-07-14" activeEnergyBurned="2210.5"'
        ' activeEnergyBurnedGoal="2000" activeEnergyBurnedUnit="kJ" appleExerciseTime="44"'
        ' appleExerciseTimeGoal="30" appleStandHours="13"/>'
    )
    scores = of_kind(read_export(ring), Score)
    assert {str(date_of_day(score.day)) for score in scores} == {"2025-07-14"}
    assert {score.score: (score.value, score.unit) for score in scores} == {
        "apple_active_energy": (528.32218, "kcal"),
        "apple_active_energy_goal": (478.011472, "kcal"),
        "apple_exercise_minutes": (44, "min"),
        "apple_exercise_minutes_goal": (30, "min"),
        "apple_stand_hours": (13, "h"),
    }


@pytest.mark.parametrize(("day", "reason"), [("1969-12-30", "empty-summary"), ("someday", "bad-date")])
def test_rings_of_no_day_are_counted(read_export, day, reason):
    """The empty rings before 1970 are dropped with a reason."""
    records = read_export(f' <ActivitySummary dateComponents="{day}" appleStandHours="0"/>')
    assert [rejection.reason for rejection in of_kind(records, Rejection)] == [reason]
    assert not of_kind(records, Score)


def test_clinical_records_are_kept_as_they_are(read_export):
    """A FHIR resource stays byte by byte, under its type, from the clinic that export.xml names."""
    body = b'{ "resourceType": "Observation", "id": "abc" }'
    reference = (
        ' <ClinicalRecord type="HKClinicalTypeIdentifierLabResultRecord" identifier="abc" sourceName="Clinic"'
        ' resourceFilePath="/clinical-records/Observation-ABC.json"/>'
    )
    files = {"clinical-records/Observation-ABC.json": body, "clinical-records/broken.json": b"[1"}
    records = read_export(reference, files)
    (document,) = documents(records, "fhir:Observation")
    assert (document.body, document.origin.source, document.key) == (body, "Clinic", "Clinic|abc")
    assert [rejection.reason for rejection in of_kind(records, Rejection)] == ["malformed-json"]
    assert len(documents(records, "apple:clinical_record")) == 1


def test_clinical_record_of_no_type_is_rejected(read_export):
    """What calls itself by something that can be no type is no resource."""
    files = {f"clinical-records/{n}.json": body for n, body in enumerate((b'{"resourceType":"a b"}', b"{}"))}
    records = read_export("", files)
    assert [rejection.reason for rejection in of_kind(records, Rejection)] == ["malformed-json"] * 2


def test_file_that_can_not_be_read_costs_only_itself(read_export, tmp_path):
    """A file that is gone when its turn comes is a rejection, and the rest of the export is read."""
    read_export("", {f"electrocardiograms/{name}.csv": GERMAN.encode() for name in "ab"})
    reading = ADAPTER.read(tmp_path, Options())
    first = next(reading)
    (tmp_path / "apple_health_export" / "electrocardiograms" / "a.csv").unlink()
    records = [first, *reading]
    assert [rejection.reason for rejection in of_kind(records, Rejection)] == ["unreadable"]
    assert len(documents(records, "apple:ecg")) == 1


def audiogram(offset, hour, pointer):
    device = f"&lt;&lt;HKDevice: 0x{pointer}&gt;, name:Mimi&gt;"
    return (
        f' <Audiogram sourceName="Mimi" device="{device}" startDate="2025-07-10 {hour}:00:00 {offset}"'
        f' endDate="2025-07-10 {hour}:05:00 {offset}">\n'
        '  <SensitivityPoint frequencyValue="1000"/>\n </Audiogram>'
    )


def test_elements_nobody_maps_are_kept_and_the_same_in_the_next_export(read_export):
    """An unknown element is a document, whose key does not hang on offset or memory address."""
    first, second = (
        documents(read_export(audiogram(*changes)), "apple:audiogram")[0]
        for changes in (("+0100", "10", "1f"), ("+0200", "11", "2e"))
    )
    assert first.key == second.key
    assert first.body == second.body
    body = json.loads(first.body)
    assert body["attributes"]["startDate"] == "2025-07-10T09:00:00Z"
    assert body["children"] == [{"element": "SensitivityPoint", "attributes": {"frequencyValue": "1000"}}]


def test_me_is_kept_with_attributes_or_text(read_export):
    """Date of birth and the like are a document, however they are written."""
    records = read_export(" <Me>\n  <Sex>HKBiologicalSexMale</Sex>\n </Me>")
    bodies = [json.loads(document.body) for document in documents(records, "apple:me")]
    assert bodies[0]["attributes"] == {"HKCharacteristicTypeIdentifierDateOfBirth": "1985-05-05"}
    assert bodies[1]["children"] == [{"element": "Sex", "text": "HKBiologicalSexMale"}]
