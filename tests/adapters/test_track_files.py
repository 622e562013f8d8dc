"""Folders and zips of track files: whose they are, what is read, and what one bad file costs."""

from __future__ import annotations

import gzip
import zipfile

import pytest

from adapters.base import Options
from adapters.formats import packed
from adapters.gpx import ADAPTER as GPX
from adapters.tcx import ADAPTER as TCX
from vault.errors import MalformedFile
from vault.records import Rejection, SourceFile, Workout

RIDE = (
    b'<?xml version="1.0"?><gpx><trk><trkseg><trkpt lat="1" lon="2"><time>2025-06-01T07:00:00Z</time></trkpt>'
    b"</trkseg></trk></gpx>"
)
LAPS = (
    b'<TrainingCenterDatabase><Activity Sport="Other"><Id>2025-06-01T07:00:00Z</Id></Activity>'
    b"</TrainingCenterDatabase>"
)


@pytest.fixture
def folder(tmp_path):
    """Write files into a folder: ``folder({name: bytes})``."""

    def write(files):
        for name, data in files.items():
            place = tmp_path / "tracks" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return tmp_path / "tracks"

    return write


def read(adapter, path, **options):
    return list(adapter.read(path, Options(**options)))


def counted(kind, records):
    return len([record for record in records if isinstance(record, kind)])


@pytest.mark.parametrize(
    ("name", "data", "is_gpx"),
    [
        ("a.gpx", RIDE, True),
        ("no.name", RIDE, True),
        ("a.gpx", gzip.compress(RIDE), True),
        ("a.gpx", b"\xef\xbb\xbf\n " + RIDE, True),
        ("a.gpx", RIDE.decode().encode("utf-16"), True),
        ("a.gpx", b"<!-- a note --><x:gpx xmlns:x='u'/>", True),
        ("a.gpx", LAPS, False),
        ("a.gpx", b"<kml><gpx/></kml>", False),
        ("a.gpx", b"", False),
    ],
)
def test_track_file_is_recognised_by_its_root(folder, name, data, is_gpx):
    """Name and packing do not matter, the root element does."""
    assert (GPX.detect(folder({name: data}) / name) is not None) == is_gpx


def test_folder_of_tracks_is_recognised_by_any_of_them(folder):
    """Whatever lies beside them; without one, there is nothing to read."""
    path = folder({"LICENSE": b"x", "activities.csv": b"x", "profile.json": b"x"})
    assert GPX.detect(path) is None
    with pytest.raises(MalformedFile):
        read(GPX, path)
    assert GPX.detect(folder({"deep/b.gpx": RIDE})) is not None


def test_one_bad_file_does_not_cost_the_others(folder):
    """What is no GPX and what breaks off are reasons; the rest is read."""
    files = {"a.gpx": RIDE, "b.gpx": b"\x00\xff", "c.GPX.gz": gzip.compress(RIDE), "d.gpx": RIDE[:-20]}
    records = read(GPX, folder(files))
    assert counted(Workout, records) == 3
    assert [record for record in records if isinstance(record, Rejection)] == [
        Rejection("not-gpx", "b.gpx", 0),
        Rejection("malformed-xml", "d.gpx", 1),
    ]
    assert {record.name for record in records if isinstance(record, SourceFile)} >= {"a.gpx", "c.GPX.gz"}


def test_tracks_of_another_format_are_left_to_their_adapter(folder):
    """Each adapter reads its own, and says nothing of the others."""
    path = folder({"a.gpx": RIDE, "b.tcx": LAPS, "c.tcx.gz": gzip.compress(LAPS)})
    for adapter, count in ((GPX, 1), (TCX, 2)):
        records = read(adapter, path)
        assert (counted(Workout, records), counted(Rejection, records)) == (count, 0)


def test_track_that_unpacks_to_too_much_costs_itself(folder, monkeypatch):
    """A bomb ends where it outgrows what is sane; its neighbours are read."""
    monkeypatch.setattr(packed, "SMALL", 1 << 20)
    bomb = gzip.compress(b"<gpx>" + b" " * (1 << 23) + b"</gpx>")
    records = read(GPX, folder({"a.gpx.gz": bomb, "b.gpx": RIDE}))
    assert counted(Workout, records) == 1
    assert Rejection("too-large", "a.gpx.gz", 0) in records


def test_damage_in_a_zip_costs_the_file_it_is_in(tmp_path):
    """Bytes that are not as they were stored: the points before them stay."""
    path = tmp_path / "tracks.zip"
    long = RIDE.replace(b"</trkseg>", b"<!--" + bytes(range(65, 91)) * 9000 + b"--></trkseg>")
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("a.gpx", long)
        target.writestr("b.gpx", RIDE)
    data = bytearray(path.read_bytes())
    data[200_000] ^= 1
    path.write_bytes(data)
    records = read(GPX, path)
    assert counted(Workout, records) == 2
    assert Rejection("damaged-archive", "a.gpx", 1) in records


def test_reading_tells_how_far_it_is(folder):
    """Progress grows to the size of all files."""
    told = []
    read(GPX, folder({"a.gpx": RIDE, "b.gpx": RIDE}), progress=lambda done, total: told.append((done, total)))
    assert told == [(len(RIDE), 2 * len(RIDE)), (2 * len(RIDE), 2 * len(RIDE))]
