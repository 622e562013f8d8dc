"""Seals: what must be in every table, so that a page or a file that is put back does not go unnoticed.

SQLCipher authenticates pages one by one, not which pages belong together. So each scope (a table, or a part
of one) has a seal: how many rows, and the sum modulo 2**256 of keyed hashes of them. The seals are rows too:
what they come to, and a counter, is what the manifest's MAC is over. TEMP triggers tell every row that comes
and goes on a writing connection, so that no write path can forget it, and ``transaction`` settles before it
commits. Frames, which are large, stand in their rows as SHA-256, compared when they are unpacked.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from vault.errors import Tampered
from vault.store.rowsums import (
    NOTHING,
    Cell,
    Sum,
    are_indexed,
    cells,
    encoded,
    hashed,
    plus,
    sums,
    table,
    tables,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = [
    "Ledger",
    "abandon",
    "begin",
    "broken",
    "check",
    "check_frame",
    "check_manifest",
    "rebuild",
    "settle",
]

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Manifest:
    """The one row of the manifest; ``mac`` is over the counter and what the seals come to."""

    counter: int
    key: bytes
    mac: bytes


@dataclass(slots=True)
class Ledger:
    """What a connection knows of seals.

    ``seals`` and their sum ``root`` are those of ``manifest``; ``told`` is what came and went since in this
    transaction; ``held`` are the seals that were compared with the rows.
    """

    manifest: _Manifest | None = None
    seals: dict[str, Sum] = field(default_factory=dict)
    root: Sum = NOTHING
    told: dict[str, Sum] = field(default_factory=dict)
    held: dict[str, Sum] = field(default_factory=dict)

    def tell(self, sign: int, scope: str, *row: Cell) -> None:
        """Take in one row that came (1) or went (-1); the triggers call it."""
        assert self.manifest is not None
        told = hashed(self.manifest.key, scope, row)
        self.told[scope] = plus(self.told.get(scope, NOTHING), told, sign)


class _Sealed(Protocol):
    ledger: Ledger


def _ledger(connection: Connection) -> Ledger:
    return cast("_Sealed", connection).ledger


def _hashed_seal(key: bytes, scope: str, seal: Sum) -> Sum:
    """Return what a row of the table of seals comes to; there is none for a scope of no rows."""
    return NOTHING if seal == NOTHING else hashed(key, "seal", (scope, *cells(seal)))


def _mac(key: bytes, counter: int, root: Sum) -> bytes:
    return hmac.digest(key, encoded(("manifest", counter, *cells(root))), "sha256")


# Writing


def begin(connection: Connection) -> None:
    """Start to count, within a new transaction; where there is no manifest yet, nothing is counted."""
    _ledger(connection).told.clear()
    if connection.execute("SELECT 1 FROM main.sqlite_schema WHERE name = 'manifest'").fetchone():
        _known(connection)
        _install(connection)


def _install(connection: Connection) -> None:
    """Put the triggers on every table, unless this connection has them: a rollback takes them along."""
    if connection.execute("SELECT 1 FROM temp.sqlite_schema WHERE type = 'trigger'").fetchone():
        return
    connection.create_function("told", -1, _ledger(connection).tell)
    for one in tables(connection):
        went, came = f"SELECT told(-1, {one.told('old.')});", f"SELECT told(1, {one.told('new.')});"
        for event, told in (("INSERT", came), ("DELETE", went), ("UPDATE", went + came)):
            name = f"{one.name}_{event.lower()}"
            connection.execute(
                f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{one.name} BEGIN {told} END"
            )


def abandon(connection: Connection) -> None:
    """Forget what came and went in a transaction that is rolled back; the next one reads the seals anew.

    What was interrupted may have been ``settle``, half through.
    """
    ledger = _ledger(connection)
    ledger.told.clear()
    ledger.manifest = None


def settle(connection: Connection) -> None:
    """Write the seals of what changed, the counter and the MAC, at the end of a transaction."""
    ledger = _ledger(connection)
    changed = {scope: told for scope, told in ledger.told.items() if told != NOTHING}
    ledger.told.clear()
    if not changed or ledger.manifest is None:
        return
    key = ledger.manifest.key
    for scope, told in changed.items():
        before = ledger.seals.pop(scope, NOTHING)
        after = plus(before, told)
        if ledger.held.get(scope) == before:
            ledger.held[scope] = after
        ledger.root = plus(ledger.root, _hashed_seal(key, scope, before), -1)
        _put(connection, ledger, key, scope, after)
    _put_manifest(connection, ledger, ledger.manifest.counter + 1, key)


def rebuild(connection: Connection) -> None:
    """Seal all rows as they are, with a new key and counter, within a transaction.

    For a new vault, and for one that a migration brought here.
    """
    ledger, key = _ledger(connection), os.urandom(_KEY_BYTES)
    connection.execute("DELETE FROM seal")
    ledger.seals, ledger.root, ledger.told, ledger.held = {}, NOTHING, {}, {}
    for one in tables(connection):
        for scope, seal in sums(connection, key, one).items():
            _put(connection, ledger, key, scope, seal)
    _put_manifest(connection, ledger, 0, key)
    _install(connection)


def _put(connection: Connection, ledger: Ledger, key: bytes, scope: str, seal: Sum) -> None:
    if seal == NOTHING:
        connection.execute("DELETE FROM seal WHERE scope = ?", (scope,))
        return
    ledger.seals[scope] = seal
    ledger.root = plus(ledger.root, _hashed_seal(key, scope, seal))
    connection.execute("REPLACE INTO seal VALUES (?, ?, ?)", (scope, *cells(seal)))


def _put_manifest(connection: Connection, ledger: Ledger, counter: int, key: bytes) -> None:
    ledger.manifest = _Manifest(counter, key, _mac(key, counter, ledger.root))
    row = (counter, key, ledger.manifest.mac)
    connection.execute("REPLACE INTO manifest VALUES (1, ?, ?, ?)", row)


# Reading: each within a snapshot or a transaction


def check_manifest(connection: Connection) -> int:
    """Return the counter, once the MAC over it and all seals holds; raises Tampered."""
    _ledger(connection).manifest = None
    return _known(connection)[0].counter


def check(connection: Connection, scope: str) -> None:
    """Compare the rows of a scope with its seal; raises Tampered.

    A seal that was found to hold is remembered with the connection, so that rows are summed again only
    after another process has changed them.
    """
    manifest, ledger = _known(connection)
    sealed = ledger.seals.get(scope, NOTHING)
    if ledger.held.get(scope) == sealed:
        return
    name, _, part = scope.partition(":")
    own, expected = table(connection, name), plus(sealed, ledger.told.get(scope, NOTHING))
    found = sums(connection, manifest.key, own, part).get(scope, NOTHING)
    if found != expected or not are_indexed(connection, own, expected[0], part):
        raise Tampered(f"the rows of {scope} are not those that were written")
    ledger.held[scope] = sealed


def broken(connection: Connection) -> list[str]:
    """Return the scopes whose rows are not those that were written.

    Raises Tampered as ``check_manifest``, and for a frame that is not the one of its row.
    """
    manifest, ledger = _known(connection)
    found: dict[str, Sum] = {}
    for one in tables(connection):
        found |= sums(connection, manifest.key, one, look=check_frame)
    scopes = ledger.seals.keys() | found.keys()
    return sorted(scope for scope in scopes if ledger.seals.get(scope) != found.get(scope))


def check_frame(data: bytes, sha256: bytes) -> None:
    """Compare a frame with what its row says of it; raises Tampered."""
    if hashlib.sha256(data).digest() != sha256:
        raise Tampered("a stored frame is not the one that was written")


def _known(connection: Connection) -> tuple[_Manifest, Ledger]:
    """Return manifest and ledger, whose seals are read again if another process wrote; raises Tampered."""
    ledger = _ledger(connection)
    row = connection.execute("SELECT counter, key, mac FROM manifest").fetchone()
    if row is None:
        raise Tampered("the manifest is missing")
    manifest = _Manifest(*row)
    if manifest != ledger.manifest:
        found = connection.execute("SELECT scope, n, sum FROM seal").fetchall()
        seals = {scope: (n, int.from_bytes(total, "big")) for scope, n, total in found}
        root = NOTHING
        for scope, seal in seals.items():
            root = plus(root, _hashed_seal(manifest.key, scope, seal))
        if not hmac.compare_digest(_mac(manifest.key, manifest.counter, root), manifest.mac):
            raise Tampered("the seals are not those that were written")
        ledger.manifest, ledger.seals, ledger.root = manifest, seals, root
    return manifest, ledger
