"""Hevy: the table of sets its app exports."""

from adapters.hevy.export import HEVY

__all__ = ["ADAPTER"]

ADAPTER = HEVY
"""The Hevy adapter, as its entry point names it."""
