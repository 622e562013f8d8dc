"""A zip written in one pass, the same bytes for the same content, with a record of every file in it.

Nothing is put aside on disk: a file's hash and size are taken while it goes through. Times, modes and the
order of files are fixed, so that equal vaults make equal archives.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from policies.rights.manifest import Entry, RowCount
from vault.errors import AlreadyExists, StoreError, VaultError

__all__ = ["Archive", "new_file", "refuse_existing", "safe_name"]

_PRIVATE = 0o600
_UNIX = 3
_LEVEL = 6
_FIRST_YEAR = 1980  # zip's clock begins then
_LONGEST = 80
_PLAIN = re.compile(r"[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_-]+)*")


class Archive:
    """An open zip; ``entries`` are the files so far."""

    def __init__(self, file: IO[bytes], at: datetime) -> None:
        self.entries: list[Entry] = []
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        moment = at.replace(year=max(at.year, _FIRST_YEAR))
        self._at = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def add(self, path: str, chunks: Iterable[bytes]) -> Entry:
        """Write one file from its bytes, in any pieces."""
        info = zipfile.ZipInfo(path, self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = _UNIX
        info.external_attr = _PRIVATE << 16
        digest, size, count = hashlib.sha256(), 0, RowCount(path)
        with self._zip.open(info, "w", force_zip64=True) as out:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                count.feed(chunk)
                out.write(chunk)
        entry = Entry(path, size, digest.hexdigest(), count.rows)
        self.entries.append(entry)
        return entry

    def close(self) -> None:
        """Write the directory of the zip."""
        self._zip.close()


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Open a file that only its owner can read, and put it in place when it is whole.

    It is written beside its place under ``.partial``; after any error nothing is left of it.

    Raises:
        AlreadyExists: something is there, and ``force`` was not given.
        StoreError: the folder is missing, or the disk full or read-only.
    """
    refuse_existing(path, force=force)
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(partial, flags, _PRIVATE), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except VaultError:  # of them, AccessDenied is an OSError
        raise
    except OSError as error:
        raise StoreError(
            "the file can't be written there", hint="check that the folder exists and has room"
        ) from error
    finally:
        with suppress(OSError):  # which would hide what went wrong before
            partial.unlink()


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise AlreadyExists if something is there, and ``force`` was not given."""
    if path.exists() and not force:
        raise AlreadyExists("there is a file of that name", hint="choose another name, or use --force")


def safe_name(name: str) -> str:
    """Return a name any file system takes; what had to be changed is told apart by a piece of its hash."""
    if len(name) <= _LONGEST and _PLAIN.fullmatch(name):
        return name
    cleaned = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:_LONGEST]
    return f"{cleaned or 'unnamed'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
