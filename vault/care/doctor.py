"""The doctor: looks at a vault from outside and inside, says what each finding means and what mends it.

It only reads. Nothing is finished, migrated or put in order here, so that a vault which is broken, or of
which only a part is left, can be looked at as it is.
"""

from __future__ import annotations

import os
import shutil
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vault import keys
from vault.errors import LockedError, NotAVault, Tampered, VaultError
from vault.store import schema
from vault.store.connection import damaged_pages
from vault.store.events import ERASING
from vault.store.store import DATABASE, Store
from vault.time import Clock, utc_now

if TYPE_CHECKING:
    from vault.keys import Keys

__all__ = ["Finding", "examine"]

DAYS_OF_A_BACKUP = 30
SLACK_BYTES = 64 << 20
LEFT_BY_A_CRASH = (f"{keys.HEADER_NAME}[a-z0-9_]*", "*.part", "*.partial", "*.tmp")
OF_AN_OLDER_FORMAT = "before-format-*.backup"
_TO_RESTORE = "vitalvault restore BACKUP --to NEW-FOLDER"
_TO_FINISH = "vitalvault status (whatever opens the vault for writing finishes it)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, how it went, what that means, and the command that mends it, if any is needed."""

    name: str
    state: Literal["ok", "warning", "fault"]
    meaning: str
    mend: str = ""


def examine(folder: Path, passphrase: str | None = None, *, clock: Clock = utc_now) -> list[Finding]:
    """Return what every check found; without passphrase and keyring, only what shows from outside."""
    if not folder.is_dir():
        return [_header(folder)]
    outside = [
        check(folder) for check in (_header, _database, _wal, _access, _guessing, _place, _room, _rest)
    ]
    return [*outside, *_inside(folder, passphrase, clock)]


# From outside: the folder, before anything of it is opened.


def _header(folder: Path) -> Finding:
    try:
        keys.described(folder)
    except VaultError as error:
        return Finding("header", "fault", f"{error}; without it no key opens the vault", _mend(error))
    return Finding("header", "ok", "vault.json can be read, and asks for nothing that is unsafe")


def _database(folder: Path) -> Finding:
    if not (folder / DATABASE).is_file():
        return Finding("database", "fault", "vault.db is missing: the data are not here", _TO_RESTORE)
    return Finding("database", "ok", "vault.db is there")


def _wal(folder: Path) -> Finding:
    if _size(folder / f"{DATABASE}-wal"):
        meaning = (
            "changes wait beside the database: the vault is in use, or a program ended without closing it"
        )
        return Finding("wal", "warning", meaning, _TO_FINISH)
    return Finding("wal", "ok", "no change waits beside the database")


def _access(folder: Path) -> Finding:
    open_to_others = [path.name for path in _files(folder) if path.stat().st_mode & 0o077]
    if os.name != "posix":
        return Finding(
            "access", "ok", "the folder has the rights of the one it lies in; nothing else is known here"
        )
    if stat.S_IMODE(folder.stat().st_mode) & 0o077 or open_to_others:
        meaning = "others who use this machine can reach the folder or its files"
        return Finding("access", "warning", meaning, "chmod -R go-rwx FOLDER")
    return Finding("access", "ok", "folder and files are for you alone")


def _guessing(folder: Path) -> Finding:
    try:
        weaker = any(slot.is_weaker_than_default for slot in keys.described(folder))
    except VaultError:
        return Finding("guessing", "warning", "what a guess costs can't be read", _TO_RESTORE)
    if weaker:
        meaning = "a guess at the passphrase costs less than in a vault made today"
        return Finding("guessing", "warning", meaning, "vitalvault rekey")
    return Finding("guessing", "ok", "a guess at the passphrase costs what it costs today")


def _place(folder: Path) -> Finding:
    service = _synchroniser(folder.resolve())
    if service is None:
        return Finding("place", "ok", "no folder above it is one that is known to be synchronised")
    meaning = f"{service} copies this folder, file by file: a copy of two moments is no vault"
    return Finding(
        "place", "warning", meaning, "move the folder, and put a 'vitalvault backup' there instead"
    )


def _room(folder: Path) -> Finding:
    needed = _size(folder / DATABASE) + SLACK_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        meaning = f"{free >> 20} MiB are free; an erasure or a change of keys can need {needed >> 20} MiB"
        return Finding("room", "warning", meaning, "free some space on this disk")
    return Finding("room", "ok", "the disk has room for an erasure or a change of keys")


def _rest(folder: Path) -> Finding:
    names = [path.name for path in _files(folder)]
    left = [name for name in names if any(fnmatch(name, pattern) for pattern in LEFT_BY_A_CRASH)]
    left += [path.name for path in folder.resolve().parent.glob(f".{escape(folder.resolve().name)}-*.part")]
    if left:
        meaning = f"a crash left files that nothing reads, {len(left)} in number"
        return Finding("leftovers", "warning", meaning, f"delete {', '.join(sorted(left))}")
    if old := [name for name in names if fnmatch(name, OF_AN_OLDER_FORMAT)]:
        meaning = "the vault of before the change of format is still here, with what was erased since"
        return Finding("leftovers", "warning", meaning, f"vitalvault verify; then delete {old[0]}")
    return Finding("leftovers", "ok", "nothing lies in the folder that does not belong there")


# From inside: with the key, for reading only.


def _inside(folder: Path, passphrase: str | None, clock: Clock) -> Iterator[Finding]:
    try:
        opened = keys.unlock(
            folder, passphrase=passphrase, keyring=passphrase is None and keys.has_keyring(folder)
        )
    except LockedError as error:
        yield Finding("opens", "warning", f"not looked at from inside: {error}", error.hint)
        return
    except VaultError as error:
        yield Finding("opens", "fault", str(error), _mend(error))
        return
    try:
        yield from _opened(folder, opened, clock)
    finally:
        opened.wipe()


def _opened(folder: Path, opened: Keys, clock: Clock) -> Iterator[Finding]:
    try:
        with Store.open(folder / DATABASE, *opened.databases, read_only=True) as store:
            yield _pages(store)
            yield _manifest(store)
            if store.format == schema.VERSION:
                yield _unfinished(store, opened)
                yield _backup(store, clock)
    except VaultError as error:
        yield Finding("opens", "fault", str(error), _mend(error))


def _manifest(store: Store) -> Finding:
    if store.format < schema.VERSION:
        meaning = "it opens, and has the format of an older VitalVault, without a manifest"
        return Finding("opens", "warning", meaning, "vitalvault status (a backup is made, then it is lifted)")
    return Finding("opens", "ok", f"it opens, and the manifest holds; counter {store.counter}")


def _pages(store: Store) -> Finding:
    damaged = len(damaged_pages(store.connection))
    if damaged:
        return Finding("pages", "fault", f"{damaged} pages are not as they were written", _TO_RESTORE)
    return Finding("pages", "ok", "every page is as it was written; 'vitalvault verify' reads what they say")


def _unfinished(store: Store, opened: Keys) -> Finding:
    if store.setting(ERASING):
        meaning = "an erasure was interrupted: the rows are gone, their pages and keys not yet"
        return Finding("unfinished", "warning", meaning, _TO_FINISH)
    if keys.is_pending(opened):
        return Finding("unfinished", "warning", "a change of the data key was interrupted", _TO_FINISH)
    return Finding("unfinished", "ok", "no erasure and no change of keys is half done")


def _backup(store: Store, clock: Clock) -> Finding:
    last = store.last_event("backup")
    if last is None:
        return Finding("backup", "warning", "there never was a backup", "vitalvault backup FILE")
    days = (clock() - last.at).days
    if days > DAYS_OF_A_BACKUP:
        return Finding("backup", "warning", f"the last backup is {days} days old", "vitalvault backup FILE")
    return Finding("backup", "ok", f"the last backup is {days} days old")


def _mend(error: VaultError) -> str:
    return _TO_RESTORE if isinstance(error, (NotAVault, Tampered)) else error.hint


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _synchroniser(folder: Path) -> str | None:
    """Return the service that is known to copy the folder or one above it, or None."""
    table = tomllib.loads(Path(__file__).with_name("synchronised.toml").read_text("utf-8"))
    for service in table["service"]:
        for above in (folder, *folder.parents):
            named = any(fnmatch(above.name.lower(), pattern.lower()) for pattern in service["folders"])
            if named or any((above / marker).exists() for marker in service["markers"]):
                return str(service["name"])
    return None
