"""Samsung Health's export as a whole: both layouts, every file counted, two exports, two people, hostile."""

from __future__ import annotations

import csv
import json
import runpy
import tracemalloc
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.base import Options
from adapters.samsung_health import ADAPTER
from vault.errors import InputError, MalformedFile
from vault.records import Rejection, Score, SleepSession, SourceFile, Tally
from vault.time import UNKNOWN_OFFSET, format_instant, zone

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("samsung_writer.py"))))

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "samsung_health"
WEIGHT, SLEEP = W.HEALTH + "weight", W.HEALTH + "sleep"
OLD_NIGHT = {
    "start_time": "2018-03-24 23:30:00.000",
    "end_time": "2018-03-25 07:00:00.000",
    "time_offset": "-14400000",
    "efficiency": "88.0",
    "datauuid": "o1",
}
SCALE = {
    "start_time": "2025-03-29 06:00:00.000",
    "weight": "70.5",
    "time_offset": "UTC+0100",
    "datauuid": "w1",
}


@pytest.fixture
def read(tmp_path):
    """Write files of an export and read them."""

    def read(files, **options):
        return list(ADAPTER.read(W.write(tmp_path, files), Options(**options)))

    return read


def test_clock_of_the_old_export_is_local(read):
    """One field on the first line: local clocks, offsets in milliseconds, no comma too many."""
    (night,) = W.kept(read({"a.201810010000.csv": W.table(SLEEP, OLD_NIGHT, old=True)}), SleepSession)
    assert format_instant(night.start, night.offset_min) == "2018-03-24T23:30:00-04:00"
    assert format_instant(night.end) == "2018-03-25T11:00:00Z"


def test_layout_is_told_by_the_first_line_and_not_by_the_name(read):
    """The same name with a first line of the new export means the same digits in UTC."""
    row = OLD_NIGHT | {"time_offset": "UTC-0400"}
    (night,) = W.kept(read({"a.201810010000.csv": W.table(SLEEP, row)}), SleepSession)
    assert format_instant(night.start) == "2018-03-24T23:30:00Z"


@pytest.mark.parametrize("home", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_old_night_without_an_offset_is_of_home(read, home):
    """Its wake date is the local one in every zone, also when the clocks change that night."""
    files = {"a.201810010000.csv": W.table(SLEEP, OLD_NIGHT | {"time_offset": ""}, old=True)}
    records = read(files, home=zone(home))
    (night,) = W.kept(records, SleepSession)
    offsets = {"Europe/Berlin": 120, "America/New_York": -240, "Asia/Kolkata": 330, "Pacific/Auckland": 780}
    assert format_instant(night.end, offsets[home])[:19] == "2018-03-25T07:00:00"
    assert night.offset_min == UNKNOWN_OFFSET
    assert {score.day for score in W.kept(records, Score)} == {17615}  # 2018-03-25


def test_both_layouts_lie_in_one_folder(read):
    """An old and a new export of the same person are read each by its own clock."""
    files = {
        "samsunghealth_pat_201810010000/com.samsung.health.sleep.201810010000.csv": W.table(
            SLEEP, OLD_NIGHT, old=True
        ),
        "samsunghealth_pat_20250401120000/com.samsung.health.weight.20250401120000.csv": W.table(
            WEIGHT, SCALE
        ),
    }
    records = read(files)
    assert len(W.kept(records, SleepSession)) == 1
    assert W.told(records) == [("body_mass", "2025-03-29T07:00:00+01:00", "2025-03-29T07:00:00+01:00", 70.5)]


def test_sleep_of_both_layouts_is_that_of_the_newer(read):
    """An id that the old and the new export have is one sleep, and the old one's is the repeat."""
    new = OLD_NIGHT | {"time_offset": "UTC-0400", "sleep_score": "78"}
    new |= {"start_time": "2018-03-25 03:30:00.000", "end_time": "2018-03-25 11:30:00.000"}
    files = {
        "a.201810010000.csv": W.table(SLEEP, OLD_NIGHT, old=True),
        "a.20250401120000.csv": W.table(W.SHEALTH + "sleep", new),
    }
    records = read(files)
    (night,) = W.kept(records, SleepSession)
    assert night.details == {"efficiency": 88.0, "sleep_score": 78.0}
    assert format_instant(night.start) == "2018-03-25T03:30:00Z"
    assert [tally.repeated for tally in W.kept(records, Tally)] == [0, 1]


def test_overlapping_exports_say_nothing_twice(read):
    """A row that is in two exports is taken from the newer and counted as a repeat in the other."""
    files = {
        "one/com.samsung.health.weight.20250401120000.csv": W.table(WEIGHT, SCALE | {"weight": "69.0"}),
        "two/com.samsung.health.weight.20250501120000.csv": W.table(WEIGHT, SCALE),
    }
    records = read(files)
    assert [value for *_, value in W.told(records)] == [70.5]
    assert {tally.file[:3]: (tally.used, tally.repeated) for tally in W.kept(records, Tally)} == {
        "one": (0, 1),
        "two": (1, 0),
    }


def test_exports_of_two_people_are_refused(tmp_path):
    """Nobody's numbers go into another's vault, and no name is said."""
    for person in ("pat", "sam.b"):
        W.write(tmp_path / f"samsunghealth_{person}_20250401120000", {"w.csv": W.table(WEIGHT, SCALE)})
    assert ADAPTER.detect(tmp_path) is not None
    with pytest.raises(InputError) as caught:
        list(ADAPTER.read(tmp_path, Options()))
    assert "pat" not in str(caught.value) + caught.value.hint


def test_every_file_of_the_export_is_counted_once():
    """Rows of tables and items of documents, counted by other means, are the rows of the tallies."""
    tallies = W.kept(list(ADAPTER.read(EXPORT, Options())), Tally)
    counted = {}
    for path in (path for path in EXPORT.rglob("*") if path.is_file()):
        name = path.relative_to(EXPORT).as_posix()
        if path.suffix == ".json":
            counted[name] = len(json.loads(path.read_text()))
        else:
            lines = path.read_text("utf-8-sig").splitlines()[2:]
            counted[name] = sum(1 for row in csv.reader(lines) if any(row))
    for tally in tallies:
        assert tally.rows == tally.used + tally.repeated + tally.rejected + sum(tally.left.values())
        if (
            list(tally.left) in (["mirror"], ["not-read"], ["named-by-no-row"], ["weather"])
            and not tally.used
        ):
            counted[tally.file] = 1
    assert {tally.file: tally.rows for tally in tallies} == counted
    assert len(tallies) == len(counted)


def test_files_nobody_reads_are_named(read):
    """Unknown types, what is left on purpose, orphaned documents and pictures are each counted as left."""
    files = {
        "com.samsung.health.weight.20250401120000.csv": W.table(WEIGHT, SCALE),
        "com.samsung.shealth.mood.20250401120000.csv": W.table(W.SHEALTH + "mood", {"mood_type": "3"}),
        "com.samsung.shealth.new.20250401120000.csv": W.table(W.SHEALTH + "new", {"x": "3"}),
        "jsons/com.samsung.shealth.new/a/a.json": b"[]",
        "jsons/com.samsung.health.weight/a/a.json": b"[]",
        "files/picture.jpg": b"x",
        "other.csv": b"a,b\n1,2\n",
        "com.samsung.health.weight.20250401120000.csv:Zone.Identifier": b"[ZoneTransfer]",
    }
    records = read(files)
    left = {tally.file: next(iter(tally.left)) for tally in W.kept(records, Tally) if tally.left}
    assert left == {
        "com.samsung.shealth.mood.20250401120000.csv": "codes-undocumented",
        "com.samsung.shealth.new.20250401120000.csv": "not-read",
        "jsons/com.samsung.shealth.new/a/a.json": "not-read",
        "jsons/com.samsung.health.weight/a/a.json": "named-by-no-row",
        "files/picture.jpg": "whole-file",
        "com.samsung.health.weight.20250401120000.csv:Zone.Identifier": "whole-file",
    }
    assert W.kept(records, Rejection) == [Rejection("not-recognised", "other.csv", 0)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends_and_a_cut_row(read, line_end):
    """Both line ends are read; a row without its last cells is cut, so its numbers may be too."""
    data = W.table(WEIGHT, SCALE, line_end=line_end) + b"2025-03-30 06:00:00.000,7"
    records = read({"w.csv": data})
    assert [value for *_, value in W.told(records)] == [70.5]
    assert W.kept(records, Rejection) == [Rejection("short-row", "w.csv", 4)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"[{", "malformed-json"), (b"\xff\xfe\x00", "malformed-json"), (b"", "malformed-json"),
     (b"[" * 100_000, "malformed-json")],
)  # fmt: skip
def test_broken_document_costs_itself(read, data, reason):
    """The row's own value is taken instead."""
    datatype = W.HEALTH + "heart_rate"
    row = SCALE | {"heart_rate": "61", "binning_data": "b.json"}
    records = read({"h.csv": W.table(datatype, row), f"jsons/{datatype}/b/b.json": data})
    assert [value for *_, value in W.told(records)] == [61.0]
    assert [rejection.reason for rejection in W.kept(records, Rejection)] == [reason]


def test_huge_cell_is_passed_over_in_bounded_memory(tmp_path):
    """A cell of 100 MB costs its row, and not the memory."""
    title, header, row, _ = W.table(WEIGHT, SCALE).split(b"\n")
    with (tmp_path / "w.csv").open("wb") as file:
        file.write(b"\n".join([title, header, b"2025-03-28 06:00:00.000,"]))
        for _ in range(100):
            file.write(b"7" * (1 << 20))
        file.write(b",UTC+0100,w0,\n" + row + b"\n")
    tracemalloc.start()
    records = list(ADAPTER.read(tmp_path, Options()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [value for *_, value in W.told(records)] == [70.5]
    assert W.kept(records, Rejection) == [Rejection("huge-row", "w.csv", 3)]
    assert peak < 64 << 20


def test_detects_by_the_first_line(tmp_path):
    """Neither name nor ending matters, and a name alone is not enough."""
    for name, data, is_ours in (
        ("x.txt", W.table(WEIGHT, SCALE), True),
        ("old.csv", W.table(SLEEP, OLD_NIGHT, old=True), True),
        ("com.samsung.health.weight.20250401120000.csv", b"a,b\n1,2\n", False),
        ("y.csv", b"com.samsung.healthy.weight,1,2\n", False),
    ):
        (tmp_path / name).write_bytes(data)
        assert (ADAPTER.detect(tmp_path / name) is not None) == is_ours
    with pytest.raises(MalformedFile):
        list(ADAPTER.read(tmp_path / "y.csv", Options()))


def test_zip_says_what_the_folder_says(tmp_path):
    """The contract's export, packed, gives the same number of records and itself as the source."""
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as target:
        for path in sorted(EXPORT.rglob("*")):
            target.write(path, path.relative_to(EXPORT))
    records = list(ADAPTER.read(packed, Options()))
    assert W.told(records) == W.told(list(ADAPTER.read(EXPORT, Options())))
    assert [source.name for source in W.kept(records, SourceFile)] == ["export.zip"]
