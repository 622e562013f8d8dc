"""The resources around the Observations: the person, this program, the code lists, where it came from.

The Patient says nothing but a random identifier. Every local code is defined by a CodeSystem in the same
export. A Provenance per import names the source files by digest; its target is the person's record as a
whole, for to list a million Observations by name would double the export.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from vault.fhir import codings
from vault.fhir.rows import rows
from vault.fhir.shape import NATURE, named
from vault.metrics import catalogue
from vault.names import parted
from vault.time import format_instant

if TYPE_CHECKING:
    from vault.fhir.codings import Json
    from vault.fhir.shape import Context
    from vault.fhir.source import Source

__all__ = ["application", "code_systems", "patient", "provenances"]

_LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
_OWN_BUNDLE = "vitalvault"
"""The adapter of bundles."""
_NATURES = {
    "provided": "The person typed it in",
    "observed": "A device or an app recorded it of the person",
    "inferred": "Somebody worked it out from other values",
}
_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def patient(context: Context) -> Json:
    """Return the person, by a random identifier and nothing else."""
    return named("Patient", context.subject) | {"meta": _restricted()}


def application(context: Context) -> Json:
    """Return this program, the Device that assembled the export."""
    from vault import __version__

    called = {"deviceName": [{"name": "VitalVault", "type": "user-friendly-name"}]}
    return (
        named("Device", context.identity.name("application")) | called | {"version": [{"value": __version__}]}
    )


def code_systems(context: Context) -> Iterator[Json]:
    """Return the definitions of all metrics and natures, and of the other local codes that went out."""
    entries = catalogue()
    metrics = {name: entry.display for name, entry in entries.items()}
    metrics |= {
        f"{name}.{part}": codings.words(part) for name in entries for part in entries[name].components
    }
    metrics["vo2_max_estimate"] = "VO2 max as a device estimates it, not measured"
    whole = {codings.METRIC: metrics, NATURE: _NATURES}
    for system, codes in whole.items():
        yield codings.code_system(system, codes, content="complete")
    for system, codes in sorted(context.local_codes.items()):
        if system not in whole:
            yield codings.code_system(system, codes, content="fragment")


def provenances(context: Context, source: Source) -> Iterator[Json]:
    """Return one Provenance an import that stands, by time: when, by which adapter, from which files.

    Own and carried imports are one ledger. A bundle that was taken in is none of them: what it held had been
    imported before.
    """
    ledger = source.imports()
    told: defaultdict[tuple[int, str], dict[str, None]] = defaultdict(dict)
    for row in (*rows(ledger[ledger["undone_at"].isna()]), *rows(source.carried_imports())):
        if row["adapter"] != _OWN_BUNDLE:
            told[row["at"], row["adapter"]] |= dict.fromkeys(parted(row["digests"]))
    for (at, adapter), digests in sorted(told.items()):
        yield _provenance(context, at, adapter, digests)


def _provenance(context: Context, at: int, adapter: str, digests: Iterable[str]) -> Json:
    resource = named("Provenance", context.identity.name("import", adapter, start=at, end=at))
    del resource["identifier"]  # R4's Provenance has none
    resource |= {
        "meta": _restricted() | {"source": f"urn:vitalvault:adapter:{adapter}"},
        "target": [{"reference": f"Patient/{context.subject.id}"}],
        "recorded": format_instant(at),
        "activity": {"coding": [codings.label(_LIFECYCLE, "transform")]},
        "agent": [
            {
                "type": {"coding": [codings.label(_AGENT, "assembler")]},
                "who": {"reference": f"Device/{context.identity.name('application').id}"},
            }
        ],
    }
    entities = [_entity(digest) for digest in digests]
    return resource | ({"entity": entities} if entities else {})


def _entity(digest: str) -> Json:
    identifier = {"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{digest}"}
    return {"role": "source", "what": {"identifier": identifier}}


def _restricted() -> Json:
    return {"security": [codings.label(codings.CONFIDENTIALITY, "R")]}
