"""The Concept2 logbook: pieces that end at their date, machines, strokes from TCX, and odd tables."""

from __future__ import annotations

import csv
import io

import pytest

from adapters.base import Options
from adapters.concept2 import ADAPTER
from vault.records import Rejection, Stream, Workout
from vault.time import MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, format_instant, zone

HEADER = (
    "Log ID,Date,Description,Work Time (Formatted),Work Time (Seconds),Rest Time (Formatted),"
    "Rest Time (Seconds),Work Distance,Rest Distance,Stroke Rate/Cadence,Stroke Count,Pace,Avg Watts,"
    "Cal/Hour,Total Cal,Avg Heart Rate,Drag Factor,Age,Weight,Type,Ranked,Comments,Date Entered"
)
ROW = {
    "Log ID": "77",
    "Date": "2025-06-06 07:30:00",
    "Description": "2x500m/1:00r row",
    "Work Time (Formatted)": "4:20.0",
    "Work Time (Seconds)": "260",
    "Rest Time (Seconds)": "120",
    "Work Distance": "1000",
    "Rest Distance": "30",
    "Stroke Rate/Cadence": "36",
    "Pace": "2:10.0",
    "Avg Watts": "159",
    "Total Cal": "61",
    "Avg Heart Rate": "0",
    "Age": "40",
    "Weight": "Hwt",
    "Type": "RowErg",
    "Comments": "Sesame, with oil",
}


def table(*changes, header=HEADER, before=""):
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), extrasaction="ignore")
    writer.writerow({name: name for name in writer.fieldnames})
    writer.writerows(ROW | change for change in changes)
    return (before + text.getvalue()).encode()


def tcx(start="2025-06-06T05:23:40Z", seconds=260, metres=1000):
    power = "<Extensions><TPX><Watts>160</Watts></TPX></Extensions>"
    point = f"<Trackpoint><Time>{start}</Time><Cadence>0</Cadence>{power}</Trackpoint>"
    laps = "".join(
        f'<Lap StartTime="{start} "><TotalTimeSeconds>{seconds / 2}</TotalTimeSeconds>'
        f"<DistanceMeters>{metres / 2}</DistanceMeters><Track>{point}</Track></Lap>"
        for _ in range(2)
    )
    return (
        f'<?xml version="1.0"?><TrainingCenterDatabase><Activities><Activity Sport="Other"><Id>{start}</Id>'
        f"{laps}</Activity></Activities></TrainingCenterDatabase>"
    ).encode()


@pytest.fixture
def read(tmp_path):
    """Write files of a logbook and read them: ``read({name: bytes}, timezone=...)``."""

    def read(files, timezone=None):
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
        return list(ADAPTER.read(tmp_path, Options(timezone=timezone and zone(timezone))))

    return read


def workouts_of(records):
    return [record for record in records if isinstance(record, Workout)]


def rejections_of(records):
    return [record for record in records if isinstance(record, Rejection)]


def test_concept2_date_is_the_end_of_the_piece(read):
    """The start lies before the date by work and rest together, in the owner's zone."""
    (workout,) = workouts_of(read({"season.csv": table({})}, "Europe/Berlin"))
    assert format_instant(workout.end, workout.offset_min) == "2025-06-06T07:30:00+02:00"
    assert workout.end - workout.start == (260 + 120) * SECOND_NS
    assert (workout.key, workout.activity, workout.duration_s) == ("77", "indoor_rowing", 260)
    assert (workout.distance_m, workout.energy_kcal, workout.hr_mean) == (1000, 61, None)


def test_concept2_without_a_zone_says_that_it_knows_none(read):
    """A wall clock without a zone is read as UTC, with its offset unknown, under the same key."""
    (workout,) = workouts_of(read({"season.csv": table({})}))
    assert (format_instant(workout.end), workout.offset_min) == ("2025-06-06T07:30:00Z", UNKNOWN_OFFSET)
    assert workout.key == "77"


def test_concept2_wall_clock_is_that_of_home(tmp_path):
    """Home is assumed where no zone is told: the instant is right, and no offset is made up."""
    (tmp_path / "season.csv").write_bytes(table({}))
    home = Options(home=zone("Europe/Berlin"))
    (found,) = workouts_of(ADAPTER.read(tmp_path, home))
    assert (format_instant(found.start), found.offset_min) == ("2025-06-06T05:23:40Z", UNKNOWN_OFFSET)


def test_concept2_keeps_what_was_said_and_leaves_the_person(read):
    """Pace, rests and comments are details; age and weight class are not kept."""
    (workout,) = workouts_of(read({"season.csv": table({})}))
    details = workout.details
    assert (details["pace"], details["rest_s"], details["rest_m"]) == ("2:10.0", 120, 30)
    assert (details["power_mean"], details["comments"]) == (159, "Sesame, with oil")
    assert not {"40", 40, "Hwt"} & set(details.values())


@pytest.mark.parametrize("machine", ["RowErg", "SkiErg", "BikeErg", "Hovercraft"])
def test_concept2_machines_have_their_sport(read, machine):
    """A rower rows; what nobody knows is other."""
    words = {"RowErg": "indoor_rowing", "SkiErg": "cross_country_skiing", "BikeErg": "indoor_cycling"}
    (workout,) = workouts_of(read({"season.csv": table({"Type": machine})}))
    assert workout.activity == words.get(machine, "other")


def test_concept2_reads_older_tables(read):
    """The first column was ID once, and before that absent; times had quotes of their own, metres commas."""
    old = HEADER.replace("Log ID", "ID")
    odd = {
        "ID": "9",
        "Work Time (Seconds)": "",
        "Work Time (Formatted)": '"1:04:20.5"',
        "Work Distance": "12,000",
    }
    (workout,) = workouts_of(read({"season.csv": table(odd, header=old, before="\ufeff")}))
    assert (workout.key, workout.duration_s, workout.distance_m) == ("9", 3860.5, 12000)
    older = old.removeprefix("ID,").replace("Stroke Rate/Cadence", "Stroke Rate")
    (workout,) = workouts_of(read({"season.csv": table({"Stroke Rate": "24"}, header=older)}))
    assert workout.key == "RowErg|2025-06-06T07:30:00"
    assert workout.details["stroke_rate"] == 24


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Date": "06/06/2025"}, "bad-date"),
        ({"Date": "0001-01-01 00:00:00"}, "bad-date"),
        ({"Work Time (Seconds)": "", "Work Time (Formatted)": ""}, "bad-value"),
        ({"Work Time (Seconds)": "-5"}, "bad-value"),
        ({"Rest Time (Seconds)": "1e12"}, "bad-value"),
    ],
)
def test_concept2_rejects_rows_that_are_no_piece(read, change, reason):
    """A bad row costs itself; file and line are named."""
    records = read({"season.csv": table(change, {"Log ID": "78"})})
    assert rejections_of(records) == [Rejection(reason, "season.csv", 2)]
    assert [workout.key for workout in workouts_of(records)] == ["78"]


def test_concept2_rejects_short_rows(read):
    """A table cut short inside a row loses that row."""
    records = read({"season.csv": table({}) + b"78,2025-06-07 07:00"})
    assert [rejection.reason for rejection in rejections_of(records)] == ["short-row"]


def test_concept2_strokes_belong_to_the_tables_piece(read):
    """A TCX file of a piece gives its strokes, its exact start and the offset of the place."""
    records = read({"season.csv": table({}), "piece.tcx": tcx()}, "America/New_York")
    (workout,) = workouts_of(records)
    (stream,) = [record for record in records if isinstance(record, Stream)]
    assert format_instant(workout.start, workout.offset_min) == "2025-06-06T07:23:40+02:00"
    assert (stream.workout, stream.origin) == (workout.key, workout.origin)
    assert stream.columns["power"].tolist() == [160]
    assert "cadence" not in stream.columns


@pytest.mark.parametrize(
    "terms",
    [
        {"seconds": 300},
        {"metres": 1500},
        {"start": "2025-06-07T05:23:40Z"},
        {"start": "2025-06-06T05:10:30Z"},
    ],
)
def test_concept2_strokes_of_another_piece_stay_apart(read, terms):
    """Another time, distance, day or minute is another piece, whose machine is not known."""
    records = read({"season.csv": table({}), "piece.tcx": tcx(**terms)}, "Europe/Berlin")
    assert sorted(workout.activity for workout in workouts_of(records)) == ["indoor_rowing", "other"]
    assert {workout.origin for workout in workouts_of(records)} == {workouts_of(records)[0].origin}


def test_concept2_piece_in_two_tables_is_one(read):
    """Seasons overlap when they are downloaded twice."""
    records = read({"a.csv": table({}), "b.csv": table({}), "piece.tcx": tcx()})
    (workout,) = workouts_of(records)
    assert workout.offset_min == 120


def test_concept2_detects_by_content(tmp_path):
    """A table by its header, a TCX file by the blank that ends its times; no other TCX."""
    for name, data, is_ours in (
        ("x.txt", table({}), True),
        ("a.tcx", tcx(), True),
        ("b.tcx", tcx().replace(b'Z "', b'Z"'), False),
        ("concept2-season-2025.csv", b"a,b\n1,2\n", False),
    ):
        (tmp_path / name).write_bytes(data)
        assert (ADAPTER.detect(tmp_path / name) is not None) == is_ours


def test_concept2_reads_the_constructed_sample(samples):
    """Every row of the sample is a workout whose end is its date."""
    folder = samples / "concept2"
    texts = [path.read_text("utf-8-sig") for path in folder.rglob("*.csv")]
    rows = [row for text in texts for row in csv.DictReader(text.splitlines())]
    workouts = {workout.key: workout for workout in workouts_of(ADAPTER.read(folder, Options()))}
    assert len(workouts) == len(rows)
    for row in rows:
        workout = workouts[row["Log ID"]]
        length = float(row["Work Time (Seconds)"]) + float(row["Rest Time (Seconds)"] or 0)
        assert format_instant(workout.end) == row["Date"].replace(" ", "T") + "Z"
        assert workout.end - workout.start == pytest.approx(length * SECOND_NS, abs=MINUTE_NS / 1e6)
        assert workout.distance_m == float(row["Work Distance"])
