"""What stands behind the import of FHIR: units, codes, and a check that stands in for the model."""

from __future__ import annotations

import json

import pytest

from adapters.base import Options
from adapters.fhir import ADAPTER
from adapters.fhir.codes import in_unit, named
from adapters.fhir.elements import Coding, Concept, Quantity
from adapters.fhir.shape import loinc_fits, model_reason, observation_of
from adapters.tables import table
from vault.metrics import catalogue, find
from vault.records import Tally

UCUM = "http://unitsofmeasure.org"
PULSE = {
    "resourceType": "Observation",
    "id": "one",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/me"},
    "effectiveDateTime": "2026-05-01T07:30:00+02:00",
    "valueQuantity": {"value": 58, "unit": "/min", "system": UCUM, "code": "/min"},
    "device": {"reference": "Device/d"},
    "identifier": [{"system": "urn:s", "value": "v"}],
    "issued": "2026-05-01T07:30:00Z",
    "meta": {"tag": [{"system": "urn:x", "code": "y"}], "source": "urn:z"},
    "component": [{"code": {"text": "part"}, "valueString": "fine"}],
}


@pytest.mark.parametrize(
    "row", table("adapters.fhir", "units.csv"), ids=lambda row: f"{row['unit']}>{row['ucum']}"
)
def test_unit_table_leads_to_units_of_the_catalogue(row):
    """Every row ends in a metric's unit, and its factor is what arithmetic says back and forth."""
    units = {entry.ucum for entry in catalogue().values()}
    assert row["ucum"] in units
    assert row["unit"] != row["ucum"]
    entry = next(entry for entry in catalogue().values() if entry.ucum == row["ucum"])
    one, two = (in_unit(Quantity(value, code=row["unit"], system=UCUM), entry) for value in (1.0, 2.0))
    assert two - one == pytest.approx(float(row["factor"]))


def test_words_of_units_are_ucum():
    """Every word stands for a unit that is a metric's or can be made one."""
    known = {entry.ucum for entry in catalogue().values()} | {
        row["unit"] for row in table("adapters.fhir", "units.csv")
    }
    assert {row["unit"] for row in table("adapters.fhir", "unit_words.csv")} <= known


def test_code_of_every_metric_is_known_again():
    """The first LOINC code of a metric, and VitalVault's own, lead back to it; shared ones to the first."""
    for name, entry in catalogue().items():
        own = Concept(coding=(Coding("urn:vitalvault:metric", code=name),))
        assert name == "ecg" or named(own).name == name
        codes = tuple(
            Coding("http://loinc.org", code=code) for code in (entry.loinc, entry.loinc_second) if code
        )
        if codes and name != "ecg":
            assert find(named(Concept(coding=codes)).name).loinc == entry.loinc


def test_bundles_may_be_lines(tmp_path):
    """A Bundle a line: every entry of every line is read."""
    bundles = [
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {**PULSE, "id": f"n{number}"}}],
        }
        for number in range(3)
    ]
    path = tmp_path / "bundles.ndjson"
    path.write_text("\n".join(map(json.dumps, bundles)))
    (tally,) = (one for one in ADAPTER.read(path, Options()) if isinstance(one, Tally))
    assert (tally.rows, tally.used) == (3, 3)


def changes(node, junk):
    """Yield a JSON value with each part of it, one after the other, replaced, dropped or added to."""
    yield from junk
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, held in parts:
        for changed in changes(held, junk):
            if isinstance(node, dict):
                yield {**node, key: changed}
            else:
                yield [*node[:key], changed, *node[key + 1 :]]
    if isinstance(node, dict):
        yield from ({name: held for name, held in node.items() if name != key} for key in node)
        yield {**node, "another": "x"}


def test_shape_passes_nothing_that_the_model_refuses():
    """The typed check stands in for the model: what it passes after any single change, the model passes."""
    verdicts = {True: 0, False: 0}
    for changed in changes(PULSE, [None, "", [], {}, "x  y", 0, True, [[]], {"a": 1}]):
        passes = isinstance(changed, dict) and not isinstance(observation_of(changed), str)
        verdicts[passes] += 1
        assert not passes or not model_reason(changed)
    assert verdicts[True] > 10
    assert verdicts[False] > 200


@pytest.mark.parametrize(
    ("code", "fits"), [("8867-4", True), ("8867-5", False), ("93832-4", True), ("x", False)]
)
def test_loinc_check_digit(code, fits):
    """A mistyped LOINC code is found by its last digit."""
    assert loinc_fits(code) is fits
