"""GPX: points by local name, from any writer, whole or broken."""

from __future__ import annotations

import io

import numpy as np
import pytest

from adapters.formats.gpx import read_gpx

POINT = '<trkpt lat="{lat}" lon="2.5"><ele>30.5</ele><time>2025-07-15T06:00:{second:02}Z</time>{more}</trkpt>'
APPLE = "<extensions><speed>2.7</speed><course>-1</course><hAcc>1.9</hAcc><vAcc>-1</vAcc></extensions>"
GARMIN = (
    "<extensions><g:TrackPointExtension><g:hr>120</g:hr><g:cad>85</g:cad></g:TrackPointExtension>"
    "<power>210</power></extensions>"
)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Writer"'
    ' xmlns="http://www.topografix.com/GPX/1/1" xmlns:g="urn:g"><metadata><time>2025-12-01T08:00:00Z</time>'
    "</metadata><trk><name>Route 1</name><type>running</type><trkseg>"
)
FOOT = "</trkseg></trk></gpx>"


def read(*points, head=HEAD, foot=FOOT):
    return read_gpx(io.BytesIO((head + "".join(points) + foot).encode()))


def test_gpx_reads_points_as_columns():
    """Place, height and the extensions of Apple and Garmin become columns; what is unknown is missing."""
    track = read(POINT.format(lat=1, second=1, more=APPLE), POINT.format(lat=2, second=2, more=GARMIN))
    assert track.time.tolist() == [1752559201 * 10**9, 1752559202 * 10**9]
    assert {name: column.tolist()[:1] for name, column in track.columns.items()}["latitude"] == [1.0]
    assert track.columns["altitude"].tolist() == [30.5, 30.5]
    assert track.columns["heart_rate"][1] == 120
    assert track.columns["power"][1] == 210
    assert np.isnan(track.columns["speed"][1])
    assert not {"course", "vertical_accuracy"} & track.columns.keys()
    assert track.is_whole


def test_gpx_sorts_points_and_leaves_those_without_time():
    """Instants ascend; points that share a second keep their order, planned points are left."""
    planned = '<trkpt lat="9" lon="9"/>'
    points = [POINT.format(lat=lat, second=second, more="") for lat, second in ((1, 5), (2, 3), (3, 3))]
    track = read(planned, *points)
    assert track.columns["latitude"].tolist() == [2, 3, 1]


@pytest.mark.parametrize("time", ["3000-01-01T00:00:00Z", "2200-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
def test_gpx_leaves_points_of_impossible_times(time):
    """A point before 1970 or after 2199 is left; those around it stay."""
    odd = f'<trkpt lat="9" lon="9"><time>{time}</time></trkpt>'
    track = read(POINT.format(lat=1, second=1, more=""), odd, POINT.format(lat=2, second=2, more=""))
    assert track.columns["latitude"].tolist() == [1, 2]
    assert track.is_whole


def test_gpx_leaves_texts_that_are_no_numbers():
    """A text too long to be a number is left, however it is cut into pieces, and costs no time."""
    long = f"<ele>{'1' * 100_000}</ele><hAcc>{'1' + chr(10) * 1_000_000}</hAcc>"
    track = read(f'<trkpt lat="1" lon="2"><time>2025-07-15T06:00:00Z</time>{long}</trkpt>')
    assert track.columns.keys() == {"latitude", "longitude"}


def test_gpx_of_many_names_has_few_columns():
    """A file that names each value differently does not become a table of its square."""
    points = [POINT.format(lat=1, second=1, more=f"<x{n}>1</x{n}>") for n in range(300)]
    assert len(read(*points).columns) == 64


@pytest.mark.parametrize("encoding", ["nope", "shift_jis", "rot13", "utf-16"])
def test_gpx_of_an_odd_encoding_has_no_points(encoding):
    """A declared encoding that can't be had is a broken file."""
    assert not read(POINT.format(lat=1, second=1, more=""), head=HEAD.replace("UTF-8", encoding)).is_whole


def test_gpx_forgives_blanks_before_the_declaration():
    """Some exports begin with a blank line, which XML forbids."""
    assert len(read(POINT.format(lat=1, second=1, more=""), head="\n \t" + HEAD).time) == 1


@pytest.mark.parametrize("foot", ["", "<trkpt", "</gpx>", "&bomb;", '<trkpt lat="x">'])
def test_gpx_gives_the_points_before_a_break(foot):
    """A file that breaks off gives what was whole, and says so."""
    track = read(POINT.format(lat=1, second=1, more=""), foot=foot)
    assert len(track.time) == 1
    assert not track.is_whole


def test_gpx_refuses_entities():
    """A document type is not believed: no entity expands."""
    bomb = '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><gpx><trk><trkseg>'
    track = read(POINT.format(lat=1, second=1, more="<name>&b;</name>"), head=bomb)
    assert len(track.time) == 0
    assert not track.is_whole


@pytest.mark.parametrize("data", [b"", b"   ", b"\x00\xff", b"not xml"])
def test_gpx_of_something_else_has_no_points(data):
    """What is no GPX gives no points and no error."""
    track = read_gpx(io.BytesIO(data))
    assert len(track.time) == 0
    assert not track.is_whole


def test_gpx_reads_the_sample_routes(samples):
    """The sample routes give every point they have."""
    for path in (samples / "apple").rglob("*.gpx"):
        with path.open("rb") as file:
            track = read_gpx(file)
        assert len(track.time) == path.read_text().count("<trkpt ")
        assert track.is_whole
        assert {"latitude", "longitude", "altitude", "speed", "horizontal_accuracy"} <= track.columns.keys()
