"""Two deciders: a yes takes both, and whatever goes wrong is a no."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from policies import cedar_core, decision, planner, tables
from policies.cedar_core import Core
from policies.consent import Grant
from policies.decision import Decider
from policies.grants import made
from policies.request import Request
from policies.validity import settle

cedarpy = pytest.importorskip("cedarpy")

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NOON = Request("coach-anna", "sleep_duration", "daily", "coaching", NOW)


def record(home="Europe/Berlin", **changes):
    from zoneinfo import ZoneInfo

    fields = {
        "grantee": "coach-anna",
        "kind": "coach",
        "purpose": "coaching",
        "metrics": {"sleep_duration": "daily+export", "readiness_score": "daily", "steps": "weekly"},
    }
    return made(settle(Grant(**(fields | changes)), NOW, ZoneInfo(home)), NOW)


def decide(request, *records):
    return Decider(lambda: list(records)).decide(request)


@pytest.fixture
def policy(monkeypatch):
    """Put other policies, or another schema, in place of the package's."""

    def use(text=None, schema=None):
        _, own = cedar_core._static()
        parsed = cedarpy.PolicySet.from_str(text or tables.read_text("cedar/policies.cedar"))
        monkeypatch.setattr(cedar_core, "_static", lambda: (parsed, schema or own))

    return use


def test_policies_are_valid_under_their_schema():
    """Cedar's validator finds nothing in the shipped policies, and does find a planted mistake."""
    schema = tables.read_text("cedar/schema.cedarschema")
    policies = tables.read_text("cedar/policies.cedar")
    assert cedarpy.validate_policies(policies, schema).validation_passed
    broken = policies.replace("context.grant.notAfter", "context.grant.notAftr")
    assert not cedarpy.validate_policies(broken, schema).validation_passed


def test_policy_has_one_permit_and_names_for_all():
    """Every limit is a conjunct of one permit; each policy has an @id by which an answer names it."""
    found = cedarpy.policies_to_pst(tables.read_text("cedar/policies.cedar")).static_policies
    permits = [one for one in found.values() if "permit" in str(one.effect).lower()]
    assert len(permits) == 1
    assert all(dict(one.annotations).get("id") for one in found.values())


def test_decision_allowed_names_grant_and_days():
    """A yes says under which grant, for which days, by which rule."""
    told = decide(NOON, record(id="g-1", data_from=date(2026, 11, 1)))
    assert (told.allowed, told.reason, told.rules) == (True, "granted", ("grant",))
    assert told.record.id == "g-1"
    assert told.request.first_day == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"grantee": "bob"}, "no-grant", "nothing is granted to bob"),
        ({"category": "heart_rate"}, "metric", "heart_rate is not granted to coach-anna"),
        ({"purpose": "treatment"}, "purpose", "granted for coaching, not for treatment"),
        ({"action": "raw"}, "granularity", "one number per day, not every single value"),
        (
            {"category": "steps"},
            "granularity",
            "granted is one number per whole week, not one number per day",
        ),
        ({"now": NOW - timedelta(seconds=1)}, "pending", "begins at 2026-11-22 10:00 UTC"),
        ({"now": NOW + timedelta(days=90)}, "expired", "ended at 2027-02-20 10:00 UTC"),
        ({"action": "aggregate"}, "granularity", "not a place in a total"),
    ],
)
def test_decision_refused_says_the_first_failing_condition(change, reason, words):
    """Each no has a code and says in words what is missing."""
    told = decide(replace(NOON, **change), record())
    assert (told.allowed, told.reason) == (False, reason)
    assert words in told.words
    assert told.hint


def test_decision_outside_the_window_says_which_days_are_granted():
    """Days outside are a no; days that overlap are cut to what is granted."""
    granted = record(data_from=date(2026, 11, 1), data_to=date(2026, 11, 30))
    before = replace(NOON, first_day=date(2026, 9, 1), last_day=date(2026, 10, 31))
    assert decide(before, granted).reason == "window"
    across = decide(replace(before, last_day=date(2026, 11, 5)), granted)
    assert (across.request.first_day, across.request.last_day) == (date(2026, 11, 1), date(2026, 11, 5))


def test_decision_by_the_widest_of_several_grants():
    """Of several grants that allow, the one with the most days decides; a dead one hurts nobody."""
    short = record(id="g-short", data_from=date(2026, 11, 20))
    wide = record(id="g-wide", data_from=date(2026, 1, 1))
    dead = replace(record(id="g-dead"), revoked_at=NOW)
    assert decide(NOON, short, wide, dead).record.id == "g-wide"


def test_decision_refused_tells_the_nearest_grant():
    """Of several refusals the one that came farthest is told."""
    other = record(id="g-other", purpose="care-coordination")
    late = record(id="g-late", valid_from=NOW + timedelta(days=1))
    assert decide(NOON, late, other).reason == "pending"


def test_withheld_input_blocks_what_is_computed_from_it():
    """Withholding HRV withholds the readiness computed from it, and nothing else."""
    granted = record(withhold=("hrv_rmssd",))
    assert decide(replace(NOON, category="readiness_score"), granted).reason == "withheld"
    assert decide(NOON, granted).allowed


def test_export_has_to_be_granted_by_name():
    """Reading is not taking away."""
    assert decide(replace(NOON, action="export"), record()).allowed
    assert not decide(replace(NOON, action="export", category="readiness_score"), record()).allowed


@pytest.mark.parametrize(("k", "allowed"), [(None, False), (9, False), (10, False), (11, False), (12, True)])
def test_total_needs_enough_people(k, allowed):
    """A total over fewer than ten, or fewer than the grant's minimum, is a no; exactly as many is a yes."""
    granted = record(metrics={"steps": "aggregate"}, min_k=12)
    assert decide(replace(NOON, category="steps", action="aggregate", k=k), granted).allowed == allowed


def test_error_in_a_forbid_is_a_no(policy):
    """Cedar skips a forbid that errs and says Allow: its diagnostics make that a no here."""
    policy(
        tables.read_text("cedar/policies.cedar")
        + "\nforbid (principal, action, resource) unless { context.dataTo < context.grant.dataTo };"
    )
    granted = record()
    raw = cedarpy.is_authorized(
        cedar_core._request(NOON, granted),
        cedar_core._static()[0],
        cedarpy.Entities.from_json_str(json.dumps(cedar_core.entities([granted]))),
        cedar_core._static()[1],
    )
    assert raw.allowed  # the trap
    assert raw.diagnostics.errors
    (answer,) = Core([granted]).judge([(NOON, granted)])
    assert not answer.allowed
    assert answer.errors
    assert decide(NOON, granted).reason == "error"


def test_error_on_one_grant_is_a_no_for_all(policy):
    """If one grant can't be judged, another one that could allows nothing either."""
    policy(
        tables.read_text("cedar/policies.cedar")
        + "\nforbid (principal, action, resource) unless { context.grant.revoked || "
        "context.grant.minK < 11 || context.dataTo < context.grant.dataTo };"
    )
    fine, bad = record(id="g-fine"), record(id="g-bad", min_k=12)
    assert decide(NOON, fine).allowed
    assert decide(NOON, fine, bad).reason == "error"


def test_limit_missing_in_the_entity_is_a_no():
    """A grant entity without its end errs in the permit, and an erring permit permits nothing."""
    granted = record()
    entities = cedar_core.entities([granted])
    del entities[-1]["attrs"]["notAfter"]
    policies, schema = cedar_core._static()
    result = cedarpy.is_authorized(cedar_core._request(NOON, granted), policies, entities, None)
    assert not cedar_core._answer(result).allowed
    with pytest.raises(ValueError, match="does not conform to the schema"):
        cedarpy.Entities.from_json_str(json.dumps(entities), schema=schema)


@pytest.mark.parametrize(
    "spoil",
    [
        {"now": "tomorrow"},
        {"k": "many"},
        {"sources": "Watch"},
        {"admin": True},
    ],
)
def test_request_off_the_schema_is_a_no(spoil):
    """A context of wrong types, or with something of its own, gets no decision, and that is a no."""
    granted = record()
    asked = cedar_core._request(NOON, granted)
    asked["context"] |= spoil
    policies, schema = cedar_core._static()
    result = cedarpy.is_authorized(asked, policies, cedar_core.entities([granted]), schema)
    assert not cedar_core._answer(result).allowed


@pytest.mark.parametrize("name", ['anna" || true || "', "anna\\", "*", 'Vault::Grantee::"coach-anna"', "ä\n"])
def test_grantee_is_never_policy_text(name):
    """Whatever somebody calls themselves, they are a name without a grant."""
    assert decide(replace(NOON, grantee=name), record()).reason == "no-grant"


def test_without_cedarpy_only_the_owner_reads(monkeypatch):
    """There is no way around the second opinion."""
    monkeypatch.setitem(sys.modules, "cedarpy", None)
    told = decide(NOON, record())
    assert (told.allowed, told.reason) == (False, "no-cedar")


@pytest.mark.parametrize("side", ["cedar", "planner"])
def test_disagreement_is_a_no_and_an_alarm(policy, monkeypatch, side):
    """If only one of the two says yes, nothing is released and the alarm is raised."""
    granted, asked = record(), NOON
    if side == "planner":
        monkeypatch.setattr(decision.planner, "judge", lambda *_: planner.GRANTED)
        asked = replace(NOON, category="heart_rate")
    else:
        policy('@id("grant") permit (principal, action, resource);')
        asked = replace(NOON, purpose="treatment")
    told = decide(asked, granted)
    assert (told.allowed, told.reason, told.alarm) == (False, "disagreement", True)


def test_disagreement_on_a_finer_rung_is_not_stepped_over(policy, owner, coach):
    """A reader that would take a coarser rung stops at the alarm, and the log has it."""
    import policies
    from vault.errors import AccessDenied

    policies.grant(owner, coach(metrics={"steps": "weekly"}))
    policy('@id("grant") permit (principal, action, resource);')
    with pytest.raises(AccessDenied, match="deciders disagree"):
        policies.view(owner, "coach-anna", "coaching").daily("steps")
    assert policies.audit_log(owner)[-1].alarm


def test_disagreement_without_a_grant_is_an_alarm_too(policy):
    """A policy that would let strangers in is caught although there is no grant to compare with."""
    policy('@id("grant") permit (principal, action, resource);')
    told = decide(NOON)
    assert (told.allowed, told.alarm) == (False, True)


def test_book_that_fails_is_a_no():
    """An error while the grants are read is a no as well."""

    def fails():
        raise OSError("gone")

    assert Decider(fails).decide(NOON).reason == "error"


def test_action_nobody_knows_is_a_no():
    """An action outside of the tables is refused by both."""
    assert not decide(replace(NOON, action="sell"), record()).allowed


def test_countries_are_the_same_in_both_deciders():
    """Both lists of the policy are all countries but those of a region or belonging to it."""
    import re

    listed = re.findall(r'"([A-Z]{2})"', tables.read_text("cedar/policies.cedar"))
    assigned = tables.data("floors")["countries"]["assigned"]
    assert sorted(listed) == sorted([code for code in assigned if not tables.regions(code)] * 2)


def test_reasons_have_words():
    """Every reason that can be told has words, and every refusal something to do next."""
    for reason in planner._WORDS:
        told = planner.say(reason, NOON, record())
        assert told
        assert "{" not in told
        assert reason in {planner.GRANTED, "other-grantee"} or planner.hint(reason)


def test_decisions_at_once_are_those_one_by_one():
    """Asked for in one batch, every cell is decided as it is alone: under several grants, none, and a no."""
    grants = [record(id="g-1"), record(id="g-2", metrics={"steps": "daily"}, data_from=date(2026, 11, 1))]
    asked = [
        replace(NOON, category=name, action=action)
        for name in ("steps", "sleep_duration", "heart_rate", "gps_position")
        for action in tables.actions()
    ]
    for records in (grants, grants[:1], []):
        decider = Decider(lambda records=records: records)
        assert decider.decide_all(asked) == [decide(one, *records) for one in asked]
    assert decider.decide_all([]) == []


def test_decisions_at_once_call_cedar_once(monkeypatch):
    """A grid of many cells is one call to the policy engine."""
    calls = []
    whole = cedarpy.is_authorized_batch
    monkeypatch.setattr(cedarpy, "is_authorized_batch", lambda *asked: calls.append(1) or whole(*asked))
    Decider(lambda: [record()]).decide_all([replace(NOON, action=action) for action in tables.actions()])
    assert len(calls) == 1


def test_decisions_of_several_grantees_at_once_are_a_no():
    """A batch is of one grantee: mixed up, nothing is decided."""
    told = Decider(lambda: [record()]).decide_all([NOON, replace(NOON, grantee="bob")])
    assert {one.reason for one in told} == {"error"}
