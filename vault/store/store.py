"""The store: one open ``vault.db``, what may be asked of it (``Reader``) and what may be put into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vault.store import daily, events, schema
from vault.store.connection import close, connect, mapped, transaction
from vault.store.daily import Sources
from vault.store.ingest import ingest
from vault.store.reader import Reader
from vault.time import Clock, now_ns, utc_now, zone

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from vault.records import Record
    from vault.store.events import Event
    from vault.store.report import ImportReport

__all__ = ["Store"]

_HOME_ZONE = "home_zone"


@contextmanager
def _closed_on_error(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        close(connection)
        raise


class Store(Reader):
    """An open store; close it, or use it in ``with``. One thread and one writer at a time."""

    @classmethod
    def create(cls, path: Path, key: bytes, *, clock: Clock = utc_now, home_zone: str = "UTC") -> Store:
        """Make a new database file; raises AlreadyExists if there is one, InputError for no zone."""
        zone(home_zone)
        connection = connect(path, key, create=True)
        with _closed_on_error(connection), transaction(connection):
            schema.make(connection)
            events.set_setting(connection, _HOME_ZONE, home_zone)
            events.set_setting(connection, "created_at", str(now_ns(clock)))
        return cls(connection)

    @classmethod
    def open(cls, path: Path, key: bytes, *, read_only: bool = False) -> Store:
        """Open a database; raises NotAVault, Tampered (also for a wrong key) or UnsupportedVersion."""
        connection = connect(path, key, read_only=read_only)
        with _closed_on_error(connection), mapped():
            schema.check(connection)
        return cls(connection)

    def close(self) -> None:
        """Close the database."""
        close(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def ingest(
        self,
        records: Iterable[Record],
        *,
        adapter: str = "",
        version: str = "",
        clock: Clock = utc_now,
        dry_run: bool = False,
    ) -> ImportReport:
        """Take in what an adapter yields, whole or not at all (``vault.store.ingest``)."""
        return ingest(
            self._connection,
            records,
            adapter=adapter,
            version=version,
            clock=clock,
            home=self.home_zone,
            dry_run=dry_run,
        )

    def append_event(
        self, kind: str, body: Mapping[str, Any], clock: Clock = utc_now, *, follows: int | None = None
    ) -> int:
        """Append to the log of a kind and return the event's id (``vault.store.events``)."""
        return events.append_event(self._connection, kind, body, clock, follows)

    def events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the log of a kind after an event, in order."""
        return events.events(self._connection, kind, after)

    def last_event(self, kind: str) -> Event | None:
        """Return the newest event of a kind, or None."""
        return events.last_event(self._connection, kind)

    def setting(self, name: str) -> str | None:
        """Return a setting, or None."""
        return events.setting(self._connection, name)

    def set_setting(self, name: str, value: str) -> None:
        """Write a setting; for the home zone there is ``set_home_zone``."""
        with transaction(self._connection):
            events.set_setting(self._connection, name, value)

    @property
    def home_zone(self) -> ZoneInfo:
        """The zone in which days without a recorded offset are counted."""
        return zone(self.setting(_HOME_ZONE) or "UTC")

    def set_home_zone(self, name: str) -> None:
        """Change the home zone and make all daily values anew; raises InputError for no zone."""
        home = zone(name)
        with transaction(self._connection):
            events.set_setting(self._connection, _HOME_ZONE, name)
            origins = self.origins()
            daily.refresh(self._connection, origins, Sources.of(origins), home)
