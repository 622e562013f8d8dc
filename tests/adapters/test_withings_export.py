"""Withings' export as a whole: every file counted, one person, hostile files, and the tables row by row."""

from __future__ import annotations

import csv
import io
import runpy
import tracemalloc
import zipfile
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.base import Options
from adapters.formats.sheets import plain
from adapters.withings import ADAPTER
from adapters.withings.layouts import LEFT, RAW, TYPED, columns_of, headings_of, kind_of, rows
from vault.errors import InputError, MalformedFile
from vault.metrics import find, is_vendor_coded
from vault.records import Rejection, Tally, Workout

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("samsung_writer.py"))))

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "withings"
WEIGHT = b'Date,"Weight (kg)","Fat mass (kg)","Bone mass (kg)","Muscle mass (kg)","Hydration (kg)",Comments\n'
ROW = b'"2025-03-30 07:15:00",70.5,14.1,,,,\n'
FILES = sorted({row["file"] for row in rows("columns.csv")})


def read(folder, **options):
    return list(ADAPTER.read(folder, Options(**options)))


def test_every_file_of_the_export_is_counted_once():
    """Rows counted with the csv module are the rows of the tallies, whatever became of them."""
    tallies = W.kept(read(EXPORT), Tally)
    counted = {
        path.relative_to(EXPORT).as_posix(): len(list(csv.DictReader(path.read_text("utf-8").splitlines())))
        for path in EXPORT.rglob("*.csv")
    }
    assert {tally.file: tally.rows for tally in tallies} == counted
    assert len(tallies) == len(counted)
    for tally in tallies:
        assert tally.rows == tally.used + tally.repeated + tally.rejected + sum(tally.left.values())


def test_files_nobody_reads_are_named(tmp_path):
    """The account, notes, signals, unknown raw files and the read-me are left, each with its reason."""
    W.write(
        tmp_path,
        {
            "weight.csv": WEIGHT + ROW,
            "account.csv": b"name\nSesame\n",
            "signal.csv": b"x\n",
            "raw_bed_Pressure.csv": b"start,duration,value\n",
            "raw_bed_new.csv": b"start,duration,value\n",
            "README.txt": b"x",
            "other.csv": b"a,b\n1,2\n",
        },
    )
    records = read(tmp_path)
    assert {tally.file: dict(tally.left) for tally in W.kept(records, Tally) if tally.left} == {
        "account.csv": {"personal": 1},
        "signal.csv": {"ecg": 1},
        "raw_bed_Pressure.csv": {"unit-undocumented": 1},
        "raw_bed_new.csv": {"not-read": 1},
        "README.txt": {"whole-file": 1},
    }
    assert W.kept(records, Rejection) == [Rejection("not-recognised", "other.csv", 0)]
    assert "Sesame" not in repr(records)


@pytest.mark.parametrize("folders", [("data_PAT_1700000000", "data_SAM_1700000001"), ("one", "two")])
def test_exports_of_two_people_are_refused(tmp_path, folders):
    """Nobody's weight goes into another's vault; folders that do not say whose they are are two people's."""
    for folder in folders:
        W.write(tmp_path / folder, {"weight.csv": WEIGHT + ROW})
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert "PAT" not in str(caught.value) + caught.value.hint


def test_two_exports_of_one_person_say_nothing_twice(tmp_path):
    """Rows that are in both are counted as repeats."""
    later = b'"2025-03-31 07:15:00",70.1,,,,,\n'
    W.write(tmp_path / "data_PAT_1700000000", {"weight.csv": WEIGHT + ROW})
    W.write(tmp_path / "data_PAT_1800000000", {"weight.csv": WEIGHT + later + ROW})
    records = read(tmp_path)
    assert [value for *_, value in W.told(records, "body_mass")] == [70.5, 70.1]
    assert [(tally.used, tally.repeated) for tally in W.kept(records, Tally)] == [(1, 0), (1, 1)]


def test_huge_cell_is_passed_over_in_bounded_memory(tmp_path):
    """A cell of 100 MB costs its row, and not the memory."""
    with (tmp_path / "raw_hr_hr.csv").open("wb") as file:
        file.write(b'start,duration,value\n2025-03-30T01:00:00+01:00,[60],"[7')
        for _ in range(100):
            file.write(b",7" * (1 << 19))
        file.write(b']"\n2025-03-30T02:00:00+01:00,[60],[61]\n')
    tracemalloc.start()
    records = read(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [value for *_, value in W.told(records)] == [61.0]
    assert W.kept(records, Rejection) == [Rejection("huge-row", "raw_hr_hr.csv", 2)]
    assert peak < 64 << 20


def test_file_that_is_damaged_in_the_end_keeps_what_came_before(tmp_path):
    """Rows read before the damage was seen are records and counted; the rest is one reason."""
    rows_ = [f"2025-03-{day:02}T0{hour}:{minute:02}:00+01:00,[60],[61]\n" for day in range(1, 29)
             for hour in range(10) for minute in range(60)]  # fmt: skip
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_STORED) as target:
        target.writestr("raw_hr_hr.csv", "start,duration,value\n" + "".join(rows_))
    data = (tmp_path / "export.zip").read_bytes()
    (tmp_path / "export.zip").write_bytes(
        data.replace(rows_[-2].encode(), rows_[-2].replace("[61]", "[62]").encode())
    )
    records = read(tmp_path / "export.zip")
    (tally,) = W.kept(records, Tally)
    (rejection,) = W.kept(records, Rejection)
    assert rejection.reason == "malformed-csv"
    assert 10_000 < tally.used == len(W.told(records)) < len(rows_)
    assert tally.rows == tally.used + 1


@pytest.mark.parametrize(
    ("name", "data", "is_ours"),
    [
        ("weight.csv", WEIGHT, True),
        ("WEIGHT.CSV", WEIGHT, True),
        ("weight.csv", b"day,kilos\n", False),
        ("activities.csv", b"Activity ID,Activity Date,Activity Name,Activity Type\n", False),
        ("sleep.csv", b"id,score\n", False),
        ("raw_tracker_hr.csv", b"start,duration,value\n", True),
        ("hr.csv", b"start,duration,value\n", False),
        ("account.csv", b"name\n", False),
        ("weight.csv", b"", False),
    ],
)
def test_detects_by_name_and_header_together(tmp_path, name, data, is_ours):
    """A name is not enough, nor is a header that any program might write."""
    (tmp_path / name).write_bytes(data)
    assert (ADAPTER.detect(tmp_path) is not None) == is_ours
    if not is_ours:
        with pytest.raises(MalformedFile):
            read(tmp_path)


def test_same_workout_comes_in_any_language(tmp_path):
    """A workout's key does not change with the account's language."""
    row = "2025-03-29T12:00:00+05:30,2025-03-29T12:35:00+05:30,,,,{},,,\n"
    headers = {
        "Walking": "from,to,from (manual),to (manual),Timezone,Activity type,Data,GPS,Modified\n",
        "Gehen": "von,bis,von (manuell),bis (manuell),Zeitzone,Aktivitätstyp,Daten,GPS,Geändert\n",
    }
    keys = set()
    for said, header in headers.items():
        W.write(tmp_path, {"activities.csv": (header + row.format(said)).encode()})
        keys |= {workout.key for workout in W.kept(read(tmp_path), Workout)}
    assert keys == {"2025-03-29T06:30:00Z|walking"}


@pytest.mark.parametrize("file", FILES)
def test_table_has_places_metrics_and_units(file):
    """Places are 0, 1, 2 ...; a metric is declared, Withings' own has a unit, a score Withings' name."""
    columns = columns_of(file).values()
    places = sorted(column.place for column in columns if column.place is not None)
    assert places == list(range(len(places)))
    for column in columns:
        assert not column.metric or column.above is not None
        if is_vendor_coded(column.metric):
            assert column.metric.startswith("withings:")
            assert column.unit
        elif find(column.metric) is not None:
            assert column.metric in ADAPTER.coverage.metrics
            assert not column.unit
        elif column.metric:
            assert column.metric.startswith("withings_")


@pytest.mark.parametrize("language", sorted({row["language"] for row in rows("headers.csv")}))
def test_language_names_each_column_once_a_table(language):
    """In no table does a word mean two columns, and every word's column exists."""
    told = [row for row in rows("headers.csv") if row["language"] == language]
    names = {row["column"] for row in rows("columns.csv")}
    assert {row["column"] for row in told} <= names
    for file in FILES:
        words = [plain(row["said"]) for row in rows("headers.csv") if row["column"] in columns_of(file)]
        meant = {
            (plain(row["said"]), row["column"])
            for row in rows("headers.csv")
            if row["column"] in columns_of(file)
        }
        assert len(set(words)) == len(meant), file
    assert {row["evidence"] for row in told} <= {"seen", "told", "guessed"}


def test_names_of_files_lead_to_tables():
    """Every file that is read has columns; what is left has a reason; a raw file has quantity and device."""
    for row in rows("files.csv"):
        kind = kind_of(row["name"] + ".csv")
        assert kind.room == row["room"]
        assert bool(kind.why) == (kind.room == LEFT)
        assert kind.room == LEFT or columns_of(kind.reads_as)
    for row in rows("raw.csv"):
        kind = kind_of(f"raw_tracker_{row['quantity'].upper()}.csv")
        assert (kind.quantity, kind.device, kind.reads_as) == (row["quantity"], "tracker", RAW)
        is_sample = row["room"] == "samples" and not is_vendor_coded(row["metric"])
        assert not is_sample or row["metric"] in ADAPTER.coverage.metrics
    assert kind_of("something.csv") is None
    assert headings_of(TYPED, ["type", "date", "value", "unit"]) != "unknown-header"


@pytest.mark.parametrize("row", rows("activities.csv"), ids=lambda row: row["said"])
def test_activity_is_a_word_of_the_project(row):
    """Every name leads to a word that merging knows."""
    text = files("vault.merge").joinpath("activities.csv").read_text("utf-8")
    assert row["word"] in {one["activity"] for one in csv.DictReader(io.StringIO(text))}
