"""Glucose in a cell, and tables of it that hold anything at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.dexcom import ADAPTER as DEXCOM
from adapters.formats.glucose import glucose_of, unit_of
from adapters.libreview import ADAPTER as LIBREVIEW
from adapters.table import ADAPTER as TABLE
from adapters.table.mapping import mapping_in
from adapters.tables import table
from vault.records import Rejection, Samples, Tally

HEADERS = {
    DEXCOM: "Timestamp,Event Type,Event Subtype,Glucose Value (mg/dL),Transmitter Time,Transmitter ID",
    LIBREVIEW: "Device,Serial Number,Device Timestamp,Record Type,Historic Glucose mmol/L,Notes",
    TABLE: "When,G",
}
MAPPING = mapping_in(
    b'name = "a"\nkind = "glucose"\n[time]\ncolumns = ["When"]\n'
    b'[fields]\nglucose_interstitial = { column = "G", unit = "mmol/L" }\n'
)
CELLS = st.sampled_from(
    [
        "",
        "EGV",
        "Low",
        "104",
        "5,4",
        "2025-07-01T10:00:00",
        "05-12-2025 10:00",
        "13-05-2025 10:00 AM",
        "0",
        '"',
        "-1e9",
        "99999999999999999999",
        "٣",
        "\x00",
        "9999-12-31T23:59:59",
    ]
)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("104", "mg/dL", 104.0),
        ("5.6", "mmol/L", 101.0),
        ("5,6", "mmol/L", 101.0),
        ("3.9", "mmol/L", 70.0),
        ("10.0", "mmol/L", 180.0),
    ],
)
def test_glucose_is_in_milligrams(text, unit, expected):
    """Checked by hand: 5.6 x 18.0182 is 100.90."""
    assert glucose_of(text, unit).mg_dl == expected


@pytest.mark.parametrize("text", ["", "0", "-5", "lots", "nan", "1e999"])
def test_glucose_that_is_none_is_none(text):
    """A zero is a sensor that has nothing to say."""
    assert glucose_of(text, "mg/dL") is None


def test_words_beyond_the_range_have_a_side_and_no_number():
    """Every word of the table, in whatever case."""
    for row in table("adapters.formats", "beyond.csv"):
        glucose = glucose_of(row["word"].upper(), "mg/dL")
        assert (glucose.mg_dl, glucose.beyond) == (None, row["side"])
        assert row["side"] in ("low", "high")


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("Glucose Value (mg/dL)", "mg/dL"),
        ("Nivel de glucosa (mg/dl)", "mg/dL"),
        ("Historic Glucose mmol/L", "mmol/L"),
        ("Glucose Rate of Change (mg/dL/min)", ""),
        ("Glucose", ""),
    ],
)
def test_unit_is_read_from_the_name_of_the_column(column, unit):
    """A rate is no concentration."""
    assert unit_of(column) == unit


@pytest.mark.parametrize("adapter", HEADERS)
@given(rows=st.lists(st.lists(CELLS, max_size=7), max_size=12))
@settings(max_examples=60)
def test_tables_of_anything_are_counted_whole(tmp_path_factory, adapter, rows):
    """Whatever the cells hold, each row is used, repeated, rejected or left, and nothing else is raised."""
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text("\n".join((HEADERS[adapter], *(",".join(row) for row in rows))) + "\n", "utf-8")
    records = list(adapter.read(path, Options(day_first=True, mapping=MAPPING if adapter is TABLE else None)))
    (tally,) = (record for record in records if isinstance(record, Tally))
    assert tally.rows == tally.used + tally.repeated + tally.rejected + sum(tally.left.values())
    assert tally.rejected == sum(record.count for record in records if isinstance(record, Rejection))
    assert tally.rows <= len(rows)
    assert sum(len(record) for record in records if isinstance(record, Samples)) >= tally.used
