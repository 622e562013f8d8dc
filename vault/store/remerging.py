"""Daily values are of the rules of today: a setting says by which rules those that are stored were made.

The rules are two tables of ``vault.merge`` and its code, which has a number for this. Where they have
changed, the values of a vault are made anew when it is next opened for writing.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from vault.store import daily, events
from vault.store.connection import transaction
from vault.store.origins import Origins
from vault.store.sources import Sources, preferences

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

__all__ = ["CODE", "is_current", "remerge", "stamp"]

CODE = 4
"""Goes up with every change of ``vault.merge`` after which the same samples make other daily values."""

_SETTING = "merged_by"


@cache
def _rules() -> str:
    tables = [
        files("vault.merge").joinpath(name).read_text("utf-8") for name in ("kinds.csv", "priority.csv")
    ]
    return f"{CODE}-{hashlib.sha256(''.join(tables).encode()).hexdigest()[:16]}"


def is_current(connection: Connection) -> bool:
    """Whether the daily values that are stored were made by the rules of today."""
    return events.setting(connection, _SETTING) == _rules()


def stamp(connection: Connection) -> None:
    """Say that they were, within a transaction."""
    events.set_setting(connection, _SETTING, _rules())


def remerge(connection: Connection, home: ZoneInfo) -> None:
    """Make all daily values anew by the rules of today."""
    with transaction(connection):
        origins = Origins(connection).known
        daily.refresh(connection, origins, Sources.of(origins, preferences(connection)), home)
        stamp(connection)
