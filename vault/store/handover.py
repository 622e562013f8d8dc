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
"""The kind of event that a line of another vault's ledger is; its body names the imports it came with."""
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
    come back. One that another import brought is from now on told by both. Raises InputError for an answer
    off the scale.
    """
    latest: dict[int, int] = {}
    brought: dict[tuple[int, str], tuple[int, dict[str, Any]]] = {}
    for number, at, body in _stored(connection, _CHECKIN):
        latest[body["day"]] = max(at, latest.get(body["day"], at))
        if "imports" in body:
            brought[_said(at, body)] = number, body
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
            if (known := brought.get(_said(one.at, body))) is not None:
                _tell(connection, *known, run)
        else:
            events.log(connection, _CHECKIN, body | {"imports": [run]}, partial(moment_of, one.at))
            done["added"] += 1
    return done


def carry(
    connection: Connection, told: Handover, run: int, tombstones: Tombstones | None, clock: Clock
) -> int:
    """Keep another vault's ledger, within a transaction; return how many of its lines are new.

    A line that another import brought is from now on told by both.
    """
    known = {_key(_line(body)): (number, body) for number, _, body in _stored(connection, CARRIED)}
    new = 0
    for line in told.imports:
        if (found := known.get(_key(line))) is not None:
            _tell(connection, *found, run)
            continue
        files = [[_told_name(file, tombstones), file.size, file.sha256] for file in line.files]
        said = {"at": line.at, "adapter": plain(line.adapter), "version": plain(line.version)}
        events.log(connection, CARRIED, said | {"files": files, "imports": [run]}, clock)
        new += 1
    return new


def ledger(connection: Connection) -> list[LedgerLine]:
    """Return the carried lines, in order, of imports that count; none that this vault's own ledger has."""
    seals.check(connection, "import_run")
    gone = {run for (run,) in connection.execute("SELECT id FROM import_run WHERE undone_at IS NOT NULL")}
    own = set(_own(connection))
    lines = [
        _line(body) for _, _, body in _stored(connection, CARRIED) if not gone.issuperset(body["imports"])
    ]
    return [line for line in lines if _key(line) not in own]


def forget_files(connection: Connection, forgets: Callable[[int, str, str], bool]) -> Iterator[str]:
    """Empty the names of carried files that an erasure is about, and yield their SHA-256."""
    for number, _, body in _stored(connection, CARRIED):
        runs, files = body["imports"], body["files"]
        hit = [one for one in files if one[0] and any(forgets(run, one[0], one[2]) for run in runs)]
        for file in hit:
            file[0] = ""
            yield file[2]
        if hit:
            _rewrite(connection, number, body)


def take_back(connection: Connection, run: int) -> int:
    """Delete the check-ins that only one import brought, within a transaction; return how many."""
    deleted = 0
    for number, _, body in _stored(connection, _CHECKIN):
        if run not in (runs := body.get("imports", ())):
            continue
        body["imports"] = [one for one in runs if one != run]
        if body["imports"]:
            _rewrite(connection, number, body)
        else:
            connection.execute("DELETE FROM event WHERE id = ?", (number,))
            deleted += 1
    return deleted


def _stored(connection: Connection, kind: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield id, instant (ns) and body of each event of a kind, in order."""
    seals.check(connection, f"event:{kind}")
    query = "SELECT id, at, body FROM event WHERE kind = ? ORDER BY id"
    found = connection.execute(query, (kind,)).fetchall()
    return ((number, at, json.loads(body)) for number, at, body in found)


def _tell(connection: Connection, number: int, body: dict[str, Any], run: int) -> None:
    """Note that another import told an event, too."""
    if run not in body["imports"]:
        body["imports"].append(run)
        _rewrite(connection, number, body)


def _rewrite(connection: Connection, number: int, body: dict[str, Any]) -> None:
    connection.execute("UPDATE event SET body = ? WHERE id = ?", (canonical(body), number))


def _said(at: int, body: dict[str, Any]) -> tuple[int, str]:
    """Return what tells a check-in from others: when it was said, of which day, and what."""
    return at, canonical([body["day"], body["items"]])


def _line(body: dict[str, Any]) -> LedgerLine:
    files = [SourceFile(*file) for file in body["files"]]
    return LedgerLine(body["at"], body["adapter"], body["version"], files)


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
