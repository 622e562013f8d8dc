"""Which codes a metric goes out under, and every code system's name in one place.

LOINC stands first where it says exactly the same thing, then second codings, then the local code,
which is always there. No nearest match: a wrong code can't be taken back, a missing one can be added.
Local systems are URNs (``urn:vitalvault:metric``), so that no address has to stay alive for them.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from vault.fhir.identity import NAMESPACE
from vault.metrics import find

if TYPE_CHECKING:
    from vault.metrics import Metric

__all__ = [
    "ACT_CODE",
    "CATEGORY",
    "CONFIDENTIALITY",
    "GRANULARITY",
    "INTEGRITY",
    "LOCAL",
    "LOINC",
    "METRIC",
    "PROFILES",
    "PROFILE_BASE",
    "UCUM",
    "Json",
    "Term",
    "code_system",
    "concept",
    "label",
    "plain",
    "profile",
    "quantity",
    "readable_unit",
    "term",
    "ucum_units",
    "unit_of",
    "words",
]

Json = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
INTEGRITY = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
PROFILE_BASE = "http://hl7.org/fhir/StructureDefinition/"

LOCAL = "urn:vitalvault:"
METRIC = LOCAL + "metric"
GRANULARITY = LOCAL + "granularity"
VALUE = LOCAL + "value:"
VENDOR = LOCAL + "vendor:"

PROFILES = {
    "heart_rate": "heartrate",
    "resting_heart_rate": "heartrate",
    "respiratory_rate": "resprate",
    "spo2": "oxygensat",
    "body_temperature": "bodytemp",
    "body_mass": "bodyweight",
    "height": "bodyheight",
    "bmi": "bmi",
    "blood_pressure": "bp",
}
"""The R4 vital-signs profiles whose shape the metric fulfils; nothing else is ever claimed."""

# The catalogue's LOINC code is not what one sample of these is: 11524-6 is a whole EKG document, 8637-1
# was never confirmed against LOINC, 94122-9 is a measured peak and not a watch's estimate.
_NOT_EXACT = frozenset({"ecg", "rr_interval", "vo2_max"})
# LOINC does not tell active from total energy, nor ring credit from an exercise: the local code leads.
_LOCAL_FIRST = frozenset({"active_energy", "active_minutes"})

_ACRONYMS = "BMI ECG FEV1 FVC GPS HR HRV MET MVPA REM RMSSD RPE RR SDNN SpO2 TRIMP TSS VO2"
_SPELLED = {word.lower(): word for word in _ACRONYMS.split()}
_NAME = re.compile(r"[a-z0-9_.]+")
_READABLE = {"Cel": "°C", "mm[Hg]": "mmHg", "dB[SPL]": "dB SPL", "deg": "°"}


@dataclass(frozen=True, slots=True)
class Term:
    """How one metric is written in FHIR; ``unit`` is UCUM, or the vendor's word with ``is_ucum`` false."""

    name: str
    code: Json
    category: tuple[str, ...]
    unit: str
    is_ucum: bool
    sensitivity: str
    profile: str
    time: str


@lru_cache(maxsize=1024)
def term(name: str, unit: str = "", *, measured: bool = False) -> Term:
    """Return the term of a metric, a component series or a vendor-coded name; one for all who ask.

    Args:
        name: The name in the vault.
        unit: A vendor-coded metric's unit as given.
        measured: The source says this VO2 max was a maximal test, which is what LOINC 94122-9 means.
    """
    entry = find(name)
    if entry is None:
        return _vendor_term(name, unit)
    return Term(
        name=name,
        code={"coding": _codings(entry, measured=measured)},
        category=(entry.category,),
        unit=entry.ucum,
        is_ucum=bool(entry.ucum),
        sensitivity=entry.sensitivity,
        profile=PROFILES.get(name, ""),
        time=entry.time,
    )


def _vendor_term(name: str, unit: str) -> Term:
    vendor, _, code = name.partition(":")
    coding = {"system": VENDOR + vendor, "code": _token(code)}
    return Term(
        name=name,
        code={"coding": [coding], "text": plain(code) or name},
        category=(),
        unit=unit,
        is_ucum=unit in ucum_units(),
        sensitivity="",
        profile="",
        time="period",
    )


def _codings(entry: Metric, *, measured: bool) -> list[Json]:
    exact = entry.loinc and (measured or entry.name not in _NOT_EXACT)
    standard = [_loinc(entry.loinc, entry)] if exact else []
    if entry.loinc_second:
        standard.append({"system": LOINC, "code": entry.loinc_second})
    standard += _second_codings().get((entry.name, ""), [])
    estimate = entry.name == "vo2_max" and not measured
    local = "vo2_max_estimate" if estimate else entry.name
    own = {"system": METRIC, "code": local, "display": words(local)}
    return [own, *standard] if entry.name in _LOCAL_FIRST else [*standard, own]


def _loinc(code: str, entry: Metric) -> Json:
    # A component's display in the catalogue is ours; LOINC's own would be another text.
    return {"system": LOINC, "code": code} | ({} if "." in entry.name else {"display": entry.display})


def concept(metric: str, value: str) -> Json:
    """Return a coded value (a sleep stage, an activity) as a CodeableConcept."""
    standard = _second_codings().get((metric, value), [])
    system = VALUE + metric.replace("_", "-").replace(" ", "-")
    return {
        "coding": [*standard, {"system": system, "code": _token(value)}],
        "text": plain(words(value)) or "unnamed",
    }


def quantity(value: float, name: str) -> Json:
    """Return a number of a catalogue metric as a Quantity in the metric's one unit."""
    number = float(value)
    whole: float = int(number) if number.is_integer() else number
    return {"value": whole, **unit_of(term(name))}


def unit_of(of: Term) -> Json:
    """Return the part of a Quantity beside its value; a vendor's own word is not called UCUM."""
    unit = plain(readable_unit(of.unit))
    said = {"unit": unit} if unit else {}
    return said | ({"system": UCUM, "code": of.unit} if of.is_ucum else {})


def profile(name: str) -> str:
    """Return the canonical address of a core profile."""
    return PROFILE_BASE + name


def label(system: str, code: str) -> Json:
    """Return a coding of a security label or a category."""
    return {"system": system, "code": code}


def words(name: str) -> str:
    """Return a name of ours as words: ``hrv_sdnn`` -> ``HRV SDNN``; other texts stay as they are."""
    if not _NAME.fullmatch(name):
        return name
    text = ": ".join(
        " ".join(_SPELLED.get(word, word) for word in part.split("_")) for part in name.split(".")
    )
    return text[:1].upper() + text[1:]


def readable_unit(ucum: str) -> str:
    """Return a unit as people write it; the code beside it stays UCUM."""
    return _READABLE.get(ucum, ucum.replace("{", "").replace("}", ""))


def plain(text: str) -> str:
    """Return a text as FHIR's strings are: not blank, no control character, no space but the plain one.

    By the pattern of HL7's schema a no-break space is no string's, and Apple's names of watches have one.
    Half an emoji that a vendor cut off can't be written in UTF-8, and becomes a question mark.
    """
    kept = "".join(" " if one.isspace() or one < " " or one == "\x7f" else one for one in text)
    return _writable(kept).strip()


def _token(text: str) -> str:
    # FHIR's code: no space at the ends, single spaces inside, never empty.
    return " ".join(_writable(text).split()) or "unnamed"


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def ucum_units() -> frozenset[str]:
    """Return all UCUM codes that are ever written: those of the catalogue's metrics and their components."""
    from vault.metrics import catalogue

    entries = catalogue()
    parts = (find(f"{name}.{part}") for name in entries for part in entries[name].components)
    return frozenset(entry.ucum for entry in (*entries.values(), *parts) if entry is not None and entry.ucum)


@cache
def _second_codings() -> dict[tuple[str, str], list[Json]]:
    text = files("vault.fhir").joinpath("codings.csv").read_text("utf-8")
    table: dict[tuple[str, str], list[Json]] = {}
    for row in csv.DictReader(text.splitlines()):
        coding = {key: row[key] for key in ("system", "code", "display") if row[key]}
        table.setdefault((row["metric"], row["value"]), []).append(coding)
    return table


def code_system(system: str, codes: dict[str, str], *, content: str) -> Json:
    """Return the definition of one local system; ``content`` is complete, or fragment if it has more."""
    named = system.removeprefix(LOCAL).replace(":", "-").split("-")
    return {
        "resourceType": "CodeSystem",
        "id": str(uuid5(NAMESPACE, system)),
        "url": system,
        "name": "VitalVault" + "".join(word.title() for word in named if word.isalnum()),
        "status": "active",
        "caseSensitive": True,
        "content": content,
        "concept": [
            {"code": code, "display": words(code), "definition": said or words(code)}
            for code, said in sorted(codes.items())
        ],
    }
