"""The statement of Art. 15 and the record of Art. 30: complete, filled in by themselves, without a value."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import closing
from datetime import UTC, datetime

import pytest

import policies
from policies import tables
from policies.audit import entries
from policies.audit_fhir import audit_events
from policies.grants import Book
from policies.laws import duties
from policies.rights.archive import Archive
from policies.rights.consents import add_consents
from policies.rights.legal import add_legal, table
from policies.rights.payload import add_payload
from policies.rights.recipients import NO_CONTACT, NO_COUNTRY, recipients
from policies.signing import public_key
from vault.analysis.parameters import term_rules
from vault.errors import AccessDenied
from vault.fhir import problems
from vault.nature import NATURES

NOW = datetime(2026, 4, 5, 8, 0, tzinfo=UTC)
CARDS = {
    "coach-anna": {
        "kind": "coach",
        "purpose": "coaching",
        "name": "Anna",
        "contact": "anna@example.org",
        "country": "DE",
        "metrics": {"heart_rate": "daily"},
    },
    "runner": {"kind": "app", "purpose": "app-function", "country": "US", "metrics": {"workouts": "daily"}},
    "mum": {"kind": "family", "purpose": "family-support", "metrics": {"steps": "weekly"}},
}


@pytest.fixture
def shared(owner):
    """The vault with three grants, one of them read twice and refused once; a stranger asked, too."""
    for name, card in CARDS.items():
        policies.grant(owner, policies.Grant(grantee=name, id=f"g-{name}", **card))
    anna = policies.view(owner, grantee="coach-anna", purpose="coaching")
    anna.daily("heart_rate", "2026-03-01", "2026-03-05")
    anna.daily("heart_rate", "2026-02-01", "2026-03-02")
    with pytest.raises(AccessDenied):
        anna.daily("steps")
    policies.revoke(owner, "g-runner")
    return owner


def files(owner):
    """Return the files of consent and law as a bundle has them."""
    held = io.BytesIO()
    grants = Book(owner)()
    with closing(Archive(held, NOW)) as archive:
        add_payload(archive, owner)
        add_consents(archive, owner, grants, NOW)
        add_legal(archive, owner, grants, NOW)
    with zipfile.ZipFile(held) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.startswith("data/")}


@pytest.fixture
def art15(shared):
    """The statement of that vault."""
    return json.loads(files(shared)["legal/art15.json"])


@pytest.fixture
def ropa(shared):
    """The record of that vault."""
    return json.loads(files(shared)["legal/ropa.json"])


def by_id(told):
    """Return recipients by their id."""
    return {one["id"]: one for one in told["recipients"]}


def test_art15_names_everybody_in_the_log_and_on_a_grant(shared, art15):
    """No recipient is missing: not one who was only given a grant, nor one who only asked."""
    logged = {entry.grantee for entry in entries(shared)}
    granted = {record.grant.grantee for record in Book(shared)()}
    assert by_id(art15).keys() == logged | granted == {*CARDS, "a-stranger"}


def test_art15_says_what_each_was_shown(art15):
    """What was let through is counted from the log, with the widest days; refusals are counted, too."""
    (told,) = by_id(art15)["coach-anna"]["released"]
    assert (told["category"], told["granularity"], told["times"]) == ("heart_rate", "daily", 2)
    assert (told["first_day"], told["purpose"]) == ("2026-02-01", "coaching")
    assert [by_id(art15)[who]["refused"] for who in ("coach-anna", "a-stranger", "mum")] == [1, 1, 0]
    assert by_id(art15)["mum"]["released"] == []


def test_art15_says_which_card_lacks_what(art15):
    """A recipient without a contact or a country is listed as such, not left out."""
    people = by_id(art15)
    assert people["coach-anna"]["missing"] == []
    assert people["coach-anna"]["contact"] == "anna@example.org"
    assert people["runner"]["missing"] == [NO_CONTACT]
    assert people["mum"]["missing"] == people["a-stranger"]["missing"] == [NO_CONTACT, NO_COUNTRY]
    assert people["mum"]["contact"] is None


def test_recipient_is_known_by_the_newest_card(owner):
    """Of two cards the newer one counts, and what it does not say is taken from the older one."""
    for contact, name in (("old@example.org", "Anna"), ("new@example.org", "")):
        card = CARDS["coach-anna"] | {"contact": contact, "name": name}
        policies.grant(owner, policies.Grant(grantee="coach-anna", **card))
    anna = next(one for one in recipients(owner, Book(owner)()) if one.id == "coach-anna")
    assert (anna.contact, anna.name, len(anna.grants)) == ("new@example.org", "Anna", 2)


def test_recipient_who_asked_without_an_end_is_told_so(shared):
    """Days that were open once are open in the sum."""
    policies.view(shared, grantee="coach-anna", purpose="coaching").daily("heart_rate")
    anna = next(one for one in recipients(shared, Book(shared)()) if one.id == "coach-anna")
    assert anna.released[0].times == 3
    assert anna.released[0].last_day is None


def test_recipient_who_looked_up_what_is_granted_was_shown_nothing(owner):
    """The list of what they may see is no release of it."""
    policies.grant(owner, policies.Grant(grantee="coach-anna", **CARDS["coach-anna"]))
    policies.view(owner, grantee="coach-anna", purpose="coaching").metrics()
    anna = next(one for one in recipients(owner, Book(owner)()) if one.id == "coach-anna")
    assert (anna.released, anna.last) == ((), None)


def test_art15_answers_every_letter(art15):
    """Each point of Art. 15(1) and (2) has a key, and none is empty."""
    for key in ("purposes", "categories", "recipients", "retention", "rights", "complaint", "sources"):
        assert art15[key]
    assert art15["automated_decisions"]["exist"] is False
    assert {one["purpose"] for one in art15["purposes"]["shared"]} == {
        card["purpose"] for card in CARDS.values()
    }
    assert {one["grant"] for one in art15["retention"]["grants"]} == {f"g-{name}" for name in CARDS}
    assert [one["ended"] for one in art15["retention"]["grants"]] == [False, False, True]
    assert [one["adapter"] for one in art15["sources"]["imports"]] == ["a"]


def test_art15_lists_every_category_with_its_nature(shared, art15):
    """Series, tables, scores and originals are there with their number and their nature."""
    held = {one["name"]: one for one in art15["categories"]["held"]}
    assert {str(name) for name in shared.metrics()["metric"]} <= held.keys()
    assert {"sleep", "workouts", "checkins", "score:sleep"} <= held.keys()
    assert (held["heart_rate"]["records"], held["heart_rate"]["nature"]) == (3, "observed")
    assert (held["checkins"]["nature"], held["score:sleep"]["nature"]) == ("provided", "inferred")
    assert {one["nature"] for one in held.values()} <= set(NATURES)
    assert all(one["records"] > 0 for one in held.values())


def test_art15_explains_readiness_as_it_is_computed(art15):
    """The logic names each term with the weight and bounds of the parameters, and what it is made of."""
    told = art15["automated_decisions"]["readiness"]
    assert {one["term"]: (one["weight"], tuple(one["bounds"])) for one in told["terms"]} == {
        name: (rule.weight, (rule.low, rule.high)) for name, rule in term_rules().items()
    }
    assert all(one["made_of"] and one["words"] for one in told["terms"])


def test_art15_names_who_is_not_in_the_eea(art15):
    """A recipient in a third country is a transfer; of whom no country is known, that is said."""
    found = {one["recipient"]: one["in_eea"] for one in art15["transfers"]["recipients"]}
    assert found == {"runner": False, "mum": None, "a-stranger": None}


def test_ropa_has_an_activity_for_each_purpose(shared, ropa):
    """Beside keeping the data, each purpose granted is an activity with recipients, categories and end."""
    activities = {one["activity"]: one for one in ropa["activities"]}
    assert activities.keys() == {"keeping", *(f"sharing:{card['purpose']}" for card in CARDS.values())}
    coaching = activities["sharing:coaching"]
    assert coaching["categories"] == ["heart_rate"]
    assert [one["id"] for one in coaching["recipients"]] == ["coach-anna"]
    assert coaching["transfers"] == []
    assert coaching["grants"][0]["grant"] == "g-coach-anna"
    assert activities["keeping"]["recipients"] == []
    assert ropa["controller"]["key"] == public_key(shared.signing_seed())


def test_legal_files_are_the_same_bytes_again(shared):
    """The same vault at the same moment gives the same statements, receipts and heads."""
    assert files(shared) == files(shared)


def test_legal_files_hold_no_measured_value(shared):
    """They tell of categories and numbers of values; a value itself is under data/ only."""
    shared.stored["heart_rate"].value[:] = 58.4321
    assert not any(b"58.4321" in body for body in files(shared).values())


def test_legal_files_of_an_empty_vault(owner):
    """Where nothing was kept and nobody asked, that is what they say."""
    owner.stored = {}
    owner.logs.clear()
    told = json.loads(files(owner)["legal/art15.json"])
    assert told["recipients"] == told["transfers"]["recipients"] == []
    assert [one["activity"] for one in json.loads(files(owner)["legal/ropa.json"])["activities"]] == [
        "keeping"
    ]


def test_consents_and_log_have_a_twin_in_fhir(shared):
    """Consent.ndjson holds each receipt's Consent, AuditEvent.ndjson each line of the log, all valid."""
    found = files(shared)
    receipts = [json.loads(body) for name, body in found.items() if name.endswith(".receipt.json")]
    consents = [json.loads(line) for line in found["consents/Consent.ndjson"].splitlines()]
    assert consents == [one["consent"] for one in receipts]
    events = [json.loads(line) for line in found["audit/AuditEvent.ndjson"].splitlines()]
    assert events == list(audit_events(shared))
    assert len(events) == len(found["audit/audit.ndjson"].splitlines())
    (words,) = (json.loads(line) for line in found["audit/CodeSystem.ndjson"].splitlines())
    named = {coding["code"] for event in events for coding in event["subtype"]}
    assert {concept["code"] for concept in words["concept"]} == named
    assert [problem for one in (*consents, *events, words) for problem in problems(one)] == []


def test_checkpoint_is_the_signed_head_of_the_log(shared):
    """The head in the bundle is the vault's own signature on the log as it is there."""
    found = files(shared)
    (head,) = json.loads(found["audit/checkpoints.json"])
    policies.audit.verify_checkpoint(head, public_key(shared.signing_seed()))
    lines = found["audit/audit.ndjson"].splitlines()
    assert (head["size"], head["head"]) == (len(lines), json.loads(lines[-1])["head"])


def test_tables_of_the_statement_are_complete():
    """Every kind of grantee has a role, and every article that is quoted stands in the table of laws."""
    assert table()["roles"].keys() == {*tables.floors(), "unknown"}
    gdpr = {duty.article for duty in duties() if duty.law == "GDPR"}
    assert {article for articles in table()["articles"].values() for article in articles} <= gdpr


def test_statement_claims_no_compliance():
    """No sentence of it says that a law is kept."""
    text = tables.read_text("rights/legal.toml").lower()
    assert not any(claim in text for claim in ("complian", "certif", "guarantee", "in accordance with"))
