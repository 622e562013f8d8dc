"""The sample exports, taken in and out: all that goes out is as its schema says, whatever came in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import adapters
from vault import fhir
from vault.errors import UnknownFormat
from vault.openmhealth import ndjson

ROOT = Path(__file__).parents[3].parent / "shared" / "samples"
NO_EXPORTS = {"fhir-corpus", "reference-values"}
LARGE = {"garmin/set-a"}
SETS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/*") if path.parent.name not in NO_EXPORTS)
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DIGITS = re.compile(rb"\d+")


@pytest.fixture
def taken_in(make):
    """``taken_in(name)`` is a vault that has read a sample set."""

    def taken_in(name):
        vault = make()
        try:
            vault.ingest(adapters.read(ROOT / name, home=vault.home_zone))
        except UnknownFormat:
            pytest.skip("not an export that is read here")
        return vault

    return taken_in


def ids_of(blocks, kind=""):
    """Return the id of every line, of one kind of resource or of all."""
    lines = (line for name, block in blocks if kind in ("", name) for line in block.splitlines())
    return [UUID.search(line)[0] for line in lines]


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.slow] if one in LARGE else []) for one in SETS]
)
def test_sample_set_goes_out_as_the_schemas_say(name, taken_in, schemas):
    """One line of each form is judged; those of a form differ in digits, which no schema looks at."""
    blocks = list(ndjson(taken_in(name)))
    lines = (line for _, block in blocks for line in block.splitlines())
    forms = {DIGITS.sub(b"0", UUID.sub(b"", line)): line for line in lines}
    assert [(line, problem) for line in forms.values() for problem in schemas(json.loads(line))] == []
    assert len(set(ids_of(blocks))) == len(ids_of(blocks))


@pytest.mark.parametrize("name", ["apple/synthetic", "garmin/synthetic", "whoop/synthetic", "fit/set-b"])
def test_sample_set_has_the_names_that_fhir_gives(name, samples, taken_in):
    """Every data point is of a record that FHIR has an Observation of, under the same id."""
    vault = taken_in(name)
    ids = ids_of(ndjson(vault))
    assert ids
    assert set(ids) <= set(ids_of(fhir.ndjson(vault), "Observation"))
