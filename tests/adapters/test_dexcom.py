"""Dexcom Clarity: what each row becomes, in every language and unit, and what is never read."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.dexcom import ADAPTER
from adapters.dexcom.clarity import is_clarity
from adapters.tables import table
from vault.errors import MalformedFile
from vault.records import Rejection, Samples, Tally
from vault.time import UNKNOWN_OFFSET, parse_instant

HEAD = (
    "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Patient Info,Device Info,"
    "Source Device ID,Glucose Value (mg/dL),Insulin Value (u),Carb Value (grams),Duration (hh:mm:ss),"
    "Glucose Rate of Change (mg/dL/min),Transmitter Time (Long Integer),Transmitter ID"
)
TIME = "2025-06-02T08:00:00"
SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "dexcom"
REAL = SAMPLES / "set-a" / "example" / "example_export_data.csv"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")


def row(event, subtype="", time=TIME, **cells):
    """Return a row of the table above."""
    names = "glucose", "insulin", "carbs", "duration", "rate", "tick", "transmitter"
    return ",".join(
        ["1", time, event, subtype, "", "", "iOS G7", *(str(cells.get(name, "")) for name in names)]
    )


@pytest.fixture
def read(tmp_path):
    """Return the records of a table: ``read(row, row, head=..., zone=...)``."""

    def records(*rows, head=HEAD, zone="Europe/Berlin", home=None, encoding="utf-8"):
        (tmp_path / "Clarity.csv").write_text("\r\n".join((head, *rows)) + "\r\n", encoding)
        timezone, home = (ZoneInfo(name) if name else None for name in (zone, home))
        return list(ADAPTER.read(tmp_path, Options(timezone, home=home)))

    return records


def values(records):
    """Return (metric, unit, start, end, offset, value, note) of every sample."""
    for batch in records:
        for n in range(len(batch)) if isinstance(batch, Samples) else ():
            value = batch.codes[batch.value[n]] if batch.codes else float(batch.value[n])
            note = (
                json.loads(batch.notes[batch.note[n]])
                if batch.note is not None and batch.note[n] >= 0
                else {}
            )
            times = int(batch.start[n]), int(batch.end[n]), int(batch.offset_min[n])
            yield (batch.metric, batch.unit, *times, value, note)


def short(records):
    return [(metric, unit, value) for metric, unit, _, _, _, value, _ in values(records)]


def tally(records):
    (found,) = (record for record in records if isinstance(record, Tally))
    return found


def test_reading_is_interstitial_glucose_at_the_offset_of_the_zone(read):
    """An EGV is a moment of glucose_interstitial; a told zone gives the offset, an assumed one does not."""
    start = parse_instant("2025-06-02T08:00:00+02:00")[0]
    reading = row("EGV", glucose=128, tick=1_000, transmitter="ABC")
    expected = ("glucose_interstitial", "", start, start, 120, 128.0, {})
    assert list(values(read(reading))) == [expected]
    unknown = (*expected[:4], UNKNOWN_OFFSET, *expected[5:])
    assert list(values(read(reading, zone=None, home="Europe/Berlin"))) == [unknown]


def test_low_and_high_are_words_and_never_a_number(read):
    """Beyond the sensor's range nothing was measured: no value that a mean could count."""
    found = short(read(row("EGV", "Low", glucose="Low", tick=1), row("EGV", "High", glucose="High", tick=2)))
    assert found == [("dexcom:glucose_out_of_range", "", "low"), ("dexcom:glucose_out_of_range", "", "high")]


def test_entries_become_quantities_and_words(read):
    """Carbohydrates and fingersticks are the catalogue's; insulin, exercise and health are Dexcom's."""
    found = short(
        read(
            row("Carbs", carbs=45),
            row("Insulin", "Fast-Acting", insulin="4.5"),
            row("Insulin", "Long-Acting", insulin=27),
            row("Exercise", "Heavy", duration="00:45:00"),
            row("Health", "Low Symptoms"),
            row("Calibration", glucose=98),
            row("EGV", glucose=100, rate="-1.5", tick=5),
        )
    )
    assert sorted(found, key=str) == sorted(
        [
            ("carbohydrate_intake", "", 45.0),
            ("dexcom:insulin_fast_acting", "u", 4.5),
            ("dexcom:insulin_long_acting", "u", 27.0),
            ("dexcom:exercise", "", "heavy"),
            ("dexcom:health", "", "low_symptoms"),
            ("blood_glucose_mass", "", 98.0),
            ("glucose_interstitial", "", 100.0),
            ("dexcom:glucose_rate_of_change", "mg/dL/min", -1.5),
        ],
        key=str,
    )


def test_exercise_lasts_as_long_as_was_entered(read):
    """Its end is its start and the duration."""
    ((_, _, start, end, *_),) = values(read(row("Exercise", "Light", duration="0:45:00")))
    assert (end - start) / 60e9 == 45


def test_head_of_the_file_and_unknown_events_are_left_and_counted(read):
    """Names, birthdays and alarm settings have no time; what kinds of events come next year is not known."""
    rows = (
        row("FirstName", time=""),
        row("DateOfBirth", time=""),
        row("Alert", "Low", time="", glucose=80),
        row("Alert", "Low"),
        row("Teleportation"),
        row("EGV"),
    )
    found = tally(read(*rows, row("EGV", glucose=90, tick=7)))
    assert (found.rows, found.used) == (7, 1)
    assert found.left == {"preamble": 3, "event": 2, "no-value": 1}


def test_rows_that_cannot_be_used_are_rejected_where_they_stand(read):
    """A date that is none, a value that is none: the rest is read, and no word of the cell is repeated."""
    records = read(
        row("EGV", glucose=100, time="yesterday", tick=1),
        row("EGV", glucose="lots", tick=2),
        row("Carbs", carbs="=1+1"),
        row("EGV", glucose=101, tick=3),
    )
    rejected = [(one.reason, one.position) for one in records if isinstance(one, Rejection)]
    assert rejected == [("bad-date", 2), ("bad-value", 3), ("bad-value", 4)]
    assert short(records) == [("glucose_interstitial", "", 101.0)]


def test_molar_values_become_the_milligrams_they_stand_for(read):
    """A millimole is 18.0182 mg/dL, rounded to whole ones; what was said is kept beside it."""
    head = HEAD.replace("Value (mg/dL)", "Value (mmol/L)")
    found = [(value, note) for *_, value, note in values(read(row("EGV", glucose="10.0", tick=1), head=head))]
    assert found == [(180.0, {"said": 10.0, "unit": "mmol/L"})]


def test_rate_of_change_of_a_molar_table_becomes_milligrams_a_minute(read):
    """The rate is told in the unit of its column; a column that names none has that of glucose."""
    head = HEAD.replace("mg/dL", "mmol/L")
    found = short(read(row("EGV", glucose="10.0", rate="0.1", tick=1), head=head))
    assert ("dexcom:glucose_rate_of_change", "mg/dL/min", pytest.approx(1.80182)) in found
    head = head.replace("Rate of Change (mmol/L/min)", "Rate of Change (mg/dL/min)")
    found = short(read(row("EGV", glucose="10.0", rate="0.1", tick=1), head=head))
    assert ("dexcom:glucose_rate_of_change", "mg/dL/min", 0.1) in found


def test_german_table_is_read_with_its_commas(read):
    """Semicolons, decimal commas and German names, in Windows-1252."""
    head = (
        "Index;Zeitstempel (JJJJ-MM-TTThh:mm:ss);Ereignistyp;Ereignisuntertyp;Patienteninfo;Geräteinfo;"
        "Quellgeräte-ID;Glukosewert (mmol/l);Insulinwert (IE);Kohlenhydratwert (Gramm);Dauer (hh:mm:ss)"
    )
    rows = ("1;2025-06-02T00:00:00;EGW;;;;iOS;5,8;;;", "2;2025-06-02T00:05:00;EGW;;;;iOS;Niedrig;;;")
    found = short(read(*rows, head=head, encoding="cp1252"))
    assert found == [("glucose_interstitial", "", 105.0), ("dexcom:glucose_out_of_range", "", "low")]


def test_spanish_table_is_read(read):
    """Its readings are called what they are."""
    head = "Índice;Marca temporal (AAAA-MM-DDThh:mm:ss);Tipo de evento;Nivel de glucosa (mg/dl)"
    found = short(read("1;2025-06-02T00:00:00;Niveles estimados de glucosa;97", head=head))
    assert found == [("glucose_interstitial", "", 97.0)]


def test_table_that_names_no_unit_is_not_read(read):
    """A hundred of what? Without the unit in the header nothing is certain."""
    with pytest.raises(MalformedFile):
        read(row("EGV", glucose=100), head=HEAD.replace(" (mg/dL)", ""))


def test_files_that_overlap_tell_a_reading_once(tmp_path):
    """A transmitter's counter is a reading's identity, also where two files' clocks disagree."""
    first = [
        row("EGV", glucose=100, tick=1_000, transmitter="A"),
        row("EGV", glucose=101, tick=1_300, transmitter="A"),
    ]
    again = [first[1], row("EGV", glucose=102, tick=1_600, transmitter="A", time="2025-06-02T08:10:00")]
    for name, rows in (("a.csv", first), ("b.csv", again)):
        (tmp_path / name).write_text("\n".join((HEAD, *rows)), "utf-8")
    records = list(ADAPTER.read(tmp_path, Options()))
    assert [value for _, _, value in short(records)] == [100.0, 101.0, 102.0]
    assert [record.repeated for record in records if isinstance(record, Tally)] == [0, 1]


def test_names_and_serial_numbers_go_nowhere(read):
    """Nothing that is told has the person, the transmitter or the receiver in it."""
    records = read(
        "1,,FirstName,,Sesame,,,,,,,,,",
        "2,,Device,,,Dexcom Sesame,SM-Sesame,,,,,,,",
        row("EGV", glucose=100, tick=1, transmitter="Sesame").replace("iOS G7", "SM-Sesame"),
    )
    assert "Sesame" not in repr(records)


@pytest.mark.parametrize("mark", ["\ufeff", '\ufeff"ï»¿""""Index""""",'])
def test_table_is_known_behind_marks_of_utf_8(mark):
    """A mark of UTF-8, and one that was taken for text and encoded again, do not hide a header."""
    head = mark + HEAD if mark == "\ufeff" else mark + HEAD.removeprefix("Index,")
    assert is_clarity(head.encode())
    assert not is_clarity(b"Index,Timestamp,Event Type\n")


def test_tables_have_no_word_twice():
    """Each name of a column and each event stands for one thing."""
    for name, column in (("columns.csv", "name"), ("events.csv", "word")):
        words = [one[column].casefold() for one in table("adapters.dexcom", name)]
        assert len(words) == len(set(words))


@needs_samples
def test_a_real_export_keeps_every_reading_in_the_order_of_its_transmitters():
    """24,542 readings, two changes of the clock: none is lost, and none is less than 299 s from the next."""
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        told = [one for one in csv.DictReader(file) if one["Event Type"] == "EGV"]
    records = list(ADAPTER.read(REAL, Options(ZoneInfo("Europe/Berlin"))))
    found = [one for one in records if isinstance(one, Samples)]
    starts = np.sort(np.concatenate([one.start for one in found]))
    assert len(told) == len(starts) == 24_542
    assert np.diff(starts).min() == 299 * 10**9
    expected = Counter(one["Glucose Value (mg/dL)"] for one in told if one["Glucose Value (mg/dL)"] != "Low")
    assert Counter(str(int(value)) for value in found[0].value) == expected
    assert {one.metric: len(one) for one in found} == {
        "glucose_interstitial": 24_478,
        "dexcom:glucose_out_of_range": 64,
    }
    assert tally(records).rows == len(told) + 6


@needs_samples
def test_a_real_export_shows_where_the_clock_was_changed_and_changed_back():
    """An hour back at noon of 2024-07-11, an hour forth on 2024-07-23: between them the offset is 60."""
    records = [
        one for one in ADAPTER.read(REAL, Options(ZoneInfo("Europe/Berlin"))) if isinstance(one, Samples)
    ]
    rows = sorted((start, offset) for _, _, start, _, offset, *_ in values(records))
    changes = [(now[0], now[1]) for before, now in pairwise(rows) if before[1] != now[1]]
    assert changes == [
        (parse_instant("2024-07-11T12:13:26+01:00")[0], 60),
        (parse_instant("2024-07-23T13:03:35+02:00")[0], 120),
    ]


@needs_samples
@pytest.mark.parametrize(("name", "readings"), [("Clarity_Export_synthetic.csv", 3_922)])
def test_a_table_with_a_mark_that_was_encoded_twice_is_read(tmp_path, name, readings):
    """Its readings are of 1961, when there were none; moved to this century every one is there."""
    text = (SAMPLES / "set-b" / "data" / "input" / name).read_text("utf-8")
    (tmp_path / "a.csv").write_text(text.replace(",1961-", ",2021-"), "utf-8")
    found = short(ADAPTER.read(tmp_path, Options()))
    counts = Counter(metric for metric, _, _ in found)
    assert counts["glucose_interstitial"] + counts["dexcom:glucose_out_of_range"] == readings
    assert counts["dexcom:insulin_fast_acting"] == 33
    assert counts["dexcom:insulin_long_acting"] == 14
