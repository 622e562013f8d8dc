"""Samsung Health: "Download personal data" of the app, and the older export of its data viewer."""

from adapters.samsung_health.export import SamsungHealth

__all__ = ["ADAPTER"]

ADAPTER = SamsungHealth()
"""The Samsung Health adapter, as its entry point names it."""
