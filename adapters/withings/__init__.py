"""Withings: the account's download of Health Mate, a zip of CSV tables in the account's language."""

from adapters.withings.export import Withings

__all__ = ["ADAPTER"]

ADAPTER = Withings()
"""The Withings adapter, as its entry point names it."""
