"""The check of a whole export: what no look at a single resource can find."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import ucumvert

from vault.fhir import checked, ndjson
from vault.fhir.codings import ucum_units

AT = "2026-05-01T07:30:00+02:00"


@pytest.fixture
def blocks(made):
    """A small export."""
    vault = made.vault({"heart_rate": [made.columns([(AT, "", 58), (AT, "", 59)])]})
    return list(ndjson(vault))


def found(blocks):
    """Return the problems of an export by rule."""
    rules = Counter()
    assert list(checked(blocks, rules)) == list(blocks)
    return rules


def changed(blocks, kind, change):
    """Return an export of which the first resource of a type is changed."""
    done = []
    for of, block in blocks:
        if of == kind:
            first, *rest = block.splitlines(keepends=True)
            resource = json.loads(first)
            change(resource)
            block, kind = b"".join([json.dumps(resource).encode() + b"\n", *rest]), ""
        done.append((of, block))
    return done


def test_checked_export_has_no_problems_and_is_passed_on(blocks):
    """A good export goes through as it is."""
    assert found(blocks) == {}


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        ("Observation", lambda one: one["device"].update(reference="Device/gone"), "export: a reference"),
        ("Observation", lambda one: one.pop("identifier"), "Observation: identifier"),
        ("Observation", lambda one: one.update(status="done"), "Observation: status"),
        ("Observation", lambda one: one["valueQuantity"].update(code="beats"), "Observation: code"),
        ("Observation", lambda one: one["meta"]["tag"][0].update(code="x"), "export: a local code"),
        ("Observation", lambda one: one.update(category=[{}]), "Observation: category: empty"),
        ("Patient", lambda one: one.pop("id"), "Patient: id"),
        ("Patient", lambda one: one.update(id="other"), "export: a reference"),
        ("CodeSystem", lambda one: one.update(concept=[]), "export: a local code"),
    ],
)
def test_checked_export_says_what_is_wrong_by_rule(blocks, kind, change, rule):
    """Each fault is counted under a rule that names neither the value nor which resource it was."""
    rules = found(changed(blocks, kind, change))
    assert any(said.startswith(rule) for said in rules)


def test_checked_export_counts_an_id_that_comes_twice(blocks):
    """Two resources of one id would be one to whoever reads them."""
    twice = [(kind, block * 2 if kind == "Observation" else block) for kind, block in blocks]
    assert found(twice) == {"Observation: id: missing, or that of another resource of the export": 2}


@pytest.mark.parametrize("unit", sorted(ucum_units()))
def test_units_of_the_list_are_ucum(unit):
    """Every unit that is ever called UCUM is one, by another's reading of the standard."""
    assert ucumvert.parse_ucum(unit)


@pytest.mark.parametrize("unit", ["beats/min", "steps", "mmHg", "minutes", "count"])
def test_units_that_are_none_are_found(unit):
    """That other reading refuses what public mappings have called UCUM, so the test above can fail."""
    with pytest.raises(ucumvert.InvalidUcumError):
        ucumvert.parse_ucum(unit)
