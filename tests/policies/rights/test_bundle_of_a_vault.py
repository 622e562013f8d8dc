"""From an encrypted vault to a bundle and back to the same numbers, with every real part between."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pytest

import policies
import vault
from policies.rights import verify_bundle, write_bundle
from vault.fhir import problems
from vault.records import Device, Document, Origin, Samples, SleepSession, Stream, StrengthSet, Workout
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, instant_ns

WATCH = Origin("Watch", "apple_health", "11", Device("Apple Watch", "Apple Inc.", "Watch7,1"))
STRONG = Origin("Strong", "strong")


def samples(metric, start, values, *, codes=None, unit="", offset=120):
    """Make one sample a minute."""
    at = start + np.arange(len(values)) * MINUTE_NS
    value = np.array(values, np.float64 if codes is None else np.int32)
    zeros = np.zeros(len(values), np.int32)
    offsets = np.full(len(values), offset, np.int16)
    return Samples(metric, at, at + MINUTE_NS, offsets, value, zeros, [WATCH], codes=codes, unit=unit)


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """A vault with something of every kind, and a grant."""
    at = instant_ns(clock()) - 3 * 24 * 60 * MINUTE_NS
    held = vault.create(tmp_path / "me.vault", "a long passphrase", home_zone="Europe/Berlin", clock=clock)
    held.ingest(
        iter(
            [
                samples("heart_rate", at, [58, 59.5, 61]),
                samples("steps", at, [100, 20], offset=UNKNOWN_OFFSET),
                samples("blood_pressure.systolic", at, [121]),
                samples("blood_pressure.diastolic", at, [77]),
                samples("apple:HKNewThing", at, [1.5], unit="count"),
                samples("sleep_stage", at, [0, 1, 0] * 60, codes=["deep", "rem"]),
                SleepSession("n1", at - 600 * MINUTE_NS, at - 120 * MINUTE_NS, 120, STRONG),
                Workout("w1", at, at + 60 * MINUTE_NS, 120, "strength_training", STRONG, duration_s=3_000),
                Stream(
                    "w1", STRONG, at + np.arange(3) * MINUTE_NS, {"latitude": np.array([52.0, 52.1, 52.2])}
                ),
                StrengthSet("w1", STRONG, 1, "Bench Press", at, 120, repetitions=8, load_kg=60.0),
                Document("ecg", "ecg.csv", WATCH, "text/csv", b"a,b\n", at, 120),
            ]
        )
    )
    held.checkin(clock().date(), energy=4)
    policies.grant(
        held,
        policies.Grant(
            grantee="anna", kind="coach", purpose="coaching", metrics={"steps": "daily"}, id="g-1"
        ),
    )
    with held:
        yield held


@pytest.fixture
def files(held, tmp_path):
    """The files of its bundle, which verifies."""
    path = tmp_path / "bundle.zip"
    summary = write_bundle(held, path)
    found = verify_bundle(path, signer=summary.signer)
    assert found.ok, found.problems
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(content):
    """Read a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_bundle_of_a_vault_holds_every_value(files):
    """What went into the vault comes out of the tables."""
    for name, values in {
        "heart_rate": ["58", "59.5", "61"],
        "steps": ["100", "20"],
        "blood_pressure.systolic": ["121"],
    }.items():
        assert [row["value"] for row in table(files[f"data/csv/{name}.csv"])] == values
    assert {row["start"][-1] for row in table(files["data/csv/steps.csv"])} == {"Z"}
    assert table(files["data/csv/sets.csv"])[0]["load_kg"] == "60"
    assert table(files["data/csv/checkins.csv"])[0]["energy"] == "4"
    (stream,) = (body for name, body in files.items() if name.startswith("data/csv/streams/"))
    assert [row["latitude"] for row in table(stream)] == ["52", "52.1", "52.2"]


def test_bundle_of_a_vault_holds_valid_fhir(files):
    """Every resource is valid; pressure is one reading, the sleep refers to its stages."""
    fhir = [
        json.loads(line)
        for name, body in files.items()
        if name.startswith("data/fhir/")
        for line in body.splitlines()
    ]
    assert [problem for one in fhir for problem in problems(one)] == []
    by_code = {
        coding["code"]: one
        for one in fhir
        if one["resourceType"] == "Observation"
        for coding in one["code"]["coding"]
    }
    assert {"8867-4", "55423-8", "85354-9", "73985-4", "strength_set", "HKNewThing"} <= by_code.keys()
    assert by_code["93832-4"]["hasMember"]
    assert [part["valueQuantity"]["value"] for part in by_code["85354-9"]["component"]] == [121, 77]


def test_bundle_of_a_vault_holds_consent_and_log(files):
    """The receipt is the signed one, the log has the grant, the page says whom it was shared with."""
    policies.verify_receipt(json.loads(files["consents/g-1.receipt.json"]))
    (line,) = files["audit/audit.ndjson"].splitlines()
    assert json.loads(line)["entry"]["method"] == "grant"
    assert "anna" in files["README.html"].decode()
