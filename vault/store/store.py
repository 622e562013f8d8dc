"""The store: one open ``vault.db``, what may be asked of it (``Reader``) and what may be put into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

from vault.errors import AlreadyExists, LockedError
from vault.store import daily, events, handover, remerging, schema, seals
from vault.store.connection import close, connect, connect_with_any, mapped, transaction
from vault.store.ingest import ingest
from vault.store.reader import Reader
from vault.store.sources import keep, touched
from vault.time import Clock, now_ns, utc_now, zone

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from vault.merge.preference import Preference
    from vault.records import LedgerLine, Record
    from vault.store.events import Event, Line
    from vault.store.report import ImportReport

__all__ = ["DATABASE", "Store"]

DATABASE = "vault.db"
"""The database in a vault's folder."""

_HOME_ZONE = "home_zone"


@contextmanager
def _closed_on_error(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        close(connection)
        raise


@contextmanager
def _unmade_on_error(path: Path) -> Iterator[None]:
    """Take away a database that was begun, so that it does not stand in the way of the next try."""
    try:
        yield
    except AlreadyExists:
        raise
    except BaseException:
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):
                path.with_name(path.name + end).unlink()
        raise


class _Closed:
    """In place of the connection of a closed store."""

    def __getattr__(self, name: str) -> NoReturn:
        raise LockedError("the vault is closed", hint="open it again")


_CLOSED = cast("Connection", _Closed())


class Store(Reader):
    """An open store; close it, or use it in ``with``. One thread and one writer at a time."""

    @classmethod
    def create(cls, path: Path, key: bytes, *, clock: Clock = utc_now, home_zone: str = "UTC") -> Store:
        """Make a new database file; raises AlreadyExists if there is one, InputError for no zone."""
        zone(home_zone)
        with _unmade_on_error(path):
            connection = connect(path, key, create=True)
            with _closed_on_error(connection), transaction(connection):
                schema.make(connection)
                events.set_setting(connection, _HOME_ZONE, home_zone)
                events.set_setting(connection, "created_at", str(now_ns(clock)))
                remerging.stamp(connection)
        return cls(connection)

    @classmethod
    def open(cls, path: Path, *keys: bytes, read_only: bool = False) -> Store:
        """Open a database with whichever of the keys fits: while they are changed there are two.

        Raises NotAVault, Tampered (also if none fits) or UnsupportedVersion.
        """
        connection, _ = connect_with_any(path, keys, read_only=read_only)
        with _closed_on_error(connection), mapped():
            schema.check(connection)
        return cls(connection)

    @property
    def connection(self) -> Connection:
        """The connection, for what is done to the database as a whole: undo, erasure, backup, rotation."""
        return self._connection

    @property
    def format(self) -> int:
        """The version of its tables (``schema.VERSION`` is today's)."""
        with mapped():
            return schema.check(self._connection)

    def close(self) -> None:
        """Close the database; every later use raises LockedError, but closing twice is harmless."""
        connection, self._connection = self._connection, _CLOSED
        if connection is not _CLOSED:
            close(connection)

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
        identity: bytes | None = None,
        dry_run: bool = False,
    ) -> ImportReport:
        """Take in what an adapter yields, whole or not at all (``vault.store.ingest``).

        ``identity`` is the key by which what was erased is known, and refused.
        """
        return ingest(
            self._connection,
            records,
            adapter=adapter,
            version=version,
            clock=clock,
            home=self.home_zone,
            identity=identity,
            dry_run=dry_run,
        )

    def carried(self) -> list[LedgerLine]:
        """Return the ledger of vaults whose bundles were taken in (``vault.store.handover``)."""
        with self._snapshot() as connection:
            return handover.ledger(connection)

    def append_event(
        self, kind: str, body: Mapping[str, Any], clock: Clock = utc_now, *, follows: int | None = None
    ) -> int:
        """Append one event and return its id (``append_events``)."""
        return self.append_events([(kind, body, follows)], clock)[0]

    def append_events(self, lines: Iterable[Line], clock: Clock = utc_now) -> list[int]:
        """Append to the logs of some kinds, all or nothing, and return the ids (``vault.store.events``)."""
        return events.append_events(self._connection, lines, clock)

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
    def counter(self) -> int:
        """How many transactions changed something; raises Tampered if the manifest does not hold."""
        with self._snapshot() as connection:
            return seals.check_manifest(connection)

    @property
    def home_zone(self) -> ZoneInfo:
        """The zone in which days without a recorded offset are counted."""
        return zone(self.setting(_HOME_ZONE) or "UTC")

    def set_home_zone(self, name: str) -> None:
        """Change the home zone and make all daily values anew; raises InputError for no zone."""
        home = zone(name)
        with transaction(self._connection):
            events.set_setting(self._connection, _HOME_ZONE, name)
            daily.refresh(self._connection, self.origins(), self.sources(), home)

    def remerge(self) -> None:
        """Make all daily values anew if the rules have changed by which they were made."""
        if not remerging.is_current(self._connection):
            remerging.remerge(self._connection, self.home_zone)

    def keep_preferences(self, told: Sequence[Preference], changed: Sequence[Preference]) -> None:
        """Write the owner's choices, in order, and make the days anew that those that changed are about."""
        with transaction(self._connection):
            keep(self._connection, told)
            months = touched(self._connection, self.origins(), changed)
            daily.refresh(self._connection, self.origins(), self.sources(), self.home_zone, months)
