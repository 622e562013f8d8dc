"""A receipt of a grant: a consent record, its FHIR Consent twin and its history, signed by the vault.

The record takes its fields from ISO/IEC TS 27560:2023 in the words of the W3C Data Privacy Vocabulary; no
conformance is claimed, because no test of it is at hand. The twin is FHIR R4: everything denied at the root,
one permit for each category. FHIR has no word for granularity, so it stands in an extension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from policies import audit, tables
from policies.grants import EVENTS, GrantRecord, find
from policies.signing import public_key, sign, signed_by
from vault.errors import Tampered
from vault.fhir.codings import GRANULARITY, METRIC
from vault.metrics import find as find_metric

if TYPE_CHECKING:
    from datetime import datetime

    from policies.owner import Owner

__all__ = ["fhir_consent", "receipt", "receipts", "verify_receipt"]

Json = dict[str, Any]

DOMAIN = "receipt"
_ALGORITHM = "Ed25519"  # the only one, so that it needs no signature of its own
_HL7 = "http://terminology.hl7.org/CodeSystem"
_STATES = {
    "active": "dpv:ConsentGiven",
    "pending": "dpv:ConsentGiven",
    "expired": "dpv:ConsentExpired",
    "revoked": "dpv:ConsentWithdrawn",
}


def receipt(owner: Owner, grant_id: str) -> Json:
    """Return the signed receipt of a grant as it stands now.

    Keys: ``record`` (consent record), ``consent`` (FHIR), ``history`` (every event), ``audit`` (size and
    head of the log, to hold against it later), ``signature`` (algorithm, key, value).

    Raises:
        UnknownRecord: there is no grant of that id.
    """
    (made,) = receipts(owner, [find(owner, grant_id)], owner.clock())
    return made


def receipts(owner: Owner, grants: Iterable[GrantRecord], now: datetime) -> Iterator[Json]:
    """Yield the signed receipt of each grant as it stands at a moment; the logs are read once for all."""
    seed = owner.signing_seed()
    key, head, histories = public_key(seed), audit.head(owner), _histories(owner)
    for record in grants:
        body = {
            "schema": "vitalvault-receipt-1",
            "record": _record(record, key, record.status(now)),
            "consent": _consent(record, key, now),
            "history": histories[record.id],
            "audit": head,
        }
        signature = {"algorithm": _ALGORITHM, "key": key, "value": sign(seed, DOMAIN, body)}
        yield body | {"signature": signature}


def verify_receipt(document: Mapping[str, Any], key: str | None = None) -> None:
    """Check a receipt's signature; with ``key`` (hex), also whose it is.

    Raises:
        Tampered: it was changed, or another vault signed it.
    """
    signature = document.get("signature") if isinstance(document, Mapping) else None
    if not isinstance(signature, Mapping) or set(signature) != {"algorithm", "key", "value"}:
        raise Tampered("the receipt is not what was signed")
    body = {name: value for name, value in document.items() if name != "signature"}
    signer = str(signature["key"])
    by_key = signed_by(signer, DOMAIN, body, str(signature["value"]))
    if not by_key or signature["algorithm"] != _ALGORITHM:
        raise Tampered("the receipt is not what was signed")
    if key is not None and signer != key:
        raise Tampered("another vault signed this receipt")


def _record(record: GrantRecord, subject: str, state: str) -> Json:
    grant, purpose = record.grant, tables.purposes()[record.grant.purpose]
    return {
        "dpv:hasIdentifier": grant.id,
        "dpv:hasDataSubject": {"@type": ["dpv:DataSubject"], "dpv:hasIdentifier": subject},
        "dct:created": record.granted_at.isoformat(),
        "dct:creator": subject,
        "dct:language": "en",
        "dpv:hasProcess": [
            {
                "dpv:hasPurpose": [
                    {
                        "skos:broader": f"dpv:{purpose.dpv}",
                        "skos:prefLabel": purpose.words,
                        "duo": purpose.duo,
                    }
                ],
                "dpv:hasPersonalData": [_personal_data(name, how) for name, how in grant.metrics.items()],
                "dpv:hasProcessing": ["dpv:Share"],
                "dpv:hasDataController": [grant.grantee],
                "dpv:hasRecipient": [grant.grantee],
                "dpv:hasDataSource": ["dpv:DataSubjectDataSource"],
                "dpv:hasLegalBasis": ["eu-gdpr:A9-2-a"],
                "dpv:hasConsentStatus": _STATES[state],
                "dpv:hasConsentControl": ["dpv:WithdrawConsent"],
                "withdrawal": f"vitalvault consent revoke {grant.id}",
                "dct:valid": {"start": record.valid_from.isoformat(), "end": record.valid_until.isoformat()},
                "dataPeriod": {"start": _day(grant.data_from), "end": _day(grant.data_to)},
                "sources": list(grant.sources),
                "withheld": list(grant.withhold),
                "minimumGroup": grant.min_k,
            }
        ],
        "dpv:hasEntity": {
            grant.grantee: {
                "@type": [f"vitalvault:{grant.kind}"],
                "dpv:hasName": grant.name,
                "dpv:hasContact": grant.contact,
                "dpv:hasJurisdiction": grant.country,
            }
        },
    }


def _personal_data(name: str, how: str) -> Json:
    return {
        "@type": ["dpv:SpecialCategoryPersonalData"],
        "skos:broader": ["pd:MedicalHealth"],
        "skos:prefLabel": tables.category(name).words,
        "dct:identifier": name,
        "granularity": how,
    }


def _histories(owner: Owner) -> dict[str, list[Json]]:
    """Return the events of each grant by its id, as they were signed."""
    found: dict[str, list[Json]] = {}
    for body in (event.body for event in owner.events(EVENTS)):
        told = {name: body[name] for name in ("op", "at", "signature")}
        found.setdefault(body["grant"]["id"] if "grant" in body else body["id"], []).append(told)
    return found


def fhir_consent(owner: Owner, grant_id: str) -> Json:
    """Return a grant as a FHIR R4 Consent.

    Raises:
        UnknownRecord: there is no grant of that id.
    """
    return _consent(find(owner, grant_id), public_key(owner.signing_seed()), owner.clock())


def _consent(record: GrantRecord, subject: str, now: datetime) -> Json:
    grant, live = record.grant, record.status(now) in ("active", "pending")
    return {
        "resourceType": "Consent",
        "id": str(uuid5(NAMESPACE_URL, f"urn:vitalvault:grant:{subject}:{grant.id}")),
        "identifier": [{"system": "urn:vitalvault:grant", "value": grant.id}],
        "status": "active" if live else "inactive",
        "scope": _concept(f"{_HL7}/consentscope", "patient-privacy"),
        "category": [_concept("http://loinc.org", "59284-0")],
        "patient": {"identifier": {"system": "urn:vitalvault:subject", "value": subject}},
        "dateTime": record.granted_at.isoformat(),
        "policyRule": _concept(f"{_HL7}/v3-ActCode", "OPTIN"),
        "provision": {
            "type": "deny",
            "provision": [_provision(record, name, how) for name, how in grant.metrics.items()],
        },
    }


def _provision(record: GrantRecord, name: str, how: str) -> Json:
    grant = record.grant
    days = {"start": _day(grant.data_from), "end": _day(grant.data_to)}
    period = {"start": record.valid_from.isoformat(), "end": record.valid_until.isoformat()}
    data_period = {end: day for end, day in days.items() if day}
    told: Json = {
        "extension": [{"url": GRANULARITY, "valueString": how}],
        "type": "permit",
        "period": period,
        "actor": [
            {
                "role": _concept(f"{_HL7}/v3-ParticipationType", "IRCP"),
                "reference": {
                    "identifier": {"system": "urn:vitalvault:grantee", "value": grant.grantee},
                    "display": grant.name or grant.grantee,
                },
            }
        ],
        "action": [_concept(f"{_HL7}/consentaction", "access")],
        "purpose": [{"system": f"{_HL7}/v3-ActReason", "code": tables.purposes()[grant.purpose].act_reason}],
        "code": [_code(name)],
    }
    return told | ({"dataPeriod": data_period} if data_period else {})


def _code(name: str) -> Json:
    metric = find_metric(name)
    loinc = [{"system": "http://loinc.org", "code": metric.loinc}] if metric and metric.loinc else []
    return {"coding": [*loinc, {"system": METRIC, "code": name}], "text": tables.category(name).words}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _day(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
