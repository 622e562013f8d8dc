"""Android Health Connect: the scheduled export, a zip with its SQLite database, or the database itself."""

from adapters.health_connect.export import HealthConnect

__all__ = ["ADAPTER"]

ADAPTER = HealthConnect()
