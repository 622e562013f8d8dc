"""Planted faults, in the Cedar policy, its schema, the planner and the tables of floors: the twins see each.

A fault in one decider has to show as a disagreement on the random cases of ``twin_cases``. The forbids of
the policy repeat the floors of its permit and would hide a fault there, so the permit is tried alone, too.
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
    """What both say to each case; ``test_twins`` has Cedar say the same."""
    return T.by_planner(cases)


@pytest.fixture
def cedar_with(monkeypatch):
    """Put other texts in place of Cedar's two, and return what then decides."""

    def use(policy: str, schema: str):
        parsed = cedarpy.PolicySet.from_str(policy), cedarpy.Schema.from_str(schema)
        monkeypatch.setattr(cedar_core, "_static", lambda: parsed)
        # What is kept from one decision to the next was made with the schema of the package.
        monkeypatch.setattr(cedar_core, "_base", cedar_core._base.__wrapped__)
        return T.by_cedar

    return use


def edited(text: str, old: str, new: str) -> str:
    """Return a text with its fault; the fault has one place."""
    assert text.count(old) == 1
    return text.replace(old, new)


def permit_alone() -> str:
    """Return the policy without its forbids."""
    permit, forbids, _ = tables.read_text(POLICY).partition('@id("floor-insurer")')
    assert forbids
    return permit


POLICY_FAULTS = {
    "a moment too long": ("context.now < context.grant.notAfter", "context.now <= context.grant.notAfter"),
    "too early": ("context.now >= context.grant.notBefore &&", ""),
    "revoked ignored": ("!context.grant.revoked &&", ""),
    "anybody's grant": ("context.grant.grantee == principal &&", ""),
    "any purpose": ("context.grant.purpose == context.purpose &&", ""),
    "any rung": ("action in context.grant.getTag(resource.name) &&", ""),
    "no transform": ("resource.actions.contains(action) &&", ""),
    "withheld told": ("!context.grant.withheld.contains(resource) &&", ""),
    "withheld input told": ("!context.grant.withheld.containsAny(resource.inputs) &&", ""),
    "a day before": ("context.dataFrom >= context.grant.dataFrom", "true"),
    "from the very first": (
        "then context has dataFrom && context.dataFrom >=",
        "then context.grant.dataFrom >=",
    ),
    "a day too far": ("context.dataTo <= context.grant.dataTo", "true"),
    "days the wrong way round": ("context.dataFrom <= context.dataTo else", "true else"),
    "any source": ("context.grant.sources.containsAll(context.sources)", "true"),
    "one source of several": (".containsAll(context.sources)", ".containsAny(context.sources)"),
    "no source is every source": ("!context.sources.isEmpty() &&", ""),
    "restricted told": ("context.restriction.category == resource || resource.inputs", "resource.inputs"),
    "restricted input told": ("|| resource.inputs.contains(context.restriction.category)", ""),
    "the first restricted day": (
        "context.dataTo < context.restriction.dataFrom)",
        "context.dataTo <= context.restriction.dataFrom)",
    ),
    "the last restricted day": (
        "context.dataFrom > context.restriction.dataTo &&",
        "context.dataFrom >= context.restriction.dataTo &&",
    ),
    "looking back on restricted days": (
        "(context.restriction.category == resource || !resource.looksBack))",
        "true)",
    ),
    "nine people": ("context.k >= 10 &&", "context.k >= 9 &&"),
    "fewer people than agreed": ("context.k >= context.grant.minK", "true"),
    "app reads all": ("then context.grant has sources\n", "then true\n"),
    "researcher without an end": ("then context.grant has dataTo &&\n", "then\n"),
}


@pytest.mark.parametrize("name", POLICY_FAULTS)
def test_mutant_of_the_policy_is_caught(cases, verdicts, cedar_with, name):
    """A fault planted in the permit shows as a disagreement."""
    mutant = edited(tables.read_text(POLICY), *POLICY_FAULTS[name])
    assert T.first_seen(cases, verdicts, cedar_with(mutant, tables.read_text(SCHEMA)))


SCHEMA_FAULTS = {
    "who may write may read": ("action aggregate, export, write", "action write, export, aggregate in [raw]"),
    "a day tells the hours": ("action hourly in [raw]", "action hourly in [daily]"),
    "a word tells the week": ("action band in [weekly]", "action band"),
}


@pytest.mark.parametrize("name", SCHEMA_FAULTS)
def test_mutant_of_the_schema_is_caught(cases, verdicts, cedar_with, name):
    """The ladder stands in the schema, and a rung in another place shows as a disagreement."""
    schema = tables.read_text(SCHEMA)
    if name == "a day tells the hours":
        schema = edited(schema, "action daily in [hourly]", "action daily")
    mutant = edited(schema, *SCHEMA_FAULTS[name])
    assert T.first_seen(cases, verdicts, cedar_with(tables.read_text(POLICY), mutant))


def test_permit_alone_decides_the_same(cases, verdicts, cedar_with):
    """No limit stands in a forbid only: without them the permit refuses all the same."""
    alone = cedar_with(permit_alone(), tables.read_text(SCHEMA))
    assert T.first_seen(cases, verdicts, alone) is None


COARSE = '![Vault::Action::"raw", Vault::Action::"hourly"].contains(action)\n   else true) &&\n  (if'
FLOOR_FAULTS = {
    "coach sees hours": (COARSE, COARSE.replace(', Vault::Action::"hourly"', "")),
    "family writes": ('|| principal.kind == "app" then', '|| principal.kind != "coach" then'),
    "insurer is somebody": ('"researcher", "employer"].', '"researcher", "employer", "insurer"].'),
    "advertiser is somebody": ('"researcher", "employer"].', '"researcher", "employer", "advertiser"].'),
    "employer sees people": ('then action == Vault::Action::"aggregate" &&\n', "then\n"),
    "unknown country let in": ('"AD", "AE"', '"", "AD", "AE"'),
    "code of no country let in": ('"AD", "AE"', '"XX", "AD", "AE"'),
    "Germany let in": ('"AD", "AE"', '"DE", "AD", "AE"'),
    "Norway let in": ('"AD", "AE"', '"NO", "AD", "AE"'),
    "Jersey let in": ('"AD", "AE"', '"JE", "AD", "AE"'),
    "Switzerland kept out": ('"CH", ', ""),
    "research of any kind": ('["research-general", "research-health",', '["research-general", "treatment",'),
}


@pytest.mark.parametrize("name", FLOOR_FAULTS)
def test_mutant_of_a_floor_in_the_permit_is_caught(cases, verdicts, cedar_with, name):
    """A fault in a floor shows when no forbid stands behind it."""
    mutant = edited(permit_alone(), *FLOOR_FAULTS[name])
    assert T.first_seen(cases, verdicts, cedar_with(mutant, tables.read_text(SCHEMA)))


PLANNER_FAULTS = {
    "a moment too long": ("now >= record.valid_until", "now > record.valid_until"),
    "too early": ("now < record.valid_from", "False"),
    "revoked ignored": ("record.revoked_at is not None", "False"),
    "anybody's grant": ("grant.grantee != request.grantee", "False"),
    "any purpose": ("grant.purpose != request.purpose", "False"),
    "withheld told": ("{category.name, *category.inputs}", "{*category.inputs}"),
    "input told": ("{category.name, *category.inputs}", "{category.name}"),
    "one rung too fine": ("ladder.index(action) + 1]", "ladder.index(action) + 2]"),
    "no transform": ("request.action in category.actions else", "True else"),
    "floor gone": ("request.action not in floor.actions", "False"),
    "kind gone, floor gone": ("request.action not in floor.actions", "floor.actions and False"),
    "unknown country let in": ("not tables.is_country(grant.country) or ", ""),
    "nobody blocked": ("tables.regions(grant.country) & set(floor.blocked_regions)", "False"),
    "app reads all": ("and not grant.sources:", "and False:"),
    "research of any kind": ("not tables.purposes()[request.purpose].duo", "False"),
    "researcher without an end": ("floor.last_day and grant.data_to is None", "False"),
    "few people": ("request.k < least", "request.k < least - 1"),
    "no number of people": ("request.k is None or request.k < least", "request.k and request.k < least"),
    "day before": ("request.first_day < grant.data_from", "False"),
    "day after": ("request.last_day > grant.data_to", "False"),
    "days the wrong way round": ("request.last_day < request.first_day", "False"),
    "any source": ("not request.sources <= set(grant.sources)", "False"),
    "restricted told": ('"restricted" if _restricted_days(request, record) else GRANTED', "GRANTED"),
    "the first restricted day": ("(days[0] or date.min) <= asked[1]", "(days[0] or date.min) < asked[1]"),
    "the last restricted day": ("asked[0] <= (days[1] or date.max)", "asked[0] < (days[1] or date.max)"),
    "one restriction of two": ("for one in record.restricted]", "for one in record.restricted[:1]]"),
    "no source is every source": ("(not request.sources or not", "(request.sources is None or not"),
}


@pytest.mark.parametrize("name", PLANNER_FAULTS)
def test_mutant_of_the_planner_is_caught(cases, verdicts, name):
    """A fault planted in the planner shows as a disagreement."""
    text = edited(Path(planner.__file__).read_text("utf-8"), *PLANNER_FAULTS[name])
    mutant = types.ModuleType("mutant")
    exec(compile(text, "mutant", "exec"), mutant.__dict__)
    assert T.first_seen(cases, verdicts, lambda block: T.by_planner(block, mutant.judge))


FLOORS_FAULTS = {
    "coach sees hours": (
        '[kinds.coach]\nactions = ["daily",',
        '[kinds.coach]\nactions = ["hourly", "daily",',
    ),
    "family writes": ('"export"]\nreason = "a relative', '"export", "write"]\nreason = "a relative'),
    "employer sees weeks": ('actions = ["aggregate"]', 'actions = ["aggregate", "weekly"]'),
    "insurer takes totals": ("[kinds.insurer]\nactions = []", '[kinds.insurer]\nactions = ["aggregate"]'),
    "advertiser reads": ("[kinds.advertiser]\nactions = []", '[kinds.advertiser]\nactions = ["yes_no"]'),
    "app reads all hours": ('own_sources_only = ["raw", "hourly"]', 'own_sources_only = ["raw"]'),
    "research of any kind": ("research_purpose = true", "research_purpose = false"),
    "researcher without an end": ("last_day = true", "last_day = false"),
    "Germany let in": ('"FR", "DE", "GR", "HU"', '"FR", "GR", "HU"'),
    "Norway let in": (', "NO"]', "]"),
    "Jersey let in": ('"JE", "IM"', '"IM"'),
    "the UK let in": ('blocked_regions = ["EU", "EEA", "UK"]', 'blocked_regions = ["EU", "EEA"]'),
    "nine people": ("min_k = 10", "min_k = 9"),
}


@pytest.mark.parametrize("name", FLOORS_FAULTS)
def test_mutant_of_the_floors_is_caught(cases, verdicts, monkeypatch, name):
    """A fault in the table of floors shows, because the policy says them in its own words."""
    table = tomllib.loads(edited(tables.read_text("data/floors.toml"), *FLOORS_FAULTS[name]))
    floors = {kind: tables._floor(kind, row) for kind, row in table["kinds"].items()}
    other = tables.data
    monkeypatch.setattr(tables, "floors", lambda: floors)
    monkeypatch.setattr(tables, "data", lambda named: table if named == "floors" else other(named))
    by_table = T.by_planner(cases)
    assert by_table != verdicts


def test_mutant_of_the_ladder_is_caught(cases, verdicts, monkeypatch):
    """Two rungs that changed places in the table show, because the schema has the ladder, too."""
    raw, hourly, daily, *rest = tables.ladder()
    monkeypatch.setattr(tables, "ladder", lambda: (raw, daily, hourly, *rest))
    assert T.by_planner(cases) != verdicts


def test_mutant_of_the_purposes_is_caught(cases, verdicts, monkeypatch):
    """A purpose that the table calls research, and the policy does not, shows."""
    from dataclasses import replace

    found = dict(tables.purposes())
    found["treatment"] = replace(found["treatment"], duo="DUO:0000042")
    monkeypatch.setattr(tables, "purposes", lambda: found)
    assert T.by_planner(cases) != verdicts
