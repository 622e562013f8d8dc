"""The R4 vital-signs profiles and the pin of one unit per code, as far as an Observation can break them.

A profile fixes a code, its units and what must be there. Beyond the profiles a LOINC code of the
catalogue has the catalogue's unit: a number under the right code in another unit is the costliest mistake
in health data, and no schema sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from vault.fhir.codings import CATEGORY, LOINC, PROFILE_BASE, Json
from vault.metrics import catalogue, metric

__all__ = ["profile_problems", "unit_problems"]


class _Profile(NamedTuple):
    code: str
    units: tuple[str, ...]


_PROFILES = {
    "vitalsigns": _Profile("", ()),
    "heartrate": _Profile("8867-4", ("/min",)),
    "resprate": _Profile("9279-1", ("/min",)),
    "oxygensat": _Profile("2708-6", ("%",)),
    "bodytemp": _Profile("8310-5", ("Cel", "[degF]")),
    "bodyheight": _Profile("8302-2", ("cm", "[in_i]")),
    "headcircum": _Profile("9843-4", ("cm", "[in_i]")),
    "bodyweight": _Profile("29463-7", ("kg", "g", "[lb_av]")),
    "bmi": _Profile("39156-5", ("kg/m2",)),
    "bp": _Profile("85354-9", ()),
}
_BP_COMPONENTS = {"8480-6": "systolic", "8462-4": "diastolic"}


def profile_problems(observation: Json) -> Iterator[str]:
    """Yield where an Observation does not fulfil the vital-signs profiles it claims."""
    for claimed in observation.get("meta", {}).get("profile", []):
        name = claimed.partition("|")[0].removeprefix(PROFILE_BASE)
        if name in _PROFILES:
            yield from (f"{place} ({name})" for place in _broken(observation, name, _PROFILES[name]))


def unit_problems(observation: Json) -> Iterator[str]:
    """Yield quantities whose unit is not the one of their code."""
    for part in (observation, *observation.get("component", [])):
        unit = part.get("valueQuantity", {}).get("code")
        allowed = {one for code in _loinc_codes(part) for one in _units().get(code, ())}
        if unit is not None and allowed and unit not in allowed:
            yield "valueQuantity.code: not the unit of this LOINC code"


def _broken(observation: Json, name: str, profile: _Profile) -> Iterator[str]:
    if not _in_category(observation, "vital-signs"):
        yield "category: vital-signs is missing"
    if "subject" not in observation:
        yield "subject: required, but missing"
    if not {"effectiveDateTime", "effectivePeriod"} & observation.keys():
        yield "effective[x]: required, but missing"
    if profile.code and profile.code not in _loinc_codes(observation):
        yield "code: the profile's LOINC code is missing"
    if name == "bp":
        yield from _broken_pressure(observation)
    elif not _says_something(observation) and not {"component", "hasMember"} & observation.keys():
        yield "value[x]: neither a value nor why there is none (vs-2)"
    quantity = observation.get("valueQuantity", {})
    if profile.units and quantity and quantity.get("code") not in profile.units:
        yield "valueQuantity.code: not a unit of the profile"


def _broken_pressure(observation: Json) -> Iterator[str]:
    parts = {code: part for part in observation.get("component", []) for code in _loinc_codes(part)}
    for code, name in _BP_COMPONENTS.items():
        if code not in parts:
            yield f"component: {name} is missing"
        elif not _says_something(parts[code]):
            yield f"component: {name} has neither a value nor why there is none (vs-3)"


def _says_something(part: Json) -> bool:
    return "dataAbsentReason" in part or any(key.startswith("value") for key in part)


def _in_category(observation: Json, code: str) -> bool:
    return any(
        coding.get("system") == CATEGORY and coding.get("code") == code
        for category in observation.get("category", [])
        for coding in category.get("coding", [])
    )


def _loinc_codes(part: Json) -> set[str]:
    codings = part.get("code", {}).get("coding", [])
    return {coding.get("code", "") for coding in codings if coding.get("system") == LOINC}


@cache
def _units() -> dict[str, set[str]]:
    """Return the units a LOINC code may have: the catalogue's, and those its profile allows beside it."""
    units: dict[str, set[str]] = {}
    for name, entry in catalogue().items():
        parts = [metric(f"{name}.{part}") for part in entry.components]
        for one in (entry, *parts):
            for code in filter(None, (one.loinc, one.loinc_second)):
                units.setdefault(code, set()).update(filter(None, (one.ucum,)))
    for profile in _PROFILES.values():
        if profile.code:
            units.setdefault(profile.code, set()).update(profile.units)
    return units
