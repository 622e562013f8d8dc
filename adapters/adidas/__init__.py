"""adidas Running, once Runtastic: the account export, both shapes of its sessions."""

from adapters.adidas.export import Adidas

__all__ = ["ADAPTER"]

ADAPTER = Adidas()
"""The adidas adapter, as its entry point names it."""
