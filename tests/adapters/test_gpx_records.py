"""GPX files as workouts: tracks, segments, planned routes, and whose they are."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.tracks import distance_m, segments
from adapters.gpx.records import records_of
from vault.records import Rejection, Stream, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET

START = 1748761200 * SECOND_NS


def point(second, lat=47.0, more="", zone="Z"):
    time = f"2025-06-01T07:{second // 60:02}:{second % 60:02}{zone}"
    return f'<trkpt lat="{lat:.6f}" lon="8"><time>{time}</time>{more}</trkpt>'


def segment(*seconds, **terms):
    return "<trkseg>" + "".join(point(second, 47 + second / 1e5, **terms) for second in seconds) + "</trkseg>"


def track(*parts, type_="cycling", name="A ride"):
    return f"<trk><name>{name}</name><type>{type_}</type>{''.join(parts)}</trk>"


def read(*parts, creator="Garmin Connect", foot="</gpx>", **terms):
    text = f'<?xml version="1.0"?><gpx creator="{creator}">{"".join(parts)}{foot}'
    return list(records_of(io.BytesIO(text.encode()), file="a.gpx", **terms))


def only(kind, records):
    return [record for record in records if isinstance(record, kind)]


def test_gpx_track_is_a_workout_with_its_stream():
    """Start, end, sport and what the points carry; the stream belongs to the workout."""
    more = "<extensions><hr>{}</hr></extensions>"
    points = "".join(point(second, 47 + second / 1e4, more.format(100 + second)) for second in range(3))
    workout, stream = read(track("<trkseg>", points, "</trkseg>"))
    assert (workout.start, workout.end) == (START, START + 2 * SECOND_NS)
    assert (workout.activity, workout.duration_s, workout.hr_mean, workout.hr_max) == ("cycling", 2, 101, 102)
    assert workout.distance_m == pytest.approx(2e-4 * np.pi / 180 * 6_371_008.8, abs=0.01)
    assert (workout.energy_kcal, workout.elevation_gain_m) == (None, None)
    assert (workout.origin.source, workout.origin.adapter, workout.origin.app) == (
        "Garmin Connect",
        "gpx",
        "garmin",
    )
    assert (stream.workout, stream.origin) == (workout.key, workout.origin)
    assert stream.columns["heart_rate"].tolist() == [100, 101, 102]


def test_gpx_segments_are_parted_by_pauses():
    """Time and way between segments count for neither; the pause is told."""
    (workout, _) = read(track(segment(0, 1, 2), segment(602, 603)))
    whole = read(track(segment(0, 1, 2)))[0]
    assert workout.duration_s == 3
    assert workout.end == START + 603 * SECOND_NS
    assert workout.distance_m == pytest.approx(whole.distance_m * 1.5, abs=0.01)
    assert workout.details["pauses"] == [{"start": "2025-06-01T07:00:02Z", "end": "2025-06-01T07:10:02Z"}]


def test_gpx_gap_in_a_steady_track_is_a_pause():
    """Recorders that stop without a new segment pause too; one that records every minute does not."""
    assert read(track(segment(0, 1, 2, 40, 41)))[0].duration_s == 3
    assert read(track(segment(0, 60, 120, 180)))[0].duration_s == 180


def test_gpx_without_times_is_a_planned_route():
    """Nobody moved along points without times: no workout, and each is counted."""
    planned = '<trkpt lat="1" lon="2"/>' * 4
    route = '<rte><rtept lat="1" lon="2"/></rte>'
    assert read(track("<trkseg>", planned, "</trkseg>"), route) == [Rejection("planned-route", "a.gpx", 0, 5)]
    *_, rejection = read(track(segment(0, 1), "<trkseg>", planned, "</trkseg>"))
    assert rejection == Rejection("no-time", "a.gpx", 0, 4)


def test_gpx_of_metadata_only_says_so():
    """A file without points is a rejection, not a workout."""
    assert read("<metadata/>") == [Rejection("no-points", "a.gpx", 0)]


def test_gpx_of_several_tracks_is_several_workouts():
    """Each trk is a workout of its own, with its own type and columns."""
    hr = "<extensions><hr>150</hr></extensions>"
    records = read(track(segment(0, 1, more=hr)), track(segment(3000, 3001), type_="9", name="Then a run"))
    workouts, streams = only(Workout, records), only(Stream, records)
    assert [workout.activity for workout in workouts] == ["cycling", "running"]
    assert [workout.details["name"] for workout in workouts] == ["A ride", "Then a run"]
    assert ["heart_rate" in stream.columns for stream in streams] == [True, False]


def test_gpx_that_breaks_off_gives_what_was_whole():
    """The points before the break are a workout; the break is said."""
    workout, stream, rejection = read("<trk>", segment(0, 1), "<trkseg><trkpt", foot="")
    assert len(stream.time) == 2
    assert rejection == Rejection("malformed-xml", "a.gpx", 2)
    assert workout.activity == "other"


def test_gpx_of_a_virtual_ride_has_no_places():
    """Nobody was on Zwift's island: the way's length stays, its places do not."""
    (workout, stream) = read(track(segment(0, 1, 2), type_="VirtualRide"), creator="StravaGPX")
    assert workout.activity == "indoor_cycling"
    assert workout.distance_m > 0
    assert not {"latitude", "longitude"} & stream.columns.keys()


@pytest.mark.parametrize(
    ("zone", "home", "offset"),
    [("Z", None, UNKNOWN_OFFSET), ("Z", "Europe/Berlin", 120), ("+05:30", "Europe/Berlin", 330)],
)
def test_gpx_offset_is_the_written_one_then_the_owners(zone, home, offset):
    """Z says nothing of the place."""
    records = read(track(segment(0, 1, zone=zone)), home=home and ZoneInfo(home))
    assert records[0].offset_min == offset


def test_gpx_key_stays_when_the_file_is_longer_next_time():
    """A track cut short and the whole one are the same workout; the caller may say whose it is."""
    short, long = (read(track(segment(*range(n))), source="Pat's watch", adapter="strava")[0] for n in (3, 9))
    assert short.key == long.key
    assert (short.origin.source, short.origin.adapter) == ("Pat's watch", "strava")


def test_segments_of_a_file_that_holds_a_track_twice_stay_whole():
    """Points of two segments at the same instants are not one zigzag."""
    time = np.repeat(START + np.arange(50) * SECOND_NS, 2)
    written = np.tile([1, 2], 50)
    assert (np.diff(segments(time, written)[::2]) == 0).all()
    there = {"latitude": np.tile([47.0, 48.0], 50), "longitude": np.full(100, 8.0)}
    assert distance_m(there, written) == 0


@given(st.lists(st.tuples(st.floats(-89, 89), st.floats(-179, 179)), min_size=2, max_size=30))
def test_distance_is_at_least_the_straight_way_and_none_over_a_break(places):
    """The way is no shorter than its chord, and a break in every step leaves none."""
    latitude, longitude = map(np.array, zip(*places))
    columns = {"latitude": latitude, "longitude": longitude}
    whole = distance_m(columns, np.zeros(len(places), np.int64))
    ends = {name: column[[0, -1]] for name, column in columns.items()}
    assert whole >= distance_m(ends, np.zeros(2, np.int64)) - 0.02
    assert distance_m(columns, np.arange(len(places))) is None
