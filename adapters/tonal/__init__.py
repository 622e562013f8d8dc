"""Tonal: the file that ToneGet writes, and workout activities as Tonal's service sends them."""

from adapters.tonal.export import Tonal

__all__ = ["ADAPTER"]

ADAPTER = Tonal()
"""The Tonal adapter, as its entry point names it."""
