"""A Strava export: rows joined with their files, whatever is wrong with either."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.strava import ADAPTER
from vault.errors import MalformedFile
from vault.records import Rejection, Score, SourceFile, Stream, StrengthSet, Workout
from vault.time import UNKNOWN_OFFSET, date_of_day, parse_instant

OWN = Path(__file__).parents[1] / "contract" / "exports" / "strava"
SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples" / "strava" / "synthetic"


@pytest.fixture
def export(tmp_path):
    """A copy of the contract's export to change."""
    return Path(shutil.copytree(OWN, tmp_path / "export"))


def read(path, zone=None):
    return list(ADAPTER.read(path, Options(ZoneInfo(zone) if zone else None)))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def change(export, old, new):
    table = export / "activities.csv"
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new))


def test_workout_has_stravas_id_and_its_rows_words(export):
    """The number in the file's name is the upload's; the row's exact metres win over the track's."""
    found = read(export)
    assert [workout.key for workout in of(Workout, found)] == ["9001", "9002", "9003", "9004"]
    run = of(Workout, found)[0]
    assert (run.activity, run.distance_m, run.duration_s, run.energy_kcal) == ("running", 402.3, 118.0, 31.0)
    assert run.details["description"] == "two\nlines, really"
    assert [stream.workout for stream in of(Stream, found)] == ["9001", "9002", "9004"]
    assert all(stream.origin == run.origin for stream in of(Stream, found)[:2])


def test_workout_begins_when_its_file_does(export):
    """The table's clock is UTC; the device's offset comes with its FIT file, else the owner's zone's."""
    _, _, manual, fit = of(Workout, read(export))
    assert (manual.start, manual.offset_min) == (parse_instant("2025-06-07T10:00:00Z")[0], UNKNOWN_OFFSET)
    assert fit.offset_min == 60
    assert fit.details["listed_start"] == "2025-06-08T06:00:00Z"
    assert [workout.offset_min for workout in of(Workout, read(export, "Europe/Berlin"))] == [
        120,
        120,
        120,
        60,
    ]


def test_virtual_places_are_left(export):
    """A virtual ride has its heart rate and no place, even where the file does not say that it is virtual."""
    (stream,) = [stream for stream in of(Stream, read(export)) if stream.workout == "9002"]
    assert "heart_rate" in stream.columns
    assert not {"latitude", "longitude"} & stream.columns.keys()


@pytest.mark.parametrize(
    "data", [b"", b"\x1f\x8b\x08", b"nothing", gzip.compress(b"<gpx><trk>"), b"\x0e\x10" * 40]
)
def test_a_bad_file_costs_its_streams(export, data):
    """The row stays, the other files stay, and the bad one is named."""
    (export / "activities" / "9104.fit.gz").write_bytes(data)
    found = read(export)
    assert [workout.key for workout in of(Workout, found)] == ["9001", "9002", "9003", "9004"]
    assert [stream.workout for stream in of(Stream, found)] == ["9001", "9002"]
    assert {rejection.file for rejection in of(Rejection, found)} == {"activities/9104.fit.gz"}


def test_a_missing_file_is_counted(export):
    """Its row is a workout still."""
    (export / "activities" / "9101.gpx").unlink()
    found = read(export)
    assert [(one.reason, one.file) for one in of(Rejection, found)] == [("missing-file", "activities.csv")]
    assert len(of(Workout, found)) == 4


def test_a_file_without_a_row_is_read(export):
    """Rows that are damaged do not take the files with them."""
    change(export, "9001,", "?,")
    found = read(export)
    assert [one.reason for one in of(Rejection, found)] == ["no-id"]
    assert len(of(Workout, found)) == 4
    (lost,) = [workout for workout in of(Workout, found) if not workout.key.startswith("900")]
    assert (lost.origin.source, lost.origin.app) == ("Strava", "strava")


def test_a_date_nobody_can_read_needs_the_file(export):
    """With a file the start is the file's; by hand there is nothing to go by."""
    change(export, "Jun 5, 2025", "Foo 5, 2025")
    change(export, "Jun 7, 2025", "Foo 7, 2025")
    found = read(export)
    assert [workout.key for workout in of(Workout, found)] == ["9001", "9002", "9004"]
    assert [one.reason for one in of(Rejection, found)] == ["bad-date"]


def test_an_unknown_type_is_what_the_file_says(export):
    """A language nobody has entered: the device knows what it was."""
    change(export, "Morning Run,Run", "Morning Run,Juoksulenkki")
    run = of(Workout, read(export))[0]
    assert (run.activity, run.details["type"]) == ("running", "Juoksulenkki")


def test_a_file_of_several_sports_is_several_workouts(export):
    """Each says how far it was itself; the row's totals are nobody's."""
    gpx = (export / "activities" / "9101.gpx").read_text()
    second = (
        gpx[gpx.index(" <trk>") : gpx.index("</gpx>")].replace("running", "cycling").replace("T05", "T06")
    )
    (export / "activities" / "9101.gpx").write_text(gpx.replace("</gpx>", second + "</gpx>"))
    parts = [workout for workout in of(Workout, read(export)) if workout.key.startswith("9001")]
    assert [(part.key, part.activity) for part in parts] == [("9001/1", "running"), ("9001/2", "cycling")]
    assert all(part.distance_m != 402.3 for part in parts)


def test_a_table_inside_a_folder_finds_its_files(export, tmp_path):
    """Some unpack the export one folder too deep."""
    found = read(export.parent)
    assert len(of(Stream, found)) == 3
    assert not of(Rejection, found)


def test_routes_are_not_workouts(export):
    """A planned route is a GPX file too."""
    (export / "routes").mkdir()
    shutil.copy(export / "activities" / "9101.gpx", export / "routes" / "1.gpx")
    assert len(of(Workout, read(export))) == 4


def test_a_folder_without_a_table_is_refused(tmp_path):
    """Files alone are no export of Strava's."""
    (tmp_path / "activities.csv").write_text("a,b\n")
    assert ADAPTER.detect(tmp_path) is None
    with pytest.raises(MalformedFile):
        read(tmp_path)


def test_every_reason_of_strava_is_documented():
    """The reference page lists each reason a rejection may have."""
    root = Path(__file__).parents[2]
    code = "".join(path.read_text("utf-8") for path in (root / "adapters" / "strava").glob("*.py"))
    found = set(re.findall(r'(?:Rejection\(|return |else )"([a-z]+-[a-z]+)"', code))
    page = (root / "docs" / "reference" / "strava.md").read_text("utf-8")
    assert len(found) > 6
    assert not {reason for reason in found if f"`{reason}`" not in page}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_two_languages_say_the_same():
    """The English and the German export of one account differ in words; this German one tells no effort."""
    english, german = (read(SAMPLES / f"strava_{language}.zip") for language in ("en", "de"))
    assert [type(one) for one in english if type(one) is not Score] == [type(one) for one in german]
    for one, other in zip(of(Workout, english), of(Workout, german)):
        assert (one.key, one.start, one.end, one.offset_min) == (
            other.key,
            other.start,
            other.end,
            other.offset_min,
        )
        assert (one.activity, one.distance_m, one.duration_s) == (
            other.activity,
            other.distance_m,
            other.duration_s,
        )


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("language", ["en", "de"])
def test_samples_are_read_whole(language):
    """As many workouts as rows, as many points as the files' text has; nothing is rejected."""
    path = SAMPLES / f"strava_{language}.zip"
    with zipfile.ZipFile(path) as packed:
        rows = list(csv.reader(packed.read("activities.csv").decode().splitlines(keepends=True)))[1:]
        points = packed.read("activities/1002.gpx").count(b"<trkpt")
    found = read(path)
    assert [workout.key for workout in of(Workout, found)] == [row[0] for row in rows]
    streams = {stream.workout: stream for stream in of(Stream, found)}
    assert len(streams["1002"].time) == points
    assert len(of(StrengthSet, found)) == 3
    assert {one.workout for one in of(StrengthSet, found)} == {"1003"}
    assert not of(Rejection, found)
    assert len(of(SourceFile, found)) == 1


def test_relative_effort_stays_with_its_workout_and_is_added_up_by_day(export):
    """Strava's own number is told a workout; the sum of a local day is a score, where people see it."""
    change(export, ",1.0,,,\n", ",1.0,,,8.0\n")
    lines = (export / "activities.csv").read_text().splitlines(keepends=True)
    by_hand = next(line for line in lines if line.startswith("9003"))
    change(export, by_hand, by_hand.replace("7, 2025, 10:00:00 AM", "5, 2025, 11:00:00 PM")[:-1] + "2.5\n")
    found = read(export, "Europe/Berlin")
    efforts = [workout.details.get("relative_effort") for workout in of(Workout, found)]
    assert efforts == [12.0, 8.0, 2.5, None]
    told = [(date_of_day(one.day).isoformat(), one.score, one.value) for one in of(Score, found)]
    assert told == [
        ("2025-06-05", "strava_relative_effort", 12.0),
        ("2025-06-06", "strava_relative_effort", 10.5),
    ]
