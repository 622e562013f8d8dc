"""Fitbit: the account archive and Google Takeout, all layouts, JSON and CSV."""

from adapters.fitbit.export import Fitbit

__all__ = ["ADAPTER"]

ADAPTER = Fitbit()
