"""Errors of the library below: every class and code of sqlcipher3 becomes one of ours."""

from __future__ import annotations

import sqlite3

import pytest
from sqlcipher3 import dbapi2

from vault.errors import Busy, LockedError, ReadOnly, StoreError, Tampered, VaultError
from vault.store.connection import mapped

LOWER = [
    kind
    for kind in vars(dbapi2).values()
    if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__.startswith("sqlcipher3")
]


def test_lower_exceptions_are_the_ten_of_the_database_interface():
    """sqlcipher3 has the ten exceptions of PEP 249; a new one would have to be mapped."""
    assert {kind.__name__ for kind in LOWER} == {
        "DataError",
        "DatabaseError",
        "Error",
        "IntegrityError",
        "InterfaceError",
        "InternalError",
        "NotSupportedError",
        "OperationalError",
        "ProgrammingError",
        "Warning",
    }


@pytest.mark.parametrize("kind", LOWER, ids=lambda kind: kind.__name__)
def test_lower_exception_is_mapped(kind):
    """Each of them becomes an error of ours with a hint, also when it carries no code."""
    with pytest.raises(VaultError) as caught, mapped():
        raise kind("words of the library")
    assert "words" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("SQLITE_BUSY", Busy),
        ("SQLITE_BUSY_SNAPSHOT", Busy),
        ("SQLITE_LOCKED", Busy),
        ("SQLITE_PROTOCOL", Busy),
        ("SQLITE_NOTADB", LockedError),
        ("SQLITE_CORRUPT", Tampered),
        ("SQLITE_READONLY", ReadOnly),
        ("SQLITE_PERM", ReadOnly),
        ("SQLITE_CANTOPEN", ReadOnly),
        ("SQLITE_FULL", StoreError),
        ("SQLITE_IOERR", StoreError),
        ("SQLITE_IOERR_FSYNC", StoreError),
        ("SQLITE_NOMEM", StoreError),
        ("SQLITE_INTERRUPT", StoreError),
        ("SQLITE_CONSTRAINT", StoreError),
        ("SQLITE_MISUSE", StoreError),
    ],
)
def test_lower_code_is_mapped(name, ours):
    """The code decides which error, extended codes like their base; each has a hint of its own."""
    error = dbapi2.OperationalError("words of the library")
    error.sqlite_errorcode = getattr(sqlite3, name)
    with pytest.raises(ours) as caught, mapped():
        raise error
    assert type(caught.value) is ours
    assert caught.value.hint


def test_other_exceptions_pass_through():
    """What is no error of the library is nobody's to rename."""
    with pytest.raises(Tampered, match="as it was"), mapped():
        raise Tampered("as it was")
