"""Settings, and the log of what was said and done: check-ins, consent, audit. Events are only ever added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vault.canonical import canonical
from vault.errors import Busy
from vault.store import seals
from vault.store.connection import snapshot, transaction
from vault.time import Clock, moment_of, now_ns

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = [
    "ERASING",
    "Event",
    "Line",
    "append_events",
    "events",
    "last_event",
    "log",
    "set_setting",
    "setting",
]

ERASING = "erasing"
"""The setting that says which erasure is not over yet: its pages and the key are still to go."""

Line = tuple[str, Mapping[str, Any], int | None]
"""An event to write: its kind, a JSON-able body, the id of the newest event of that kind (0: there is none,
None: no matter which)."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something said or done; ids grow with time."""

    id: int
    kind: str
    at: datetime
    body: dict[str, Any]


def append_events(connection: Connection, lines: Iterable[Line], clock: Clock) -> list[int]:
    """Write events, all or none, and return their ids.

    Raises:
        Busy: The newest event of a kind is not what its line follows: another process wrote one.
    """
    with transaction(connection):
        return [_append(connection, *line, clock) for line in lines]


def _append(
    connection: Connection, kind: str, body: Mapping[str, Any], follows: int | None, clock: Clock
) -> int:
    newest = last_event(connection, kind)
    if follows is not None and follows != (newest.id if newest else 0):
        raise Busy("another process wrote to the same log", hint="try again")
    return log(connection, kind, body, clock)


def log(connection: Connection, kind: str, body: Mapping[str, Any], clock: Clock) -> int:
    """Append one event within a transaction, whatever came before, and return its id."""
    insert = "INSERT INTO event (kind, at, body) VALUES (?, ?, ?) RETURNING id"
    (number,) = connection.execute(insert, (kind, now_ns(clock), canonical(body))).fetchone()
    return int(number)


def events(connection: Connection, kind: str, after: int = 0) -> list[Event]:
    """Return the events of a kind that came after one, in order."""
    return _select(connection, "kind = ? AND id > ? ORDER BY id", kind, after)


def last_event(connection: Connection, kind: str) -> Event | None:
    """Return the newest event of a kind, or None."""
    return next(iter(_select(connection, "kind = ? ORDER BY id DESC LIMIT 1", kind)), None)


def _select(connection: Connection, where: str, *given: object) -> list[Event]:
    query = f"SELECT id, kind, at, body FROM event WHERE {where}"  # noqa: S608 - constants above
    with snapshot(connection):
        seals.check(connection, f"event:{given[0]}")
        found = connection.execute(query, given).fetchall()
    return [Event(number, kind, moment_of(at), json.loads(body)) for number, kind, at, body in found]


def setting(connection: Connection, name: str) -> str | None:
    """Return a setting, or None."""
    with snapshot(connection):
        seals.check(connection, "setting")
        found = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if found is None else str(found[0])


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Write a setting, within a transaction."""
    connection.execute("REPLACE INTO setting VALUES (?, ?)", (name, value))
