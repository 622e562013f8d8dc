"""What comes with the records of another vault: its settings, check-ins and ledger (``records.Handover``).

An empty vault becomes the other one: it adopts home zone, aliases, choices of sources and FHIR identity, so
that it says the same of the same records. One that holds data stays itself, and takes check-ins and ledger.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from vault.canonical import canonical
from vault.checkin import checked
from vault.errors import InputError
from vault.records import LedgerLine, SourceFile
from vault.store import events, seals
from vault.store.origins import plain
from vault.store.sources import SETTING as PREFERENCES
from vault.time import moment_of, zone

if TYPE_CHECKING:
    from sqlite3 import Connection

    from vault.records import Handover
    from vault.store.tombstones import Tombstones
    from vault.time import Clock

__all__ = [
    "CARRIED",
    "IDENTITY",
    "adopt",
    "carry",
    "checkins",
    "forget_files",
    "is_empty",
    "ledger",
    "take_back",
]

CARRIED = "carried"
"""The kind of event that a line of another vault's ledger is; its body names the import it came with."""
IDENTITY = "identity"
"""The setting that holds an adopted key of FHIR identifiers, as hex."""

_CHECKIN = "checkin"
_KEY_BYTES = 32
_HELD = """
    SELECT 1 FROM import_run WHERE undone_at IS NULL
    UNION ALL SELECT 1 FROM event WHERE kind = 'checkin' UNION ALL SELECT 1 FROM tombstone
"""


def is_empty(connection: Connection) -> bool:
    """Whether no import counts, nothing was said of a day, and nothing was erased."""
    for scope in ("import_run", "event:checkin", "tombstone"):
        seals.check(connection, scope)
    return connection.execute(_HELD).fetchone() is None


def adopt(connection: Connection, told: Handover) -> None:
    """Write another vault's settings, within a transaction and before anything is merged.

    Raises InputError for a zone or an identity that is none.
    """
    settings = {
        "home_zone": zone(told.home_zone).key,
        "aliases": json.dumps(dict(told.aliases), sort_keys=True),
        PREFERENCES: json.dumps([list(one) for one in told.preferences]),
    }
    if told.identity is not None:
        if len(told.identity) != _KEY_BYTES:
            raise InputError("a vault's identity that is none")
        settings[IDENTITY] = told.identity.hex()
    for name, value in settings.items():
        events.set_setting(connection, name, value)


def checkins(connection: Connection, told: Handover, run: int, tombstones: Tombstones | None) -> Counter[str]:
    """Append check-ins as those of an import, within a transaction; return how many were what.

    "duplicate": said here at that instant, or something later of that day, which counts; "erased": not to
    come back. Raises InputError for an answer off the scale.
    """
    latest: dict[int, int] = {}
    for at, body in _stored(connection, _CHECKIN):
        latest[body["day"]] = max(at, latest.get(body["day"], at))
    done: Counter[str] = Counter()
    for one in told.checkins:
        body = checked(one.day, one.day, one.items)
        if tombstones is not None:
            body["items"] = {
                item: said
                for item, said in body["items"].items()
                if not tombstones.has(_CHECKIN, one.at, item)
            }
        if not body["items"]:
            done["erased"] += 1
        elif one.at <= latest.get(one.day, one.at - 1):
            done["duplicate"] += 1
        else:
            events.log(connection, _CHECKIN, body | {"import": run}, partial(moment_of, one.at))
            done["added"] += 1
    return done


def carry(
    connection: Connection, told: Handover, run: int, tombstones: Tombstones | None, clock: Clock
) -> int:
    """Append what is new of another vault's ledger, within a transaction; return how many lines."""
    known = {_key(line) for line in ledger(connection)} | set(_own(connection))
    new = [line for line in told.imports if _key(line) not in known]
    for line in new:
        files = [[_told_name(file, tombstones), file.size, file.sha256] for file in line.files]
        body = {"import": run, "at": line.at, "adapter": plain(line.adapter), "version": plain(line.version)}
        events.log(connection, CARRIED, body | {"files": files}, clock)
    return len(new)


def ledger(connection: Connection) -> list[LedgerLine]:
    """Return the carried lines, in order, of imports that were not taken back."""
    seals.check(connection, "import_run")
    gone = {run for (run,) in connection.execute("SELECT id FROM import_run WHERE undone_at IS NOT NULL")}
    return [
        LedgerLine(
            body["at"], body["adapter"], body["version"], [SourceFile(*file) for file in body["files"]]
        )
        for _, body in _stored(connection, CARRIED)
        if body["import"] not in gone
    ]


def forget_files(connection: Connection, forgets: Callable[[int, str, str], bool]) -> Iterator[str]:
    """Empty the names of carried files that an erasure is about, and yield their SHA-256."""
    query = "SELECT id, body FROM event WHERE kind = ?"
    for number, text in connection.execute(query, (CARRIED,)).fetchall():
        body = json.loads(text)
        hit = [file for file in body["files"] if file[0] and forgets(body["import"], file[0], file[2])]
        for file in hit:
            file[0] = ""
            yield file[2]
        if hit:
            connection.execute("UPDATE event SET body = ? WHERE id = ?", (canonical(body), number))


def take_back(connection: Connection, run: int) -> int:
    """Delete the check-ins that came with an import, within a transaction; return how many."""
    seals.check(connection, f"event:{_CHECKIN}")
    delete = "DELETE FROM event WHERE kind = ? AND json_extract(body, '$.import') = ?"
    return connection.execute(delete, (_CHECKIN, run)).rowcount


def _stored(connection: Connection, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield instant (ns) and body of each event of a kind, in order."""
    seals.check(connection, f"event:{kind}")
    query = "SELECT at, body FROM event WHERE kind = ? ORDER BY id"
    return ((at, json.loads(body)) for at, body in connection.execute(query, (kind,)).fetchall())


def _own(connection: Connection) -> Iterator[tuple[object, ...]]:
    """Yield the keys of the imports of this vault itself."""
    seals.check(connection, "import_file")
    query = """
        SELECT at, adapter, version, (SELECT json_group_array(sha256) FROM import_file WHERE import = run.id)
        FROM import_run AS run WHERE undone_at IS NULL
    """
    for at, adapter, version, digests in connection.execute(query):
        yield at, adapter, version, *sorted(json.loads(digests))


def _key(line: LedgerLine) -> tuple[object, ...]:
    """Return what tells an import from others; not the files' names, which may be forgotten."""
    return line.at, line.adapter, line.version, *sorted(file.sha256 for file in line.files)


def _told_name(file: SourceFile, tombstones: Tombstones | None) -> str:
    forgotten = tombstones is not None and tombstones.has("file", file.sha256)
    return "" if forgotten else plain(file.name)
