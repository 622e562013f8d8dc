"""Strong: the table of sets its app exports, in each layout known."""

from adapters.strong.export import STRONG

__all__ = ["ADAPTER"]

ADAPTER = STRONG
"""The Strong adapter, as its entry point names it."""
