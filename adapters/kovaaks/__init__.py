"""KovaaK's: the statistics that the aim trainer writes of every run."""

from adapters.kovaaks.export import Kovaaks

__all__ = ["ADAPTER"]

ADAPTER = Kovaaks()
