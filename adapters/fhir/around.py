"""What has to be known before the first Observation is read: whose it all is, and which devices there are.

The idea: resources stand in any order, ours with the Devices last, so a first pass looks at every resource's
head. Two people are never mixed: Observations of several are refused as a whole, and what belongs to somebody
else than the one person is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.formats.values import member, objects, text
from vault.errors import InputError
from vault.records import Device, Origin

if TYPE_CHECKING:
    from adapters.fhir.elements import Observation

__all__ = ["ADAPTER", "Around", "short_reference"]

ADAPTER = "fhir"
_NOBODY = Origin("FHIR", ADAPTER)
_RELATIVE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?\Z")
_PEOPLE = ("Patient/", "Group/", "urn:")
_THINGS = ("Device/", "Location/")
_WHOSE = ("subject", "patient", "individual", "beneficiary")
_SOURCE = "urn:vitalvault:source"
_HARDWARE, _SOFTWARE = "531974", "531975"

Json = dict[str, Any]


class Around:
    """The people and devices of an export, filled by ``see`` and closed by ``settle``."""

    def __init__(self) -> None:
        self._patients: set[str] = set()
        self._subjects: set[str] = set()
        self._names: dict[str, str] = {}
        self._devices: dict[str, Origin] = {}
        self._person = ""
        self._is_crowd = False

    def see(self, resource: Json, full_url: str) -> None:
        """Look at one resource, which its Bundle calls ``full_url``."""
        kind, name = resource.get("resourceType"), _name(resource)
        if full_url and name:
            self._names[full_url] = name
        name = name or full_url
        if kind == "Patient":
            self._patients.add(name)
        elif kind == "Device":
            self._devices[name] = _origin(resource)
        elif kind == "Observation":
            self._subjects.add(_reference(resource.get("subject")))

    def settle(self) -> None:
        """Decide whose the export is; raises InputError for Observations of several people."""
        known = {self._known(subject) for subject in self._subjects} - {""}
        subjects = {subject for subject in known if not subject.startswith(_THINGS)}
        patients = {self._known(patient) for patient in self._patients}
        self._is_crowd = len(patients) > 1
        if len(patients) == 1:
            self._person = patients.pop()
        elif len(subjects) == 1:
            self._person = subjects.pop()
        elif subjects:
            hint = "hand over the resources of one person at a time"
            raise InputError("Observations of several people", hint=hint)

    def is_of_another(self, resource: Json) -> bool:
        """Whether a resource is not the person's; among several Patients an Observation must say whose."""
        said = {self._known(_reference(resource.get(element))) for element in _WHOSE} - {""}
        others = said - {self._person}
        if resource.get("resourceType") == "Observation":
            return bool(others) or (self._is_crowd and not said)
        return bool(self._person) and any(one.startswith(_PEOPLE) for one in others)

    def origin(self, found: Observation) -> Origin:
        """Return who measured: the device, if it is known or at least named."""
        if found.device is None:
            return _NOBODY
        name = self._known(short_reference(found.device.reference))
        known = self._devices.get(name)
        if known is None:
            said = text(found.device.display).strip()
            known = self._devices[name] = Origin(said, ADAPTER) if said else _NOBODY
        return known

    def _known(self, reference: str) -> str:
        return self._names.get(reference, reference)


def _name(resource: Json) -> str:
    kind, own = resource.get("resourceType"), resource.get("id")
    return f"{kind}/{own}" if isinstance(kind, str) and isinstance(own, str) and own else ""


def _reference(said: object) -> str:
    reference = said.get("reference") if isinstance(said, dict) else None
    return short_reference(reference) if isinstance(reference, str) else ""


def short_reference(reference: str) -> str:
    """Return ``Patient/1`` of an address that ends so; a URN stays what it is."""
    match = _RELATIVE.search(reference)
    return match[1] if match else reference


def _origin(resource: Json) -> Origin:
    """Return a Device as it is named to people, without serial numbers."""
    names = {
        text(one.get("type")): text(one.get("name")).strip() for one in objects(resource.get("deviceName"))
    }
    model_name = names.pop("model-name", "")
    made_by, model = (text(resource.get(key)).strip() for key in ("manufacturer", "modelNumber"))
    made_as = " ".join(filter(None, (made_by, model_name or model)))
    called = names.get("user-friendly-name") or next(filter(None, names.values()), "") or made_as
    source = _told_source(resource) or called
    hardware, software = (_version(resource, code) for code in (_HARDWARE, _SOFTWARE))
    if not any((model_name, made_by, model, hardware)):
        return Origin(source or _NOBODY.source, ADAPTER, software)
    return Origin(source, ADAPTER, "", Device(model_name, made_by, model, hardware, software))


def _told_source(resource: Json) -> str:
    """Return a source's name as VitalVault wrote it beside one that is fit for FHIR's strings."""
    told = [one for one in objects(resource.get("identifier")) if one.get("system") == _SOURCE]
    try:
        return text(msgspec.json.decode(text(told[0].get("value"))))
    except (IndexError, msgspec.DecodeError, UnicodeError):
        return ""


def _version(resource: Json, code: str) -> str:
    for one in objects(resource.get("version")):
        codings = objects(member(one, "type").get("coding"))
        if any(coding.get("code") == code for coding in codings):
            return text(one.get("value")).strip()
    return ""
