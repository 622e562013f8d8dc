"""The schemas against the files of a real vault's bundle, and against files that are wrong."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from fnmatch import fnmatchcase

import numpy as np
import pytest

import policies
import vault
from policies.rights import verify_bundle, write_bundle
from policies.rights.schemas import COLUMNS, codes_csv
from policies.tables import read_text
from vault.errors import AccessDenied
from vault.fhir.codings import LOINC, term
from vault.metrics import catalogue
from vault.records import (
    Device,
    Document,
    Origin,
    Samples,
    Score,
    SleepSession,
    SourceFile,
    Stream,
    StrengthSet,
    Workout,
)
from vault.time import MINUTE_NS, UNKNOWN_OFFSET, day_of_date, instant_ns

jsonschema = pytest.importorskip("jsonschema")

WATCH = Origin("Watch", "apple_health", "11", Device("Apple Watch", "Apple Inc.", "Watch7,1"))
STRONG = Origin("Strong", "strong", app="strong")
FILES = list(csv.DictReader(read_text("rights/schema/files.csv").splitlines()))
SCHEMAS = sorted({row["schema"] for row in FILES})
NOT_OURS = ("data/fhir/", "data/openmhealth/", "data/originals/", "data/csv/", "schema/")
FHIR = {"consents/Consent.ndjson", "audit/AuditEvent.ndjson", "audit/CodeSystem.ndjson"}
"""Described by HL7, Open mHealth, W3C and JSON Schema themselves."""


def schema(name):
    """Return one schema."""
    return json.loads(read_text(f"rights/schema/{name}"))


def schema_of(path):
    """Return the name of the schema of a file in a bundle; None: it has none."""
    return next((row["schema"] for row in FILES if fnmatchcase(path, row["files"])), None)


def documents(path, content):
    """Yield what a file holds: a document, or one a line."""
    yield from map(json.loads, content.splitlines() if path.endswith(".ndjson") else [content])


def told(clock):
    """Yield a record of every kind, some of it awkward."""
    at = instant_ns(clock()) - 3 * 24 * 60 * MINUTE_NS
    when = at + np.arange(3) * MINUTE_NS
    zeros, offsets = np.zeros(3, np.int32), np.full(3, 345, np.int16)
    yield Samples("heart_rate", when, when, offsets, np.array([58, 59.5, 6_100]), zeros, [WATCH])
    yield Samples("steps", when, when + 1, offsets, np.array([10.0, 20, 30]), zeros, [WATCH])
    codes = np.array([0, 1, 0], np.int32)
    yield Samples(
        "sleep_stage", when, when + MINUTE_NS, offsets, codes, zeros, [WATCH], codes=["deep", "rem"]
    )
    stages = [(at, at + MINUTE_NS, "deep")]
    yield SleepSession("n1", at - 600 * MINUTE_NS, at, UNKNOWN_OFFSET, STRONG, stages, is_nap=False)
    yield Workout("w1", at, at + 1, 120, "running", STRONG, details={"laps": [float("nan")]})
    yield Stream("w1", STRONG, when, {"power": np.array([1.0, np.nan, 3.0])})
    yield StrengthSet("w1", STRONG, 1, "Bench Press", at, -330, repetitions=8, load_kg=60.0)
    yield Score(day_of_date(clock().date()), WATCH, "sleep_score", 81.0)
    yield Document("ecg", "ecg.csv", WATCH, "text/csv", b"a,b\n", at, 120)
    yield Document("note", "n", WATCH, "application/xml", b"<a/>")
    yield SourceFile("export.xml", 12, "ab" * 32)


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """A vault with something of every kind, and of everything that can be done to it."""
    held = vault.create(tmp_path / "me.vault", "a long passphrase", home_zone="Europe/Berlin", clock=clock)
    held.ingest(told(clock))
    held.checkin(clock().date(), energy=4, illness=True)
    held.prefer("Watch", "heart_rate", "2026-01-01")
    held.remember_aliases({"My app": "strava"})
    for name in ("anna", "bob"):
        card = policies.Grant(
            grantee=name,
            kind="coach",
            purpose="coaching",
            metrics={"heart_rate": "daily", "steps": "daily"},
            id=f"g-{name}",
        )
        policies.grant(held, card)
    policies.renew(held, "g-anna")
    policies.revoke(held, "g-bob")
    reader = policies.view(held, grantee="anna", purpose="coaching")
    reader.daily("heart_rate", "2026-03-01", "2026-04-05")
    reader.daily("steps")
    with pytest.raises(AccessDenied):
        reader.daily("body_mass")
    first = clock() - timedelta(days=3)
    held.correct("heart_rate", first.isoformat(), 60.0, reason="a wet wrist")
    held.erase("steps")
    policies.restrict(held, "heart_rate")
    policies.restrict(held, "mood", first.date())
    policies.lift(held, "heart_rate")
    with held:
        yield held


@pytest.fixture
def files(held, tmp_path):
    """The files of its bundle, by path; it verifies."""
    write_bundle(held, tmp_path / "bundle.zip")
    assert verify_bundle(tmp_path / "bundle.zip").problems == []
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_file_of_a_bundle_fits_its_schema(files):
    """Each document and line of a bundle of every kind of record is as its schema says, and none is empty."""
    seen = set()
    for path, content in files.items():
        name = schema_of(path)
        if name is None:
            continue
        validator = jsonschema.Draft202012Validator(schema(name))
        for document in documents(path, content):
            problems = [
                f"{path}: {error.json_path}: {error.message}" for error in validator.iter_errors(document)
            ]
            assert problems == []
            seen.add(name)
    assert seen == set(SCHEMAS)


def test_bundle_of_all_that_was_done_to_a_vault(files):
    """What was put right or aside has its table, what was erased none, and each of it a notice that fits."""
    notices = [json.loads(body) for name, body in files.items() if name.startswith("legal/notices/")]
    assert {one["what"] for one in notices} == {"corrected", "erased", "restricted", "lifted"}
    for folder in ("", "quarantine/", "superseded/"):
        assert f"data/csv/{folder}heart_rate.csv" in files
    assert "data/csv/steps.csv" not in files


def test_manifest_of_the_portable_part_fits_its_schema(held, tmp_path):
    """The mark of the subset is part of the manifest's schema, and so is a vault.json without its key."""
    write_bundle(held, tmp_path / "portable.zip", portable=True)
    with zipfile.ZipFile(tmp_path / "portable.zip") as archive:
        for path in ("manifest.json", "data/records/vault.json"):
            validator = jsonschema.Draft202012Validator(schema(schema_of(path)))
            assert list(validator.iter_errors(json.loads(archive.read(path)))) == []


def test_every_json_of_a_bundle_has_a_schema(files):
    """No document of our own goes out undescribed."""
    ours = [name for name in files if name.endswith(("json",)) and not name.startswith(NOT_OURS)]
    ours += [name for name in files if name.startswith("data/records/")]
    assert [name for name in ours if schema_of(name) is None and name not in FHIR] == []


def test_bundle_brings_its_schemas(files):
    """Schemas, codes, licences and changes lie in the bundle as they are here."""
    found = {name.removeprefix("schema/") for name in files if name.startswith("schema/")}
    assert found == {*SCHEMAS, "files.csv", "codes.csv", "licences.txt", "changes.md"}
    assert files["schema/codes.csv"] == codes_csv()


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one(name):
    """It is valid under JSON Schema 2020-12, has an id and a title, and closes its outermost object."""
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"].startswith(f"urn:vitalvault:schema:{name.partition('.')[0]}:")
    assert found["title"]
    assert found.get("items", found)["additionalProperties"] is False


def leaves(document, path=()):
    """Yield the path of every member of a document's objects."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield (*path, key)
            yield from leaves(value, (*path, key))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from leaves(value, (*path, place))


def changed(document, path, value):
    """Return a copy with one member set to a value, or taken out (value is ...)."""
    copy = json.loads(json.dumps(document))
    *way, last = path
    inner = copy
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return copy


STRICT = ("workouts", "sleeps", "sets", "scores", "streams", "documents", "checkins", "imports", "origins")


@pytest.mark.parametrize("name", [*STRICT, "series", "vault"])
def test_schema_refuses_what_is_not_so(files, name):
    """A line with a member more, one less, or one of another kind is refused."""
    path = next(path for path in files if path.startswith(f"data/records/{name}."))
    line = next(documents(path, files[path]))
    validator = jsonschema.Draft202012Validator(schema(f"{name}.schema.json"))
    assert validator.is_valid(line)
    assert not validator.is_valid(line | {"more": 1})
    for key in line.keys() - {"identity"}:
        assert not validator.is_valid(changed(line, (key,), ...)), key
        assert not validator.is_valid(changed(line, (key,), {"an": ["object"]})) or key == "details", key


@pytest.mark.parametrize("name", ["legal/art15.json", "legal/ropa.json", "manifest.json"])
def test_schema_of_a_statement_misses_nothing(files, name):
    """Take any member out of a statement or the manifest, and its schema says so."""
    document = json.loads(files[name])
    validator = jsonschema.Draft202012Validator(schema(schema_of(name)))
    optional = {"unit", "first", "last", "sources", "sensitivity", "file"}
    for path in leaves(document):
        free = path[-1] in optional or "metrics" in path[:-1]
        assert free or not validator.is_valid(changed(document, path, ...)), path


def rows():
    """Return the list of codes."""
    return list(csv.DictReader(io.StringIO(codes_csv().decode())))


def test_codes_are_those_of_the_catalogue():
    """Every metric is there under its local code, in its unit, and every LOINC code has its check digit."""
    found = rows()
    assert tuple(found[0]) == COLUMNS
    assert {row["metric"] for row in found if not row["value"]} >= catalogue().keys()
    for row in found:
        if not row["value"]:
            assert row["unit"] == term(row["metric"]).unit
    loinc = {row["code"] for row in found if row["system"] == LOINC}
    assert len(loinc) > 60
    assert {row["code"] for row in found if row["metric"] == "blood_pressure.systolic"} >= {"8480-6"}
    assert all(check_digit(code) for code in loinc)


def check_digit(code):
    """Whether a LOINC code ends in its check digit (mod 10, Luhn)."""
    digits, _, check = code.partition("-")
    doubled = [int(one) * (2 - place % 2) for place, one in enumerate(reversed(digits))]
    return (10 - sum(one - 9 * (one > 9) for one in doubled) % 10) % 10 == int(check)


def test_licences_are_named():
    """Whose codes and formats they are is said with what is asked for: notice, trade mark, licence."""
    text = read_text("rights/schema/licences.txt")
    systems = {row["system"] for row in rows()}
    for said in (
        "This material contains content from LOINC (http://loinc.org).",
        "LOINC® is a registered United States trademark of Regenstrief Institute, Inc.",
        "http://unitsofmeasure.org",
        "CC0",
        "Apache License 2.0",
        "SNOMED International",
    ):
        assert said in " ".join(text.split())
    assert systems - {LOINC, "http://snomed.info/sct", "urn:iso:std:iso:11073:10101"} <= {
        system for system in systems if system.startswith(("urn:vitalvault:", "http://terminology.hl7.org/"))
    }
