"""The part of an Observation that is the same for many samples, and the few resources around them.

``Context`` is one export: whose it is, under which key records are named, and which devices measured
what has gone out so far. Everything in a resource that names a person or a thing is a keyed identifier
or a word the source itself used; there are no serial numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vault.fhir import codings, instants
from vault.fhir.identity import RECORD, Identity, Name
from vault.fhir.notes import NOTHING, Facets
from vault.nature import nature_of_metric

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from vault.fhir.codings import Json, Term
    from vault.records import Origin

__all__ = ["NATURE", "Context", "absent", "named", "observation", "static", "when"]

NATURE = codings.LOCAL + "nature"
SOURCE = codings.LOCAL + "source"
"""The system of a source's name as it came, as a string of JSON, where no string of FHIR can hold it."""
TZ_ASSUMED = {"system": "urn:vitalvault:tag", "code": "tz-assumed", "display": "Time zone assumed"}
DEVICE_VERSION = "urn:iso:std:iso:11073:10101"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ACTIVITY_CATEGORY = "http://hl7.org/fhir/us/physical-activity/CodeSystem/pa-temporary-codes"


@dataclass(slots=True)
class Context:
    """One export; while Observations go out, it notes devices by id, local codes by system, what was left."""

    identity: Identity
    home: ZoneInfo
    devices: dict[str, Json] = field(default_factory=dict)
    local_codes: dict[str, dict[str, str]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)

    @property
    def subject(self) -> Name:
        """The person: a random-looking name, derived from the vault's key."""
        return self.identity.name("subject")

    def device(self, origin: Origin) -> str:
        """Return the reference of who measured, and remember the Device for the end of the export."""
        name, resource = _device(self.identity, origin)
        self.devices.setdefault(name.id, resource)
        return f"Device/{name.id}"

    def coded(self, metric: str, value: str) -> Json:
        """Return a coded value as a CodeableConcept, and remember its local code."""
        return self.remembered(codings.concept(metric, value))

    def remembered(self, concept: Json) -> Json:
        """Remember a concept's local codes, to define them at the end of the export."""
        for coding in concept["coding"]:
            if coding["system"].startswith(codings.LOCAL):
                self.local_codes.setdefault(coding["system"], {})[coding["code"]] = coding.get("display", "")
        return concept


def static(context: Context, term: Term, origin: Origin, said: Facets, *, assumed: bool) -> Json:
    """Return what is the same for all samples of one metric, origin and kind of note."""
    whom = {"reference": f"Patient/{context.subject.id}"}
    fixed: Json = {"meta": _meta(context, term, origin, said, assumed=assumed)}
    fixed["status"] = "corrected" if said.corrected else "final"
    if term.category:
        fixed["category"] = [{"coding": [_category(code)]} for code in term.category]
    fixed |= {"code": context.remembered(term.code), "subject": whom}
    if said.is_provided:
        fixed["performer"] = [whom]
    return fixed | {"device": {"reference": context.device(origin)}}


def observation(
    context: Context,
    term: Term,
    origin: Origin,
    name: Name,
    when: Json,
    *,
    assumed: bool,
    said: Facets = NOTHING,
    **body: object,
) -> Json:
    """Return one Observation of its own, for what is sparse."""
    fixed = static(context, term, origin, said, assumed=assumed)
    return named("Observation", name) | fixed | when | body


def when(context: Context, start: int, end: int, offset_min: int) -> tuple[Json, bool]:
    """Return ``effective[x]`` of one record, and whether its offset had to be assumed."""
    edges, offset = np.array([start, end], np.int64), np.array([offset_min] * 2, np.int16)
    first, last = instants.texts(edges, instants.offsets(edges, offset, context.home))
    assumed = bool(instants.assumed(offset)[0])
    if start == end:
        return {"effectiveDateTime": first}, assumed
    return {"effectivePeriod": {"start": first, "end": last}}, assumed


def named(kind: str, name: Name) -> Json:
    """Return the head of a resource: its type, id and identifier."""
    return {"resourceType": kind, "id": name.id, "identifier": [{"system": RECORD, "value": name.value}]}


def absent(reason: str) -> Json:
    """Return why there is no value, as FHIR's own code."""
    return {"coding": [codings.label(ABSENT, reason)]}


def _category(code: str) -> Json:
    system = ACTIVITY_CATEGORY if code == "PhysicalActivity" else codings.CATEGORY
    return codings.label(system, code)


def _meta(context: Context, term: Term, origin: Origin, said: Facets, *, assumed: bool) -> Json:
    meta: Json = {"profile": [codings.profile(term.profile)]} if term.profile else {}
    if origin.adapter:
        meta["source"] = f"urn:vitalvault:adapter:{origin.adapter}"
    labels = [codings.label(codings.CONFIDENTIALITY, "V" if term.sensitivity else "R")]
    if term.sensitivity:
        labels.append(codings.label(codings.ACT_CODE, term.sensitivity))
    if said.is_provided:
        labels.append(codings.label(codings.INTEGRITY, "PATAST"))
    elif origin.device is not None:
        labels.append(codings.label(codings.INTEGRITY, "DEVAST"))
    if assumed:
        labels.append(codings.label(codings.INTEGRITY, "UNCERTREL"))
    tags = [codings.label(NATURE, "provided" if said.is_provided else nature_of_metric(term.name))]
    tags += [TZ_ASSUMED] if assumed else []
    return meta | {"security": labels, "tag": context.remembered({"coding": tags})["coding"]}


def _device(identity: Identity, origin: Origin) -> tuple[Name, Json]:
    device = origin.device
    software = (device.software if device else "") or origin.version
    parts = (device.name, device.manufacturer, device.model, device.hardware) if device else ("",) * 4
    name, called = identity.name("device", origin.source, *parts, software), codings.plain(origin.source)
    resource = named("Device", name)
    if called != origin.source:
        resource["identifier"].append({"system": SOURCE, "value": json.dumps(origin.source)})
    resource["deviceName"] = [{"name": called or "unnamed", "type": "user-friendly-name"}]
    if model_name := codings.plain(parts[0]):
        resource["deviceName"].append({"name": model_name, "type": "model-name"})
    for key, text in (("manufacturer", parts[1]), ("modelNumber", parts[2])):
        if codings.plain(text):
            resource[key] = codings.plain(text)
    versions = [
        _version(code, text)
        for code, text in (("531974", parts[3]), ("531975", software))
        if codings.plain(text)
    ]
    return name, resource | ({"version": versions} if versions else {})


def _version(code: str, text: str) -> Json:
    display = {"531974": "MDC_ID_PROD_SPEC_HW", "531975": "MDC_ID_PROD_SPEC_SW"}[code]
    return {
        "type": {"coding": [{"system": DEVICE_VERSION, "code": code, "display": display}]},
        "value": codings.plain(text),
    }
