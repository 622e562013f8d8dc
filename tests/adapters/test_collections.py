"""Folders and zips that are nobody's export as a whole: each thing in them goes to whoever knows it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

import adapters
import vault
from adapters import archive
from vault.errors import UnknownFormat
from vault.records import Rejection, SourceFile, Tally, Workout

EXPORTS = Path(__file__).parents[1] / "contract" / "exports"
FILES = {"a.fit": "fit/run.fit", "b.gpx": "gpx/ride.gpx", "deep/c.tcx": "tcx/two.tcx"}
STRAYS = {"notes.csv": b"a,b\n1,2\n", "list.json": b"[1]", "photo.jpg": b"\xff\xd8"}


def pack(folder: Path) -> Path:
    """Pack a folder into a zip beside it."""
    return Path(shutil.make_archive(str(folder), "zip", folder))


@pytest.fixture(params=["folder", "zip"])
def collection(request, tmp_path):
    """Make a collection of own files, others' bytes and exports as zips, as a folder and as a zip."""

    def make(names=(), strays=None, zips=()):
        place = tmp_path / "mixed"
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(EXPORTS / FILES[name], place / name)
        place.mkdir(exist_ok=True)
        for name, data in (strays or {}).items():
            (place / name).write_bytes(data)
        for name in zips:
            shutil.make_archive(str(place / name), "zip", EXPORTS / name)
        return place if request.param == "folder" else pack(place)

    return make


def said(records):
    """Return what is no file and no rejection, in an order of its own; origins are shared till the end."""
    return sorted(
        repr(record) for record in list(records) if not isinstance(record, (Rejection, SourceFile, Tally))
    )


def alone(*paths):
    return said(record for path in paths for record in adapters.read(path))


def rejected(records):
    """Return what was not recognised."""
    return {row.file for row in records if isinstance(row, Rejection) and row.reason == "not-recognised"}


def test_tracks_of_every_format_are_read_together(collection):
    """One command reads FIT, GPX and TCX, wherever they lie, as if each had come alone."""
    path = collection(FILES)
    records = list(adapters.read(path))
    assert [found.adapter for found in adapters.detect(path)] == ["fit", "gpx", "tcx"]
    assert said(records) == alone(*(EXPORTS / name for name in FILES.values()))
    assert not rejected(records)


@pytest.mark.parametrize("source", [None, "fit"])
def test_stray_files_are_counted_and_cost_nothing_else(collection, source):
    """What nobody knows is a rejection with its name."""
    records = list(adapters.read(collection(["a.fit"], STRAYS), source=source))
    assert said(records) == alone(EXPORTS / "fit/run.fit")
    assert rejected(records) == set(STRAYS)


def test_source_that_is_named_reads_its_own_of_a_collection(collection):
    """The others are counted."""
    records = list(adapters.read(collection(FILES), source="gpx"))
    assert said(records) == alone(EXPORTS / "gpx/ride.gpx")
    assert rejected(records) == {"a.fit", "deep/c.tcx"}


@pytest.mark.parametrize("names", [[], ["a.fit"]], ids=["alone", "beside a track"])
def test_exports_in_a_collection_are_read_by_their_adapters(collection, names):
    """Zips of vendors, as they come from a download folder."""
    vendors = ["apple_health", "garmin", "polar", "strava"]
    path = collection(names, {"notes.txt": b"x"}, vendors)
    assert {found.adapter for found in adapters.detect(path)} == {*vendors, *(["fit"] if names else [])}
    records = list(adapters.read(path))
    files = [EXPORTS / FILES[name] for name in names]
    assert said(records) == alone(*files, *(EXPORTS / name for name in vendors))
    assert rejected(records) == {"notes.txt"}


def test_only_export_in_a_collection_is_read(collection):
    """A zip in a folder, and a zip in a zip, of which more than memory takes is read where it lies."""
    path = collection(zips=["strava"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "IN_MEMORY", 0)
        assert said(adapters.read(path)) == alone(EXPORTS / "strava")
    assert said(adapters.read(path)) == alone(EXPORTS / "strava")
    assert any(isinstance(record, SourceFile) for record in adapters.read(path))


def test_export_with_another_beside_it_loses_neither(tmp_path):
    """The unpacked folder is its vendor's; a zip of another vendor in it is the other's."""
    place = Path(shutil.copytree(EXPORTS / "polar", tmp_path / "downloads"))
    shutil.make_archive(str(place / "strava"), "zip", EXPORTS / "strava")
    assert {found.adapter for found in adapters.detect(place)} == {"polar", "strava"}


@pytest.mark.parametrize("limit", [0, archive.IN_MEMORY])
def test_zip_that_is_damaged_costs_itself(collection, monkeypatch, limit):
    """The rest of a collection is read."""
    monkeypatch.setattr(archive, "IN_MEMORY", limit)
    records = list(adapters.read(collection(["a.fit"], {"cut.zip": b"PK\x03\x04" + b"x" * 99})))
    assert said(records) == alone(EXPORTS / "fit/run.fit")
    assert Rejection("damaged-archive", "cut.zip", 0) in records


def test_export_in_a_collection_that_asks_a_question_is_named_by_it(tmp_path):
    """Dates that begin with the day or the month cost their own zip; the reason says what to answer."""
    sheet = "Device,Serial Number,Device Timestamp,Record Type,Historic Glucose mg/dL\n"
    sheet += "Libre,1,05-12-2025 16:25,0,99\n"
    place = tmp_path / "mixed"
    place.mkdir()
    with zipfile.ZipFile(place / "libre.zip", "w") as packed:
        packed.writestr("glucose.csv", sheet)
    shutil.copy(EXPORTS / "gpx" / "ride.gpx", place)
    records = list(adapters.read(place))
    rejections = [(row.reason, row.file) for row in records if isinstance(row, Rejection)]
    assert rejections == [("ambiguous-dates", "libre.zip")]
    assert any(isinstance(record, Workout) for record in records)


def test_zip_in_a_zip_of_a_collection_is_counted(tmp_path):
    """One level is opened, no more."""
    inner = tmp_path / "inner"
    inner.mkdir()
    shutil.copy(EXPORTS / "fit/run.fit", inner / "a.fit")
    shutil.copy(pack(Path(shutil.copytree(EXPORTS / "strava", tmp_path / "strava"))), inner / "deep.zip")
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as target:
        target.write(pack(inner), "inner.zip")
    records = list(adapters.read(outer))
    assert len([record for record in records if isinstance(record, Workout)]) == 1
    assert rejected(records) == {"inner.zip/deep.zip"}


def test_collection_of_nothing_is_refused(collection):
    """Then there is nothing to count it beside."""
    with pytest.raises(UnknownFormat):
        adapters.read(collection(strays=STRAYS))


def test_collection_is_one_import_that_says_who_read_it(collection, tmp_path, cheap_keys):
    """Whole or not at all, with the version of each adapter; the same again adds nothing."""
    path = collection(FILES, zips=["strava"])
    with vault.create(tmp_path / "my.vault", "correct horse battery staple") as opened:
        assert opened.ingest(adapters.read(path)).import_id == "1"
        again = opened.ingest(adapters.read(path))
        (row,) = opened.imports().to_dict("records")
    assert (again.added, again.import_id) == (0, None)
    assert row["adapter"] == "collection"
    assert all(name in row["version"] for name in ("fit 1", "gpx 1", "tcx 1", "strava "))


def test_collection_of_one_vendors_exports_is_the_vendors(tmp_path):
    """So a folder of nothing but bundles is no import of its own, as one bundle is none."""
    shutil.copytree(EXPORTS / "vitalvault", tmp_path / "exports" / "bundle")
    for name in ("one.zip", "two.zip"):
        pack(tmp_path / "exports" / "bundle").rename(tmp_path / "exports" / name)
    shutil.rmtree(tmp_path / "exports" / "bundle")
    found = adapters.read(tmp_path / "exports")
    assert (found.adapter, found.version) == ("vitalvault", "1")


def test_progress_of_a_collection_only_grows(collection):
    """Each part has its share of the whole."""
    told = []
    list(adapters.read(collection(FILES), progress=lambda done, total: told.append(done / total)))
    assert told == sorted(told)
    assert told[-1] == 1


SEVERAL = ["technogym", "dexcom", "libreview", "health_connect", "whoop", "oura"]
"""Vendors whose files say whose they are one by one."""


def counted(records):
    """Return the files that a tally or a rejection names."""
    return sorted(row.file for row in records if isinstance(row, (Rejection, Tally)) and row.file)


@pytest.mark.parametrize("is_zip", [False, True])
def test_files_of_several_vendors_in_one_place_are_read_by_theirs(tmp_path, is_zip):
    """Each file goes to its vendor, beside tracks and strays; nothing is named twice or by nobody."""
    place = tmp_path / "downloads"
    place.mkdir()
    for name in SEVERAL:
        for path in (path for path in (EXPORTS / name).rglob("*") if path.is_file()):
            shutil.copy(path, place / f"{name}-{path.name}")
    shutil.copy(EXPORTS / "gpx/ride.gpx", place)
    (place / "notes.txt").write_bytes(b"words")
    names = {path.name for path in place.iterdir()}
    records = list(adapters.read(pack(place) if is_zip else place))
    assert {found.adapter for found in adapters.detect(place)} == {*SEVERAL, "gpx"}
    assert set(counted(records)) == names - {"ride.gpx"}
    unknown_alone = {name for name in names if "masterdata" in name or "enhancedtag" in name}
    assert rejected(records) == {"notes.txt", *unknown_alone}
    assert len(said(records)) > len(SEVERAL)


@pytest.mark.parametrize("is_zip", [False, True])
def test_exports_of_several_vendors_in_folders_are_read_as_wholes(tmp_path, is_zip):
    """A folder is its vendor's, with all that its files say of each other."""
    vendors = [*SEVERAL, "polar", "garmin", "fitbit", "google_fit", "strava", "apple_health"]
    place = tmp_path / "downloads"
    for name in vendors:
        shutil.copytree(EXPORTS / name, place / "all" / name)
    path = pack(place) if is_zip else place
    found = {part.path.relative_to(path).as_posix(): part.adapter for part in adapters.detect(path)}
    assert found == {f"all/{name}": name for name in vendors}
    records = list(adapters.read(path))
    assert said(records) == alone(*(EXPORTS / name for name in vendors))
    assert not rejected(records)


def test_zips_of_the_same_vendor_beside_its_files_are_read(tmp_path):
    """What an adapter that opens no zips leaves is an export by itself, and is not counted as left."""
    place = Path(shutil.copytree(EXPORTS / "oura", tmp_path / "oura"))
    shutil.make_archive(str(place / "earlier"), "zip", EXPORTS / "oura")
    records = list(adapters.read(place))
    assert said(records) == sorted(2 * alone(EXPORTS / "oura"))
    assert not rejected(records)
