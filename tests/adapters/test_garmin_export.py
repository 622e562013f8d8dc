"""The activities and uploads of a Garmin export, and how an export is recognised."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from adapters.base import Options
from adapters.garmin import ADAPTER
from vault.errors import MalformedFile
from vault.records import Rejection, Samples, SleepSession, SourceFile, Stream, StrengthSet, Workout
from vault.time import UNKNOWN_OFFSET, zone

FIT = Path(__file__).parents[1] / "contract" / "exports" / "fit"
DAY, SLEEP = "UDSFile_2025-01-01_2025-04-10.json", "1_2_7_sleepData.json"
ACTIVITIES = "pat_lee@example.com_0_summarizedActivities.json"
UPLOADS = "DI_CONNECT/DI-Connect-Uploaded-Files/UploadedFiles_0-_Part1.zip"
DATE = {"calendarDate": "2025-03-29"}
NIGHT = DATE | {
    "sleepStartTimestampGMT": "2025-03-28T22:00:00.0",
    "sleepEndTimestampGMT": "2025-03-29T06:00:00.0",
    "sleepWindowConfirmationType": "AUTO_CONFIRMED_FINAL",
    "deepSleepSeconds": 3600,
    "lightSleepSeconds": 21600,
    "awakeSleepSeconds": 3600,
}
RUN = {
    "activityId": 701,
    "activityType": "running",
    "startTimeGmt": 1_743_285_600_000.0,
    "startTimeLocal": 1_743_289_200_000.0,
    "duration": 1_800_000.0,
    "elapsedDuration": 1_900_000.0,
    "distance": 500_000.0,
    "avgSpeed": 0.2777,
    "elevationGain": 4200.0,
    "calories": 419.002,
    "avgHr": 150.0,
}


@pytest.fixture
def read(tmp_path):
    """Read an export of files: lists are JSON, bytes as they are."""

    def read(files, home=None):
        for name, rows in files.items():
            place = tmp_path / "export" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(rows if isinstance(rows, bytes) else json.dumps(rows).encode())
        return list(ADAPTER.read(tmp_path / "export", Options(home)))

    return read


def of(records, kind):
    return [record for record in records if isinstance(record, kind)]


def reasons(records):
    return [rejection.reason for rejection in of(records, Rejection)]


def packed(*files, method=zipfile.ZIP_DEFLATED):
    """Return a zip of the contract suite's FIT files, or of others."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as zipped:
        for name, data in files:
            zipped.writestr(name, data)
    return target.getvalue()


def fit(name):
    return (FIT / name).read_bytes()


def test_activity_units(read):
    """Centimetres, milliseconds, centimetres a millisecond, and kcal times 4.19002."""
    (run,) = of(read({ACTIVITIES: [{"summarizedActivitiesExport": [RUN]}]}), Workout)
    assert (run.key, run.activity, run.offset_min) == ("701", "running", 60)
    assert (run.duration_s, run.distance_m, run.elevation_gain_m) == (1800, 5000, 42)
    assert (run.energy_kcal, run.hr_mean) == (pytest.approx(100), 150)
    assert run.details["speed_mean"] == pytest.approx(2.777)
    assert run.end - run.start == 1900 * 10**9


def test_activity_sets_are_sums(read):
    """What all sets of an exercise come to is kept with the workout; single sets only files tell."""
    lift = RUN | {
        "activityType": "strength_training",
        "summarizedExerciseSets": [
            {"category": "SQUAT", "reps": 24, "sets": 3, "maxWeight": 60000, "volume": 1440000}
        ],
    }
    records = read({ACTIVITIES: [{"summarizedActivitiesExport": [lift]}]})
    (workout,) = of(records, Workout)
    squats = {"exercise": "squat", "repetitions": 24, "sets": 3, "load_kg": 60, "volume_kg": 1440}
    assert workout.details["exercises"] == [squats]
    assert not of(records, StrengthSet)


def test_activity_of_several_sports_counts_once(read):
    """A multisport activity repeats the totals of its parts, so its parts stand; without parts it does."""
    whole = RUN | {"activityId": 1, "activityType": "multi_sport", "parent": True, "childIds": [2, 3]}
    parts = [RUN | {"activityId": number, "parent": False} for number in (2, 3)]
    for rows, keys in (([whole, *parts], ["2", "3"]), ([whole], ["1"])):
        records = read({ACTIVITIES: [{"summarizedActivitiesExport": rows}]})
        assert [workout.key for workout in of(records, Workout)] == keys


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sportType": "STEPS"}, "no-activity"),
        ({"startTimeGmt": None}, "bad-date"),
        ({"elapsedDuration": -1.0}, "bad-value"),
        ({"elapsedDuration": 1e15}, "bad-value"),
    ],
)
def test_activity_that_is_no_workout(read, change, reason):
    """The day's steps posing as an activity, and one that is nowhere in time, are counted and left."""
    records = read({ACTIVITIES: [{"summarizedActivitiesExport": [RUN | change]}]})
    assert reasons(records) == [reason]
    assert not of(records, Workout)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_upload_is_joined_by_its_start(read, tmp_path, method):
    """An upload is not named after its activity; its stream belongs to the activity of the same second."""
    inside = packed(("pat_lee@example.com_900.fit", fit("run.fit")), method=method)
    files = {
        ACTIVITIES: [{"summarizedActivitiesExport": [RUN | {"activityType": "trail_running"}]}],
        UPLOADS: inside,
    }
    folder = read(files)
    outer = tmp_path / "export.zip"
    outer.write_bytes(
        packed(
            *((name, data if isinstance(data, bytes) else json.dumps(data)) for name, data in files.items())
        )
    )
    for records in (folder, list(ADAPTER.read(outer, Options()))):
        (workout,), (stream,) = of(records, Workout), of(records, Stream)
        assert (workout.key, workout.activity, workout.distance_m) == ("701", "trail_running", 60)
        assert (stream.workout, stream.origin) == (workout.key, workout.origin)
        assert workout.details["garmin"]["speed_mean"] == pytest.approx(2.777)
        assert len(of(records, SourceFile)) == (2 if records is folder else 1)


def test_uploads_of_all_formats_and_places(read):
    """FIT, GPX and TCX are told by how they begin, packed with gzip or not, in a zip or beside the rest."""
    tracks = {
        "gpx": b"<gpx><trk><trkseg>%s</trkseg></trk></gpx>"
        % b"".join(
            b'<trkpt lat="1" lon="2"><time>2025-03-01T10:00:0%dZ</time></trkpt>' % at for at in range(3)
        ),
        "tcx": (FIT.parent / "tcx" / "two.tcx").read_bytes(),
    }
    inside = packed(
        ("1.gpx.gz", gzip.compress(tracks["gpx"])), ("2.txt", tracks["tcx"]), ("3.txt", b"settings")
    )
    records = read({UPLOADS: inside, "DI_CONNECT/4.fit": fit("run.fit")})
    assert len(of(records, Workout)) == 1 + 2 + 1
    assert reasons(records) == ["unknown-upload"]
    assert {workout.origin.adapter for workout in of(records, Workout)} == {"garmin"}


def test_upload_without_offset_has_that_of_the_export(read):
    """A night's file tells no offset; the pairs of clocks of the days around it do."""
    clocks = {
        "wellnessStartTimeGmt": "2025-03-29T23:00:00.0",
        "wellnessStartTimeLocal": "2025-03-30T00:00:00.0",
    }
    records = read(
        {UPLOADS: packed(("1.fit", fit("night.fit"))), DAY: [{"calendarDate": "2025-03-30"} | clocks]}
    )
    assert [session.offset_min for session in of(records, SleepSession)] == [60]
    alone = list(ADAPTER.read(FIT.parent / "garmin", Options()))
    assert UNKNOWN_OFFSET not in {int(offset) for batch in of(alone, Samples) for offset in batch.offset_min}


def test_upload_of_a_journey_has_the_offset_of_the_journey(read):
    """What the clocks of a day tell comes before the owner's zone, which holds where they tell nothing."""
    clocks = {
        "wellnessStartTimeGmt": "2025-03-29T15:00:00.0",
        "wellnessStartTimeLocal": "2025-03-30T00:00:00.0",
    }
    night = {UPLOADS: packed(("1.fit", fit("night.fit")))}
    for days, offset_min in (([], 60), ([{"calendarDate": "2025-03-30"} | clocks], 540)):
        records = read(night | {DAY: days}, zone("Europe/Berlin"))
        assert [session.offset_min for session in of(records, SleepSession)] == [offset_min]


def test_uploads_that_are_broken_cost_themselves(read):
    """Noise, a cut file and a damaged zip each become a reason; the others are read."""
    inside = packed(("1.fit", b"noise"), ("2.fit", fit("run.fit")[:300]), ("3.fit", fit("run.fit")))
    other = UPLOADS.replace("Part1", "Part2")
    records = read({UPLOADS: inside, other: inside[:-40]})
    assert {"unknown-upload", "truncated", "damaged-archive"} <= set(reasons(records))
    assert of(records, Workout)


def test_nested_zip_is_as_safe_as_any(read):
    """A zip inside the export that points outside is refused, and the rest is read."""
    records = read({UPLOADS: packed(("../1.fit", fit("run.fit"))), SLEEP: [NIGHT]})
    assert reasons(records) == ["damaged-archive"]
    assert of(records, SleepSession)


def test_rejections_do_not_name_the_account(read):
    """Garmin puts the account's mail address into file names; no reason repeats it."""
    records = read({ACTIVITIES: b"[", UPLOADS: packed(("pat_lee@example.com_9.fit", b"noise"))})
    assert len(reasons(records)) == 2
    assert not any("@" in rejection.file or "pat" in rejection.file for rejection in of(records, Rejection))


def test_detect_needs_name_and_content(tmp_path):
    """A name of Garmin's with anything else inside is not Garmin's, nor is its content by another name."""
    good = json.dumps([NIGHT]).encode()
    for name, data, is_ours in (
        (SLEEP, good, True),
        (SLEEP, b"[]", False),
        (SLEEP, b"a,b\n", False),
        ("a.json", good, False),
    ):
        folder = tmp_path / name.replace(".", "") / str(len(data))
        folder.mkdir(parents=True)
        (folder / name).write_bytes(data)
        assert (ADAPTER.detect(folder) is not None) == is_ours
    with pytest.raises(MalformedFile):
        list(ADAPTER.read(folder, Options()))


def test_progress_comes_to_the_whole(tmp_path):
    """Progress grows to no more than the size of the export."""
    folder = shutil.copytree(FIT.parent / "garmin", tmp_path / "export")
    told = []
    list(ADAPTER.read(folder, Options(progress=lambda done, total: told.append((done, total)))))
    done = [done for done, _ in told]
    assert done == sorted(done)
    assert 0 < done[-1] <= told[-1][1]
