"""Peloton: the members' table of workouts, and workouts saved from the service as JSON."""

from adapters.peloton.export import Peloton

__all__ = ["ADAPTER"]

ADAPTER = Peloton()
"""The Peloton adapter, as its entry point names it."""
