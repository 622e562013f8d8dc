"""Migration: brings the database of an earlier format to today's, a step a format, or leaves it as it was.

A step is an entry of ``STEPS``. It copies what the old tables say into those of the next format, and is kept
if both come to the same. All steps and the version number are one transaction: a crash leaves the old format
or today's, never something between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from vault.errors import Tampered
from vault.store import chunks, codec, events, schema, seals
from vault.store.connection import compact, mapped, transaction
from vault.store.origins import Origins
from vault.store.packing import whole

if TYPE_CHECKING:
    from sqlite3 import Connection

    from vault.records import Origin
    from vault.time import Clock

__all__ = ["EVENT", "STEPS", "migrate"]

EVENT = "migration"
"""The kind of the event that says from which format to which, and how many rows each table had and has."""

_OLD = "old_"


def migrate(connection: Connection, clock: Clock, before: Callable[[], object]) -> None:
    """Bring the database to today's format; nothing happens if it has it.

    Args:
        connection: Open for writing, in no transaction.
        clock: Gives the time of the event.
        before: Called once, before anything is changed: the backup.

    Raises:
        Tampered: What is there is not what was written, and stays as it is.
        Busy: Another process is writing, maybe the same migration.
        Others: As ``before``.
    """
    if not _is_old(connection):
        return
    with transaction(connection):
        if _is_old(connection):  # still, now that nobody else writes
            before()
            _take_steps(connection, clock)
    compact(connection)


def _is_old(connection: Connection) -> bool:
    with mapped():
        return schema.check(connection) < schema.VERSION


def _take_steps(connection: Connection, clock: Clock) -> None:
    while (version := schema.check(connection)) < schema.VERSION:
        had = _counted(connection)
        STEPS[version](connection)
        has = _counted(connection)
        if had.items() - has.items():
            raise Tampered("a migration did not come out even; the vault is as it was before")
        body = {"from": version, "to": schema.check(connection), "before": had, "after": has}
        events.log(connection, EVENT, body, clock)


def _counted(connection: Connection) -> dict[str, int]:
    """Return the rows of each table but those of the manifest, and the samples in all chunks."""
    counts = {name: f"SELECT count(*) FROM {name}" for name in _tables(connection)}  # noqa: S608
    counts["samples"] = "SELECT coalesce(sum(n), 0) FROM chunk"
    return {name: connection.execute(query).fetchone()[0] for name, query in counts.items()}


def _tables(connection: Connection) -> list[str]:
    """Return the tables of data, in the order in which they were made."""
    query = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in connection.execute(query) if name not in ("seal", "manifest")]


def _from_1(connection: Connection) -> None:
    """1 to 2: sets of imports in place of one, digests of frames, versions, tombstones, seals."""
    old = _tables(connection)
    for (index,) in connection.execute(
        "SELECT name FROM main.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall():
        connection.execute(f"DROP INDEX {index}")
    for name in old:
        connection.execute(f"ALTER TABLE {name} RENAME TO {_OLD}{name}")
    schema.run(connection, "schema.sql")
    connection.create_function("sha256", 1, _sha256, deterministic=True)
    schema.run(connection, "from_format_1.sql")
    _chunks_from_1(connection)
    for name in reversed(old):  # what refers to a table was made after it
        connection.execute(f"DROP TABLE {_OLD}{name}")
    connection.execute("PRAGMA user_version = 2")
    seals.rebuild(connection)


def _chunks_from_1(connection: Connection) -> None:
    """Copy the chunks: a row had the id of the import that brought it, where it has a set of imports now."""
    origins = Origins(connection).known
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM import_run").fetchone()
    told = [(number,) for number in range(last + 1)]
    query = f"SELECT series, month, part, origins, digest, data FROM {_OLD}chunk ORDER BY series, month, part"  # noqa: S608
    for (series, month), parts in groupby(connection.execute(query), itemgetter(0, 1)):
        chunks.write(connection, series, [month], [_placed(cells, origins, told) for cells in parts])


def _placed(cells: Sequence[Any], origins: Sequence[Origin], told: Sequence[tuple[int]]) -> chunks.Placed:
    _, month, part, numbers, digest, data = cells
    rows = codec.decode(data, json.loads(numbers), origins, imports=told)
    run = codec.run(rows, whole(len(rows)))
    if list(run.digests()) != [digest]:
        raise Tampered("a chunk is not the one that was written; the vault is as it was before")
    (chunk,) = run.chunks([0])
    return chunks.Placed(month, part, digest, chunk, versions=None)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


STEPS: dict[int, Callable[[Connection], None]] = {1: _from_1}
"""By format: what brings a database to the next one within a transaction, with its number and seals."""
