"""Verify: whether every byte of a store is as it was written, and what is stored fits together.

Two threads share the work: one goes through pages and tables, the other through rows, seals and frames.
Every check says what is wrong and where, never what a value is.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlcipher3 import dbapi2

from vault.errors import Tampered
from vault.store import consistency, schema, seals
from vault.store.connection import again, checkpoint, damaged_pages, is_read_only, mapped, snapshot

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["Verified", "verify"]

_T = TypeVar("_T")

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was checked, and found to be as it was written.

    Args:
        counter: Transactions that changed something since the vault was made.
        pages: Pages of the database.
        chunks: Chunks of samples.
        records: Workouts, nights and other sparse records.
        imports: Imports in the ledger.
        events: What was said and done.
    """

    counter: int
    pages: int
    chunks: int
    records: int
    imports: int
    events: int


def verify(connection: Connection, *, counter: int | None = None, contents: bool = True) -> Verified:
    """Check a store; other processes may read and write meanwhile.

    Args:
        connection: In no transaction.
        counter: The counter as its owner remembers it, against a vault that was put back as a whole.
        contents: Unpack everything and compare what follows from it: digests, what is shown of what was
            told, daily values. Without, what is packed is only compared with its seals.

    Raises:
        Tampered: Something is not as it was written; says what and where.
        Busy: Another process reads or writes longer than the connection's timeout.
    """
    with mapped():
        schema.check(connection)
    if not is_read_only(connection):
        checkpoint(connection)
    try:
        return _verified(connection, counter, contents=contents)
    except Tampered as error:
        if isinstance(error.__cause__, dbapi2.Error):
            raise Tampered(f"the database is damaged: {_some(damaged_pages(connection)) or error}") from error
        raise


def _verified(connection: Connection, counter: int | None, *, contents: bool) -> Verified:
    with ThreadPoolExecutor(1) as pool, snapshot(connection):
        found = seals.check_manifest(connection)
        if counter is not None and found < counter:
            raise Tampered(
                f"the vault is at change {found}, but was at {counter} before: an older state was put back",
                hint="look for who or what replaced its files; restore the newest backup",
            )
        rules = pool.submit(_beside, connection, consistency.check_rules)
        pages = pool.submit(_beside, connection, _check_pages)
        _check_seals(connection)
        rules.result()
        if contents:
            consistency.check_contents(connection)
        n = dict(connection.execute(_COUNTS).fetchall())
        records = sum(n.get(name, 0) for name in consistency.SPARSE)
        rows = (n.get("chunk", 0), records, n.get("import_run", 0), n.get("event", 0))
        return Verified(found, pages.result(), *rows)


_COUNTS = "SELECT substr(scope, 1, instr(scope || ':', ':') - 1) AS name, sum(n) FROM seal GROUP BY name"


def _beside(connection: Connection, check: Callable[[Connection], _T]) -> _T:
    """Check in a connection of this thread."""
    with closing(again(connection)) as own, snapshot(own):
        return check(own)


def _check_pages(connection: Connection) -> int:
    """Check each page in use, by reading it, trees and indexes; return the number of pages.

    ``cipher_integrity_check`` would read all pages once more, only to see those that hold nothing as well.
    """
    (fault,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if fault != "ok":
        raise Tampered(f"the database is damaged: {_some([*damaged_pages(connection), fault])}")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return int(pages)


def _check_seals(connection: Connection) -> None:
    broken = seals.broken(connection)
    if broken:
        raise Tampered(f"rows are not those that were written, in {_some(broken)}")


def _some(faults: list[str]) -> str:
    more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return ", ".join(faults[:_SHOWN]) + more
