"""The bundle, read back with nothing but the standard library."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import policies
from policies.rights import payload as payload_module
from policies.rights import write_bundle
from policies.rights.archive import safe_name
from vault.errors import AccessDenied, AlreadyExists, InputError, StoreError, Tampered
from vault.fhir import ndjson, problems


def contents(path):
    """Return every file of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(content):
    """Return the rows of a CSV file as dicts."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_bundle_has_the_documented_layout(bundle):
    """Every file of the layout is there, and none besides."""
    found = set(contents(bundle))
    folders = {"/".join(name.split("/")[:2]) for name in found if name.startswith("data/")}
    assert folders == {f"data/{name}" for name in ("csv", "records", "fhir", "openmhealth", "originals")}
    assert {name.split("/")[0] for name in found if "/" in name} == {
        *("data", "consents", "audit", "legal", "schema"),
    }
    assert {name for name in found if name.startswith(("consents/", "audit/", "legal/"))} == {
        *("consents/Consent.ndjson", "legal/art15.json", "legal/ropa.json"),
        *("audit/audit.ndjson", "audit/AuditEvent.ndjson", "audit/CodeSystem.ndjson"),
        "audit/checkpoints.json",
    }
    assert {name for name in found if "/" not in name} == {
        "README.html",
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
        "manifest.json",
        "manifest.sig",
        "owner.pub",
    }
    assert {name.split("/")[2] for name in found if name.startswith("data/fhir")} == {
        f"{kind}.001.ndjson" for kind in ("Patient", "Observation", "CodeSystem", "Device", "Provenance")
    }


def test_bundle_is_a_bag(bundle):
    """BagIt's lists hold the SHA-256 of exactly the files they are about (RFC 8493)."""
    found = contents(bundle)
    assert found["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    payload = {name for name in found if name.startswith("data/")}
    for listing, names in {
        "manifest-sha256.txt": payload,
        "tagmanifest-sha256.txt": found.keys() - payload - {"tagmanifest-sha256.txt"},
    }.items():
        lines = [line.split("  ", 1) for line in found[listing].decode().splitlines()]
        assert {name: digest for digest, name in lines} == {
            name: hashlib.sha256(found[name]).hexdigest() for name in names
        }
    oxum = f"{sum(len(found[name]) for name in payload)}.{len(payload)}"
    assert f"Payload-Oxum: {oxum}\n" in found["bag-info.txt"].decode()
    assert "Bagging-Date: 2026-04-05\n" in found["bag-info.txt"].decode()


def test_bundle_manifest_is_signed_with_the_vaults_key(bundle):
    """The signature is Ed25519 over the domain tag and the manifest as it stands in the file."""
    found = contents(bundle)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["owner.pub"].decode()))
    signature = bytes.fromhex(found["manifest.sig"].decode())
    key.verify(signature, b"vitalvault/bundle/1\n" + found["manifest.json"])


def test_bundle_manifest_tells_of_every_file(bundle):
    """Size, sum and number of rows of each file are in the manifest, and what the bundle is about."""
    found = contents(bundle)
    body = json.loads(found["manifest.json"])
    assert (body["format"], body["version"], body["created"]) == (
        "vitalvault-bundle",
        2,
        "2026-04-05T08:00:00+00:00",
    )
    assert body["period"] == {"first": "2026-03-28", "last": "2026-03-29"}
    assert body["subject"] == json.loads(found["data/fhir/Patient.001.ndjson"])["id"]
    listed = {one["path"]: one for one in body["files"]}
    assert listed.keys() == found.keys() - {
        "manifest.json",
        "manifest.sig",
        "owner.pub",
        "tagmanifest-sha256.txt",
    }
    for path, one in listed.items():
        assert (one["size"], one["sha256"]) == (len(found[path]), hashlib.sha256(found[path]).hexdigest())
        if path.startswith("data/csv/") and path.endswith(".csv"):
            assert one["rows"] == len(table(found[path]))
        elif path.endswith(".ndjson"):
            assert one["rows"] == len(found[path].splitlines())
        else:
            assert one["rows"] is None


def test_bundle_csv_says_what_the_vault_says(bundle):
    """A series is a table with offset, unit, source and note, whatever is in a name."""
    rows = table(contents(bundle)["data/csv/heart_rate.csv"])
    assert [row["value"] for row in rows] == ["58", "59.5", "61"]
    assert rows[0] == {
        "start": "2026-03-28T22:30:00+01:00",
        "end": "2026-03-28T23:00:00+01:00",
        "value": "58",
        "unit": "/min",
        "nature": "observed",
        "source": 'Pat\'s Watch, "new"\nline',
        "device": "Apple Watch Watch7,1",
        "origin": json.loads(contents(bundle)["data/records/origins.ndjson"])["origin"],
        "recorded": "2026-03-28T21:30:00Z",
        "note": "",
    }
    assert rows[1]["recorded"] == ""
    stages = table(contents(bundle)["data/csv/sleep_stage.csv"])
    assert [row["value"] for row in stages] == ["deep", "rem"]
    assert json.loads(stages[0]["note"]) == {"metadata": {"a": '1, "2"'}}


def test_bundle_csv_does_not_invent_an_offset(bundle):
    """A time without a recorded offset is given in UTC and ends in Z."""
    found = contents(bundle)
    (name,) = (name for name in found if name.startswith("data/csv/apple-HKThing"))
    assert table(found[name])[0]["start"] == "2026-03-28T21:30:00Z"


def test_bundle_tables_are_those_of_the_readers(bundle):
    """Sleeps, workouts, scores and check-ins come as the vault tells them."""
    found = contents(bundle)
    (sleep,) = table(found["data/csv/sleep.csv"])
    assert (sleep["start"], sleep["date"], sleep["is_nap"]) == (
        "2026-03-28T22:30:00+01:00",
        "2026-03-29",
        "false",
    )
    assert (sleep["asleep_min"], sleep["deep_min"]) == ("451.5", "")
    assert table(found["data/csv/workouts.csv"])[0]["start"] == "2026-03-28T21:30:00Z"
    assert table(found["data/csv/checkins.csv"]) == [{"date": "2026-03-29", "energy": "4"}]
    assert table(found["data/csv/scores.csv"])[0]["value"] == "81"


def test_bundle_fhir_is_the_vaults_export(bundle, owner):
    """The FHIR files together are the vault's export, and every resource is valid."""
    found = contents(bundle)
    lines = b"".join(found[name] for name in sorted(found) if name.startswith("data/fhir/"))
    assert sorted(lines.splitlines()) == sorted(
        line for _, block in ndjson(owner) for line in block.splitlines()
    )
    assert not any(problems(json.loads(line)) for line in lines.splitlines())


def test_bundle_originals_are_untouched_and_stay_in_their_folder(bundle):
    """A kept file is the same bytes; a hostile name can't lead it anywhere."""
    found = contents(bundle)
    originals = {name: body for name, body in found.items() if name.startswith("data/originals/")}
    assert sorted(originals.values()) == [b"Name,Pat\n\n1,2\n", b'{"resourceType":"X"}']
    assert not any(".." in name for name in found)
    assert any(name.startswith("data/originals/clinical/00002-etc-passwd-") for name in originals)


def test_bundle_log_is_one_event_a_line(bundle):
    """The audit log comes whole, with what its chain needs."""
    (line,) = contents(bundle)["audit/audit.ndjson"].splitlines()
    assert json.loads(line)["entry"]["grantee"] == "a-stranger"


def test_bundle_of_the_same_vault_is_the_same_bytes(bundle, owner, tmp_path):
    """Nothing of the machine, the moment of writing or chance gets in."""
    again = tmp_path / "again.zip"
    write_bundle(owner, again)
    assert again.read_bytes() == bundle.read_bytes()


def test_bundle_of_the_same_moment_is_the_same_bytes_whenever_it_is_written(owner, tmp_path):
    """Receipts, heads and statements are of the moment it is dated with, whatever the owner's clock says."""
    card = {"grantee": "anna", "kind": "coach", "purpose": "coaching", "metrics": {"steps": "daily"}}
    policies.grant(owner, policies.Grant(id="g-1", **card))
    moment = owner.now
    for days, name in ((0, "now.zip"), (100, "later.zip")):  # the grant is over by then
        owner.now = moment + timedelta(days=days)
        write_bundle(owner, tmp_path / name, clock=lambda: moment)
    assert (tmp_path / "later.zip").read_bytes() == (tmp_path / "now.zip").read_bytes()
    (record,) = json.loads(contents(tmp_path / "later.zip")["consents/g-1.receipt.json"])["record"][
        "dpv:hasProcess"
    ]
    assert record["dpv:hasConsentStatus"] == "dpv:ConsentGiven"


def test_bundle_summary_counts(owner, tmp_path):
    """The summary says how much was written and by whom it was signed."""
    path = tmp_path / "b.zip"
    summary = write_bundle(owner, path)
    found = contents(path)
    assert (summary.files, summary.size) == (len(found), path.stat().st_size)
    assert summary.observations == len(found["data/fhir/Observation.001.ndjson"].splitlines())
    assert summary.signer == found["owner.pub"].decode().strip()


def test_bundle_tells_days_as_they_were_at_home(owner, tmp_path):
    """The days of the period, in the manifest and on the page, are those of the home zone."""
    owner.home_zone = ZoneInfo("Pacific/Auckland")
    write_bundle(owner, tmp_path / "b.zip")
    files = contents(tmp_path / "b.zip")
    assert json.loads(files["manifest.json"])["period"] == {"first": "2026-03-29", "last": "2026-03-29"}
    assert "2026-03-28</td>" not in files["README.html"].decode()


def test_bundle_is_cut_into_parts(owner, tmp_path, monkeypatch):
    """A long export becomes several files of whole lines, none lost."""
    monkeypatch.setattr(payload_module, "PART_BYTES", 1_000)
    path = tmp_path / "b.zip"
    summary = write_bundle(owner, path)
    parts = [
        body for name, body in sorted(contents(path).items()) if name.startswith("data/fhir/Observation.")
    ]
    assert len(parts) > 3
    assert all(part.endswith(b"\n") for part in parts)
    assert sum(len(part.splitlines()) for part in parts) == summary.observations


def test_bundle_does_not_overwrite(bundle, owner):
    """A file that is there stays, unless force is given."""
    before = bundle.read_bytes()
    with pytest.raises(AlreadyExists):
        write_bundle(owner, bundle)
    assert bundle.read_bytes() == before
    later = lambda: datetime(2026, 4, 6, tzinfo=UTC)  # noqa: E731
    write_bundle(owner, bundle, clock=later, force=True)
    assert bundle.read_bytes() != before


def test_bundle_that_fails_leaves_nothing(owner, tmp_path):
    """After an error in the middle no part of the data stays on disk, and an old file is untouched."""
    (tmp_path / "b.zip").write_bytes(b"old")
    owner.records = lambda kind: 1 / 0
    with pytest.raises(ZeroDivisionError):
        write_bundle(owner, tmp_path / "b.zip", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]
    assert (tmp_path / "b.zip").read_bytes() == b"old"


@pytest.mark.parametrize("error", [AccessDenied("no"), Tampered("changed"), InputError("what")])
def test_bundle_that_fails_says_why(owner, tmp_path, error):
    """An error of the vault while the file is written stays what it is, and is not called one of the disk."""

    def refuse(kind):
        raise error

    owner.records = refuse
    with pytest.raises(type(error), match=str(error)):
        write_bundle(owner, tmp_path / "b.zip")
    assert list(tmp_path.iterdir()) == []


def test_bundle_into_a_missing_folder_says_so(owner, tmp_path):
    """Where nothing can be written the error says what to check, and names no path."""
    with pytest.raises(StoreError) as error:
        write_bundle(owner, tmp_path / "no" / "b.zip")
    assert str(tmp_path) not in str(error.value)


@pytest.mark.skipif(os.name == "nt", reason="modes are a Unix idea")
def test_bundle_is_for_its_owner_only(bundle):
    """Nobody else on the machine may read the file, nor what is unpacked from it."""
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    with zipfile.ZipFile(bundle) as archive:
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o600}


def test_bundle_of_an_empty_vault_is_whole(owner, tmp_path):
    """A vault without a single value gives a bundle too."""
    owner.stored = {}
    owner.kept = {}
    path = tmp_path / "b.zip"
    write_bundle(owner, path)
    assert json.loads(contents(path)["manifest.json"])["period"] == {"first": None, "last": None}


def test_bundle_before_the_clock_of_zip_begins(owner, tmp_path):
    """A device whose clock is wrong still gets its bundle."""
    owner.now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=1)
    write_bundle(owner, tmp_path / "b.zip")


@pytest.mark.parametrize("name", ["heart_rate", "blood_pressure.systolic", "w1"])
def test_safe_name_keeps_what_is_safe(name):
    """The catalogue's names are file names already."""
    assert safe_name(name) == name


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "con:", "ä", "a b", "a" * 300, "a\x00b", ".hidden"])
def test_safe_name_makes_the_rest_safe_and_different(name):
    """Whatever a vendor calls a thing becomes a short plain name, two things never the same."""
    safe = safe_name(name)
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert 0 < len(safe) < 100
    assert safe != safe_name(name + "x")
