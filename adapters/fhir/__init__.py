"""FHIR R4 documents: Bundles, NDJSON, single resources, and what VitalVault itself exports."""

from adapters.fhir.export import Fhir

__all__ = ["ADAPTER"]

ADAPTER = Fhir()
"""The FHIR adapter, as its entry point names it."""
