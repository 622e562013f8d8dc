"""Takes an import back: the store says what it would say had that import never been.

Every sample and record knows all who told it, so what others told too stays, and what was told differently
goes back to what the others said.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from vault.errors import UnknownRecord
from vault.store import chunks, handover, seals, sparse
from vault.store.connection import transaction
from vault.store.rewriting import rewrite, tidy
from vault.store.sets import without_import
from vault.time import now_ns

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from vault.time import Clock

__all__ = ["Undone", "undo"]


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an import back took away: samples and records, also check-ins, nobody else told."""

    import_id: str
    samples: int
    records: int

    def to_dict(self) -> dict[str, Any]:
        """Return what ``imports undo --json`` prints."""
        return asdict(self)


def undo(connection: Connection, import_id: str, *, home: ZoneInfo, clock: Clock) -> Undone:
    """Take an import back, whole or not at all; its row stays in the ledger, marked.

    Raises:
        UnknownRecord: There is no such import, or it was taken back already.
        Tampered: Who told what is not what was written.
    """
    with transaction(connection):
        run = _run(connection, import_id)
        samples = 0
        rewritten = []
        for series, months in chunks.months_told_by(connection, run).items():
            done = rewrite(connection, series, months, partial(without_import, run=run))
            samples += done.removed
            if done.months:
                rewritten.append(series)
        records = sparse.take_back(connection, run) + handover.take_back(connection, run)
        tidy(connection, rewritten, home)
        connection.execute("UPDATE import_run SET undone_at = ? WHERE id = ?", (now_ns(clock), run))
    return Undone(import_id, samples, records)


def _run(connection: Connection, import_id: str) -> int:
    for table in ("import_run", "origin"):
        seals.check(connection, table)
    query = "SELECT id FROM import_run WHERE CAST(id AS TEXT) = ? AND undone_at IS NULL"
    found = connection.execute(query, (import_id,)).fetchone()
    if found is None:
        raise UnknownRecord(
            "no import of that id, or it was taken back already", hint="'vitalvault imports' lists them"
        )
    return int(found[0])
