"""Garmin Connect: the account export, its JSON files and the uploads packed inside."""

from adapters.garmin.export import Garmin

__all__ = ["ADAPTER"]

ADAPTER = Garmin()
"""The Garmin adapter, as its entry point names it."""
