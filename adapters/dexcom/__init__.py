"""Dexcom Clarity: readings of a glucose sensor and what was entered beside them."""

from adapters.dexcom.export import Dexcom

__all__ = ["ADAPTER"]

ADAPTER = Dexcom()
"""The Dexcom adapter, as its entry point names it."""
