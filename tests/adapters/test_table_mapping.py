"""A mapping: what it may say, what it is refused for, and what a proposal of one tells of a table."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.table.fields import KINDS, conversion, field_of, fields_of
from adapters.table.mapping import TableMapping, mapping_in
from adapters.table.propose import proposal
from adapters.tables import table
from vault.errors import InputError, MalformedFile
from vault.metrics import catalogue, find

WHOLE = """
name = "my gym sheet"
kind = "strength_set"
delimiter = "auto"
decimal = "."
encoding = "auto"
skip_until = "Exercise"
[time]
columns = ["Date", "Time"]
format = "%d.%m.%Y %H:%M"
tz = "Europe/Berlin"
means = "start"
[fields]
exercise = "Exercise"
reps = "Reps"
weight = { column = "Weight", unit = "lb" }
[values]
set_type = { column = "Type", map = { W = "warmup", D = "dropset" } }
[missing]
tokens = ["", "-", "None", "NA", "0"]
zero_is_missing = ["rpe"]
[id]
columns = ["Date", "Exercise", "Set"]
"""
LEAST = 'name = "a"\nkind = "{kind}"\n[time]\ncolumns = ["When"]\n{time}\n[fields]\n{fields}\n'


def least(kind="body", time="", fields='body_mass = { column = "W", unit = "kg" }'):
    return mapping_in(LEAST.format(kind=kind, time=time, fields=fields).encode())


def test_mapping_of_the_documentation_is_understood():
    """Every part of a mapping, and each column it names once."""
    mapping = mapping_in(WHOLE.encode())
    assert mapping.fields["weight"].unit == "lb"
    assert mapping.values["set_type"].map == {"W": "warmup", "D": "dropset"}
    assert mapping.columns == ("Date", "Time", "Exercise", "Set", "Reps", "Weight", "Type")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"fields": "weight = 'W'"}, "no field of the kind body"),
        ({"fields": "body_mass = 'W'"}, "needs a unit"),
        ({"fields": 'body_mass = { column = "W", unit = "furlong" }'}, "can't be converted"),
        ({"fields": 'body_mass = { column = "W", unit = "?" }'}, "needs a unit"),
        ({"fields": 'body_mass = { column = "W", unit = "kg", formula = "W * 2" }'}, "[Ee]xtra"),
        ({"fields": ""}, "no field"),
        ({"time": 'format = "?"'}, "format"),
        ({"time": 'format = "%H:%M"'}, "year, month and day"),
        ({"time": 'format = "%d.%m."'}, "year, month and day"),
        ({"time": 'tz = "Mars/Olympus"'}, "unknown time zone"),
        ({"time": 'means = "end"'}, "needs a duration"),
        ({"kind": "sleep"}, "kind"),
        ({"kind": "strength_set", "fields": "reps = 'R'"}, "exercise"),
        ({"kind": "sample", "fields": "blood_pressure = { column = 'B', unit = 'mmHg' }"}, "no field"),
        ({"kind": "sample", "fields": "heart_rate = 'H'"}, "needs a unit"),
    ],
)
def test_mapping_that_leaves_something_open_is_refused(wrong, words):
    """Quantities without a unit, formats without a day, fields that are none: each in words."""
    with pytest.raises(MalformedFile, match=words) as caught:
        least(**wrong)
    assert "vitalvault map" in caught.value.hint


@given(st.binary(max_size=300))
def test_mapping_of_any_bytes_is_an_error_of_ours_or_a_mapping(data):
    """Whatever a file holds, it is refused in words or read."""
    with suppress(InputError):
        assert isinstance(mapping_in(data), TableMapping)


@pytest.mark.parametrize("format_", ["%d.%d.%Y", "%Y-%m-%d %I:%M", "%Y"])
def test_mapping_with_a_format_that_leaves_the_moment_open_is_refused(format_):
    """A part that is there twice, an hour of the half day without the half, a year alone."""
    with pytest.raises(MalformedFile, match="format"):
        least(time=f'format = "{format_}"')


def test_mapping_with_a_number_of_thousands_of_digits_is_refused():
    """Python refuses to read it in its own way."""
    with pytest.raises(MalformedFile, match="no TOML"):
        mapping_in(b"name = " + b"9" * 5_000)


def test_mapping_that_is_huge_is_refused():
    """A mapping is a page, not a book."""
    with pytest.raises(MalformedFile):
        mapping_in(b"#" * (1 << 20))


def test_fields_are_of_the_catalogue_or_convertible_to_its_units():
    """Every row of the table: a kind that exists, a metric that exists in the unit it has there."""
    for row in table("adapters.table", "fields.csv"):
        assert row["kind"] in KINDS
        metric = find(row["metric"]) if row["metric"] else None
        assert metric is not None or not row["metric"]
        if metric is not None and row["ucum"] != "1":
            assert row["ucum"] == metric.ucum


def test_units_lead_to_units_of_the_catalogue():
    """Every row of the table, and none twice; what a mapping may ask for can be had."""
    rows = table("adapters.table", "units.csv")
    assert len({(row["unit"].casefold(), row["ucum"]) for row in rows}) == len(rows)
    known = {metric.ucum for metric in catalogue().values()} | {"s"}
    assert {row["ucum"] for row in rows} <= known


@pytest.mark.parametrize(
    ("unit", "ucum", "said", "expected"),
    [
        ("lb", "kg", 100, 45.359237),
        ("st", "kg", 10, 63.5029318),
        ("mi", "m", 1, 1_609.344),
        ("ft", "cm", 6, 182.88),
        ("°F", "Cel", 98.6, 37.0),
        ("kJ", "kcal", 4.184, 1.0),
        ("mmol/L", "mg/dL", 10, 180.182),
        ("min", "s", 1.5, 90),
        ("hh:mm:ss", "min", 3_600, 60),
        ("%", "%", 5, 5),
        ("", "{score}", 5, 5),
    ],
)
def test_conversion_is_that_of_the_standards(unit, ucum, said, expected):
    """Checked by hand."""
    factor, offset = conversion(unit, ucum)
    assert said * factor + offset == pytest.approx(expected)


def test_names_of_proposals_are_fields_of_their_kinds():
    """Every row of the table that proposals are made of; a name has one meaning in a kind."""
    rows = table("adapters.table", "names.csv")
    assert len({(row["kind"], row["name"]) for row in rows}) == len(rows)
    assert all(row["kind"] == "time" or field_of(row["kind"], row["field"]) for row in rows)


def test_field_of_a_sample_is_any_quantity_and_one_of_its_own():
    """What the catalogue does not know keeps its name; words that are no name are no field."""
    assert field_of("sample", "heart_rate").ucum == "/min"
    assert field_of("sample", "menstrual_flow").is_text
    assert field_of("sample", "grip_strength").metric is None
    assert field_of("sample", "Grip strength; DROP TABLE") is None
    assert field_of("score", "coach_score").is_score
    assert field_of("body", "grip_strength") is None
    assert "exercise" in fields_of("strength_set")


@pytest.fixture
def propose(tmp_path):
    """Return the proposal for a table, as text and as what it says."""

    def proposed(text):
        path = tmp_path / "Sesame_glucose.csv"
        path.write_text(text, "utf-8")
        said = proposal(path)
        return said, tomllib.loads(said)

    return proposed


def test_proposal_has_names_units_and_formats_and_nothing_of_the_table(propose):
    """Columns of time and of values, units in brackets and behind names, the decimal comma."""
    text, said = propose(
        "Datum;Uhrzeit;Gewicht (kg);Körperfett [%];Notiz\n31.12.2025;07:10;81,35;18,2;Sesame\n"
    )
    assert said["kind"] == "body"
    assert said["time"] == {"columns": ["Datum", "Uhrzeit"], "format": "%d.%m.%Y %H:%M", "means": "start"}
    assert said["fields"] == {
        "body_mass": {"column": "Gewicht (kg)", "unit": "kg"},
        "body_fat_percentage": {"column": "Körperfett [%]", "unit": "%"},
    }
    assert (said["delimiter"], said["decimal"]) == (";", ",")
    assert '# not mapped: "Notiz"' in text
    assert not any(value in text for value in ("81,35", "81.35", "18,2", "31.12", "07:10", "Sesame"))
    assert mapping_in(text.encode()).kind == "body"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Date,Weight\n2025-12-31,81\n", "fields.body_mass"),
        ("Date,Weight (kg)\n05/12/2025,81\n", "time"),
        ("When,Weight (kg)\nlast night,81\n", "time"),
    ],
)
def test_proposal_asks_what_it_does_not_know_and_cannot_be_used_until_then(propose, text, question):
    """A missing unit, a day that may be a month, a date nobody understands: a question, not a guess."""
    text, _ = propose(text)
    assert '"?"' in text
    with pytest.raises(MalformedFile):
        mapping_in(text.encode())


@pytest.mark.parametrize(
    ("header", "cell", "format_"),
    [
        ("Date", "2025-12-31", "%Y-%m-%d"),
        ("start", "2025-12-31T07:10:00+01:00", "%Y-%m-%dT%H:%M:%S%z"),
        ("When", "13/12/2025 07:10", "%d/%m/%Y %H:%M"),
        ("When", "12/13/2025 07:10", "%m/%d/%Y %H:%M"),
        ("timestamp", "1767161400", "epoch_s"),
        ("timestamp", "1767161400000", "epoch_ms"),
    ],
)
def test_proposal_finds_the_format_of_times(propose, header, cell, format_):
    """By the name of the column or by what is in it."""
    _, said = propose(f"{header},Heart rate (bpm)\n{cell},61\n")
    assert said["time"]["columns"] == [header]
    assert said["time"]["format"] == format_
    assert said["fields"] == {"heart_rate": {"column": "Heart rate (bpm)", "unit": "bpm"}}


def test_proposal_knows_a_sheet_of_sets_from_a_scale(propose):
    """Weight is a load where there are exercises."""
    _, said = propose("Date,Exercise,Weight (lb),Reps\n2025-12-31,Squat,225,5\n")
    assert said["kind"] == "strength_set"
    assert said["fields"]["weight"] == {"column": "Weight (lb)", "unit": "lb"}


@given(*[st.text(st.characters(exclude_characters="\r\n"), max_size=40)] * 2)
def test_proposal_of_any_header_is_toml(tmp_path_factory, name, cell):
    """Quotes, line ends and control characters in names of columns stay inside of the quotes."""
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text(f"Date,{name}\n2025-12-31,{cell}\n", "utf-8", errors="replace")
    try:
        text = proposal(path)
    except MalformedFile:  # a number is no name of a column
        return
    assert tomllib.loads(text)["kind"] in KINDS


@pytest.mark.parametrize("first", ["2025-12-31,Ann", "Date,81.5", "Date;81,5"])
def test_proposal_for_a_table_without_names_of_columns_is_refused(propose, first):
    """Its first row would stand in the proposal as names."""
    with pytest.raises(MalformedFile, match="names of columns") as caught:
        propose(f"{first}\n2026-01-01,82\n")
    assert "81" not in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        ("10,234\t82,5", ","),
        ("10,234\t1,234,567", "."),
        ("10,234\t82", "?"),
        ("10.234\t82", "?"),
        ("10.234\t82,5", ","),
        ("10,234\t82.5", "."),
        ("10234\t82", "."),
    ],
)
def test_proposal_asks_whether_a_comma_parts_thousands(propose, cells, decimal):
    """``10,234`` is ten thousand or ten; another number of the table may tell which."""
    assert f'decimal = "{decimal}"' in propose(f"Date\tSteps\tWater (mL)\n2026-11-01\t{cells}\n")[0]


def test_proposal_for_decimal_commas_in_quotes_says_so(propose):
    """A table parted by commas may have them in numbers as well."""
    assert 'decimal = ","' in propose('Date,Weight (kg)\n2026-11-01,"81,4"\n')[0]


def test_proposal_does_not_take_a_row_for_the_header(propose):
    """A cell may be a word that columns are called by; the first line is no narrower, so it is the header."""
    said, _ = propose("Remark;When\nPulse;calm\nHour;yes\n")
    assert "Pulse" not in said
    assert '# not mapped: "Remark"' in said


def test_proposal_takes_steps_of_a_day_for_the_sum_they_are(propose):
    """A date alone has no moment: its steps are the day's, which are not added up."""
    assert "steps_daily = {" in propose("Date,Steps\n2026-11-01,10234\n")[0]
    assert "steps = {" in propose("Date,Steps\n2026-11-01 10:00,34\n")[0]


def test_proposal_writes_letters_as_people_do(propose):
    """A mapping is read and mended by hand."""
    said, _ = propose("Datum;Übung;Wdh.\n01.11.2026;Kniebeuge;8\n")
    assert 'exercise = "Übung"' in said
    assert 'reps = { column = "Wdh." }' in said


def test_proposal_of_a_folder_is_refused(tmp_path):
    """One table at a time."""
    with pytest.raises(MalformedFile):
        proposal(Path(tmp_path))
