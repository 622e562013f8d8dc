"""Reaction time tests: trials of a psychomotor vigilance task, kept in a table."""

from adapters.pvt.export import Trials

__all__ = ["ADAPTER"]

ADAPTER = Trials()
