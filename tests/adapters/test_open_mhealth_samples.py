"""The schemas' own test data, and the table made from the schemas, held against each other."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import pytest

from adapters.base import Options
from adapters.open_mhealth import ADAPTER
from adapters.open_mhealth.rules import Schema, fields_of
from adapters.open_mhealth.units import in_unit
from adapters.tables import table
from vault.errors import MalformedFile
from vault.metrics import find
from vault.records import Document, Rejection

HEADER = {
    "id": "1",
    "creation_date_time": "2013-02-05T07:25:00Z",
    "acquisition_provenance": {"source_name": "Test", "modality": "sensed"},
}
AT = {"effective_time_frame": {"date_time": "2013-02-05T07:25:00Z"}}
PULSE = {"heart_rate": {"value": 60, "unit": "beats/min"}}
PRESSURE = {
    "systolic_blood_pressure": {"value": 160, "unit": "mmHg"},
    "diastolic_blood_pressure": {"value": 60, "unit": "mmHg"},
}
NIKE_FUEL = {"quantity_type": "HKQuantityTypeIdentifierNikeFuel", "count": 500}
# The data point's schema lets any body pass, the schema that the point names (physical-activity) does not.
CONTRADICTED = "omh/data-point/1.0/shouldPass/empty-body.json"


def point(schema: Schema, body):
    return {"header": {**HEADER, "schema_id": schema._asdict()}, "body": body}


def wrapped(namespace: str, name: str, version: str, document):
    """Return a data point around a document of the test data, which are bodies or parts of one."""
    whole = {
        "header": {"header": document, "body": {"activity_name": "walking"}},
        "data-point": document,
        "time-frame": point(Schema("omh", "heart-rate", "2.0"), {**PULSE, "effective_time_frame": document}),
        "time-interval": point(
            Schema("omh", "heart-rate", "2.0"), {**PULSE, "effective_time_frame": {"time_interval": document}}
        ),
        "body-posture": point(
            Schema("omh", "blood-pressure", "4.0"), {**PRESSURE, **AT, "body_posture": document}
        ),
        "hk-metadata": point(
            Schema("granola", "hk-quantity-sample", "1.0"), {**NIKE_FUEL, **AT, "metadata": document}
        ),
    }
    return whole[name] if name in whole else point(Schema(namespace, name, version), document)


def file_of(path, folder):
    """Return a data point with one document of the test data in it."""
    namespace, name, version, *_ = path.relative_to(folder).parts
    return wrapped(namespace, name, version, json.loads(path.read_text("utf-8")))


def test_test_data_are_judged_as_their_folders_say(samples, tmp_path):
    """Of 149 that should pass 148 do, of 162 that should fail all are refused; 36 say no time or place."""
    folder = samples / "openmhealth" / "set-a" / "test-data"
    counts: Counter[str] = Counter()
    wrong = []
    for path in sorted(folder.rglob("*.json")):
        (tmp_path / "one.json").write_text(json.dumps(file_of(path, folder)))
        try:
            records = list(ADAPTER.read(tmp_path / "one.json", Options()))
            refused = any(isinstance(record, Rejection) for record in records)
        except MalformedFile:  # nothing in it names a schema
            records, refused = [], True
        should_pass = path.parent.name == "shouldPass"
        kept = any(isinstance(record, Document) for record in records)
        counts[f"{path.parent.name} {'refused' if refused else 'kept' if kept else 'read'}"] += 1
        if should_pass == refused:
            wrong.append(path.relative_to(folder).as_posix())
    assert wrong == [CONTRADICTED]
    assert counts == {
        "shouldPass read": 112,
        "shouldPass kept": 36,
        "shouldPass refused": 1,
        "shouldFail refused": 162,
    }


def schemas():
    return sorted({(row["schema"], version) for row in table("adapters.open_mhealth", "fields.csv")
                   if row["namespace"] == "omh" for version in row["versions"].split()})  # fmt: skip


@pytest.mark.parametrize(("name", "version"), schemas())
def test_field_table_says_what_the_schema_says(samples, name, version):
    """Fields, which of them are required, and the words and units allowed, read from the schema itself."""
    folder = samples / "openmhealth" / "set-a" / "schema" / "omh"
    schema = json.loads((folder / f"{name}-{version}.json").read_text("utf-8"))
    fields = fields_of(Schema("omh", name, version))
    assert {field.name for field in fields} == schema["properties"].keys()
    assert {field.name for field in fields if field.is_required} == set(schema["required"])
    for field in fields:
        if field.kind in ("word", "quantity"):
            allowed = words(schema["properties"][field.name], schema.get("definitions", {}), folder)
            assert allowed in (None, field.allowed)


def words(node, definitions, folder):
    """Return the narrowest list of words that a schema allows at a place; None if it is not at hand."""
    found = [*lists(node, definitions, folder)]
    return min(found, key=len) if found else None


def lists(node, definitions, folder):
    if "enum" in node:
        yield frozenset(node["enum"])
    if "$ref" in node:
        local = node["$ref"].removeprefix("#/definitions/")
        if local in definitions:
            yield from lists(definitions[local], definitions, folder)
        elif (loaded := other(folder, node["$ref"].rpartition("/")[2])) is not None:
            yield from lists(loaded, loaded.get("definitions", {}), folder)
    for part in node.get("allOf", ()):
        yield from lists(part, definitions, folder)
    if "unit" in node.get("properties", {}):
        yield from lists(node["properties"]["unit"], definitions, folder)


@cache
def other(folder, name):
    """Return another schema; ``-1.x`` files hold the name of the newest 1."""
    path = folder / name
    if not path.is_file():
        return None
    text = path.read_text("utf-8").strip()
    return json.loads(text) if text.startswith("{") else other(folder, text)


@pytest.mark.parametrize("row", table("adapters.open_mhealth", "metrics.csv"), ids=lambda row: row["field"])
def test_metric_of_every_field_takes_every_unit_of_its_schema(row):
    """A unit that a schema allows is a unit that can be converted, so that no sound point is lost."""
    rows = [one for one in table("adapters.open_mhealth", "fields.csv") if one["schema"] == row["schema"]]
    versions = {version for one in rows for version in one["versions"].split()}
    entry = find(row["metric"]) if row["metric"] else None
    assert entry is not None or not row["metric"]
    for version in versions:
        fields = {one.name: one for one in fields_of(Schema(row["namespace"], row["schema"], version))}
        for unit in fields[row["field"]].allowed:
            assert in_unit(1.0, unit, "kcal" if entry is None else entry.ucum) is not None
