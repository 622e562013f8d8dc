"""Whether a resource is sound: by its typed elements, by the FHIR model, and by the rules behind both.

The idea: the R4B models of ``fhir.resources`` check every resource but a plain Observation, which its types
check many times faster. Neither knows the invariants, reference types and check digits asked for here. What
fits no profile is not broken: a claim in ``meta.profile`` is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from adapters.fhir.elements import UNTYPED, Coding, Json, Observation, Reference

__all__ = ["loinc_fits", "model_reason", "observation_of"]

_REASONS = {
    "missing": "missing-element",
    "model_field_validation.missing": "missing-element",
    "extra_forbidden": "unknown-element",
    "list_type": "not-a-list",
}
_TARGETS = {
    "subject": {"Patient", "Group", "Device", "Location"},
    "device": {"Device", "DeviceMetric"},
    "performer": {
        *("Practitioner", "PractitionerRole", "Organization", "CareTeam", "Patient", "RelatedPerson"),
    },
    "has_member": {"Observation", "QuestionnaireResponse", "MolecularSequence"},
}
_TARGET = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?\Z")
_LOINC = "http://loinc.org"
_LOINC_CODE = re.compile(r"\d{1,7}-\d")


def observation_of(resource: Json) -> Observation | str:
    """Return a resource as an Observation, or why it is none: the reason of a rejection."""
    try:
        found = msgspec.convert(resource, Observation)
    except msgspec.ValidationError:
        return _rare(resource)
    is_typed = all(UNTYPED.isdisjoint(part) for part in (resource, *resource.get("component", ())))
    if not is_typed and (reason := model_reason(resource)):
        return reason
    return _broken_rule(resource, found) or found


def model_reason(resource: Json) -> str:
    """Return why a resource is none of FHIR R4 by the models of ``fhir.resources``, or nothing if it is."""
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(str(resource.get("resourceType"))).model_validate(resource)
    except ValidationError as error:
        kinds = [one["type"] for one in error.errors(include_input=False, include_url=False)]
        return _REASONS.get(kinds[0], "bad-element")
    except (LookupError, ValueError, ImportError):
        return "unknown-resource"
    return ""


def _rare(resource: Json) -> Observation | str:
    """Return an Observation that the model knows, without its extensions; or why it is none."""
    reason = model_reason(resource)
    if reason:
        return reason
    try:
        found = msgspec.convert(_plain(resource), Observation)
    except msgspec.ValidationError:
        return "bad-element"
    return _broken_rule(resource, found) or found


def _plain(node: Any) -> Any:
    """Return JSON without extensions, ids of elements, and what stands beside primitive values."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    is_resource = "resourceType" in node
    return {
        name: _plain(value)
        for name, value in node.items()
        if not name.startswith("_") and name != "extension" and (name != "id" or is_resource)
    }


def _broken_rule(resource: Json, found: Observation) -> str:
    values = sum(name.startswith("value") for name in resource)
    if values > 1:
        return "two-values"
    if values and found.data_absent_reason is not None:
        return "value-and-absent-reason"
    if sum(name.startswith("effective") for name in resource) > 1:
        return "two-times"
    if not all(loinc_fits(one.code) for one in _codings(found) if one.system == _LOINC and one.code):
        return "bad-code"
    return "" if _refers_well(found) else "bad-reference"


def _codings(found: Observation) -> Iterator[Coding]:
    yield from found.code.coding
    for part in found.component:
        yield from part.code.coding


@lru_cache(maxsize=4096)
def loinc_fits(code: str) -> bool:
    """Whether a LOINC code's last digit fits the others (mod 10, LOINC Users' Guide appendix C)."""
    if not _LOINC_CODE.fullmatch(code):
        return False
    number, check = code.split("-")
    doubled = [int(digit) * (1 if at % 2 else 2) for at, digit in enumerate(reversed(number))]
    return (10 - sum(sum(divmod(part, 10)) for part in doubled) % 10) % 10 == int(check)


def _refers_well(found: Observation) -> bool:
    for element, allowed in _TARGETS.items():
        held = getattr(found, element) or ()
        for reference in (held,) if isinstance(held, Reference) else held:
            target = _TARGET.search(reference.reference)
            if target is not None and target[1] not in allowed:
                return False
    return True
