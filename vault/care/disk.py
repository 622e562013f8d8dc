"""The disk in our words: full, refusing or failing; and what makes a new name last through a power cut."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vault.errors import ReadOnly, StoreError

__all__ = ["mapped_disk", "need_room", "sync_folder"]

_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


@contextmanager
def mapped_disk() -> Iterator[None]:
    """Turn every OSError into StoreError or ReadOnly, whose words hold no path."""
    try:
        yield
    except OSError as error:
        raise _ours(error) from None


def _ours(error: OSError) -> StoreError:
    if error.errno in _FULL:
        return StoreError("the disk is full", hint="free some space and try again; nothing was left behind")
    if error.errno in _REFUSED:
        return ReadOnly(
            f"the folder can't be written to, or the file not read: {error.strerror}",
            hint="check who owns it, and whether the disk is mounted read-only",
        )
    return StoreError(
        f"the disk failed to read or write: {error.strerror}", hint="check the disk, then try again"
    )


def need_room(folder: Path, size: int) -> None:
    """Raise StoreError unless so many bytes are free there: better at once than after an hour of copying."""
    if shutil.disk_usage(folder).free < size:
        raise StoreError(
            f"there is not enough room: {size // 1_000_000 + 1} MB are needed",
            hint="free some space, or choose another disk",
        )


def sync_folder(folder: Path) -> None:
    """Have the folder's names on disk when this returns."""
    if os.name == "nt":  # Windows can't open a folder, and its rename is on the journal
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
