"""adidas Running: both shapes of a session, what lies beside it, and the real export of the samples."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.adidas import ADAPTER
from adapters.base import Options
from vault.errors import InputError
from vault.merge.activities import activities
from vault.records import Device, Rejection, Samples, Stream, Tally, Workout
from vault.time import NO_INSTANT, UNKNOWN_OFFSET, instant_ns

START = instant_ns(datetime(2018, 9, 1, 9, 28, 34, tzinfo=UTC))
START_MS = START // 10**6
ID = "00000000-0000-4000-8000-000000000018"
NAME = f"2018-09-01_09-28-34-UTC_{ID}.json"
OLD = {
    "start_time": START_MS, "end_time": START_MS + 120_000, "start_time_timezone_offset": 7_200_000,
    "distance": 400, "duration": 110_000, "elevation_gain": 3, "elevation_loss": 0, "average_speed": 13.0,
    "max_speed": 36, "duration_per_km": 275_000, "pause_duration": 10_000, "temperature": 0.0, "calories": 30,
    "notes": "lap", "manual": False, "pulse_avg": 150, "pulse_max": 161, "longitude": 13.4, "latitude": 52.5,
    "id": ID, "subjective_feeling_id": "1", "sport_type_id": "1", "user_equipment_ids": ["shoe"],
}  # fmt: skip
NEW = {
    "version": 3, "id": ID, "user_id": "7", "sport_type_id": "82", "start_time": START_MS,
    "end_time": START_MS + 120_000, "start_time_timezone_offset": "32400000",
    "user_perceived_start_time": START_MS + 32_400_000, "duration": 110_000, "pause": 10_000,
    "calories": "30",
    "subjective_feeling": "awesome", "notes": "lap", "features": [
        {"type": "track_metrics", "attributes": {
            "distance": "400", "average_speed": "3.6363", "average_pace": 0.275, "max_speed": 10.0,
            "elevation_gain": "3", "elevation_loss": 0, "surface": "road"}},
        {"type": "heart_rate", "attributes": {"average": "150", "maximum": 161, "zones": [
            {"name": "Easy", "distance": "100", "duration": 9_000}]}},
        {"type": "steps", "attributes": {"total_steps": "320", "average_step_length": 125}},
        {"type": "map", "attributes": {"encoded_trace": "_p~iF", "start_latitude": "52.5"}},
        {"type": "fastest_segments", "attributes": {"segments": [{"distance": "1km", "duration": "270000"}]}},
        {"type": "origin", "attributes": {
            "device": {"name": "Phone 5", "vendor": "Acme", "os_version": "14"}}},
    ],
}  # fmt: skip


def gps(*stamps, **more):
    return [
        {"version": 1, "timestamp": stamp, "longitude": 13.4 + place / 1000, "latitude": 52.5,
         "altitude": 36.5, "speed": 36.0, "duration": place * 3000, "distance": place * 30} | more
        for place, stamp in enumerate(stamps)
    ]  # fmt: skip


def pulse(*rates):
    return [{"timestamp": START_MS + 3_000 * place, "heart_rate": rate} for place, rate in enumerate(rates)]


def read(tmp_path, documents, **options):
    for name, document in documents.items():
        path = tmp_path / "export-20250401-000" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    return list(ADAPTER.read(tmp_path / "export-20250401-000", Options(**options)))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def tallies(records):
    return {tally.file.rpartition("/")[2]: tally for tally in of(Tally, records)}


def table(name):
    text = files("adapters.adidas").joinpath("tables", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize(("told", "offset", "sport"), [(OLD, 120, "running"), (NEW, 540, "trail_running")])
def test_adidas_session_of_either_shape(tmp_path, told, offset, sport):
    """The same run told in 2018, in km/h and with a pulse, and in 2025, in m/s and with texts for numbers."""
    (workout,) = of(Workout, read(tmp_path, {f"Sport-sessions/{NAME}": told}))
    assert (workout.key, workout.start, workout.end) == (ID, START, START + 120 * 10**9)
    assert (workout.offset_min, workout.activity) == (offset, sport)
    assert (workout.distance_m, workout.duration_s, workout.energy_kcal) == (400, 110, 30)
    assert (workout.hr_mean, workout.hr_max, workout.elevation_gain_m) == (150, 161, 3)
    said = workout.details
    assert (said["max_speed_m_s"], said["pause_s"], said["elevation_loss_m"]) == (10, 10, 0)
    assert said["average_pace_s_km"] == pytest.approx(275)
    assert (said["notes"], said["sport"]) == ("lap", sport.replace("_", " "))
    assert not {"latitude", "longitude", "map", "user_id", "user_equipment_ids"} & said.keys()


def test_adidas_details_of_the_older_shape(tmp_path):
    """A temperature of 0 is one; feelings and kinds are ids."""
    (workout,) = of(Workout, read(tmp_path, {NAME: OLD}))
    assert workout.details["temperature_c"] == 0
    assert workout.details["average_speed_m_s"] == pytest.approx(13 / 3.6)
    assert (workout.details["subjective_feeling_id"], workout.details["manual"]) == ("1", False)


def test_adidas_details_of_the_newer_shape(tmp_path):
    """Feelings are words, zones and segments are kept, with numbers for texts; the device is the origin's."""
    (workout,) = of(Workout, read(tmp_path, {NAME: NEW}))
    said = workout.details
    assert (said["subjective_feeling"], said["total_steps"], said["step_length_m"]) == ("awesome", 320, 1.25)
    assert said["heart_rate"] == {"zones": [{"name": "Easy", "distance": 100, "duration": 9_000}]}
    assert said["fastest_segments"] == {"segments": [{"distance": "1km", "duration": 270_000}]}
    assert said["track_metrics"] == {"surface": "road"}
    assert workout.origin.device == Device("Phone 5", "Acme", software="14")


@pytest.mark.parametrize(
    "stamps",
    [
        ("2018-09-01 11:28:34 +0200", "2018-09-01 11:28:37 +0200"),
        ("2018-09-01 05:28:34 -0400", "2018-09-01 09:28:37 +0000"),
        (START_MS, START_MS + 3_000),
        (str(START_MS), float(START_MS + 3_000)),
    ],
)
def test_adidas_points_are_where_they_were_when_they_were(tmp_path, stamps):
    """Times are texts with an offset or milliseconds, speeds km/h: the stream is the same."""
    found = read(tmp_path, {f"Sport-sessions/{NAME}": OLD, f"Sport-sessions/GPS-data/{NAME}": gps(*stamps)})
    (stream,) = of(Stream, found)
    assert (stream.workout, stream.part) == (ID, "gps")
    assert stream.time.tolist() == [START, START + 3 * 10**9]
    assert stream.columns["longitude"].tolist() == [13.4, 13.401]
    assert stream.columns["speed"].tolist() == pytest.approx([10, 10])
    assert stream.columns["distance"].tolist() == [0, 30]


def test_adidas_points_that_are_no_measurement(tmp_path):
    """A pulse of 0, a place at 0, 0, a time that is none: each row is counted for what it is."""
    points = [*gps(START_MS, START_MS + 3_000), {"timestamp": "noon", "longitude": 1, "latitude": 1}]
    points[1] |= {"longitude": 0, "latitude": 0}
    documents = {
        f"Sport-sessions/{NAME}": OLD,
        f"Sport-sessions/GPS-data/{NAME}": points,
        f"Sport-sessions/Heart-rate-data/{NAME}": pulse(142, 0, 143),
        f"Sport-sessions/Elevation-data/{NAME}": [{"timestamp": START_MS, "elevation": 38.5, "distance": 0}],
    }
    found = read(tmp_path, documents)
    place, beats, height = of(Stream, found)
    assert np.isnan(place.columns["latitude"]).tolist() == [False, True]
    assert beats.columns["heart_rate"].tolist() == [142, 143]
    assert height.columns["elevation"].tolist() == [38.5]
    counts = [(one.rows, one.used, one.rejected, one.left) for one in of(Tally, found)]
    assert counts == [(1, 1, 0, {}), (3, 2, 1, {}), (3, 2, 0, {"no-value": 1}), (1, 1, 0, {})]
    assert [(one.reason, one.position) for one in of(Rejection, found)] == [("bad-date", 3)]


def test_adidas_points_of_nobody(tmp_path):
    """A list without its session is left, by what it is; without an id it belongs where its time lies."""
    stranger = NAME.replace(ID, "00000000-0000-4000-8000-00000000ffff")
    documents = {
        f"Sport-sessions/{NAME}": OLD,
        f"Sport-sessions/GPS-data/{stranger}": gps(START_MS + 10**9),
        "Sport-sessions/Heart-rate-data/pulse.json": pulse(142, 143),
        f"Sport-sessions/Elevation-data/{NAME}": [],
    }
    found = read(tmp_path, documents)
    assert [one.part for one in of(Stream, found)] == ["heart_rate"]
    assert tallies(found)[stranger].left == {"no-session": 1}
    assert tallies(found)[NAME].rows == 0


@pytest.mark.parametrize("has_points", [True, False])
def test_adidas_way_as_gpx(tmp_path, has_points):
    """Since 2020 the way may be a GPX file: it is the session's stream, unless the points tell it already."""
    point = '<trkpt lat="52.5" lon="13.4"><ele>40</ele><time>{}</time></trkpt>'
    times = ("2018-09-01T09:28:34Z", "2018-09-01T09:28:39Z")
    points = "".join(map(point.format, times))
    gpx = f'<gpx version="1.1" creator="adidas"><trk><trkseg>{points}</trkseg></trk></gpx>'
    documents = {f"Sport-sessions/{NAME}": OLD, f"Sport-sessions/GPS-data/{NAME[:-5]}.gpx": gpx}
    if has_points:
        documents[f"Sport-sessions/GPS-data/{NAME}"] = gps(START_MS, START_MS + 1)
    found = read(tmp_path, documents)
    (stream,) = of(Stream, found)
    assert len(of(Workout, found)) == 1
    tally = tallies(found)[f"{NAME[:-5]}.gpx"]
    if has_points:
        assert (stream.part, tally.left) == ("gps", {"mirror": 2})
    else:
        assert (stream.workout, stream.time.tolist()) == (ID, [START, START + 5 * 10**9])
        assert (tally.rows, tally.used) == (2, 2)


def test_adidas_files_that_are_left(tmp_path):
    """Profile, pictures and shoes are counted with their reason; nothing of a person is read from them."""
    documents = {
        NAME: OLD,
        "User/user.json": {"first_name": "Pat", "email": "pat@example.com", "weight": 77.0},
        "Photos/Images-meta-data/1.json": {"latitude": 46.7, "longitude": 8.6, "created_at": 1},
        "shoe.json": {"name": "red", "equipment_type": "shoe"},
        "other.json": {"a": 1},
        "note.txt": "hello",
    }
    found = read(tmp_path, documents)
    assert {name: tally.left for name, tally in tallies(found).items() if name != NAME} == {
        "user.json": {"profile": 1},
        "1.json": {"pictures": 1},
        "shoe.json": {"equipment": 1},
    }
    assert sorted(one.file for one in of(Rejection, found)) == ["note.txt", "other.json"]
    assert "Pat" not in repr(found)


def test_adidas_weights(tmp_path):
    """A list of weights with times is body mass; 0 is none."""
    weights = [{"weight": "77.5", "measured_at": START_MS}, {"weight": 0, "measured_at": START_MS + 1}]
    found = read(tmp_path, {NAME: OLD, "Weight/weights.json": [*weights, {"weight": 70, "measured_at": "?"}]})
    (batch,) = of(Samples, found)
    assert (batch.metric, batch.value.tolist(), batch.start.tolist()) == ("body_mass", [77.5], [START])
    assert tallies(found)["weights.json"] == Tally("Weight/weights.json", 3, 1, 0, 1, {"no-value": 1})


@pytest.mark.parametrize("key", ["start_time", "features", "sport_type_id", "end_time", "duration", "notes"])
@pytest.mark.parametrize("noise", [None, [], {}, "x", 1e308, -1, [None], [[1]], True])
def test_adidas_survives_any_value(tmp_path, key, noise):
    """A value of another kind is missing; without a start there is no workout, and a reason."""
    found = read(tmp_path, {NAME: NEW | {key: noise}})
    if key == "start_time":
        assert [one.reason for one in of(Rejection, found)] == ["bad-date"]
    else:
        (workout,) = of(Workout, found)
        assert workout.start == START <= workout.end


def test_adidas_quantity_that_can_not_be_is_missing(tmp_path):
    """What is longer than any run is no length, and the session is there all the same."""
    endless = OLD | {"end_time": None, "duration": 1e308, "distance": 1e308, "pause_duration": 1e308}
    (workout,) = of(Workout, read(tmp_path, {"Sport-sessions/endless.json": endless}))
    assert (workout.distance_m, workout.duration_s, workout.end) == (None, None, workout.start)


def test_adidas_session_is_told_once(tmp_path):
    """Two exports of one account in a folder: the later repeats the earlier; an unknown sport is other."""
    found = read(tmp_path, {f"a/{NAME}": OLD | {"sport_type_id": 999}, f"b/{NAME}": OLD})
    (workout,) = of(Workout, found)
    assert (workout.activity, workout.details["sport_type_id"]) == ("other", 999)
    assert [tally.repeated for tally in of(Tally, found)] == [0, 1]
    assert workout.offset_min == 120 != UNKNOWN_OFFSET


def test_adidas_without_a_session_is_nobodys(tmp_path):
    """Points alone, are not recognised; a session cut short is rejected."""
    path = tmp_path / "points.json"
    path.write_text(json.dumps(gps(START_MS)))
    assert ADAPTER.detect(path) is None
    with pytest.raises(InputError):
        list(ADAPTER.read(path, Options()))
    path.write_text(json.dumps(OLD)[:-9])
    assert [one.reason for one in of(Rejection, ADAPTER.read(path, Options()))] == ["malformed-json"]


@given(st.lists(st.one_of(st.none(), st.text(max_size=30), st.integers(), st.floats()), max_size=8))
def test_adidas_times_survive_anything(said):
    """What is no time is none; what is one lies between 1970 and 2200."""
    from adapters.adidas.streams import times_of

    times = times_of([{"timestamp": one} for one in said])
    assert times.dtype == np.int64
    assert all(time == NO_INSTANT or -(10**14) < time < 8 * 10**18 for time in times.tolist())


def test_adidas_tables_are_sound():
    """Every sport has a word of the project's, every field a unit in its name or a workout's field."""
    sports = table("sports.csv")
    assert len({row["id"] for row in sports}) == len(sports)
    assert all(row["id"].isdecimal() and row["sport"] and row["word"] in activities() for row in sports)
    for row in table("fields.csv"):
        assert row["shape"] in ("old", "new")
        assert 0 < float(row["factor"]) <= 1000
    assert all(row["reason"] for row in table("documents.csv") if row["kind"] == "left")


def test_adidas_sample_has_every_point(samples):
    """The real run of 2018: 999 places, 994 heart rates, as json reads them; 10,107 m by the last of them."""
    folder = samples / "adidas" / "set-a" / "src" / "test" / "resources" / "me" / "crespel" / "runtastic"
    places, beats = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("GpsData", "HeartRateData")
    )
    found = list(ADAPTER.read(folder, Options()))
    (workout,) = of(Workout, found)
    place, pulse_ = of(Stream, found)
    assert (len(place.time), len(pulse_.time)) == (len(places), len(beats)) == (999, 994)
    assert place.columns["latitude"].tolist() == [one["latitude"] for one in places]
    assert place.columns["distance"].max() == places[-1]["distance"] == 10_107
    assert place.columns["speed"].sum() * 3.6 == pytest.approx(sum(one["speed"] for one in places))
    assert pulse_.columns["heart_rate"].sum() == sum(one["heart_rate"] for one in beats)
    assert pulse_.columns["heart_rate"].mean() == pytest.approx(workout.hr_mean, abs=1)
    assert place.time[0] == workout.start == START
    assert place.time[-1] == workout.end == START + 2_983 * 10**9
    assert (workout.distance_m, workout.duration_s, workout.offset_min) == (10_110, 2_983, 120)
