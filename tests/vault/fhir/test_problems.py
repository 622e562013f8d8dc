"""The checker: finds what schemas miss, raises no false alarm, repeats no value."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from vault.fhir import problems

CORPUS = Path(__file__).parents[4] / "shared" / "samples" / "fhir-corpus"
INDEX = json.loads((CORPUS / "index.json").read_text("utf-8")) if CORPUS.is_dir() else {}

GOOD = {
    "resourceType": "Observation",
    "id": "a1",
    "meta": {"profile": ["http://hl7.org/fhir/StructureDefinition/heartrate"]},
    "status": "final",
    "category": [
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": "vital-signs",
                }
            ]
        }
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-05-01T07:30:00+02:00",
    "valueQuantity": {"value": 58, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
}


@pytest.mark.skipif(not INDEX, reason="the corpus is not here")
@pytest.mark.parametrize("name", sorted(INDEX))
def test_problems_of_the_corpus(name):
    """All 20 broken Observations are found, and none of the three good ones."""
    resource = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
    assert bool(problems(resource)) == (INDEX[name] == "bad")


def changed(path, value=None):
    """Return the good Observation with one place changed, or removed."""
    resource = copy.deepcopy(GOOD)
    *steps, last = path
    place = resource
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return resource


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (changed(["status"]), "status: required"),
        (changed(["status"], "done"), "status: not one of"),
        (changed(["effectiveDateTime"], "2026-05-01T07:30:00"), "effectiveDateTime"),
        (changed(["effectiveDateTime"]), "effective[x]: required"),
        (changed(["heart"], 1), "heart: not an element"),
        (changed(["valueString"], "58"), "Observation: not what FHIR"),
        (changed(["dataAbsentReason"], {"text": "x"}), "obs-6"),
        (changed(["component"], [{"code": GOOD["code"]}]), "obs-7"),
        (changed(["component"], []), "component: empty"),
        (changed(["valueQuantity", "value"], "58"), "valueQuantity.value: must be a number"),
        (changed(["valueQuantity", "code"], "{beats}/min"), "valueQuantity.code"),
        (changed(["valueQuantity"]), "vs-2"),
        (changed(["category"]), "category: vital-signs"),
        (changed(["subject"]), "subject: required"),
        (changed(["subject", "reference"], "Observation/p1"), "subject: refers"),
        (changed(["code", "coding", 0, "code"], "8867-5"), "check digit"),
        (changed(["id"], "has spaces"), "id: not what"),
        ({"resourceType": "Nonsense"}, "resourceType"),
        ({}, "resourceType"),
        ([], "resourceType"),
        ({"resourceType": "Observation", "code": 3, "component": [1], "meta": []}, "code"),
    ],
)
def test_problems_names_the_place(resource, said):
    """Each fault is found and named by place and rule."""
    assert any(said in problem for problem in problems(resource))


def test_problems_of_a_good_one_are_none():
    """What the faults above are made from has none itself."""
    assert problems(GOOD) == []


@pytest.mark.parametrize("unit", ["[lb_av]", "g", "kg"])
def test_problems_allows_every_unit_of_a_profile(unit):
    """Another system's pounds are valid FHIR, though this vault writes kilograms."""
    code = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    quantity = {"value": 70, "system": "http://unitsofmeasure.org", "code": unit}
    profile = {"profile": ["http://hl7.org/fhir/StructureDefinition/bodyweight"]}
    assert problems(GOOD | {"code": code, "valueQuantity": quantity, "meta": profile}) == []


@pytest.mark.parametrize(
    "period",
    [
        ("2026-05-02", "2026-05-01"),
        ("2027", "2026-05"),
        ("2026-05-01T09:00:00+02:00", "2026-05-01T08:59:00+02:00"),
    ],
)
def test_problems_of_a_reversed_period(period):
    """A period that ends before it starts is found, whatever its precision."""
    resource = changed(["effectiveDateTime"]) | {"effectivePeriod": dict(zip(("start", "end"), period))}
    assert any("per-1" in problem for problem in problems(resource))


def test_problems_repeats_no_value():
    """Messages may end up in a log, so what stood in the resource does not."""
    resource = changed(["valueQuantity", "value"], "secret 58") | {
        "effectiveDateTime": "secret date",
        "id": "secret id",
    }
    found = problems(resource)
    assert len(found) >= 3
    assert not any("secret" in problem for problem in found)


def test_problems_of_something_nested_without_end():
    """A resource nested to exhaust the stack is a problem, not a crash."""
    deep: dict = {}
    for _ in range(20_000):
        deep = {"extension": [deep]}
    assert problems({"resourceType": "Observation", **deep})
    del deep
