"""What is wrong with a FHIR resource, ours or another's: the R4B models, and what those let through.

``fhir.resources`` checks elements, cardinality and syntax. It does not check codes it does not know,
invariants, reference types, empty arrays, units or profiles; the rules here do. A problem names the place
and the rule, never the value that stood there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from vault.fhir.codings import LOINC, UCUM, Json
from vault.fhir.vital_signs import profile_problems, unit_problems

__all__ = ["loinc_check_digit", "problems"]

_MODEL_WORDS = {
    "missing": "required, but missing",
    "model_field_validation.missing": "required, but missing",
    "extra_forbidden": "not an element of this resource",
    "list_type": "must be a list",
}

_STATUS = {
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "Device": "active inactive entered-in-error unknown",
    "CodeSystem": "draft active retired unknown",
    "Consent": "draft proposed active rejected inactive entered-in-error",
}

_TARGETS = {
    "subject": "Patient Group Device Location",
    "device": "Device DeviceMetric",
    "performer": "Practitioner PractitionerRole Organization CareTeam Patient RelatedPerson",
    "hasMember": "Observation QuestionnaireResponse MolecularSequence",
    "derivedFrom": "DocumentReference ImagingStudy Media QuestionnaireResponse Observation MolecularSequence",
    "specimen": "Specimen",
    "encounter": "Encounter",
}

_RELATIVE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?$")
_LOINC_CODE = re.compile(r"^\d{1,7}-\d$")


def problems(resource: Json) -> list[str]:
    """Return what is wrong with an R4 resource, as ``place: rule``; an empty list if nothing is."""
    found = [*_model_problems(resource)]
    try:
        found += _walk(resource, "")
        for rule in _RULES.get(resource["resourceType"], (_status,)):
            found += rule(resource)
    except (AttributeError, KeyError, TypeError):
        found = found or ["resource: not in the shape FHIR gives it"]  # the model has said where
    except RecursionError:
        found = ["resource: nested too deeply"]
    return list(dict.fromkeys(found))


def loinc_check_digit(code: str) -> bool:
    """Whether a LOINC code's last digit fits the others (mod 10, LOINC Users' Guide appendix C)."""
    if not _LOINC_CODE.match(code):
        return False
    number, check = code.split("-")
    doubled = [int(digit) * (1 if at % 2 else 2) for at, digit in enumerate(reversed(number))]
    return (10 - sum(sum(divmod(part, 10)) for part in doubled) % 10) % 10 == int(check)


def _model_problems(resource: Any) -> Iterator[str]:
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    try:
        model = get_fhir_model_class(str(kind))
    except (KeyError, LookupError, ValueError, ImportError):
        yield "resourceType: not a resource of FHIR R4"
        return
    try:
        model.model_validate(resource)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False, include_context=False):
            place = ".".join(str(step) for step in one["loc"]) or str(kind)
            yield f"{place}: {_MODEL_WORDS.get(one['type'], 'not what FHIR R4 allows here')}"
    except RecursionError:
        yield "resource: nested too deeply"


def _walk(node: Any, place: str) -> Iterator[str]:
    """Check what holds for any element of any resource."""
    if isinstance(node, (dict, list, str)) and not node:
        yield f"{place or 'resource'}: empty"
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _walk(item, f"{place}.{at}")
    if isinstance(node, dict):
        yield from _element_problems(node, place)
        for key, item in node.items():
            yield from _walk(item, f"{place}.{key}" if place else key)


def _element_problems(node: Json, place: str) -> Iterator[str]:
    system = node.get("system")
    if system == LOINC and "code" in node and not loinc_check_digit(str(node["code"])):
        yield f"{place}: a LOINC code whose check digit is wrong"
    is_quantity = system == UCUM or place.endswith("Quantity")
    if is_quantity and "value" in node and (isinstance(node["value"], (bool, str)) or node["value"] is None):
        yield f"{place}.value: must be a number"
    if isinstance(node.get("start"), str) and isinstance(node.get("end"), str) and _reversed(node):
        yield f"{place}: ends before it starts (per-1)"


def _reversed(period: Json) -> bool:
    try:
        start, end = (datetime.fromisoformat(period[edge]) for edge in ("start", "end"))
        return end < start
    except (ValueError, TypeError):  # dates of a year or month, or one with and one without a time
        return str(period["end"])[:4] < str(period["start"])[:4]


def _status(resource: Json) -> Iterator[str]:
    allowed = _STATUS.get(resource["resourceType"])
    if allowed and "status" in resource and resource["status"] not in allowed.split():
        yield "status: not one of FHIR's codes"


def _references(resource: Json) -> Iterator[str]:
    for element, targets in _TARGETS.items():
        held = resource.get(element, [])
        for reference in held if isinstance(held, list) else [held]:
            target = _RELATIVE.search(reference.get("reference", ""))
            if target and target[1] not in targets.split():
                yield f"{element}: refers to a resource that can't stand here"


def _values(resource: Json) -> Iterator[str]:
    valued = [key for key in resource if key.startswith("value")]
    if valued and "dataAbsentReason" in resource:
        yield "dataAbsentReason: stands beside a value (obs-6)"
    codes = _codes(resource)
    if valued and any(codes & _codes(part) for part in resource.get("component", [])):
        yield "component: repeats the code whose value stands outside (obs-7)"


def _codes(part: Json) -> set[tuple[str, str]]:
    codings = part.get("code", {}).get("coding", [])
    return {(coding.get("system", ""), coding["code"]) for coding in codings if "code" in coding}


_RULES: dict[str, tuple[Callable[[Json], Iterator[str]], ...]] = {
    "Observation": (_status, _references, _values, unit_problems, profile_problems)
}
