"""The tables of ``vault.db`` and their version: a newer format is refused before anything is read."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from vault.errors import NotAVault, UnsupportedVersion
from vault.store import seals

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["VERSION", "check", "make", "run"]

VERSION = 2
"""The schema version this code reads and writes (``PRAGMA user_version``)."""


def make(connection: Connection) -> None:
    """Make the tables in an empty database, and their seals, within a transaction."""
    run(connection, "schema.sql")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    seals.rebuild(connection)


def run(connection: Connection, script: str) -> None:
    """Run the statements of a script of this package, within the transaction around it."""
    for statement in _statements(files("vault.store").joinpath(script).read_text("utf-8")):
        connection.execute(statement)


def check(connection: Connection) -> int:
    """Return the version, which may be an older one that ``migrate`` lifts.

    Raises UnsupportedVersion for a newer one, NotAVault for a database that is no store.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise UnsupportedVersion(f"this vault has format {version}; this VitalVault knows up to {VERSION}")
    if version < 1:
        raise NotAVault("the database is not the store of a vault")
    return int(version)


def _statements(script: str) -> list[str]:
    # Not executescript(), which would commit the transaction around it.
    code = "\n".join(line.partition("--")[0] for line in script.splitlines())
    return [statement for statement in code.split(";") if statement.strip()]
