"""A Fitbit archive as a whole: every generation's layout, zips one by one, what becomes of rows."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import adapters
from adapters.base import Options
from adapters.fitbit import ADAPTER
from vault.errors import MalformedFile
from vault.records import Rejection, Samples, SleepSession, SourceFile, Tally, Workout

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "fitbit"
DATA = EXPORT / "Takeout" / "Fitbit" / "Global Export Data"
LAYOUTS = {
    "A": "PatDoe/user-site-export/{name}",
    "B": "PatDoe/{folder}/{name}",
    "C": "Takeout/Fitbit/Global Export Data/{name}",
    "C in German": "Takeout/Fitbit/Globale Exportdaten/{name}",
    "D": "Takeout/Google Health/Global Export Data/{name}",
    "flat": "{name}",
}
FOLDERS = {"sleep": "Sleep", "weight": "Personal & Account"}
STEPS = [{"dateTime": "03/19/20 03:40:00", "value": "12"}]


def laid(folder: Path, layout: str) -> Path:
    """Copy the JSON of the export into another generation's folders."""
    for path in DATA.glob("*.json"):
        place = FOLDERS.get(path.name.partition("-")[0], "Physical Activity")
        target = folder / layout.format(name=path.name, folder=place)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return path


def read(path: Path, home: str = "Europe/Berlin"):
    return list(ADAPTER.read(path, Options(home=ZoneInfo(home))))


def said(records) -> Counter[str]:
    """Return what records say, in no order, without names of files."""
    found: Counter[str] = Counter()
    for one in records:
        if isinstance(one, Samples):
            notes = (
                [one.notes[at] if at >= 0 else "" for at in one.note]
                if one.note is not None
                else [""] * len(one)
            )
            found.update(
                map(repr, zip([one.metric] * len(one), one.start, one.end, one.offset_min, one.value, notes))
            )
        elif not isinstance(one, Tally | Rejection | SourceFile):
            found[repr(one)] += 1
    return found


def identities(records) -> set[tuple[object, ...]]:
    """Return what makes each sample itself."""
    batches = [one for one in records if isinstance(one, Samples)]
    columns = [(one.start.tolist(), one.end.tolist(), one.value.tolist()) for one in batches]
    return {(one.metric, *row) for one, rows in zip(batches, columns) for row in zip(*rows)}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_says_the_same(tmp_path, layout):
    """Files are known wherever they lie, folders may be called anything."""
    folder = laid(tmp_path / "export", layout)
    found = ADAPTER.detect(folder)
    assert found is not None
    assert [one.adapter for one in adapters.detect(folder)] == ["fitbit"]
    assert said(read(folder)) == said(read(laid(tmp_path / "again", LAYOUTS["C"])))


def test_zips_one_by_one_say_the_same(tmp_path):
    """A Takeout in several zips may be handed over one by one: what is in UTC is the same either way."""
    found: set[tuple[object, ...]] = set()
    for family in ("heart_rate", "steps", "distance"):
        members = {
            f"Takeout/Fitbit/G/{path.name}": path.read_bytes() for path in DATA.glob(f"{family}-*.json")
        }
        part = packed(tmp_path / f"takeout-{family}.zip", members)
        assert ADAPTER.detect(part) is not None
        found |= identities(read(part))
    whole = {one for one in identities(read(DATA)) if one[0] in ("heart_rate", "steps", "distance")}
    assert found == whole
    assert len(whole) == 10 + 3 + 2


def test_rows_of_every_file_are_accounted_for():
    """Each file has one tally, whose rows are what an independent reading counts."""
    records = read(EXPORT)
    tallies = {one.file: one for one in records if isinstance(one, Tally)}
    assert sum(isinstance(one, Tally) for one in records) == len(tallies)
    assert set(tallies) == {
        path.relative_to(EXPORT).as_posix() for path in EXPORT.rglob("*") if path.is_file()
    }
    for path in DATA.glob("*.json"):
        tally = tallies[path.relative_to(EXPORT).as_posix()]
        assert tally.rows == len(json.loads(path.read_text()))
        assert tally.rows == tally.used + tally.repeated + tally.rejected + sum(tally.left.values())


def test_detection_goes_by_content(tmp_path):
    """A name alone is nothing, nor a list of something else; research data of other names is not known."""
    for name, text in (
        ("steps-2020-03-19.json", '{"not": "a list"}'),
        ("sleep-2020-03-19.json", '[{"dateTime": "03/19/20 03:40:00"}]'),
        ("heart_rate.json", json.dumps(STEPS)),
        ("steps-2020-04-18.json", "[]"),
        ("exercise.json", '[{"logId": 1, "activityName": "Walk"}]'),
    ):
        (tmp_path / name).write_text(text)
        assert ADAPTER.detect(tmp_path) is None
        assert ADAPTER.detect(tmp_path / name) is None
    (tmp_path / "steps-2020-04-18.json").unlink()
    with pytest.raises(MalformedFile):
        read(tmp_path)


def test_one_file_alone_is_an_export(tmp_path):
    """A single document may be handed over."""
    path = tmp_path / "steps-2020-03-19.json"
    path.write_text(json.dumps(STEPS))
    assert ADAPTER.detect(path) is not None
    assert [one.value.tolist() for one in read(path) if isinstance(one, Samples)] == [[12.0]]


def test_what_nobody_knows_is_said(tmp_path):
    """Data of Fitbit's that nobody knows are rejected; what is left and other products are counted."""
    folder = tmp_path / "Takeout" / "Fitbit" / "Global Export Data"
    folder.mkdir(parents=True)
    (folder / "steps-2020-03-19.json").write_text(json.dumps(STEPS))
    (folder / "steps-2020-04-18.json").write_text('{"locked": true}')
    (folder / "novelty-2020-03-19.json").write_text("[]")
    (folder / "altitude-2020-03-19.json").write_text("[]")
    (folder / "README.txt").write_text("About")
    other = tmp_path / "Takeout" / "Tasks" / "Tasks.json"
    other.parent.mkdir()
    other.write_text("{}")
    found = read(tmp_path)
    place = "Takeout/Fitbit/Global Export Data/"
    assert {(one.reason, one.file) for one in found if isinstance(one, Rejection)} == {
        ("unknown-document", place + "steps-2020-04-18.json"),
        ("unknown-document", place + "novelty-2020-03-19.json"),
    }
    assert {one.file: one.left for one in found if isinstance(one, Tally) and one.left} == {
        place + "altitude-2020-03-19.json": {"whole-file": 1},
        place + "README.txt": {"other": 1},
        "Takeout/Tasks/Tasks.json": {"other": 1},
    }


@pytest.mark.parametrize("text", ["[]", " [ ] ", "\ufeff[]"])
def test_empty_list_is_a_file_of_no_rows(tmp_path, text):
    """A month without anything is no fault."""
    (tmp_path / "steps-2020-03-19.json").write_text(json.dumps(STEPS))
    (tmp_path / "steps-2020-04-18.json").write_text(text)
    found = read(tmp_path)
    assert not [one for one in found if isinstance(one, Rejection)]
    assert Tally("steps-2020-04-18.json", 0, 0, 0, 0, {}) in found


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_wrong_encoding_costs_the_file_at_most(tmp_path, encoding):
    """A mark of UTF-8 is passed over; a file in another encoding is rejected and the next one read."""
    (tmp_path / "steps-2020-03-19.json").write_text(json.dumps(STEPS), encoding=encoding)
    (tmp_path / "steps-2020-04-18.json").write_text(json.dumps(STEPS))
    found = read(tmp_path)
    values = [value for one in found if isinstance(one, Samples) for value in one.value.tolist()]
    reasons = [one.reason for one in found if isinstance(one, Rejection)]
    assert (values, len(reasons)) == (([12.0, 12.0], 0) if encoding == "utf-8-sig" else ([12.0], 1))


def test_damaged_member_of_a_zip(tmp_path):
    """A member whose bytes were changed costs itself."""
    members = {path.name: path.read_bytes() for path in DATA.glob("*.json")}
    path = packed(tmp_path / "takeout.zip", members)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("exercise-0.json").header_offset
    raw[place + 60 : place + 70] = bytes(10)
    path.write_bytes(raw)
    found = read(path)
    assert {(one.reason, one.file) for one in found if isinstance(one, Rejection)} == {
        ("malformed-json", "exercise-0.json")
    }
    assert not [one for one in found if isinstance(one, Workout)]
    assert [one for one in found if isinstance(one, SleepSession)]


def test_progress_reaches_the_end():
    """Who asks is told of every file, up to all bytes of those that are read."""
    told: list[tuple[int, int]] = []
    list(ADAPTER.read(DATA, Options(progress=lambda done, total: told.append((done, total)))))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
