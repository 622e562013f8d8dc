"""The owner's side: what this room needs of an open vault, and nothing more.

``vault.Vault`` is one. Events are an append-only log by kind; what is in force is folded from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from vault.readable import Readable

if TYPE_CHECKING:
    from vault.store.events import Line
    from vault.time import Clock

__all__ = ["Event", "Owner"]


class Event(Protocol):
    """One line of a log."""

    @property
    def id(self) -> int:
        """Ascending within the vault."""
        ...

    @property
    def kind(self) -> str:
        """The log it stands in."""
        ...

    @property
    def at(self) -> datetime:
        """When it was written."""
        ...

    @property
    def body(self) -> Mapping[str, Any]:
        """A JSON object."""
        ...


class Owner(Readable, Protocol):
    """An open vault in its owner's hands."""

    clock: Clock

    @property
    def home_zone(self) -> ZoneInfo:
        """The zone in which days without a recorded offset are counted."""
        ...

    def append_events(self, lines: Sequence[Line]) -> list[int]:
        """Append to logs, all or nothing, and return the ids; raises StoreError when it can't be written.

        Raises Busy unless what a line follows is its log's newest event.
        """
        ...

    def events(self, kind: str, after: int = 0) -> Sequence[Event]:
        """Return a log after an event, in order."""
        ...

    def last_event(self, kind: str) -> Event | None:
        """Return the newest line of a log, None if it is empty."""
        ...

    def signing_seed(self) -> bytes:
        """Return the 32-byte Ed25519 seed of this vault."""
        ...
