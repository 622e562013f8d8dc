"""WHOOP: the tables of its data export in every language known, and saved answers of its API."""

from adapters.whoop.export import Whoop

__all__ = ["ADAPTER"]

ADAPTER = Whoop()
