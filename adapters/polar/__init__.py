"""Polar Flow: the account export, a zip or folder of JSON documents, both generations."""

from adapters.polar.export import Polar

__all__ = ["ADAPTER"]

ADAPTER = Polar()
