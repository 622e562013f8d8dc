"""Receipts: what was agreed, signed, and as FHIR R4."""

from __future__ import annotations

import copy
import json
from datetime import timedelta

import pytest

import policies
from policies.grants import Book
from policies.receipts import receipts
from policies.signing import public_key, sign, signed_by
from vault.errors import Tampered


@pytest.fixture
def receipt(owner, coach):
    """The receipt of a coach's grant."""
    record = policies.grant(owner, coach(name="Anna Berg", contact="anna@example.org", country="DE"))
    return policies.receipt(owner, record.id)


def test_receipt_survives_json_and_verifies(owner, receipt):
    """A receipt read back from its file is what was signed, by this vault."""
    again = json.loads(json.dumps(receipt))
    policies.verify_receipt(again)
    policies.verify_receipt(again, public_key(owner.signing_seed()))


def test_receipt_says_who_what_why_until(receipt):
    """It names the recipient with a contact, the data with its granularity, the purpose and the end."""
    (process,) = receipt["record"]["dpv:hasProcess"]
    told = {one["dct:identifier"]: one["granularity"] for one in process["dpv:hasPersonalData"]}
    assert told == {"readiness_score": "daily", "sleep_duration": "daily"}
    assert process["dpv:hasPurpose"][0]["skos:broader"] == "dpv:ProvidePersonalisedRecommendations"
    assert process["dct:valid"]["end"] == "2027-02-20T10:00:00+00:00"
    assert receipt["record"]["dpv:hasEntity"]["coach-anna"]["dpv:hasContact"] == "anna@example.org"
    assert process["withdrawal"].startswith("vitalvault consent revoke")


def test_receipt_changed_does_not_verify(owner, receipt):
    """A changed end, another key or algorithm, or no signature at all is found."""
    spoiled = copy.deepcopy(receipt)
    spoiled["record"]["dpv:hasProcess"][0]["dct:valid"]["end"] = "2099-01-01T00:00:00+00:00"
    unsigned = {name: value for name, value in receipt.items() if name != "signature"}
    renamed = {**receipt, "signature": receipt["signature"] | {"algorithm": "none"}}
    longer = {**receipt, "signature": receipt["signature"] | {"by": "somebody else"}}
    for document in (spoiled, unsigned, renamed, longer, {}, [], {"signature": 3}):
        with pytest.raises(Tampered, match="not what was signed"):
            policies.verify_receipt(document)
    with pytest.raises(Tampered, match="another vault"):
        policies.verify_receipt(receipt, public_key(bytes(32)))


@pytest.mark.parametrize(
    ("what", "state", "status"),
    [("wait", "dpv:ConsentExpired", "inactive"), ("revoke", "dpv:ConsentWithdrawn", "inactive")],
)
def test_receipt_later_says_what_became_of_it(owner, receipt, what, state, status):
    """A later receipt of the same grant tells that it ended or was withdrawn, with its history."""
    grant_id = receipt["record"]["dpv:hasIdentifier"]
    if what == "revoke":
        policies.revoke(owner, grant_id)
    owner.now += timedelta(days=91)
    later = policies.receipt(owner, grant_id)
    assert later["record"]["dpv:hasProcess"][0]["dpv:hasConsentStatus"] == state
    assert later["consent"]["status"] == status
    assert [one["op"] for one in later["history"]] == ["grant", *(["revoke"] if what == "revoke" else [])]


def test_receipts_of_many_grants_are_those_of_each(owner, coach):
    """Made together they are the same as one by one, and the log of grants is read once for all of them."""
    for number in range(5):
        policies.grant(owner, coach(id=f"g-{number}"))
    policies.revoke(owner, "g-3")
    records = Book(owner)()
    reads = []
    before = owner.events
    owner.events = lambda kind, after=0: (reads.append(kind), before(kind, after))[1]
    together = list(receipts(owner, records, owner.clock()))
    assert reads.count("grant") == 1
    assert together == [policies.receipt(owner, record.id) for record in records]


def test_consent_is_fhir_r4(owner, receipt):
    """The twin is a valid Consent: all denied at the root, one permit a category, and reads back equal."""
    from fhir.resources.R4B.consent import Consent

    consent = receipt["consent"]
    assert consent["provision"]["type"] == "deny"
    permits = consent["provision"]["provision"]
    assert [one["type"] for one in permits] == ["permit", "permit"]
    assert permits[1]["code"][0]["coding"][0] == {"system": "http://loinc.org", "code": "93832-4"}
    assert permits[0]["extension"][0]["valueString"] == "daily"
    model = Consent.model_validate(consent)
    assert (
        json.loads(model.model_dump_json())["provision"]["provision"][0]["dataPeriod"]["start"]
        == "2026-11-01"
    )


def test_signature_of_one_kind_is_not_one_of_another():
    """A signed receipt can't be shown as a signed grant event: the domain is part of what is signed."""
    seed, body = bytes(32), {"a": 1}
    signature = sign(seed, "receipt", body)
    assert signed_by(public_key(seed), "receipt", body, signature)
    assert not signed_by(public_key(seed), "grant", body, signature)
    assert not signed_by("zz", "receipt", body, signature)
    assert not signed_by(public_key(seed), "receipt", body, "")
