"""Check-ins that were kept in a table: how a person felt, day by day, and how hard a session was."""

from adapters.checkin.export import Checkins

__all__ = ["ADAPTER"]

ADAPTER = Checkins()
