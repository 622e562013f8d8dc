"""The audit log: complete, without values, and showing when it was touched."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

import policies
from policies import audit, merkle
from vault.errors import AccessDenied, InputError, Tampered

EMPTY = merkle.EMPTY.hex()


@pytest.fixture
def busy(owner, coach):
    """A vault in which a grant was made, read, refused, renewed and revoked."""
    record = policies.grant(owner, coach(metrics={"sleep_duration": "daily", "steps": "daily"}))
    view = policies.view(owner, "coach-anna", "coaching")
    view.daily("sleep_duration")
    view.daily("steps", "2026-11-03", "2026-11-04")
    with pytest.raises(AccessDenied):
        view.samples("heart_rate")
    policies.renew(owner, record.id)
    policies.revoke(owner, record.id)
    with pytest.raises(AccessDenied):
        view.sleep()
    return owner


def test_log_tells_who_when_which(busy):
    """Every read, refusal and change of a grant is there, with days, grant and reason."""
    log = policies.audit_log(busy)
    assert [(one.method, one.decision) for one in log] == [
        ("grant", "owner"),
        ("daily", "allow"),
        ("daily", "allow"),
        ("samples", "deny"),
        ("renew", "owner"),
        ("revoke", "owner"),
        ("sleep", "deny"),
    ]
    steps = log[2].items[0]
    assert (steps.metric, steps.action, steps.first_day, steps.last_day) == (
        "steps",
        "daily",
        "2026-11-03",
        "2026-11-04",
    )
    assert log[3].reason == "metric"
    assert log[6].reason == "revoked"
    assert all(one.at == busy.now for one in log)


def test_log_of_one_grantee(busy):
    """The log can be asked for one grantee."""
    assert len(policies.audit_log(busy, "coach-anna")) == 7
    assert policies.audit_log(busy, "somebody") == []


def test_log_holds_no_values(busy):
    """No number of the vault, rounded or not, and no name of a device stands in the log."""
    text = json.dumps([event.body["entry"] for event in busy.events("audit")])
    without_times = re.sub(r"\d{4}-\d{2}-\d{2}(T[\d:.+]+)?|[0-9a-f]{64}|g-[0-9a-f]{8}", "", text)
    assert not re.search(r"\d", without_times)
    assert "Pat" not in text


def test_log_holds(busy):
    """An untouched log verifies, with its length and head, and against an earlier receipt."""
    told = policies.audit_verify(busy)
    assert told.entries == 7
    assert policies.audit_verify(busy, {"size": 0, "head": EMPTY}) == told


def test_receipt_is_a_witness(owner, coach):
    """A receipt holds the head of its time, and later logs are checked against it."""
    record = policies.grant(owner, coach())
    receipt = policies.receipt(owner, record.id)
    policies.view(owner, "coach-anna", "coaching").daily("sleep_duration")
    assert policies.audit_verify(owner, receipt["audit"]).entries == 2


TOUCHES = {
    "an entry is changed": lambda log: log[2].body["entry"].update(method="sleep"),
    "a refusal becomes a release": lambda log: log[3].body["entry"].update(decision="allow"),
    "a salt is changed": lambda log: log[1].body.update(salt="00" * 16),
    "an entry is taken out": lambda log: log.pop(2),
    "two entries change places": lambda log: log.insert(1, log.pop(2)),
    "an entry is put in twice": lambda log: log.insert(2, log[2]),
    "a head is changed": lambda log: log[-1].body.update(head="0" * 64),
    "an entry is damaged": lambda log: log[2].body.pop("salt"),
    "the tail is cut off": lambda log: log.__delitem__(slice(2, None)),
}


@pytest.mark.parametrize("name", TOUCHES)
def test_log_touched_is_found(busy, name):
    """Whatever is done to the entries, verifying says so."""
    audits = busy.events("audit")
    TOUCHES[name](audits)
    busy.log = [*busy.events("grant"), *audits]
    with pytest.raises(Tampered):
        policies.audit_verify(busy)


def test_log_rewritten_whole_is_found_by_a_witness(busy):
    """Whoever rewrites the log consistently is caught by a head somebody else holds."""
    seen = {"size": 3, "head": busy.events("audit")[2].body["head"]}
    grants = [event for event in busy.log if event.kind == "grant"]
    entries = [event.body["entry"] for event in busy.events("audit")]
    busy.log = []
    for entry in [*entries[:1], *entries[2:]]:
        audit.append(busy, entry)
    busy.log = [*busy.log, *grants[:1]]
    with pytest.raises(Tampered):
        policies.audit_verify(busy, seen)


def test_revocation_taken_out_is_found(busy):
    """A grant event that is deleted, to bring a grant back to life, is missed in the audit log."""
    revoked = busy.events("grant")[-1]
    busy.log.remove(revoked)
    assert policies.grants(busy)[0].status(busy.now) == "active"
    with pytest.raises(Tampered, match="is missing"):
        policies.audit_verify(busy)


def test_grant_the_log_does_not_tell_of_is_found(busy):
    """A grant event put in beside the log, even one that this vault signed, is found."""
    revoked = busy.events("grant")[-1]
    busy.log.append(replace(revoked, id=99, body=revoked.body | {"at": "2026-11-22T11:00:00+00:00"}))
    with pytest.raises(Tampered, match="does not tell of"):
        policies.audit_verify(busy)


@pytest.mark.parametrize("body", [{}, {"seq": "1", "head": EMPTY}, {"seq": 1, "head": "z"}, {"seq": 1}])
def test_malformed_entry_is_told_as_tampering(busy, body):
    """What is no entry is never read as one, nor is another chained to it: nothing is released after it."""
    busy.log.append(replace(busy.log[-1], id=99, kind="audit", body=body))
    with pytest.raises(Tampered):
        policies.audit_log(busy)
    with pytest.raises(Tampered):
        policies.view(busy, "coach-anna", "coaching").daily("steps")
    with pytest.raises(Tampered):
        policies.audit_verify(busy)


def test_redacted_entry_leaves_the_others_provable(busy):
    """Heads are made of leaves alone, so without its salt and body an entry keeps its place in the tree."""
    told = [event.body for event in busy.events("audit")]
    heads = list(merkle.heads(bytes.fromhex(body["leaf"]) for body in told))
    assert [head.hex() for head in heads[1:]] == [body["head"] for body in told]


def test_witness_is_shown_that_nothing_was_rewritten(busy):
    """Who holds an earlier head checks a short proof, without the log and without the vault."""
    heads = [EMPTY, *(event.body["head"] for event in busy.events("audit"))]
    for size, seen in enumerate(heads):
        told = policies.audit_proof(busy, size)
        path = [bytes.fromhex(one) for one in told["proof"]]
        ends = bytes.fromhex(seen), bytes.fromhex(told["head"])
        assert merkle.is_consistent(size, told["size"], path, *ends)
    with pytest.raises(InputError):
        policies.audit_proof(busy, len(heads))


def test_checkpoint_is_signed_by_its_vault(busy):
    """A checkpoint of another vault, or a changed one, is no witness."""
    seen = audit.checkpoint(busy)
    audit.verify_checkpoint(seen, seen["key"])
    for changed in ({"size": 3}, {"at": "2020-01-01T00:00:00+00:00"}, {"head": EMPTY}, {"key": "00" * 32}):
        with pytest.raises(Tampered):
            audit.verify_checkpoint(seen | changed, seen["key"])
    with pytest.raises(Tampered):
        audit.verify_checkpoint(seen, "00" * 32)


def test_log_as_fhir_is_valid_and_complete(busy):
    """Every entry is a valid AuditEvent that tells who, what for, when, which days, and yes or no."""
    from fhir.resources.R4B.auditevent import AuditEvent

    from policies.audit_fhir import audit_events

    told, log = list(audit_events(busy)), policies.audit_log(busy)
    assert len(told) == len(log)
    for event, entry in zip(told, log, strict=True):
        AuditEvent.model_validate(event)
        assert event["outcome"] == ("4" if entry.decision == "deny" else "0")
        assert [one["name"] for one in event["entity"]] == list(entry.metrics)
    steps = told[2]
    assert (steps["action"], steps["agent"][0]["name"]) == ("R", "coach-anna")
    assert {"type": "first-day", "valueString": "2026-11-03"} in steps["entity"][0]["detail"]
    assert told[3]["outcomeDesc"] == "metric"
    assert len({event["id"] for event in told}) == len(told)
    assert list(audit_events(busy, "somebody")) == []
