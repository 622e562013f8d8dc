"""Whole exports before others' judges: HL7's JSON schema and the R4B models, on every set of samples."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import adapters
from vault import create
from vault.errors import UnknownFormat
from vault.fhir import checked, ndjson
from vault.metrics import catalogue
from vault.records import Stream

ROOT = Path(__file__).parents[4] / "shared" / "samples"
CORPUS = ROOT / "fhir-corpus"
BIG = "garmin/set-a"
SETS = sorted(str(one.relative_to(ROOT)) for one in ROOT.glob("*/*") if one.is_dir())
NOT_EXPORTS = {"lifesnaps/set-a", "welltory/set-a"}
AT = "2026-05-01T07:30:00+02:00"
END = "2026-05-01T08:30:00+02:00"
REFERENCE = re.compile(rb'"reference":"([^"]*)"')
NAME = re.compile(rb'\{"resourceType":"([A-Za-z]+)","id":"([^"]*)"')


@cache
def schema(kind):
    """Return HL7's judge of one type of resource."""
    whole = json.loads((Path(__file__).parents[2] / "data" / "fhir-r4.schema.json").read_text("utf-8"))
    return jsonschema.Draft6Validator({**whole, "$ref": f"#/definitions/{kind}"})


def of_each_shape(lines):
    """Yield all resources, but of Observations that differ in no key and no code only one."""
    seen = set()
    for line in lines:
        resource = json.loads(line)
        shape = json.dumps(_shape(resource) if resource["resourceType"] == "Observation" else resource)
        if shape not in seen:
            seen.add(shape)
            yield resource


def _shape(node):
    if isinstance(node, dict):
        return {key: node[key] if key in ("code", "system") else _shape(node[key]) for key in node}
    return [_shape(one) for one in node[:3]] if isinstance(node, list) else type(node).__name__


def judged(vault):
    """Hold an export against all judges; return how many resources of each type there are."""
    lines = [line for _, block in ndjson(vault) for line in block.splitlines()]
    names = Counter(b"/".join(NAME.match(line).groups()) for line in lines)
    assert [name for name, times in names.items() if times > 1] == []
    assert {name for line in lines for name in REFERENCE.findall(line)} <= names.keys()
    shapes = list(of_each_shape(lines))
    said = [error.message for one in shapes for error in schema(one["resourceType"]).iter_errors(one)]
    assert said == []
    rules = Counter()
    for _ in checked(((one["resourceType"], json.dumps(one).encode()) for one in shapes), rules):
        pass
    del rules["export: a reference leads to a resource that is not in it"]  # but in the lines, see above
    assert rules == {}
    return Counter(NAME.match(line)[1].decode() for line in lines)


def samples_of(name):
    """Return sets as parameters, the one that takes a minute marked so."""
    slow = [pytest.mark.slow] if name == BIG else []
    return pytest.param(name, marks=slow)


@pytest.mark.parametrize("name", [samples_of(one) for one in SETS if one not in NOT_EXPORTS])
def test_export_of_every_sample_is_what_others_take(name, tmp_path, cheap_keys, clock):
    """Whatever was imported goes out valid, closed under reference, each id once."""
    try:
        found = adapters.read(ROOT / name, timezone="Europe/Berlin", day_first=True)
    except UnknownFormat:
        pytest.skip("no export")
    with create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as vault:
        vault.ingest(found)
        assert judged(vault)["Provenance"] == 1


def test_export_of_every_metric_is_what_others_take(made):
    """Each metric there is, and all that is no series, in one export."""
    series = {}
    for name, entry in catalogue().items():
        parts = [f"{name}.{part}" for part in entry.components] or [name]
        codes = ["other"] if entry.is_coded and not entry.components else None
        for part in () if name == "strength_set" else parts:
            series[part] = [made.columns([(AT, END, "other" if codes else 1)], codes=codes)]
    start, end = made.ns(AT), made.ns(END)
    ride = {"workout_id": "w", "start": start, "end": end, "activity": "cycling", "source": "Strava"}
    channels = {name: made.columns([(AT, "", 1)] * 2).value for name in ("heart_rate", "power", "cadence")}
    stream = Stream("w", made.watch, made.columns([(AT, "", 1), (END, "", 1)]).start, channels)
    vault = made.vault(
        series,
        {"workouts": [ride | {"distance_m": 1.5, "hr_mean": 120.0}]},
        sleeps=[made.night(AT, END, [(start, end, "rem")], asleep_min=60.0)],
        streams={"w": [stream]},
    )
    assert judged(vault)["Observation"] > 120


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_schema_finds_what_it_can_find():
    """The judge judges: of the twenty broken Observations it catches eight, and of the good ones none."""
    told = {}
    for path in CORPUS.glob("[0-9o]*.json"):
        told[path.stem] = list(schema("Observation").iter_errors(json.loads(path.read_text("utf-8"))))
    assert sum(bool(found) for name, found in told.items() if not name.startswith("ok")) == 8
    assert [name for name, found in told.items() if found and name.startswith("ok")] == []
