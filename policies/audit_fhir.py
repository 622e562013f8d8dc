"""The audit log as FHIR R4 AuditEvents: who asked for what, what for, with which outcome; no values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from policies import tables
from policies.audit import entries
from policies.signing import public_key
from vault.fhir.codings import METRIC, code_system

if TYPE_CHECKING:
    from policies.audit import AuditEntry, Item
    from policies.owner import Owner

__all__ = ["audit_events", "methods"]

_HL7 = "http://terminology.hl7.org/CodeSystem"
_METHOD = "urn:vitalvault:method"
_GRANTEE = "urn:vitalvault:grantee"
_SUCCESS, _REFUSED = "0", "4"  # audit-event-outcome: success, minor failure
_ACTIONS = {"grant": "C", "renew": "U", "revoke": "U", "restrict": "C", "lift": "U"}


def audit_events(owner: Owner, grantee: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the log, of one grantee if asked, as FHIR R4 AuditEvent resources, oldest first.

    Raises:
        Tampered: an entry is no entry.
    """
    vault = public_key(owner.signing_seed())
    for entry in entries(owner, grantee):
        yield _audit_event(entry, vault)


def methods(events: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the CodeSystem of the methods that AuditEvents name, None if there are no events."""
    codes = {coding["code"]: "" for event in events for coding in event["subtype"]}
    return code_system(_METHOD, codes, content="fragment") if codes else None


def _audit_event(entry: AuditEntry, vault: str) -> dict[str, Any]:
    refused = entry.decision == "deny"
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(uuid5(NAMESPACE_URL, f"urn:vitalvault:audit:{vault}:{entry.id}")),
        "type": {"system": f"{_HL7}/audit-event-type", "code": "rest"},
        "subtype": [{"system": _METHOD, "code": entry.method}],
        "action": _ACTIONS.get(entry.method, "R"),
        "recorded": entry.at.isoformat(),
        "outcome": _REFUSED if refused else _SUCCESS,
        "agent": [_agent(entry, vault)],
        "source": {"observer": {"identifier": {"system": "urn:vitalvault:subject", "value": vault}}},
        "entity": [_entity(item) for item in entry.items],
    }
    if entry.reason and refused:
        event["outcomeDesc"] = entry.reason
    if entry.purpose in tables.purposes():
        code = tables.purposes()[entry.purpose].act_reason
        event["purposeOfEvent"] = [{"coding": [{"system": f"{_HL7}/v3-ActReason", "code": code}]}]
    return {name: value for name, value in event.items() if value}


def _agent(entry: AuditEntry, vault: str) -> dict[str, Any]:
    """Return who acted: the owner on a grant, the grantee on a read."""
    if entry.decision == "owner":
        return {
            "who": {"identifier": {"system": "urn:vitalvault:subject", "value": vault}},
            "requestor": True,
        }
    return {
        "who": {"identifier": {"system": _GRANTEE, "value": entry.grantee}},
        "name": entry.grantee,
        "requestor": True,
    }


def _entity(item: Item) -> dict[str, Any]:
    """Return a category that was asked for: how fine, for which days, by which grant."""
    told = {
        "granularity": item.action,
        "first-day": item.first_day,
        "last-day": item.last_day,
        "grant": item.grant,
    }
    detail = [{"type": name, "valueString": value} for name, value in told.items() if value]
    entity: dict[str, Any] = {
        "what": {"identifier": {"system": METRIC, "value": item.metric}},
        "name": item.metric,
    }
    return entity | ({"detail": detail} if detail else {})
