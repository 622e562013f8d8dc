"""Who told which version of a sparse record, and so which one is shown.

A record's versions are rows of its table under one id. Shown is the one that the latest import told (of
several told by one import, that of the greatest digest), with the offset that it was first told with.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vault.canonical import canonical
from vault.store import seals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

__all__ = ["Tellings", "Told", "retell", "shown", "told_by", "without"]

_PENDING = 50_000

Told = dict[bytes, list[tuple[int, int | None]]]
"""(import, offset in minutes or None) of all who told a version, ascending, by digest."""


def told(connection: Connection, table: str, identity: str) -> Told:
    """Return who told which version of a record; nothing if it is not there."""
    seals.check(connection, table)
    seals.check(connection, "told_record")
    query = f"SELECT digest, imports FROM {table} JOIN told_record USING (digest) WHERE id = ?"  # noqa: S608
    return {
        digest: [(run, offset) for run, offset in json.loads(imports)]
        for digest, imports in connection.execute(query, (identity,))
    }


def told_by(connection: Connection, table: str, run: int) -> Iterator[tuple[str, Told]]:
    """Yield the id of each record of a table that an import told, with all who told it; raises Tampered."""
    for name in (table, "told_record"):
        seals.check(connection, name)
    query = f"""
        SELECT DISTINCT {table}.id
        FROM {table} JOIN told_record AS told USING (digest), json_each(told.imports) AS one
        WHERE json_extract(one.value, '$[0]') = ? ORDER BY {table}.id
    """  # noqa: S608
    for (identity,) in connection.execute(query, (run,)).fetchall():
        yield identity, told(connection, table, identity)


def tell(before: Told, digest: bytes, run: int, offset_min: int | None) -> Told:
    """Return who told which version once an import has told one; of two offsets the greater counts."""
    runs = dict(before.get(digest, ()))
    known = runs.get(run, offset_min)
    runs[run] = None if known is None or offset_min is None else max(known, offset_min)
    return {**before, digest: sorted(runs.items())}


def without(before: Told, run: int) -> Told:
    """Return who told which version, without an import."""
    left = {digest: [one for one in runs if one[0] != run] for digest, runs in before.items()}
    return {digest: runs for digest, runs in left.items() if runs}


def shown(versions: Told) -> bytes | None:
    """Return the digest of the version to show, None if there is none."""
    return max(versions, key=lambda digest: (versions[digest][-1][0], digest), default=None)


def retell(connection: Connection, table: str, identity: str, before: Told, after: Told) -> None:
    """Bring rows and who told them from before to after, within a transaction; every version has its row."""
    for digest in before.keys() - after.keys():
        connection.execute(f"DELETE FROM {table} WHERE id = ? AND digest = ?", (identity, digest))  # noqa: S608
        connection.execute("DELETE FROM told_record WHERE digest = ?", (digest,))
    for digest, runs in after.items():
        if digest not in before:
            connection.execute("INSERT INTO told_record VALUES (?, ?)", (digest, canonical(runs)))
        elif runs != before[digest]:
            update = "UPDATE told_record SET imports = ?2 WHERE digest = ?1"
            connection.execute(update, (digest, canonical(runs)))
            if runs[0][1] != before[digest][0][1]:
                update = f"UPDATE {table} SET offset_min = ?3 WHERE id = ?1 AND digest = ?2"  # noqa: S608
                connection.execute(update, (identity, digest, runs[0][1]))
    if after and before and shown(after) != shown(before):
        update = f"UPDATE {table} SET shown = (digest = ?2) WHERE id = ?1 AND shown <> (digest = ?2)"  # noqa: S608
        connection.execute(update, (identity, shown(after)))


class Tellings:
    """What an import told and is not written yet, so that one that repeats what is there writes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pending: dict[str, tuple[str, Told, Told]] = {}

    def tell(
        self, table: str, identity: str, digest: bytes, run: int, offset_min: int | None
    ) -> tuple[Told, Told]:
        """Note that an import told a version, whose row is the caller's; return who did before and after."""
        if identity in self._pending or len(self._pending) >= _PENDING:
            self.write()
        before = told(self._connection, table, identity)
        after = tell(before, digest, run, offset_min)
        self._pending[identity] = table, before, after
        return before, after

    def write(self) -> None:
        """Write it, within the transaction in which it was told."""
        for identity, (table, before, after) in self._pending.items():
            retell(self._connection, table, identity, before, after)
        self._pending.clear()
