"""Oura: what the API answers, the account's App Data and the trends table, each as it was saved."""

from adapters.oura.export import Oura

__all__ = ["ADAPTER"]

ADAPTER = Oura()
