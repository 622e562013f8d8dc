"""Planted faults, in the Cedar policy, its schema, the planner and the tables of floors: the twins see each.

A fault in one decider has to show as a disagreement on the random cases of ``twin_cases``. What could hide a
fault is looked at, too: the forbids repeat the floors of the permit, so the permit is also tried alone.
"""

from __future__ import annotations

import runpy
import tomllib
import types
from pathlib import Path
from types import SimpleNamespace

import pytest

from policies import cedar_core, planner, tables

cedarpy = pytest.importorskip("cedarpy")

T = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("twin_cases.py"))))
CASES = 4_000
POLICY, SCHEMA = "cedar/policies.cedar", "cedar/schema.cedarschema"


@pytest.fixture(scope="module")
def cases():
    """The cases on which the twins agree."""
    return T.drawn(CASES, seed=20261122)


@pytest.fixture(scope="module")
def verdicts(cases):
    """What both say to each case (``test_twins`` has Cedar say the same)."""
    return T.by_planner(cases)


@pytest.fixture
def decided_by(monkeypatch):
    """Put other texts in place of Cedar's two."""

    def use(policy: str, schema: str = ""):
        parsed = cedarpy.Schema.from_str(schema or tables.read_text(SCHEMA))
        texts = (cedarpy.PolicySet.from_str(policy), parsed)
        monkeypatch.setattr(cedar_core, "_static", lambda: texts)
        return T.by_cedar

    return use


def edited(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, "the fault has no place any more"
    return text.replace(old, new)


def permit_alone() -> str:
    """Return the policy without its forbids."""
    permit, forbids, _ = tables.read_text(POLICY).partition('@id("floor-insurer")')
    assert forbids
    return permit


CEDAR = {
    "a moment too long": ("context.now < context.grant.notAfter", "context.now <= context.grant.notAfter"),
    "too early": ("context.now >= context.grant.notBefore &&", ""),
    "revoked ignored": ("!context.grant.revoked &&", ""),
    "anybody's grant": ("context.grant.grantee == principal &&", ""),
    "any purpose": ("context.grant.purpose == context.purpose &&", ""),
    "any rung": ("action in context.grant.getTag(resource.name) &&", ""),
    "no transform": ("resource.actions.contains(action) &&", ""),
    "withheld told": ("!context.grant.withheld.contains(resource) &&", "!"),
    "withheld input told": ("!context.grant.withheld.containsAny(resource.inputs) &&", ""),
    "from any day": ("context.dataFrom >= context.grant.dataFrom", "true"),
    "a day before": ("context.dataFrom >= context.grant.dataFrom", "context has dataFrom"),
    "a day too far": ("context.dataTo <= context.grant.dataTo", "context has dataTo"),
    "a last day is none": ("then context has dataTo && ", "then !(context has dataTo) || "),
    "days the wrong way round": ("context.dataFrom <= context.dataTo else true", "true else true"),
    "any source": ("context.grant.sources.containsAll(context.sources)", "true"),
    "one source of several": (".containsAll(context.sources)", ".containsAny(context.sources)"),
    "no source is every source": ("!context.sources.isEmpty() &&", ""),
    "few people": ("context.k >= context.grant.minK", "true"),
    "app reads all": ("then context.grant has sources\n", "then true\n"),
    "researcher without an end": ("then context.grant has dataTo &&\n", "then true &&\n"),
}
del CEDAR["withheld told"], CEDAR["from any day"], CEDAR["a last day is none"]


@pytest.mark.parametrize("name", CEDAR)
def test_mutant_of_the_policy_is_caught(cases, verdicts, decided_by, name):
    """A fault planted in the permit shows as a disagreement."""
    mutant = decided_by(edited(tables.read_text(POLICY), *CEDAR[name]))
    assert T.first_seen(cases, verdicts, mutant)
