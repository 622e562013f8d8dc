"""``vault.json`` on disk: read whole, replaced whole, changed by one process at a time.

A change starts from what the file says now and not from what somebody read an hour ago: a process that wrote
back an old data key after another had rotated it would lock everybody out.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vault.errors import AlreadyExists, Busy, LockedError, NotAVault, ReadOnly, StoreError
from vault.keys.header import Header
from vault.keys.keys import Keys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["HEADER_NAME", "changing", "header_bytes", "write", "write_new"]

HEADER_NAME = "vault.json"

_MAX_BYTES = 64 * 1024
_WAIT_SECONDS = 10.0  # a change takes as long as one guess at the passphrase
_POLL_SECONDS = 0.05


def header_bytes(folder: Path) -> bytes:
    """Return the header of the vault in ``folder`` as it stands there, unchecked; 64 KiB at most.

    Raises NotAVault if there is none, StoreError if it can't be read.
    """
    try:
        with (folder / HEADER_NAME).open("rb") as file:
            return file.read(_MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise NotAVault("there is no vault") from None
    except OSError as error:  # whose own words hold the path
        raise StoreError(
            f"the header can't be read: {error.strerror}", hint="check who owns the vault's folder"
        ) from None


@contextmanager
def changing(folder: Path, keys: Keys) -> Iterator[Header]:
    """Give the header as it is now, while no other process changes it; ``keys`` learn its data keys.

    Raises:
        Tampered: It is damaged, or ``keys`` are not this vault's.
        LockedError: Another process renewed or rotated the keys since these were unlocked.
        Busy: Another process does not stop changing it.
        NotAVault, UnsupportedVersion, TooLarge, StoreError: As ``header_bytes`` and ``Header.parse``.
    """
    with _locked(folder):
        header = Header.parse(header_bytes(folder))
        header.verify(keys)
        now = Keys(keys.secret, header.unwrapped(keys))
        if set(now.data).isdisjoint(keys.data):  # or an old header was put back
            raise LockedError("the keys of the vault were changed meanwhile", hint="open it again")
        keys.become(now)
        yield header


def write_new(folder: Path, header: Header) -> None:
    """Write the header of a new vault, in a private folder that is made if there is none.

    Raises AlreadyExists if there is a header already, and as ``write``.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise _there_already() from None
    except OSError as error:
        raise _refused(error) from None
    with _locked(folder):
        if (folder / HEADER_NAME).exists():
            raise _there_already()
        try:
            write(folder, header)
        except StoreError:  # a header without a database would stand in the way of the next try
            (folder / HEADER_NAME).unlink(missing_ok=True)
            raise


def write(folder: Path, header: Header) -> None:
    """Write the header whole or not at all, as a private file; it is on disk when this returns.

    Raises ReadOnly if the disk refuses, StoreError if it does not confirm.
    """
    try:
        _replace(folder / HEADER_NAME, json.dumps(header.document(), indent=2, sort_keys=True) + "\n")
    except OSError as error:
        raise _refused(error) from None
    _keep(folder)


def _there_already() -> AlreadyExists:
    return AlreadyExists("there is a vault, or a file, already", hint="choose another place")


def _refused(error: OSError) -> ReadOnly:
    """Return an error without the path that is in the words of the lower one."""
    return ReadOnly(
        f"the vault's folder can't be written to: {error.strerror}",
        hint="check who owns it, and whether the disk is full; nothing was changed",
    )


def _replace(target: Path, text: str) -> None:
    temporary = target.with_name(f"{target.name}.part")  # one name, so that a crash leaves one file at most
    temporary.unlink(missing_ok=True)
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _keep(folder: Path) -> None:
    """Have the disk confirm the rename: the data may be rekeyed once this returns, and not before."""
    if sys.platform == "win32":  # which has its renames on the journal
        return
    try:
        _sync(folder)
    except OSError as error:
        raise StoreError(
            f"the disk does not confirm that the new vault.json is kept: {error.strerror}",
            hint="check the disk, then open the vault again to see whether the change was made",
        ) from None


def _sync(folder: Path) -> None:
    handle = _open(folder)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system takes back when the process ends."""
    try:
        handle = _open(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise NotAVault("there is no vault") from None
    except OSError as error:
        raise _refused(error) from None
    try:
        _wait_for_lock(handle)
        yield
    finally:
        os.close(handle)


def _wait_for_lock(handle: int) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not _has_lock(handle):
        if time.monotonic() > deadline:
            raise Busy("another process is changing the keys of this vault", hint="wait and try again")
        time.sleep(_POLL_SECONDS)


if sys.platform == "win32":  # which can't open a folder

    def _open(folder: Path) -> int:
        return os.open(folder / f"{HEADER_NAME}.lock", os.O_RDWR | os.O_CREAT)

    def _has_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _open(folder: Path) -> int:
        return os.open(folder, os.O_RDONLY)

    def _has_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise _refused(error) from None
        return True
