"""Settings, and the log of what was said and done: check-ins, consent, audit. Events are only ever added."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vault.store.connection import mapped, transaction
from vault.time import Clock, moment_of, now_ns

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["Event", "append_event", "events", "set_setting", "setting"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something said or done; ids grow with time."""

    id: int
    kind: str
    at: datetime
    body: dict[str, Any]


def append_event(connection: Connection, kind: str, body: Mapping[str, Any], clock: Clock) -> int:
    """Write an event and return its id; the body is JSON-able."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    insert = "INSERT INTO event (kind, at, body) VALUES (?, ?, ?) RETURNING id"
    with transaction(connection):
        (number,) = connection.execute(insert, (kind, now_ns(clock), text)).fetchone()
    return int(number)


def events(connection: Connection, kind: str) -> list[Event]:
    """Return the events of a kind, in order."""
    query = "SELECT id, kind, at, body FROM event WHERE kind = ? ORDER BY id"
    with mapped():
        found = connection.execute(query, (kind,)).fetchall()
    return [Event(number, kind_, moment_of(at), json.loads(body)) for number, kind_, at, body in found]


def setting(connection: Connection, name: str) -> str | None:
    """Return a setting, or None."""
    with mapped():
        found = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return None if found is None else str(found[0])


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Write a setting, within a transaction."""
    connection.execute("REPLACE INTO setting VALUES (?, ?)", (name, value))
