"""TCX files as activities and workouts: laps' totals, points, the traps of cadence, several activities."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.formats.tcx import Tcx
from adapters.tcx.records import records_of
from vault.records import Device, Rejection, Stream, Workout
from vault.time import SECOND_NS

START = 1748761200 * SECOND_NS
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase xmlns:x="urn:ext"'
    ' xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
)
FOOT = "</Activities></TrainingCenterDatabase>"
CREATOR = (
    "<Creator><Name>Edge 530</Name><UnitId>3907354759</UnitId><Version><VersionMajor>9</VersionMajor>"
    "<VersionMinor>75</VersionMinor><BuildMajor>0</BuildMajor><BuildMinor>0</BuildMinor></Version></Creator>"
)


def point(second, more="", hr=120):
    beat = f"<HeartRateBpm>\n <Value>{hr}</Value>\n</HeartRateBpm>" if hr else ""
    return f"<Trackpoint><Time>2025-06-01T07:00:{second:02}.000Z</Time>{beat}{more}</Trackpoint>"


def extended(**values):
    said = "".join(f"<x:{name}>{value}</x:{name}>" for name, value in values.items())
    return f"<Extensions><x:TPX>{said}</x:TPX></Extensions>"


def lap(*points, start="2025-06-01T07:00:00Z", seconds=60, metres=200, kcal=10, more=""):
    totals = (
        f"<TotalTimeSeconds>{seconds}</TotalTimeSeconds><DistanceMeters>{metres}</DistanceMeters>"
        f"<Calories>{kcal}</Calories>{more}"
    )
    return f'<Lap StartTime="{start}">{totals}<Track>{"".join(points)}</Track></Lap>'


def activity(*laps, sport="Running", more=""):
    return f'<Activity Sport="{sport}"><Id>2025-06-01T07:00:00Z</Id>{"".join(laps)}{more}</Activity>'


def opened(*parts, head=HEAD, foot=FOOT):
    tcx = Tcx(io.BytesIO((head + "".join(parts) + foot).encode()))
    return tcx, list(tcx)


def read(*parts, head=HEAD, foot=FOOT, **terms):
    return list(records_of(io.BytesIO((head + "".join(parts) + foot).encode()), file="a.tcx", **terms))


def heart_rates(mean, highest):
    said = (("Average", mean), ("Maximum", highest))
    return "".join(f"<{name}HeartRateBpm><Value>{rate}</Value></{name}HeartRateBpm>" for name, rate in said)


def test_tcx_activity_is_a_workout_of_its_laps_totals():
    """Totals are sums over laps, the mean heart rate is weighted by their time; the stream has the points."""
    first = lap(point(0), point(1), more=heart_rates(120, 130))
    second = lap(point(40), start="2025-06-01T07:01:00Z", seconds=30, metres=50, more=heart_rates(150, 171))
    workout, stream = read(activity(first, second, more="<Notes> Good </Notes>" + CREATOR))
    assert (workout.start, workout.end) == (START, START + 90 * SECOND_NS)
    assert (workout.duration_s, workout.distance_m, workout.energy_kcal) == (90, 250, 20)
    assert (workout.hr_mean, workout.hr_max) == (130, 171)
    assert workout.origin.device == Device(name="Edge 530", software="9.75")
    assert (workout.origin.source, workout.origin.app, workout.activity) == ("Edge 530", "garmin", "running")
    assert "3907354759" not in repr(workout)
    assert workout.details["notes"] == "Good"
    assert workout.details["laps"][1] == {
        "start": "2025-06-01T07:01:00Z",
        "duration_s": 30,
        "distance_m": 50,
        "energy_kcal": 10,
        "hr_mean": 150,
        "hr_max": 171,
    }
    assert stream.columns["heart_rate"].tolist() == [120] * 3
    assert (stream.workout, stream.origin) == (workout.key, workout.origin)


def test_tcx_summary_wins_over_a_thin_track():
    """Two points of a quarter of an hour do not shorten it."""
    (workout, stream) = read(activity(lap(point(0), point(59), seconds=900, metres=3000)))
    assert (workout.duration_s, workout.distance_m) == (900, 3000)
    assert workout.end == START + 900 * SECOND_NS
    assert len(stream.time) == 2


def test_tcx_without_totals_takes_what_points_say():
    """A lap that only has points gives their time and heart rate."""
    bare = f'<Lap StartTime="2025-06-01T07:00:00Z"><Track>{point(1)}{point(9, hr=140)}</Track></Lap>'
    (workout, _) = read(activity(bare))
    assert (workout.duration_s, workout.distance_m, workout.energy_kcal) == (8, None, None)
    assert (workout.hr_mean, workout.hr_max) == (130, 140)


def test_tcx_points_have_every_column():
    """Elements are known by local names, in any order, in TPX of any prefix."""
    more = (
        "<DistanceMeters>5</DistanceMeters><AltitudeMeters>30</AltitudeMeters><Position>"
        "<LatitudeDegrees>47</LatitudeDegrees><LongitudeDegrees>8</LongitudeDegrees></Position>"
        "<Cadence>80</Cadence><SensorState>Present</SensorState>"
    )
    columns = opened(activity(lap(point(0, more + extended(Speed=2.5, Watts=201)))))[1][0].columns
    assert {name: column.tolist() for name, column in columns.items()} == {
        "heart_rate": [120],
        "distance": [5],
        "altitude": [30],
        "latitude": [47],
        "longitude": [8],
        "cadence": [80],
        "speed": [2.5],
        "power": [201],
    }


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["<Cadence>85</Cadence>"], [85]),
        (["<Cadence>0</Cadence>" + extended(RunCadence=82)], [82]),
        (["<Cadence>85</Cadence>" + extended(RunCadence=0)], [85]),
        (["<Cadence>85</Cadence>", extended(RunCadence=82)], [85, 82]),
        (["<Cadence>0</Cadence>", "<Cadence>0</Cadence>"], None),
    ],
)
def test_tcx_cadence_is_the_one_that_was_measured(said, kept):
    """Runs have RunCadence (Garmin) or Cadence (Polar); zeros all along are no sensor."""
    points = [point(second, more) for second, more in enumerate(said)]
    columns = opened(activity(lap(*points)))[1][0].columns
    assert "run_cadence" not in columns
    assert (columns["cadence"].tolist() if kept else columns.get("cadence")) == kept


def test_tcx_of_several_activities_gives_each():
    """Multi-activity files and multisport sessions are workouts side by side, with their own columns."""
    session = (
        f"<MultiSportSession><FirstSport>{activity(lap(point(0)))}</FirstSport><NextSport><Transition/>"
        f"{activity(lap(point(20, extended(Watts=9)), start='2025-06-01T07:00:20Z'), sport='Biking')}"
        "</NextSport></MultiSportSession>"
    )
    records = read(session, activity(lap(point(50), start="2025-06-01T07:00:50Z"), sport="Swimming"))
    workouts = [record for record in records if isinstance(record, Workout)]
    assert [workout.activity for workout in workouts] == ["running", "cycling", "swimming"]
    assert len({workout.key for workout in workouts}) == 3
    streams = [record for record in records if isinstance(record, Stream)]
    assert ["power" in stream.columns for stream in streams] == [False, True, False]


@pytest.mark.parametrize("before", [b" " * 10, b"\n\t", b"\xef\xbb\xbf", b"  \xef\xbb\xbf "])
def test_tcx_forgives_what_stands_before_the_declaration(before):
    """Strava writes ten blanks, which XML forbids; others a byte order mark."""
    data = before + (HEAD + activity(lap(point(0))) + FOOT).encode()
    assert len(list(Tcx(io.BytesIO(data)))) == 1


def test_tcx_course_is_a_planned_route():
    """Nobody has ridden a course: its points are counted, no workout."""
    course = f"<Courses><Course><Name>Hill</Name><Track>{point(0)}{point(1)}</Track></Course></Courses>"
    assert read(course) == [Rejection("planned-route", "a.tcx", 0, 2)]
    assert read() == [Rejection("no-activity", "a.tcx", 0)]


def test_tcx_with_bad_times_says_so():
    """Points without time are counted; an activity without any is rejected, with Id as the last resort."""
    lost = "<Trackpoint><Time>soon</Time></Trackpoint>"
    *_, rejection = read(activity(lap(point(0), lost)))
    assert rejection == Rejection("no-time", "a.tcx", 0, 1)
    workout, rejection = read(activity(lap(lost, start="later")))
    assert (workout.start, rejection.reason) == (START, "no-time")
    no_id = activity(lap(lost, start="later")).replace("<Id>2025-06-01T07:00:00Z</Id>", "")
    assert read(no_id) == [Rejection("no-time", "a.tcx", 0, 1)]


def test_tcx_start_time_may_have_a_blank_or_an_offset():
    """Concept2 ends its times with a blank; a time without Z is UTC; one with an offset keeps it."""
    for start in ("2025-06-01T07:00:00Z ", "2025-06-01T07:00:00", "2025-06-01T07:00:00.000Z"):
        assert read(activity(lap(start=start)))[0].start == START
    local = point(0).replace("07:00:00.000Z", "09:00:00+02:00")
    assert read(activity(lap(local)))[0].offset_min == 120
    assert read(activity(lap(point(0))), home=ZoneInfo("America/New_York"))[0].offset_min == -240


@pytest.mark.parametrize("foot", ["", "</Activity", "&bomb;", "<" * 3])
def test_tcx_that_breaks_off_gives_what_was_whole(foot):
    """The activities before the break and the points of the broken one stay; the break is said."""
    whole = activity(lap(point(0)))
    broken = whole.replace("07:00:00", "07:00:30").removesuffix("</Track></Lap></Activity>")
    records = read(whole, broken, foot=foot)
    assert [len(record.time) for record in records if isinstance(record, Stream)] == [1, 1]
    assert records[-1] == Rejection("malformed-xml", "a.tcx", 2)


def test_tcx_refuses_entities_and_depth():
    """A document type is not believed, and nothing nests without end."""
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc">]><TrainingCenterDatabase><Activities>'
    assert [record.reason for record in read(head=bomb)] == ["malformed-xml"]
    assert [record.reason for record in read("<a>" * 100_000)] == ["malformed-xml"]


def test_tcx_activities_are_yielded_while_the_file_is_read():
    """A file of any number of activities holds one at a time."""

    class Endless:
        """Gives activities for ever."""

        def __init__(self):
            self.is_new = True

        def read(self, size, /):
            self.is_new, is_first = False, self.is_new
            return (HEAD if is_first else activity(lap(point(0), point(1)))).encode()

    activities = iter(Tcx(Endless()))
    assert [len(next(activities).time) for _ in range(3)] == [2, 2, 2]


def test_tcx_columns_are_sorted_and_virtual_places_left():
    """Instants ascend; places of a game are not kept."""
    place = (
        "<Position><LatitudeDegrees>-11</LatitudeDegrees><LongitudeDegrees>166</LongitudeDegrees></Position>"
    )
    game = CREATOR.replace("Edge 530", "Zwift")
    (_, stream) = read(activity(lap(point(5, place), point(3, place)), more=game))
    assert (np.diff(stream.time) > 0).all()
    assert stream.columns.keys() == {"heart_rate"}
