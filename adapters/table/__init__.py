"""Any table of text, read as a mapping says what its columns are."""

from adapters.table.export import Table

__all__ = ["ADAPTER"]

ADAPTER = Table()
"""The adapter of mapped tables, as its entry point names it."""
