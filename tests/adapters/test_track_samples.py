"""The sample GPX and TCX files, read a second time by other means, and one ride in three formats."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from adapters.base import Options
from adapters.formats.gpx import read_gpx
from adapters.formats.tcx import Tcx
from adapters.gpx import ADAPTER as GPX
from adapters.gpx.records import records_of as gpx_records
from adapters.tcx import ADAPTER as TCX
from adapters.tcx.records import records_of as tcx_records
from vault.merge.workouts import fold
from vault.records import Rejection, Stream, Workout
from vault.time import parse_instant

RIDES = "gpx-tcx/set-a/sweat/examples/data"
FITS = "fit/set-a/sweat/examples/data"
RIDE, SHORT, OTHER = "4801048867", "5039744860", "4078723797"
SERIES = {
    "heart_rate": 0,
    "power": 0,
    "cadence": 0,
    "temperature": 0,
    "altitude": 0.051,  # Strava rounds to a tenth
    "latitude": 1e-6,
    "longitude": 1e-6,
    "distance": 0.01,
    "speed": 0.001,
}
"""What a column may differ by between formats, in its unit."""
GPX_NAMES = {
    "altitude": "ele",
    "heart_rate": "hr",
    "cadence": "cad",
    "power": "power",
    "temperature": "atemp",
}
TCX_NAMES = {
    "altitude": "AltitudeMeters",
    "distance": "DistanceMeters",
    "heart_rate": "HeartRateBpm/Value",
    "latitude": "Position/LatitudeDegrees",
    "longitude": "Position/LongitudeDegrees",
    "speed": "Extensions/TPX/Speed",
    "power": "Extensions/TPX/Watts",
}


def files(samples: Path, suffix: str) -> list[Path]:
    found = sorted((samples / "gpx-tcx").rglob("*." + suffix))
    assert found
    return found


def tree(path: Path) -> ET.Element:
    """Read a file whole, namespaces cut off."""
    root = ET.fromstring(re.sub(rb"(</?)\w+:", rb"\1", re.sub(rb' xmlns="[^"]*"', b"", path.read_bytes())))
    assert root.tag in ("gpx", "TrainingCenterDatabase")
    return root


def value(point: ET.Element, name: str) -> float:
    found = point.findtext(name)
    return float(found) if found else np.nan


def without_repeats(rows: list[tuple]) -> list[tuple]:
    """Return rows in order of time, without those that say the same as the one before."""
    rows = sorted(rows, key=lambda row: row[0])
    return [row for at, row in enumerate(rows) if at == 0 or repr(row) != repr(rows[at - 1])]


def test_gpx_samples_are_read_as_another_reader_does(samples):
    """Every time, place, height, heart rate, cadence and power of every file is the one in the tree."""
    for path in files(samples, "gpx"):
        with path.open("rb") as file:
            track = read_gpx(file)
        points = list(tree(path).iter("trkpt"))
        assert track.time.tolist() == [parse_instant(point.findtext("time"))[0] for point in points]
        assert track.columns["latitude"].tolist() == [float(point.get("lat")) for point in points]
        assert track.columns["longitude"].tolist() == [float(point.get("lon")) for point in points]
        for column, name in GPX_NAMES.items():
            said = np.array([value(point, f".//{name}") for point in points])
            if np.isnan(said).all() or (column in ("cadence", "power") and not np.nan_to_num(said).any()):
                assert column not in track.columns
            else:
                np.testing.assert_array_equal(track.columns[column], said)


def test_tcx_samples_are_read_as_another_reader_does(samples):
    """Every point of every activity is the one in the tree, but for those that are there twice."""
    for path in files(samples, "tcx"):
        with path.open("rb") as file:
            activities = list(Tcx(file))
        told = list(tree(path).iter("Activity"))
        assert len(activities) == len(told)
        for found, activity in zip(activities, told):
            rows = [
                (
                    parse_instant(point.findtext("Time"))[0],
                    *(value(point, name) for name in TCX_NAMES.values()),
                )
                for point in activity.iter("Trackpoint")
            ]
            time, *said = zip(*without_repeats(rows))
            assert found.time.tolist() == list(time)
            for name, column in zip(TCX_NAMES, said):
                np.testing.assert_array_equal(found.columns.get(name, np.full(len(time), np.nan)), column)


def test_tcx_samples_have_the_totals_of_their_laps(samples):
    """Time, distance and energy are the sums a person would do by hand."""
    for path in files(samples, "tcx"):
        with path.open("rb") as file:
            (workout, _) = tcx_records(file, file=path.name)
        laps = list(tree(path).iter("Lap"))
        for found, name in (
            (workout.duration_s, "TotalTimeSeconds"),
            (workout.distance_m, "DistanceMeters"),
            (workout.energy_kcal or 0, "Calories"),
        ):
            assert found == pytest.approx(sum(float(lap.findtext(name)) for lap in laps), abs=0.001)


@pytest.mark.parametrize("adapter", [GPX, TCX], ids=["gpx", "tcx"])
def test_track_samples_are_read_as_folders(samples, adapter):
    """A folder of both formats is recognised by each; each reads its own."""
    for folder in (samples / "gpx-tcx").iterdir():
        assert adapter.detect(folder) is not None
        records = list(adapter.read(folder, Options()))
        workouts = [record for record in records if isinstance(record, Workout)]
        assert len(workouts) == len(list(folder.rglob("*." + adapter.name)))
        assert not [record for record in records if isinstance(record, Rejection)]


def ride_of(samples, number, suffix):
    """Return the workout and the stream of a ride in a format."""
    names = {
        "gpx": f"{RIDES}/activity_{number}.gpx",
        "tcx": f"{RIDES}/activity_{number}.tcx",
        "strava": f"{RIDES}/{number}_strava.gpx",
    }
    with (samples / names[suffix]).open("rb") as file:
        read = tcx_records if suffix == "tcx" else gpx_records
        return tuple(read(file, file=names[suffix]))


def fit_ride(samples, name):
    """Return the workout and the stream of a FIT file."""
    fit = pytest.importorskip("adapters.formats.fit")
    records = pytest.importorskip("adapters.fit.records")
    (decoded,) = fit.decode((samples / FITS / name).read_bytes())
    found = list(records.records_of(decoded, file=name))
    (workout,) = [record for record in found if isinstance(record, Workout)]
    (stream,) = [record for record in found if isinstance(record, Stream)]
    return workout, stream


def assert_same_ride(rides, within):
    """One workout, equal start, distance within a share of the first's, equal series where both have one."""
    workouts, streams = zip(*rides)
    assert len(fold(workouts)) == 1
    assert {workout.start for workout in workouts} == {workouts[0].start}
    for workout, stream in zip(workouts, streams):
        assert workout.distance_m == pytest.approx(workouts[0].distance_m, rel=within)
        np.testing.assert_array_equal(stream.time, streams[0].time)
        assert "heart_rate" in stream.columns
        for name, resolution in SERIES.items():
            if name in stream.columns and name in streams[0].columns:
                mine, first = stream.columns[name], streams[0].columns[name]
                np.testing.assert_allclose(mine, first, rtol=0, atol=resolution)


def test_one_ride_as_gpx_and_tcx_is_one_workout(samples):
    """Garmin's GPX and TCX and Strava's GPX of a ride fold into one."""
    assert_same_ride([ride_of(samples, RIDE, suffix) for suffix in ("tcx", "gpx", "strava")], 0.01)
    assert_same_ride([ride_of(samples, OTHER, suffix) for suffix in ("gpx", "strava")], 0.01)


def test_one_ride_as_fit_gpx_and_tcx_is_one_workout(samples):
    """The device's own file and what was exported from it fold into one, with equal heart rates."""
    fit = fit_ride(samples, f"{RIDE}.fit")
    assert_same_ride([fit, *(ride_of(samples, RIDE, suffix) for suffix in ("tcx", "gpx", "strava"))], 0.01)
    fit = fit_ride(samples, f"{OTHER}.fit")
    assert_same_ride([fit, *(ride_of(samples, OTHER, suffix) for suffix in ("gpx", "strava"))], 0.01)


def test_short_ride_loses_two_steps_of_its_track(samples):
    """In 94 seconds the way to the first point and over the pause is 15 m of 668, more than a hundredth."""
    fit = fit_ride(samples, "2020-06-01-16-52-40.fit")
    assert_same_ride([fit, *(ride_of(samples, SHORT, suffix) for suffix in ("tcx", "gpx"))], 0.025)
