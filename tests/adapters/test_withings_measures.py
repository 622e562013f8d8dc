"""Withings' tables of measurements: headers in many languages, units in brackets, clocks without a zone."""

from __future__ import annotations

import csv
import io
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.base import Options
from adapters.withings import ADAPTER
from vault.records import Rejection, Samples, Score, Tally
from vault.time import UNKNOWN_OFFSET, date_of_day, format_instant, zone

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("samsung_writer.py"))))

EN = [
    "Date",
    "Weight (kg)",
    "Fat mass (kg)",
    "Bone mass (kg)",
    "Muscle mass (kg)",
    "Hydration (kg)",
    "Comments",
]
ROW = ["2025-03-30 07:15:00", "70.5", "14.1", "3.1", "53.3", "40.2", "Sesame"]
BODY = [
    ("body_fat_mass", 14.1),
    ("body_mass", 70.5),
    ("body_water_mass", 40.2),
    ("bone_mass", 3.1),
    ("muscle_mass", 53.3),
]


def sheet(header, *rows, delimiter=",", encoding="utf-8"):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue().encode(encoding)


@pytest.fixture
def read(tmp_path):
    """Write files of an export and read them."""

    def read(files, **options):
        return list(ADAPTER.read(W.write(tmp_path, files), Options(**options)))

    return read


def values(records):
    return [(metric, value) for metric, _, _, value in W.told(records)]


LANGUAGES = {
    "en": EN,
    "de": ["Datum", "Gewicht (kg)", "Fettmasse (kg)", "Knochenmasse (kg)", "Muskelmasse (kg)",
           "Wasseranteil (kg)", "Kommentare"],
    "de, in part": ["Date", "Gewicht (kg)", "Fettmasse (kg)", "Bone mass (kg)", "Muscle mass (kg)",
                    "Hydration (kg)", "Kommentare"],
    "fr": ["Date", "Poids (kg)", "Gras (kg)", "Masse osseuse (kg)", "Masse musculaire (kg)",
           "Hydratation (kg)", "Commentaires"],
    "es": ["Fecha", "Peso (kg)", "Masa grasa (kg)", "Masa ósea (kg)", "Masa muscular (kg)",
           "Hidratación (kg)", "Comentarios"],
    "it": ["Data", "Peso (kg)", "Massa grassa (kg)", "Massa ossea (kg)", "Massa muscolare (kg)",
           "Idratazione (kg)", "Commenti"],
    "nl": ["Datum", "Gewicht (kg)", "Vetcellen (kg)", "Botmassa (kg)", "Spiermassa (kg)",
           "Hydratatie (kg)", "Opmerkingen"],
    "pl, not listed": ["Dzień", "Waga (kg)", "Tłuszcz (kg)", "Kości (kg)", "Mięśnie (kg)",
                       "Nawodnienie (kg)", "Uwagi"],
    "ja, not listed": ["日付", "体重 (kg)", "体脂肪量 (kg)", "骨量 (kg)", "筋肉量 (kg)", "水分量 (kg)",
                       "コメント"],
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_weight_is_read_in_every_language(read, language):
    """A header is known by its words; where they are not listed, its units tell the places."""
    assert values(read({"weight.csv": sheet(LANGUAGES[language], ROW)})) == BODY


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["Dzień", "Waga (kg)", "Tłuszcz (kg)", "BMI", "Mięśnie (kg)", "Woda (kg)", "Uwagi"],
         "unknown-header"),
        (["Dzień", "Weight (kg)", "Bone mass (kg)", "X (kg)", "Y (kg)", "Z (kg)", "Uwagi"], "unknown-header"),
        (["Dzień", "Waga", "Tłuszcz", "Kości", "Mięśnie", "Nawodnienie", "Uwagi"], "unknown-header"),
        (["Date", "Weight", "Fat mass (kg)", "Bone mass (kg)", "Muscle mass (kg)", "Hydration (kg)",
          "Comments"], "unknown-unit"),
        (["a", "b"], "unknown-header"),
    ],
)  # fmt: skip
def test_header_that_could_be_something_else_is_refused(read, header, reason):
    """A unit at the wrong place, a known word at the wrong place, no unit at all: no number is guessed."""
    files = {"weight.csv": sheet(header, ROW[: len(header)]), "height.csv": sheet(["Date", "Height (m)"])}
    records = read(files)
    assert W.kept(records, Rejection) == [Rejection(reason, "weight.csv", 0)]
    assert W.told(records) == []


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (["Date", "Heart rate", "Systolic", "Diastolic", "Comments"], "71,118,76", None),
        (["Datum", "Herzfrequenz", "Systolisch", "Diastolisch", "Kommentare"], "71,118,76", None),
        (["Date", "Rythme cardiaque", "Systolique", "Diastolique", "Commentaires"], "71,118,76", None),
        (["Data", "Tętno", "Skurczowe", "Rozkurczowe", "Uwagi"], "71,118,76", "unknown-header"),
    ],
)
def test_blood_pressure_is_never_guessed(read, header, row, reason):
    """Three numbers without units can't be told apart by place alone."""
    files = {"bp.csv": sheet(header, ["2025-03-30 07:15:00", *row.split(","), ""]), "weight.csv": sheet(EN)}
    records = read(files)
    expected = [("blood_pressure.diastolic", 76.0), ("blood_pressure.systolic", 118.0), ("heart_rate", 71.0)]
    assert values(records) == ([] if reason else expected)
    assert [one.reason for one in W.kept(records, Rejection)] == ([reason] if reason else [])


def test_cuff_without_a_pressure_is_a_pulse(read):
    """Rows of a pulse alone exist; 0 is a value nobody measured; what is left of a row is nothing."""
    header = ["Date", "Heart rate", "Systolic", "Diastolic", "Comments"]
    rows = [["2025-03-30 07:15:00", "71", "", "", ""], ["2025-03-31 07:15:00", "0", "", "", ""]]
    records = read({"bp.csv": sheet(header, *rows)})
    assert values(records) == [("heart_rate", 71.0)]
    assert W.kept(records, Tally) == [Tally("bp.csv", 2, 1, 0, 0, {"no-value": 1})]


def test_pounds_become_kilograms(read):
    """The header says the unit, column by column; an international pound is 0.45359237 kg."""
    header = [name.replace("(kg)", "(lb)") for name in EN]
    header[2] = "Fat mass (kg)"
    row = ["2025-03-30 07:15:00", "155.4", "14.1", "", "", "", ""]
    assert values(read({"weight.csv": sheet(header, row)})) == [
        ("body_fat_mass", 14.1),
        ("body_mass", 70.488254),
    ]


@pytest.mark.parametrize(
    ("name", "header", "row", "expected"),
    [
        ("height.csv", ["Date", "Height (m)", "Comments"], ["1.71", ""], [("height", 171.0)]),
        ("height.csv", ["Date", "Height (ft)", "Comments"], ["5.5", ""], [("height", 167.64)]),
        ("body_temperature.csv", ["Date", "Body temperature (°F)", "Comments"], ["98.6", ""],
         [("body_temperature", 37.0)]),
        ("manual_spo2.csv", ["date", "SpO2 (%)"], ["97"], [("spo2", 97.0)]),
        ("oxy.csv", ["Date", "SpO2", "Comments"], ["97", ""], [("spo2", 97.0)]),
        ("pwv.csv", ["date", "value"], ["7.2"], [("withings:pulse_wave_velocity", 7.2)]),
        ("manual_spo2.csv", ["date", "value"], ["97"], [("spo2", 97.0)]),
        ("pwv.csv", ["Date", "Pulse wave velocity (m/s)", "Comments"], ["7.2", ""],
         [("withings:pulse_wave_velocity", 7.2)]),
    ],
)  # fmt: skip
def test_single_measurements_have_their_unit(read, name, header, row, expected):
    """Height, temperature, oxygen and pulse wave come in the unit of their header."""
    assert values(read({name: sheet(header, ["2025-03-30 07:15:00", *row])})) == expected


def test_height_in_feet_and_inches_is_read(read):
    """Accounts in the United States write ``5' 10.0''`` below a header in inches: 70 in are 177.8 cm."""
    rows = [["2025-03-30 07:15:00", "5' 10.0''", ""], ["2025-03-31 07:15:00", "70", ""]]
    records = read({"height.csv": sheet(["Date", "Height (in)", "Comments"], *rows)})
    assert [value for *_, value in W.told(records, "height")] == [177.8, 177.8]


def test_body_scan_keeps_its_own_names(read):
    """Type, position and unit are as written, whatever the file is called."""
    header = ["type", "date", "value", "unit", "position"]
    rows = [
        ["Visceral fat", "2025-03-30T07:15:00+02:00", "3.5", "", ""],
        ["Muscle Mass for segments", "2025-03-30T07:15:00+02:00", "3.1", "kg", "Left Arm"],
        ["Vascular age", "2025-03-30T07:15:00+02:00", "old", "", ""],
    ]
    records = read({"body_scan.csv": sheet(header, *rows), "weight.csv": sheet(EN)})
    assert values(records) == [
        ("withings:muscle_mass_for_segments_left_arm", 3.1),
        ("withings:visceral_fat", 3.5),
    ]
    assert {batch.metric: batch.unit for batch in W.kept(records, Samples)} == {
        "withings:muscle_mass_for_segments_left_arm": "kg",
        "withings:visceral_fat": "1",
    }
    assert W.kept(records, Rejection) == [Rejection("bad-value", "body_scan.csv", 4)]


@pytest.mark.parametrize(
    ("name", "summer", "winter"),
    [
        ("Europe/Berlin", "05:15", "06:15"),
        ("America/New_York", "11:15", "12:15"),
        ("Asia/Kolkata", "01:45", "01:45"),
        ("Pacific/Auckland", "19:15", "18:15"),
    ],
)
def test_clock_without_a_zone_is_that_of_the_zone_told_or_home(read, name, summer, winter):
    """Told, the zone gives the offset; home is assumed, so the instant is right and the offset unknown."""
    rows = [["2025-07-01 07:15:00", *ROW[1:]], ["2025-01-15 07:15:00", *ROW[1:]]]
    for options in ({"timezone": zone(name)}, {"home": zone(name)}):
        records = read({"weight.csv": sheet(EN, *rows)}, **options)
        (batch,) = [one for one in W.kept(records, Samples) if one.metric == "body_mass"]
        assert [format_instant(int(at))[11:16] for at in batch.start] == [summer, winter]
        is_told = [offset != UNKNOWN_OFFSET for offset in batch.offset_min.tolist()]
        assert is_told == ["timezone" in options] * 2
    assert W.told(read({"weight.csv": sheet(EN, *rows)}), "body_mass")[0][1] == "2025-01-15T07:15:00Z"


@pytest.mark.parametrize(
    ("text", "clock"),
    [("2014-02-13 6:04 Uhr", "06:04"), ("2014-02-13 6:04 PM", "18:04"), ("2014-02-13 12:04 AM", "00:04"),
     ("2014-02-13 06:04", "06:04"), ("2014-02-13 06:04:59", "06:04")],
)  # fmt: skip
def test_older_exports_write_the_hour_otherwise(read, text, clock):
    """With a word, or in twelve hours; a fat-free mass stood where the bones are now."""
    header = ["Date", "Gewicht (kg)", "Fettmasse (kg)", "Fettfreier Anteil (kg)", "Kommentare"]
    records = read({"weight.csv": sheet(header, [text, "94.5", "26.5", "68.0", ""])})
    assert values(records) == [("body_fat_mass", 26.5), ("body_mass", 94.5), ("lean_body_mass", 68.0)]
    assert W.told(records)[0][1][11:16] == clock


@pytest.mark.parametrize("home", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_total_of_a_day_is_of_its_date(read, home):
    """Steps are a daily metric, what has none is Withings' score; the date needs no zone."""
    files = {
        "aggregates_steps.csv": sheet(["date", "value"], ["2025-03-30", "8342"], ["2025-03-31", "0"]),
        "aggregates_calories_earned.csv": sheet(["date", "value"], ["2025-03-30", "412.5"]),
        "aggregates_manual_spo2.csv": sheet(["date", "value"], ["2025-03-30", "190"]),
    }
    records = read(files, timezone=zone(home))
    ((_, start, _, value),) = W.told(records, "steps_daily")
    assert (start[:19], value) == ("2025-03-30T00:00:00", 8342.0)
    (batch,) = W.kept(records, Samples)
    hours = 23 if home == "Europe/Berlin" else 24  # the clocks go forward there that day
    assert int(batch.end[0] - batch.start[0]) == hours * 3_600 * 10**9
    (score,) = W.kept(records, Score)
    assert (date_of_day(score.day).isoformat(), score.score, score.value, score.unit) == (
        "2025-03-30", "withings_active_energy", 412.5, "kcal",
    )  # fmt: skip
    left = {tally.file: dict(tally.left) for tally in W.kept(records, Tally) if tally.left}
    assert left == {
        "aggregates_steps.csv": {"no-value": 1},
        "aggregates_manual_spo2.csv": {"sums-of-percents": 1},
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["soon", *ROW[1:]], "bad-date"),
        (["", *ROW[1:]], "bad-date"),
        (["2025-03-30 07:15:00", "heavy", *ROW[2:]], "bad-value"),
        (["2025-03-30 07:15:00", "1e999", *ROW[2:]], "bad-value"),
        (["2025-03-30 07:15:00", "7"], "short-row"),
    ],
)
def test_bad_row_costs_itself(read, row, reason):
    """File and line are named, and the next row is read."""
    records = read({"weight.csv": sheet(EN, row, ROW)})
    assert values(records) == BODY
    assert W.kept(records, Rejection) == [Rejection(reason, "weight.csv", 2)]
    assert [(tally.rows, tally.used, tally.rejected) for tally in W.kept(records, Tally)] == [(2, 1, 1)]


def test_row_that_is_there_twice_counts_once(read):
    """Withings repeats rows; the repeat is counted as one, and comments are not kept."""
    records = read({"weight.csv": sheet(EN, ROW, ROW)})
    assert values(records) == BODY
    assert W.kept(records, Tally) == [Tally("weight.csv", 2, 1, 1, 0, {})]
    assert "Sesame" not in repr(records)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_semicolons_bring_decimal_commas(read, encoding):
    """A table that went through a spreadsheet is read in its encoding, with its commas."""
    row = [cell.replace(".", ",") for cell in ROW]
    data = sheet(EN, row, delimiter=";", encoding=encoding)
    assert values(read({"weight.csv": data})) == BODY
