"""Strong: the table of sets its app exports, in each layout known."""

from adapters.strong.export import strong

__all__ = ["ADAPTER", "strong"]

ADAPTER = strong()
"""The Strong adapter, as its entry point names it."""
