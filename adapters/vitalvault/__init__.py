"""VitalVault's own bundle: what ``export bundle`` wrote, taken back without a loss."""

from adapters.vitalvault.export import Bundle

__all__ = ["ADAPTER"]

ADAPTER = Bundle()
"""The adapter of bundles, as its entry point names it."""
