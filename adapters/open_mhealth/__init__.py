"""Open mHealth: data points of its schemas, of IEEE 1752's header, and of HealthKit's in Granola's form."""

from adapters.open_mhealth.export import OpenMHealth

__all__ = ["ADAPTER"]

ADAPTER = OpenMHealth()
"""The Open mHealth adapter, as its entry point names it."""
