"""The check of a whole export: what no look at a single resource can find."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import ucumvert

from vault.fhir import checked, ndjson
from vault.fhir.codings import ucum_units

AT = "2026-05-01T07:30:00+02:00"
END = "2026-05-01T08:30:00+02:00"


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
    assert found(twice) == {"Observation: id: that of another resource of the export": 2}


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        ('"value":58,', '"value":"58",'),
        ('"value":58,', '"value":1e999,'),
        ('"value":58,', '"value":null,'),
        ("T07:30:00+02:00", "T25:30:00+02:00"),
        ("2026-05-01T", "2026-02-30T"),
        ("+02:00", "+15:00"),
        ('"start":"2026-05-01T07:30:00+02:00"', '"start":""'),
        ('"system":"urn:vitalvault:record"', '"system":"urn:another"'),
        ('"id":"', '"id":"!'),
        ('"final"', '"done"'),
        ('"code":"/min"', '"code":"/h"'),
        ('"end":"2026-05-01T08:30:00+02:00"', '"end":"2026-05-01T07:29:59+02:00"'),
    ],
)
def test_checked_finds_a_fault_also_where_one_like_it_was_sound(made, told, instead):
    """After a sound one, an Observation with one fault is found, in whichever place the fault is."""
    rows = [("2026-05-01T06:30:00+02:00", "2026-05-01T07:00:00+02:00", 57), (AT, END, 58)]
    export = list(ndjson(made.vault({"heart_rate": [made.columns(rows)]})))
    faulty = [(kind, _with_last(block, told, instead)) for kind, block in export]
    assert found(export) == {}
    assert faulty != export
    assert found(faulty)


def _with_last(block, told, instead):
    """Return a block with the text changed, in its second line if it has one."""
    first, *rest = block.decode().splitlines(keepends=True)
    return "".join([first, *(line.replace(told, instead) for line in rest[:1]), *rest[1:]]).encode()


@pytest.mark.parametrize("unit", sorted(ucum_units()))
def test_units_of_the_list_are_ucum(unit):
    """Every unit that is ever called UCUM is one, by another's reading of the standard."""
    assert ucumvert.parse_ucum(unit)


@pytest.mark.parametrize("unit", ["beats/min", "steps", "mmHg", "minutes", "count"])
def test_units_that_are_none_are_found(unit):
    """That other reading refuses what public mappings have called UCUM, so the test above can fail."""
    with pytest.raises(ucumvert.InvalidUcumError):
        ucumvert.parse_ucum(unit)
