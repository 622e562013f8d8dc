"""What is shown is of the rules of today: a setting says by which rules chunks and daily values were made.

The rules are two tables of ``vault.merge`` and code, which has a number for this. Where they have changed,
what a vault shows is made anew, out of all it was told, when it is next opened for writing.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from vault.store import daily, events, telling
from vault.store.connection import transaction
from vault.store.origins import Origins
from vault.store.rewriting import rewrite
from vault.store.sources import Sources, preferences
from vault.store.sparse import TABLES

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

__all__ = ["CODE", "is_current", "remerge", "stamp"]

CODE = 5
"""Goes up with every change after which the same samples make other daily values, or show another version."""

_SETTING = "merged_by"
_TOLD_DIFFERENTLY = "SELECT series, json_group_array(DISTINCT month) FROM version GROUP BY series"


@cache
def _rules() -> str:
    tables = [
        files("vault.merge").joinpath(name).read_text("utf-8") for name in ("kinds.csv", "priority.csv")
    ]
    return f"{CODE}-{hashlib.sha256(''.join(tables).encode()).hexdigest()[:16]}"


def is_current(connection: Connection) -> bool:
    """Whether what is shown was made by the rules of today."""
    return events.setting(connection, _SETTING) == _rules()


def stamp(connection: Connection) -> None:
    """Say that they were, within a transaction."""
    events.set_setting(connection, _SETTING, _rules())


def remerge(connection: Connection, home: ZoneInfo) -> None:
    """Make anew by the rules of today what is shown of what has versions, and all daily values."""
    with transaction(connection):
        for series, months in connection.execute(_TOLD_DIFFERENTLY).fetchall():
            rewrite(connection, series, json.loads(months), lambda rows: rows)
        origins = Origins(connection).known
        for table in TABLES.values():
            telling.reshow(connection, table.name, origins)
        daily.refresh(connection, origins, Sources.of(origins, preferences(connection)), home)
        stamp(connection)
