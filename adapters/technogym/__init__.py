"""Technogym: the data export of a mywellness account, and workouts saved from its web site."""

from adapters.technogym.export import Technogym

__all__ = ["ADAPTER"]

ADAPTER = Technogym()
"""The Technogym adapter, as its entry point names it."""
