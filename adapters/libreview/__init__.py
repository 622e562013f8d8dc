"""LibreView: readings of FreeStyle Libre sensors and what was entered beside them."""

from adapters.libreview.export import LibreView

__all__ = ["ADAPTER"]

ADAPTER = LibreView()
"""The LibreView adapter, as its entry point names it."""
