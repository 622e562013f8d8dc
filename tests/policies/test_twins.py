"""The twins: Cedar and the planner agree on random cases, and planted faults in either are seen.

Each case is one grant and one request, biased towards the edges at which they may differ.
"""

from __future__ import annotations

import random
import types
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from policies import cedar_core, planner, tables
from policies.cedar_core import Core
from policies.consent import Grant
from policies.grants import GrantRecord, made
from policies.request import Request

cedarpy = pytest.importorskip("cedarpy")

CASES = 2_000
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
METRICS = (
    "steps",
    "heart_rate",
    "sleep_duration",
    "readiness_score",
    "workouts",
    "gps_position",
    "hrv_rmssd",
)
PURPOSES = ("coaching", "treatment", "research-health", "wellness-programme")
SOURCES = ("Watch", "Phone", "Ring")
DAYS = [None, *(date(2026, 11, day) for day in (1, 2, 15, 30))]
COUNTRIES = ("", "US", "US", "DE", "NO", "GB", "CH")


def case(dice: random.Random, number: int) -> tuple[Request, GrantRecord]:
    """Return a grant that allows something, and a request that often asks for just that."""
    grantee, metric, purpose = f"g{number}", dice.choice(METRICS), dice.choice(PURPOSES)
    grant = grant_of(dice, number, grantee, metric, purpose)
    record = made(grant, NOW)
    if dice.random() < 0.1:
        record = replace(record, revoked_at=NOW)
    if dice.random() < 0.1:
        record = replace(record, valid_until=record.valid_until + timedelta(days=30))
    near = [record.valid_from, record.valid_until]
    granted = sorted(grant.granted(metric))
    asked = Request(
        grantee=grantee if dice.random() < 0.95 else f"g{(number + 1) % CASES}",
        category=metric if dice.random() < 0.9 else dice.choice(METRICS),
        action=dice.choice(granted if dice.random() < 0.6 else tables.actions()),
        purpose=purpose if dice.random() < 0.9 else dice.choice(PURPOSES),
        now=dice.choice([NOW] * 8 + near + [one - timedelta(seconds=1) for one in near]),
        first_day=dice.choice(DAYS),
        last_day=dice.choice([None, None, *DAYS]),
        k=dice.choice([None, 9, 10, 11, 12, 50, 50, 50]),
        sources=dice.choice([None, None, frozenset({"Watch"}), frozenset({"Watch", "Ring"}), frozenset()]),
    )
    return (planner.clip(asked, record) if dice.random() < 0.6 else asked), record


def grant_of(dice: random.Random, number: int, grantee: str, metric: str, purpose: str) -> Grant:
    possible = [one for one in tables.ladder() if one in tables.category(metric).actions]
    beside = [one for one in ("aggregate", "export", "write") if one in tables.category(metric).actions]
    actions = [*([dice.choice(possible[:2])] if possible else []), *beside]
    return Grant(
        id=f"r{number}",
        grantee=grantee,
        kind=dice.choice([*tables.floors(), "self", "clinician", "coach", "app", "employer", "employer"]),
        purpose=purpose,
        metrics={metric: "+".join(one for one in actions if one not in beside or possible or one == "write")},
        country=dice.choice(COUNTRIES),
        data_from=dice.choice([None, None, date(2026, 11, 1), date(2026, 11, 2)]),
        data_to=dice.choice([None, date(2026, 11, 15), date(2026, 11, 30)]),
        valid_from=NOW + timedelta(days=dice.choice([-5, -5, 0])),
        valid_until=NOW + timedelta(days=dice.choice([5, 90])),
        sources=dice.choice([(), (), ("Watch",), ("Watch", "Ring")]) if metric != "readiness_score" else (),
        withhold=tuple(one for one in ("hrv_rmssd",) if one != metric and dice.random() < 0.3),
        min_k=dice.choice([10, 10, 12]),
    )


@pytest.fixture(scope="module")
def cases() -> list[tuple[Request, GrantRecord]]:
    """The same random cases for every test of this file."""
    dice = random.Random(20261122)
    return [case(dice, number) for number in range(CASES)]


@pytest.fixture(scope="module")
def verdicts(cases) -> list[bool]:
    """What Cedar says to each case."""
    return by_cedar(cases)


def by_cedar(cases):
    return [answer.allowed for answer in Core([record for _, record in cases]).judge(cases)]


def by_planner(cases, judge=planner.judge):
    return [judge(asked, record) == planner.GRANTED for asked, record in cases]


def test_twins_agree(cases, verdicts):
    """On two thousand cases, of which a good share is allowed, the two never differ."""
    assert verdicts == by_planner(cases)
    assert CASES // 10 < sum(verdicts) < CASES * 9 // 10


def test_twins_meet_every_reason(cases):
    """The cases reach every refusal the planner knows for one grant."""
    met = {planner.judge(asked, record) for asked, record in cases}
    outside = {"no-grant", "no-cedar", "error", "disagreement"}
    assert met == set(planner._WORDS) - outside


CEDAR_MUTANTS = {
    "a second too long": ("context.now < context.grant.notAfter", "context.now <= context.grant.notAfter"),
    "too early": ("context.now >= context.grant.notBefore &&", ""),
    "revoked ignored": ("!context.grant.revoked &&", ""),
    "anybody's grant": ("context.grant.grantee == principal &&", ""),
    "any purpose": ("context.grant.purpose == context.purpose &&", ""),
    "no transform": ("resource.actions.contains(action) &&", ""),
    "withheld input told": ("!context.grant.withheld.containsAny(resource.inputs) &&", ""),
    "from any day": ("context.dataFrom >= context.grant.dataFrom", "true"),
    "a day too far": ("context.dataTo <= context.grant.dataTo", "context has dataTo"),
    "any source": ("context.grant.sources.containsAll(context.sources)", "true"),
    "few people": ("context.k >= context.grant.minK", "true"),
    "app reads all": ("then context.grant has sources\n", "then true\n"),
    "researcher without an end": ("then context.grant has dataTo &&\n", "then true &&\n"),
}


@pytest.mark.parametrize("name", CEDAR_MUTANTS)
def test_mutant_of_the_policy_is_caught(cases, verdicts, monkeypatch, name):
    """A fault planted in the Cedar policy shows as a disagreement."""
    old, new = CEDAR_MUTANTS[name]
    text = tables.read_text("cedar/policies.cedar")
    assert old in text
    parsed, schema = cedarpy.PolicySet.from_str(text.replace(old, new)), cedar_core._static()[1]
    monkeypatch.setattr(cedar_core, "_static", lambda: (parsed, schema))
    assert by_cedar(cases) != verdicts


PLANNER_MUTANTS = {
    "a second too long": ("now >= record.valid_until", "now > record.valid_until"),
    "too early": ("now < record.valid_from", "False"),
    "revoked ignored": ("record.revoked_at is not None", "False"),
    "anybody's grant": ("grant.grantee != request.grantee", "False"),
    "any purpose": ("grant.purpose != request.purpose", "False"),
    "input told": ("{category.name, *category.inputs}", "{category.name}"),
    "one rung too fine": ("ladder.index(action) + 1]", "ladder.index(action) + 2]"),
    "floor gone": ("request.action not in floor.actions", "False"),
    "unknown country let in": ("not grant.country or ", ""),
    "few people": ("request.k < least", "request.k < least - 1"),
    "day before": ("request.first_day < grant.data_from", "False"),
    "day after": ("request.last_day > grant.data_to", "False"),
    "any source": ("not request.sources <= set(grant.sources)", "False"),
}


@pytest.mark.parametrize("name", PLANNER_MUTANTS)
def test_mutant_of_the_planner_is_caught(cases, verdicts, name):
    """A fault planted in the planner shows as a disagreement."""
    old, new = PLANNER_MUTANTS[name]
    text = Path(planner.__file__).read_text("utf-8")
    assert text.count(old) == 1
    mutant = types.ModuleType("mutant")
    exec(compile(text.replace(old, new), "mutant", "exec"), mutant.__dict__)
    assert by_planner(cases, mutant.judge) != verdicts
