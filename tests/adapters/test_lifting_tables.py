"""The tables that lifting logs are read by: every row means one thing, and a known one."""

from __future__ import annotations

import csv
import re
from importlib.resources import files

import pytest

from adapters.formats.sheets import plain
from adapters.hevy.dates import clock_in
from vault.merge.activities import activities
from vault.merge.exercises import spelled


def rows(package: str, name: str) -> list[dict[str, str]]:
    text = files(f"adapters.{package}").joinpath("tables", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


UNITS = rows("formats", "lifting_units.csv")
FACTORS = {
    "kg": 1, "kgs": 1, "lb": 0.45359237, "lbs": 0.45359237, "m": 1, "meters": 1, "km": 1000, "ft": 0.3048,
    "mi": 1609.344, "miles": 1609.344, "yd": 0.9144,
}  # fmt: skip


@pytest.mark.parametrize("row", UNITS, ids=lambda row: row["unit"])
def test_lifting_unit_is_the_legal_one(row):
    """A pound is 0.45359237 kg, a mile 1609.344 m, by definition."""
    assert float(row["factor"]) == FACTORS[row["unit"]]
    assert row["quantity"] == ("weight" if row["unit"] in ("kg", "kgs", "lb", "lbs") else "distance")


@pytest.mark.parametrize("row", rows("formats", "endurance_exercises.csv"), ids=lambda row: row["exercise"])
def test_endurance_exercise_is_a_known_activity(row):
    """An exercise that is a sport in itself has the project's word for it, which is no lifting."""
    assert activities()[row["word"]].family != "strength"
    assert spelled(row["exercise"])


@pytest.mark.parametrize("package", ["strong", "hevy"])
def test_columns_are_there_once(package):
    """A column is one field, whatever its case, and its unit is one that can be converted."""
    columns = rows(package, "columns.csv")
    assert len({plain(row["column"]) for row in columns}) == len(columns)
    assert {row["unit"] for row in columns} - {""} <= {row["unit"] for row in UNITS}
    quantities = {row["unit"]: row["quantity"] for row in UNITS}
    assert all(quantities[row["unit"]] == row["field"] for row in columns if row["unit"])


def test_strong_has_the_same_fields_in_both_languages():
    """What English columns say German ones say too, as far as they are known."""
    fields = {}
    german = {"Datum", "Dauer", "Gewicht", "Wiederh.", "Entfernung", "Sekunden", "Notizen", "RPE"}
    for row in rows("strong", "columns.csv"):
        is_german = row["column"] in german or "Übung" in row["column"] or "-" in row["column"]
        fields.setdefault(is_german, set()).add(row["field"])
    german_fields = fields[True] | {"order"}
    assert german_fields == {row["field"] for row in rows("strong", "columns.csv")} - {
        "weight_unit", "distance_unit", "number",
    }  # fmt: skip


@pytest.mark.parametrize("row", rows("strong", "set_orders.csv"), ids=lambda row: row["said"])
def test_set_order_is_a_kind_or_a_reason(row):
    """A word in place of a number says what kind of set it is, or why it is none."""
    assert bool(row["set_type"]) != bool(row["left"])
    assert row["set_type"] in ("", "warmup", "drop", "failure")
    assert re.fullmatch(r"([a-z]+(-[a-z]+)*)?", row["left"])


MONTHS = rows("hevy", "months.csv")


@pytest.mark.parametrize("row", MONTHS, ids=lambda row: row["begins"])
def test_month_begins_like_no_other(row):
    """No beginning of a month is that of another, in any language, at the length names are cut to."""
    assert len(row["begins"]) in (3, 4)
    for other in MONTHS:
        if other["month"] != row["month"]:
            assert not row["begins"].startswith(other["begins"])
    assert clock_in(f"8 {row['begins']} 2026, 16:50") == clock_in(f"2026-{int(row['month']):02}-08T16:50")


def test_each_language_has_twelve_months():
    """A language that is known is known the whole year."""
    said: dict[str, list[int]] = {}
    for row in MONTHS:
        for language in row["languages"].split():
            said.setdefault(language, []).append(int(row["month"]))
    said["nl"].remove(3)  # mrt and maart
    assert len(said) == 9
    assert all(sorted(months) == list(range(1, 13)) for months in said.values())


@pytest.mark.parametrize(
    "said",
    [
        *("8 Apr 2026, 16:50", "8 abr 2026, 16:50", "8 avr. 2026, 16:50", "08. Apr. 2026, 16:50"),
        *("8 kwi 2026, 16:50", "8 de abr. de 2026, 16:50", "8 Nis 2026 16:50", "2026-04-08 16:50:00"),
    ],
)
def test_date_is_read_in_each_language(said):
    """The 8th of April 2026, ten to five in the afternoon: 1775667000 on a clock that shows UTC."""
    assert clock_in(said) == 1_775_667_000 * 10**9


@pytest.mark.parametrize(
    "said", ["", "8 Foo 2026, 16:50", "31 Feb 2026, 16:50", "8 Apr 2026, 25:00", "8 Apr 0000, 16:50", "Apr"]
)
def test_date_that_is_none(said):
    """What is no date is none, and no error."""
    assert clock_in(said) is None
