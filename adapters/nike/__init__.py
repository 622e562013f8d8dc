"""Nike Run Club: activities as JSON, saved by tools that people use with their own account."""

from adapters.nike.export import Nike

__all__ = ["ADAPTER"]

ADAPTER = Nike()
"""The Nike adapter, as its entry point names it."""
