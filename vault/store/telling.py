"""Who told which version of a sparse record, and so which one is shown.

A record's versions are rows of its table under one id. One that says less than another, and nothing else, is
never shown, whichever came later. Of the rest it is the one that the latest import told, for sources correct
what they told (of several told by one import, that of the greatest digest), with its greatest offset.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vault.canonical import canonical
from vault.store import seals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

    from vault.records import Origin
    from vault.store.origins import Origins

__all__ = ["Tellings", "Told", "reshow", "retell", "shown", "told_by", "without"]

_PENDING = 50_000

Told = dict[bytes, list[tuple[int, int | None]]]
"""(import, offset in minutes or None) of all who told a version, ascending, by digest."""

_JSON = ("details", "stages")
_NOT_SAID = ("id", "digest", "shown", "offset_min", "body", "data")  # of a blob, its sha256 is compared


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


def shown(
    connection: Connection, table: str, identity: str, versions: Told, origins: Sequence[Origin]
) -> bytes | None:
    """Return the digest of the version to show, None if there is none; every version has its row."""
    if len(versions) < 2:
        return next(iter(versions), None)
    said = _said(connection, table, identity, origins)
    fullest = [one for one in versions if not any(_says_more(said[other], said[one]) for other in versions)]
    return max(fullest, key=lambda digest: (versions[digest][-1][0], digest))


def _said(
    connection: Connection, table: str, identity: str, origins: Sequence[Origin]
) -> dict[bytes, dict[str, Any]]:
    """Return what each version of a record says, by digest."""
    found = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (identity,))  # noqa: S608
    names = [column[0] for column in found.description]
    said = {}
    for cells in found:
        row = dict(zip(names, cells, strict=True))
        told = {name: cell for name, cell in row.items() if name not in _NOT_SAID}
        told |= {name: json.loads(row[name]) for name in _JSON if name in row}
        said[row["digest"]] = told | {"origin": asdict(origins[row["origin"]])}
    return said


def _says_more(one: Any, other: Any) -> bool:
    return _includes(one, other) and not _includes(other, one)


def _includes(full: Any, part: Any) -> bool:
    """Whether all that a part says is in the full as well."""
    if isinstance(full, dict) and isinstance(part, dict):
        return all(_includes(full.get(name), said) for name, said in part.items())
    return part in (None, "", [], {}) or bool(full == part)


def _offset(runs: list[tuple[int, int | None]]) -> int | None:
    """Return the offset of a version: the greatest, so that any that is known comes before none."""
    return max((offset for _, offset in runs if offset is not None), default=None)


def reshow(connection: Connection, table: str, origins: Sequence[Origin]) -> None:
    """Show of all records of a table what the rules of today say, within a transaction."""
    query = f"""
        SELECT DISTINCT id FROM {table} JOIN told_record USING (digest) WHERE json_array_length(imports) > 1
        UNION SELECT id FROM {table} GROUP BY id HAVING count(*) > 1
    """  # noqa: S608
    for (identity,) in connection.execute(query).fetchall():
        versions = told(connection, table, identity)
        _show(connection, table, identity, versions, origins)
        for digest, runs in versions.items():
            _set_offset(connection, table, identity, digest, _offset(runs))


def _show(
    connection: Connection, table: str, identity: str, versions: Told, origins: Sequence[Origin]
) -> None:
    update = f"UPDATE {table} SET shown = (digest = ?2) WHERE id = ?1 AND shown <> (digest = ?2)"  # noqa: S608
    connection.execute(update, (identity, shown(connection, table, identity, versions, origins)))


def _set_offset(
    connection: Connection, table: str, identity: str, digest: bytes, offset_min: int | None
) -> None:
    if offset_min is not None:
        update = f"UPDATE {table} SET offset_min = ?3 WHERE id = ?1 AND digest = ?2 AND offset_min <> ?3"  # noqa: S608
        connection.execute(update, (identity, digest, offset_min))


def retell(
    connection: Connection,
    table: str,
    identity: str,
    before: Told,
    after: Told,
    origins: Sequence[Origin],
) -> None:
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
            _set_offset(connection, table, identity, digest, _offset(runs))
    if after and before and after != before:
        _show(connection, table, identity, after, origins)


class Tellings:
    """What an import told and is not written yet, so that one that repeats what is there writes nothing."""

    def __init__(self, connection: Connection, origins: Origins) -> None:
        self._connection = connection
        self._origins = origins
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
            retell(self._connection, table, identity, before, after, self._origins.known)
        self._pending.clear()
