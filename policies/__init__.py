"""Consent: what an owner lets others see, decided line by line, and the one door they see it through.

    policies.grant(v, policies.Grant(
        grantee="coach-anna", kind="coach", purpose="coaching",
        metrics={"readiness_score": "daily", "sleep_duration": "daily"},
    ))
    view = policies.view(v, grantee="coach-anna", purpose="coaching")
    view.daily("sleep_duration")       # a number a day
    view.samples("heart_rate")         # AccessDenied: heart_rate is not granted to coach-anna

``v`` is an open vault. pydantic, cedarpy and pandas are imported when the first call needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies import audit, tables
from policies.audit import entries as audit_log
from policies.audit import proof as audit_proof
from policies.audit import verify as audit_verify
from policies.documents import document, preview
from policies.explanation import explain
from policies.gate import Gate
from policies.granting import grant
from policies.grants import Book, GrantRecord, renew, revoke
from policies.notices import notices, verify_notice
from policies.receipts import fhir_consent, receipt, verify_receipt
from policies.restriction import lift, restrict, restrictions
from policies.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.consent import Grant, Grantee
    from policies.owner import Owner
    from policies.tables import Pack, Preset, Purpose

    PACKS: Mapping[str, Pack]
    PRESETS: Mapping[str, Preset]
    PURPOSES: Mapping[str, Purpose]

__all__ = [
    "PACKS",
    "PRESETS",
    "PURPOSES",
    "Grant",
    "GrantRecord",
    "Grantee",
    "View",
    "audit_log",
    "audit_proof",
    "audit_verify",
    "document",
    "explain",
    "fhir_consent",
    "grant",
    "grants",
    "lift",
    "notices",
    "preview",
    "receipt",
    "renew",
    "restrict",
    "restrictions",
    "revoke",
    "verify_notice",
    "verify_receipt",
    "view",
]


def __getattr__(name: str) -> Any:
    """Load the models and the tables when they are first asked for."""
    if name in ("Grant", "Grantee"):
        from policies import consent

        return getattr(consent, name)
    if name in ("PACKS", "PRESETS", "PURPOSES"):
        return getattr(tables, name.lower())()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def grants(owner: Owner) -> list[GrantRecord]:
    """Return every grant ever made, oldest first; raises Tampered."""
    return Book(owner)()


def view(owner: Owner, grantee: str, purpose: str) -> View:
    """Return what a grantee sees for a purpose; without a grant, every method of it refuses.

    Raises:
        InputError: the purpose is not on the list.
    """
    gate = Gate(
        owner,
        grantee,
        tables.purpose(purpose).name,
        book=Book(owner),
        record=lambda entry: audit.append(owner, entry),
        clock=owner.clock,
    )
    return View(gate)
