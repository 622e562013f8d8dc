"""Workouts: totals old and new, everything else they say, and their routes."""

from __future__ import annotations

import numpy as np
import pytest

from vault.records import Document, Rejection, Stream, Workout
from vault.time import format_instant

TIMES = 'startDate="2025-07-15 07:00:00 +0100" endDate="2025-07-15 07:30:15 +0100"'
STATISTICS = (
    f'  <WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" {TIMES} sum="1002.11"'
    ' unit="kJ"/>\n'
    f'  <WorkoutStatistics type="HKQuantityTypeIdentifierHeartRate" {TIMES} average="113.9" maximum="151"'
    ' unit="count/min"/>\n'
    f'  <WorkoutStatistics type="HKQuantityTypeIdentifierDistanceCycling" {TIMES} sum="20" unit="km"/>\n'
    f'  <WorkoutStatistics type="HKQuantityTypeIdentifierDistanceSwimming" {TIMES} sum="750" unit="m"/>\n'
)
PAUSE = '  <WorkoutEvent type="HKWorkoutEventTypePause" date="2025-07-15 07:10:00 +0100"/>\n'
POINT = '<trkpt lat="1" lon="2"><ele>3</ele><time>2025-07-15T06:00:0{}Z</time></trkpt>'
GPX = b"<gpx><trk><trkseg>%b</trkseg></trk></gpx>"


def workout_xml(children="", activity="Running", times=TIMES, source="Watch", **attributes):
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f' <Workout workoutActivityType="HKWorkoutActivityType{activity}" duration="30.25" durationUnit="min"'
        f'{extra} sourceName="{source}" {times}>\n{children} </Workout>\n'
    )


def route_xml(path, start="07:00:00"):
    return (
        f'  <WorkoutRoute sourceName="Watch" startDate="2025-07-15 {start} +0100"'
        ' endDate="2025-07-15 07:30:00 +0100">\n'
        f'   <FileReference path="/workout-routes/{path}"/>\n  </WorkoutRoute>\n'
    )


def of_kind(records, kind):
    return [record for record in records if isinstance(record, kind)]


@pytest.fixture
def workout(read_export):
    def read(*args, **kwargs):
        (found,) = of_kind(read_export(workout_xml(*args, **kwargs)), Workout)
        return found

    return read


def test_workout_totals_come_from_statistics_first(workout):
    """Since iOS 16 the statistics are the totals; a triathlon's distances add up."""
    found = workout(STATISTICS, totalEnergyBurned="1", totalEnergyBurnedUnit="kcal", totalDistance="1")
    assert (found.energy_kcal, found.distance_m, found.hr_mean, found.hr_max) == (
        239.510038,
        20750,
        113.9,
        151,
    )
    assert (found.activity, found.duration_s) == ("running", 1815)


def test_workout_totals_of_old_exports_come_from_attributes(workout):
    """Before, they were attributes, in the units of the owner's choice."""
    found = workout(
        totalEnergyBurned="1450.2", totalEnergyBurnedUnit="kJ", totalDistance="1", totalDistanceUnit="mi"
    )
    assert (found.energy_kcal, found.distance_m, found.hr_mean) == (346.606119, 1609.344, None)


def test_workout_totals_are_finite_or_missing(workout):
    """A total too large to be one, in itself or as a sum, is missing."""
    assert workout(totalDistance="1e306", totalDistanceUnit="km").distance_m is None
    huge = (
        STATISTICS.replace('sum="20"', 'sum="1.7e308"')
        .replace('sum="750"', 'sum="1.7e308"')
        .replace("km", "m")
    )
    assert workout(huge).distance_m is None


def test_workout_offset_is_of_its_zone(workout):
    """A zone without a name of its own, as iOS writes some, is a fixed offset."""
    found = workout('  <MetadataEntry key="HKTimeZone" value="GMT+0530"/>\n')
    assert found.offset_min == 330


def test_workout_says_everything_else_in_its_details(workout):
    """Events, statistics and metadata are kept; entries that some exports repeat count once."""
    entry = '  <MetadataEntry key="HKElevationAscended" value="3720 cm"/>\n'
    activity = f'  <WorkoutActivity uuid="A1" {TIMES}>\n {PAUSE}  </WorkoutActivity>\n'
    found = workout(entry + PAUSE + STATISTICS + activity + PAUSE + entry)
    assert found.elevation_gain_m == 37.2
    assert found.details["metadata"] == {"HKElevationAscended": "3720 cm"}
    pause = {"type": "HKWorkoutEventTypePause", "date": "2025-07-15T06:10:00Z"}
    assert found.details["events"] == [pause]
    assert len(found.details["statistics"]) == 4
    assert found.details["activities"][0]["events"] == [pause]
    assert found.details["activity_type"] == "HKWorkoutActivityTypeRunning"


def test_workout_of_an_unknown_activity_keeps_its_name(workout):
    """A new activity is "other", and its own name stays in the details."""
    found = workout(activity="Quidditch")
    assert (found.activity, found.details["activity_type"]) == ("other", "HKWorkoutActivityTypeQuidditch")


def test_workout_key_is_the_same_in_an_export_of_another_season(workout):
    """The same instants written with another offset give the same workout, event by event."""
    other = 'startDate="2025-07-15 08:00:00 +0200" endDate="2025-07-15 08:30:15 +0200"'
    first, second = workout(PAUSE), workout(PAUSE.replace("07:10:00 +0100", "08:10:00 +0200"), times=other)
    assert first.key == second.key
    assert first.details == second.details
    assert (first.offset_min, second.offset_min) == (60, 120)


def test_workout_offset_is_that_of_its_zone(workout):
    """HKTimeZone says where it was, whatever the phone's offset on export day."""
    found = workout('  <MetadataEntry key="HKTimeZone" value="Europe/Paris"/>\n')
    assert format_instant(found.start, found.offset_min) == "2025-07-15T08:00:00+02:00"


@pytest.mark.parametrize(
    ("source", "aliases", "app", "is_unclear"),
    [("Strava", {}, "strava", False), ("Tempo", {}, "", True), ("Tempo", {"Tempo": "tempo"}, "tempo", False)],
)
def test_workout_names_its_app_or_asks(read_export, source, aliases, app, is_unclear):
    """A name that several apps have is not guessed: the details say that an alias would settle it."""
    (found,) = of_kind(read_export(workout_xml(source=source), aliases=aliases), Workout)
    assert found.origin.app == found.details.get("app", "") == app
    assert ("app_unclear" in found.details) == is_unclear


def test_workout_without_dates_is_rejected(read_export):
    """No start and end, no workout."""
    records = read_export(workout_xml(times='startDate="2025-07-15 07:00:00 +0100" endDate="then"'))
    assert [(r.reason, r.position) for r in of_kind(records, Rejection)] == [("bad-date", 9)]


def test_route_files_become_streams_of_their_workout(read_export):
    """Each route is a part of the stream, found by its path; a reference repeated counts once."""
    routes = route_xml("a.gpx") + route_xml("b.gpx", "07:10:00") + route_xml("a.gpx")
    files = {
        f"workout-routes/{name}.gpx": GPX % POINT.format(second).encode()
        for name, second in (("a", 1), ("b", 2))
    }
    records = read_export(workout_xml(routes), files)
    (found,), streams = of_kind(records, Workout), of_kind(records, Stream)
    assert [stream.part for stream in streams] == ["2025-07-15T06:00:00Z", "2025-07-15T06:10:00Z"]
    assert {stream.workout for stream in streams} == {found.key}
    assert streams[0].columns["altitude"].tolist() == [3]
    assert not of_kind(records, Rejection)


def test_route_file_that_is_missing_or_broken_is_rejected(read_export):
    """A route without its file is counted where it is named; a broken file gives what it has."""
    files = {"workout-routes/b.gpx": GPX[:-20] % POINT.format(1).encode()}
    records = read_export(workout_xml(route_xml("a.gpx") + route_xml("b.gpx", "07:10:00")), files)
    assert len(of_kind(records, Stream)) == 1
    reasons = [(r.reason, r.file.rpartition("/")[2]) for r in of_kind(records, Rejection)]
    assert reasons == [("missing-route", "export.xml"), ("malformed-route", "b.gpx")]


def test_track_of_no_workout_is_kept_as_a_document(read_export):
    """A GPX file that nothing refers to is not lost."""
    data = GPX % b""
    (document,) = [
        d for d in of_kind(read_export("", {"workout-routes/c.gpx": data}), Document) if "route" in d.kind
    ]
    assert (document.kind, document.key, document.body) == ("apple:route", "c.gpx", data)


def test_locations_of_old_exports_become_a_stream(read_export):
    """Exports of iOS 11 had the points in the element; -1 meant unknown."""
    location = (
        '   <Location date="2016-11-14 07:25:4{} -0700" latitude="37.7{}" longitude="-122.4" altitude="21.3"'
        ' horizontalAccuracy="2.4" verticalAccuracy="1.7" course="-1" speed="2.5"/>\n'
    )
    points = location.format(5, 2) + location.format(4, 1) + location.format("x", 9)
    route = f'  <WorkoutRoute sourceName="Phone" {TIMES}>\n{points}  </WorkoutRoute>\n'
    told = read_export(workout_xml(route))
    (stream,), (run,) = of_kind(told, Stream), of_kind(told, Workout)
    assert stream.columns["latitude"].tolist() == [37.71, 37.72]
    assert stream.columns["speed"].tolist() == [2.5, 2.5]
    assert "course" not in stream.columns
    assert (np.diff(stream.time) == 10**9).all()
    assert (stream.workout, stream.origin) == (run.key, run.origin)
