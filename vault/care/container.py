"""The file of a backup: the encrypted database as it is, and behind it a trailer that proves every byte.

A trailer stands at the end because the database is written first, in place, by SQLite. Nothing in the file is
readable but what ``vault.json`` says anyway, a date and a count. Whoever reads one believes no number before
the sizes add up, and no byte before its hash is compared.

    database      SQLCipher, whole pages
    blocks        SHA-256 of each MiB of the database; the last block may be shorter
    statement     canonical JSON: format, version, vault, created, counter, database (its bytes), header
    digest        SHA-256 of blocks and statement: finds damage before anybody types a passphrase
    mac           HMAC-SHA256 of the digest, under a key that lasts as long as the vault: finds forgery
    length        bytes of the statement, 32 bits, big endian
    magic         16 bytes
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from vault.canonical import canonical
from vault.errors import Tampered, UnsupportedVersion
from vault.time import format_instant, parse_instant

__all__ = ["BLOCK", "MAGIC", "Container"]

BLOCK = 1 << 20
MAGIC = b"VitalVaultBackup"
FORMAT, VERSION = "vitalvault backup", 1

_END = struct.Struct(">32s32sI16s")
_HASH = hashlib.sha256().digest_size
_PAGE = 4096
_MAX_STATEMENT = 256 * 1024  # a header has 64 KiB at most
_MAX_COUNT = 1 << 63
_COPY_AGAIN = "take another backup; if this one was copied here, copy it again"


@dataclass(frozen=True, slots=True)
class Container:
    """What a backup says of itself; believe it after ``authenticate`` only.

    vault: UUID. created: ISO 8601, UTC. counter: of the manifest. header: the text of ``vault.json``.
    size: of the database in bytes. blocks: SHA-256 of each ``BLOCK`` of it.
    """

    vault: str
    created: str
    counter: int
    header: str
    size: int
    blocks: tuple[bytes, ...]
    mac: bytes = b""

    @classmethod
    def measure(cls, file: IO[bytes], vault: str, created: str, counter: int, header: str) -> Container:
        """Describe a file that so far holds a database and nothing else."""
        size = file.seek(0, os.SEEK_END)
        blocks = tuple(hashlib.sha256(block).digest() for block in _blocks(file, size))
        return cls(vault, created, counter, header, size, blocks)

    def trailer(self, key: bytes) -> bytes:
        """Return what follows the database, with a MAC under ``key`` (``Keys.backup``)."""
        statement = self._statement()
        digest = self._digest()
        mac = hmac.digest(key, digest, hashlib.sha256)
        return b"".join((*self.blocks, statement, _END.pack(digest, mac, len(statement), MAGIC)))

    @classmethod
    def read(cls, file: IO[bytes]) -> Container:
        """Read the trailer of a backup; its damage is found here, a forgery by ``authenticate``.

        Raises:
            Tampered: It is cut short, longer than it says, damaged, or no backup.
            UnsupportedVersion: A newer VitalVault wrote it.
        """
        whole = file.seek(0, os.SEEK_END)
        digest, mac, length, magic = _END.unpack(_at(file, whole - _END.size, _END.size))
        if magic != MAGIC:
            raise _damaged("this is no backup, or not the whole of one")
        if length > _MAX_STATEMENT:
            raise _damaged()
        start = whole - _END.size - length
        statement = _at(file, start, length)
        size = _database_size(start)
        listed = _at(file, size, start - size)
        if not hmac.compare_digest(digest, hashlib.sha256(listed + statement).digest()):
            raise _damaged()
        blocks = tuple(listed[i : i + _HASH] for i in range(0, len(listed), _HASH))
        found = cls(**_told(statement), size=size, blocks=blocks, mac=mac)
        if found._statement() != statement:
            raise _damaged()
        return found

    def authenticate(self, key: bytes) -> None:
        """Raise Tampered unless whoever wrote the trailer had the vault's ``key``."""
        if not hmac.compare_digest(self.mac, hmac.digest(key, self._digest(), hashlib.sha256)):
            raise _damaged("the backup is not as VitalVault wrote it")

    def database(self, file: IO[bytes]) -> Iterator[bytes]:
        """Yield the blocks of the database, each after its hash was found right; else raise Tampered."""
        for number, (block, hashed) in enumerate(zip(_blocks(file, self.size), self.blocks, strict=True)):
            if not hmac.compare_digest(hashlib.sha256(block).digest(), hashed):
                raise _damaged(f"the backup is damaged in its block {number + 1} of {len(self.blocks)}")
            yield block

    def _statement(self) -> bytes:
        return canonical(
            {
                "format": FORMAT,
                "version": VERSION,
                "vault": self.vault,
                "created": self.created,
                "counter": self.counter,
                "database": self.size,
                "header": self.header,
            }
        ).encode("ascii")

    def _digest(self) -> bytes:
        return hashlib.sha256(b"".join((*self.blocks, self._statement()))).digest()


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    file.seek(0)
    for start in range(0, size, BLOCK):
        block = file.read(min(BLOCK, size - start))
        if not block:  # cut short since it was measured
            raise _damaged()
        yield block


def _at(file: IO[bytes], start: int, length: int) -> bytes:
    if start < 0:
        raise _damaged("this is no backup, or not the whole of one")
    file.seek(start)
    return file.read(length)


def _database_size(both: int) -> int:
    """Return the bytes of the database, from those of it and its hashes together.

    There is one answer at most: a database is whole pages, and every begun MiB of it adds 32 bytes.
    """
    count = -(-both // (BLOCK + _HASH))
    size = both - count * _HASH
    if count < 1 or size % _PAGE or -(-size // BLOCK) != count:
        raise _damaged()
    return size


def _told(statement: bytes) -> dict[str, Any]:
    try:
        told = json.loads(statement)
        if told.pop("format") != FORMAT or type(told["version"]) is not int:
            raise ValueError("another statement")
        if told.pop("version") > VERSION:
            raise UnsupportedVersion("a newer VitalVault wrote this backup")
        del told["database"]  # what adds up is compared with what is said
        # What is shown to people before it is authenticated must be nothing but what it claims to be.
        plain = (
            str(uuid.UUID(told["vault"])) == told["vault"]
            and format_instant(parse_instant(told["created"])[0]) == told["created"]
            and type(told["counter"]) is int
            and 0 <= told["counter"] < _MAX_COUNT
            and told["header"].isascii()
        )
        if not plain or told.keys() != {"vault", "created", "counter", "header"}:
            raise ValueError("another statement")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _damaged() from error
    return dict(told)


def _damaged(words: str = "the backup is damaged") -> Tampered:
    return Tampered(words, hint=_COPY_AGAIN)
