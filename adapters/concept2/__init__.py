"""Concept2 Logbook: season tables and TCX files of single pieces."""

from adapters.concept2.export import Concept2

__all__ = ["ADAPTER"]

ADAPTER = Concept2()
"""The Concept2 adapter, as its entry point names it."""
