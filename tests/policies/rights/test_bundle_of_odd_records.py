"""Records at the edge of what a vault keeps go out in every format, as sound as any."""

from __future__ import annotations

import json
import zipfile
from collections import Counter

import numpy as np
import pytest

from policies.rights import verify_bundle, write_bundle
from vault import create
from vault.fhir import checked, ndjson
from vault.records import Document, Origin, Samples, Score, SleepSession, Stream, StrengthSet, Workout
from vault.time import DAY_NS, HOUR_NS, SECOND_NS, UNKNOWN_OFFSET, parse_instant

HALF = "\ud83d"
FIRST, LAST = 0, parse_instant("2200-01-01T00:00:00Z")[0] - 1


def sample(metric, at, offset_min=0, *, source="Watch", code=""):
    """Return one sample of a moment, coded if a code is said."""
    return Samples(
        metric,
        np.array([at], np.int64),
        np.array([at], np.int64),
        np.array([offset_min], np.int16),
        np.array([0 if code else 58], np.int32 if code else np.float64),
        np.array([0], np.int32),
        (Origin(source, "test"),),
        codes=(code,) if code else None,
    )


@pytest.fixture
def exported(tmp_path, cheap_keys, clock):
    """``exported(home, *records)`` is the bundle of a new vault, file by file; its FHIR has no problem."""

    def exported(home, *records):
        with create(tmp_path / "v", "a long passphrase", home_zone=home, clock=clock) as vault:
            vault.ingest(records)
            write_bundle(vault, tmp_path / "bundle.zip")
            wrong = Counter()
            assert list(checked(ndjson(vault), wrong))
            assert not wrong
        assert verify_bundle(tmp_path / "bundle.zip").ok
        with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    return exported


def test_bundle_of_half_an_emoji(exported):
    """What a vendor cut off in a code or a name is no text of UTF-8: FHIR has a question mark there."""
    codes = ["deep" + HALF, "deep\udc4d"]
    told = (sample("sleep_stage", HOUR_NS, code=code, source="Uhr " + HALF) for code in codes)
    files = exported("Europe/Berlin", *told, sample("body_mass", HOUR_NS, source=HALF))
    lines = files["data/fhir/Observation.001.ndjson"].splitlines()
    stages = [one for one in map(json.loads, lines) if "valueCodeableConcept" in one]
    assert [one["valueCodeableConcept"]["coding"][0]["code"] for one in stages] == ["deep?"] * 2
    assert len({one["id"] for one in stages}) == 2


@pytest.mark.parametrize("home", ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("offset_min", [-840, 840, UNKNOWN_OFFSET])
@pytest.mark.parametrize("at", [FIRST, LAST])
def test_bundle_of_the_first_and_the_last_instant(exported, at, offset_min, home):
    """A broken clock's 1970 and the last nanosecond of 2199 are moments like others, wherever one is."""
    who, end = Origin("Watch", "test"), at + (HOUR_NS if at == FIRST else 0)
    start = end - HOUR_NS
    files = exported(
        home,
        *(sample(name, at, offset_min) for name in ("heart_rate", "steps_daily", "blood_pressure.systolic")),
        sample("sleep_stage", at, offset_min, code="deep"),
        SleepSession("s", start, end, offset_min, who, ((start, end, "deep"),)),
        Workout("w", start, end, offset_min, "running", who, 10.0, 100.0, 10.0, 100.0),
        StrengthSet("w", who, 1, "Bench Press", start, offset_min, repetitions=8),
        Score(at // DAY_NS, who, "a_score", 1.0),
        Document("ecg", "k", who, "text/csv", b"x", at, offset_min),
        Stream("w", who, start + np.arange(5) * SECOND_NS, {"heart_rate": np.arange(5) + 60.0}),
    )
    assert files["data/fhir/Observation.001.ndjson"].count(b"8867-4") >= 2
    assert files["data/openmhealth/heart-rate-2.0.ndjson"]
