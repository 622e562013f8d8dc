"""Which metric a code stands for, and what a number in some unit is in the metric's own.

The idea: VitalVault's own code says it for sure; else LOINC does, where the catalogue has the code. A code
that nobody here knows has no metric, and never the nearest one's. A unit that can't be made the metric's
contradicts the code, so that the number is refused rather than guessed.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from adapters.formats.values import LARGEST, text
from adapters.tables import table
from vault.metrics import Metric, catalogue, find

if TYPE_CHECKING:
    from adapters.fhir.elements import Concept, Quantity

__all__ = ["METRIC", "VALUE", "VENDOR", "Named", "code_of", "in_unit", "named"]

METRIC = "urn:vitalvault:metric"
VALUE = "urn:vitalvault:value:"
VENDOR = "urn:vitalvault:vendor:"
_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_RENAMED = {"vo2_max_estimate": "vo2_max"}
_NOT_A_SAMPLE = frozenset({"ecg"})
"""LOINC 11524-6 is a whole study."""


class Named(NamedTuple):
    """A metric by its name in the vault; of a vendor's own there is no entry in the catalogue."""

    name: str
    entry: Metric | None


def named(code: Concept) -> Named | None:
    """Return what a code stands for, or None."""
    return _named(tuple((coding.system, coding.code) for coding in code.coding), code.text)


@lru_cache(maxsize=4096)
def _named(codings: tuple[tuple[str, str], ...], said: str) -> Named | None:
    for system, code in codings:
        if system == METRIC and (entry := find(_RENAMED.get(code, code))) is not None:
            return Named(entry.name, entry)
        if system.startswith(VENDOR) and len(system) > len(VENDOR) and code:
            own = said if " ".join(said.split()) == code else code  # a code is without double spaces
            return Named(text(f"{system.removeprefix(VENDOR)}:{own}"), None)
    entry = _by_loinc([code for system, code in codings if system == _LOINC and code])
    return None if entry is None or entry.name in _NOT_A_SAMPLE else Named(entry.name, entry)


def _by_loinc(codes: list[str]) -> Metric | None:
    """Return the metric that has the codes: one that has two of them before one that has the first."""
    known = [entry for entry in _all() if entry.loinc in codes]
    both = [entry for entry in known if entry.loinc_second in codes]
    if both or known:
        return min(both or known, key=lambda entry: codes.index(entry.loinc))
    return next((entry for entry in _all() if entry.loinc_second in codes), None)


@cache
def _all() -> tuple[Metric, ...]:
    """Return every metric and component with a LOINC code, in the catalogue's order."""
    whole = list(catalogue().values())
    parts = [find(f"{entry.name}.{part}") for entry in whole for part in entry.components]
    return tuple(entry for entry in (*whole, *parts) if entry is not None and entry.loinc)


def code_of(metric: str, value: Concept) -> str:
    """Return a coded value as VitalVault's own code, or nothing."""
    system = VALUE + metric.replace("_", "-").replace(" ", "-")
    return next((text(coding.code) for coding in value.coding if coding.system == system), "")


def in_unit(said: Quantity, entry: Metric) -> float | str:
    """Return a quantity in the metric's unit, or why it is none."""
    if said.value is None:
        return "no-value"
    if said.comparator:
        return "comparator"
    scale = _scale(said.code if said.system in ("", _UCUM) else "", said.unit, entry.ucum)
    if scale is None:
        return "bad-unit"
    factor, offset = scale
    value = said.value if scale == (1.0, 0.0) else said.value * factor + offset
    return value if abs(value) <= LARGEST else "bad-value"


@lru_cache(maxsize=4096)
def _scale(code: str, said: str, ucum: str) -> tuple[float, float] | None:
    """Return (factor, offset) into a unit, or None if there is no way; the code counts, else the text."""
    unit = code or _words().get(said, said)
    if unit == ucum:
        return 1.0, 0.0
    found = _units().get((unit, ucum))
    if found is None and _dimension(unit) == _dimension(ucum):
        return 1.0, 0.0
    return found


def _dimension(unit: str) -> str:
    """Return a unit without its annotations, which mean nothing to UCUM; alone they are the unit 1."""
    return _ANNOTATION.sub("", unit) or "1"


@cache
def _units() -> dict[tuple[str, str], tuple[float, float]]:
    rows = table("adapters.fhir", "units.csv")
    return {(row["unit"], row["ucum"]): (float(row["factor"]), float(row["offset"])) for row in rows}


@cache
def _words() -> dict[str, str]:
    return {row["said"]: row["unit"] for row in table("adapters.fhir", "unit_words.csv")}
