"""The bundle's adapter: what is not as it was signed is refused before anything is told."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import adapters
from adapters.base import Options
from adapters.vitalvault import ADAPTER
from vault.errors import InputError, MalformedFile
from vault.records import Document, Handover, Rejection, Samples, SleepSession, Tally
from vault.time import UNKNOWN_OFFSET

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "vitalvault"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
UNSIGNED = ("manifest.json", "manifest.sig", "owner.pub")


@pytest.fixture
def files():
    """The files of a small bundle."""
    found = (path for path in EXPORT.rglob("*") if path.is_file())
    return {path.relative_to(EXPORT).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def pack(files, tmp_path):
    """Return what writes those files as a zip."""

    def packed():
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path

    return packed


@pytest.fixture
def sign(files, pack):
    """Return what signs those files anew, as anybody can who has a key, and writes them."""

    def signed(**about):
        listed = [
            {"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
            if name not in UNSIGNED
        ]
        said = {"format": "vitalvault-bundle", "version": 2, "files": listed} | about
        raw = json.dumps(said).encode()
        signature = KEY.sign(b"vitalvault/bundle/1\n" + raw)
        files["manifest.json"] = raw
        files["manifest.sig"] = signature.hex().encode() + b"\n"
        files["owner.pub"] = KEY.public_key().public_bytes_raw().hex().encode() + b"\n"
        return pack()

    return signed


def read(path):
    return list(ADAPTER.read(path, Options()))


def refused(path):
    """Return why a bundle is refused; not one record is told before."""
    records = ADAPTER.read(path, Options())
    with pytest.raises(MalformedFile) as caught:
        next(records)
    return str(caught.value)


def test_bundle_begins_with_what_its_vault_says_of_itself(files, sign):
    """Zone, check-ins, ledger and the signer come before any record."""
    first, *rest = read(sign())
    assert isinstance(first, Handover)
    assert (first.home_zone, first.identity) == ("Europe/Berlin", None)
    assert first.signer == files["owner.pub"].decode().strip()
    assert [one.items for one in first.checkins] == [{"energy": 4.0}]
    assert [type(one) for one in rest].count(Handover) == 0


def test_bundle_is_read_whole_by_one(pack):
    """FHIR, Open mHealth and originals in it are not taken for exports of their own."""
    assert [(one.adapter, one.path) for one in adapters.detect(pack())] == [("vitalvault", pack())]


def test_bundle_of_format_1_is_left_to_fhir(sign):
    """Of an older bundle the adapter of FHIR reads what it always did."""
    path = sign(version=1)
    assert ADAPTER.detect(path) is None
    assert "fhir" in {one.adapter for one in adapters.detect(path)}
    with pytest.raises(MalformedFile):
        read(path)


def test_bundle_of_a_newer_format_is_not_guessed_at(sign):
    """It is recognised, and refused with what to do."""
    path = sign(version=3)
    assert [one.adapter for one in adapters.detect(path)] == ["vitalvault"]
    with pytest.raises(MalformedFile) as caught:
        read(path)
    assert "update" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["data/csv/heart_rate.csv", "data/records/workouts.ndjson", "data/originals/ecg/00001-ecg.csv"]
)
def test_bundle_with_a_changed_or_missing_file_is_refused(files, pack, name):
    """A digit more, a byte less, or nothing at all."""
    whole = files[name]
    for content in (whole.replace(b"1", b"2", 1) if b"1" in whole else b"x", whole[:-1]):
        files[name] = content
        assert "not what was signed" in refused(pack())
    del files[name]
    assert "missing" in refused(pack())


def test_bundle_with_a_file_too_many_is_refused(files, pack):
    """A table that nobody signed for is none of the vault's."""
    files["data/csv/weight.csv"] = files["data/csv/heart_rate.csv"]
    assert "not what was signed" in refused(pack())


@pytest.mark.parametrize("name", UNSIGNED)
def test_bundle_whose_signature_does_not_hold_is_refused(files, pack, name):
    """The manifest, its signature or the key was changed, or is not there."""
    whole = files[name]
    for content in (whole.replace(b"0", b"1", 1), b"", b"\xff"):
        files[name] = content
        if name == "manifest.json" and content != whole.replace(b"0", b"1", 1):
            assert ADAPTER.detect(pack()) is None
        assert refused(pack())
    del files[name]
    assert refused(pack())


@pytest.mark.parametrize("name", ["data/csv/heart_rate.csv", "README.html", "manifest.json"])
@pytest.mark.parametrize("change", [b"", b" "])
def test_bundle_with_one_name_twice_is_refused(files, pack, name, change):
    """Other programs may unpack the other of the two, even if what is read here was signed."""
    path = pack()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, files[name] + change)
    assert "one name" in refused(path)


def line(files, name, said):
    """Put other words into the first line of a file of records."""
    first, *rest = files[f"data/records/{name}"].splitlines(keepends=True)
    files[f"data/records/{name}"] = json.dumps(json.loads(first) | said).encode() + b"\n" + b"".join(rest)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("vault.json", {"format": "other"}),
        ("vault.json", {"aliases": [1]}),
        ("vault.json", {"identity": "zz"}),
        ("checkins.ndjson", {"day": "soon"}),
        ("imports.ndjson", {"files": [{"name": 1}]}),
        ("origins.ndjson", {"source": None}),
        ("workouts.ndjson", {"start": "now"}),
        ("workouts.ndjson", {"origin": "nobody"}),
        ("workouts.ndjson", {"details": "{"}),
        ("sleeps.ndjson", {"stages": [["now", 2]]}),
        ("sets.ndjson", {"repetitions": "many"}),
        ("sleeps.ndjson", {"is_nap": "perhaps"}),
        ("series.ndjson", {"file": "README.html"}),
        ("series.ndjson", {"file": "data/csv/none.csv"}),
        ("series.ndjson", {"file": "data/records/workouts.ndjson"}),
        ("streams.ndjson", {"file": 5}),
        ("documents.ndjson", {"file": []}),
        ("documents.ndjson", {"media_type": None}),
    ],
)
def test_bundle_that_a_stranger_made_up_costs_the_import(files, sign, name, said):
    """Signed, but of no vault: what a record can't say ends the reading with an error of ours."""
    line(files, name, said)
    with pytest.raises(InputError):
        read(sign())


@pytest.mark.parametrize("content", [b"{", b"[]\n", b"{}", b"\xff\n", b"[" * 100_000 + b"\n"])
def test_bundle_whose_records_are_no_lines_is_refused(files, sign, content):
    """Cut short, no objects, or nested to hurt."""
    files["data/records/sets.ndjson"] = content
    with pytest.raises(InputError):
        read(sign())


def test_bundle_in_another_unit_is_not_misread(files, sign):
    """Values of a metric whose unit is not the catalogue's any more are rejected, not stored as if."""
    for name in ("data/csv/heart_rate.csv", "data/records/series.ndjson"):
        files[name] = files[name].replace(b"/min", b"/h")
    (refusal,) = (one for one in read(sign()) if isinstance(one, Rejection))
    assert (refusal.reason, refusal.file, refusal.count) == ("other-unit", "data/csv/heart_rate.csv", 3)


def test_bundle_gives_quarantine_back_to_the_metric(files, sign):
    """What was out of range is looked at again by the vault that takes it in."""
    files["data/csv/quarantine/heart_rate.csv"] = files.pop("data/csv/heart_rate.csv")
    series = files["data/records/series.ndjson"]
    files["data/records/series.ndjson"] = series.replace(
        b'"data/csv/heart_rate.csv"', b'"data/csv/quarantine/heart_rate.csv"'
    ).replace(b'"metric":"heart_rate"', b'"metric":"quarantine:heart_rate"')
    assert "heart_rate" in {one.metric for one in read(sign()) if isinstance(one, Samples)}


def test_bundle_says_of_every_file_what_became_of_it(pack):
    """What tells the same again is left as a mirror."""
    left = {one.file: dict(one.left) for one in read(pack()) if isinstance(one, Tally)}
    assert left["data/csv/workouts.csv"] == left["data/fhir/Patient.001.ndjson"] == {"mirror": 1}
    assert left["README.html"] == {"whole-file": 1}
    assert left["data/csv/heart_rate.csv"] == {}


def test_bundle_tells_how_far_it_is(pack):
    """Progress grows to the whole, half of it while files are compared."""
    told = []
    list(ADAPTER.read(pack(), Options(progress=lambda done, total: told.append((done, total)))))
    done, totals = zip(*told)
    assert list(done) == sorted(done)
    assert len(set(totals)) == 1
    assert done[0] < totals[0] / 2 < done[-1] <= totals[0]


def test_bundle_records_keep_their_offsets(files, sign):
    """``Z`` is an offset that nobody recorded; ``+00:00`` is one that somebody did."""
    for text, offset in (
        ("2026-04-02T08:00:00.000000001Z", UNKNOWN_OFFSET),
        ("2026-04-02T08:00:00+00:00", 0),
    ):
        line(files, "sleeps.ndjson", {"start": text, "end": text})
        line(files, "documents.ndjson", {"start": text})
        found = [one for one in read(sign()) if isinstance(one, SleepSession | Document)]
        assert [one.offset_min for one in found] == [offset, offset]
        assert {one.start % 10**9 for one in found} == {1 if offset else 0}
