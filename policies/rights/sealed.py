"""A bundle that only one key opens: encrypted with age on its way to the disk, decrypted in memory alone.

age (https://age-encryption.org/v1) wants to read what the zip wants to write, so a pipe joins the two: its
few kilobytes are all that is ever held of the plain text, and none of it touches the disk.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from policies.sharing.identity import is_recipient
from vault.errors import InputError, KeyMissing, Tampered, TooLarge, WrongPassphrase

__all__ = ["check_recipient", "is_sealed", "sealed", "unsealed"]

MAX_BYTES = 1 << 30
"""What is decrypted into memory at most."""
_CHUNK = 1 << 16
_MAGIC = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
_FOREIGN = "No matching keys found"


def check_recipient(recipient: str) -> None:
    """Raise InputError unless this is an age X25519 public key, its checksum included."""
    if not is_recipient(recipient):
        raise InputError(
            "not a public key of age", hint="it begins with age1: 'share keygen' or 'age-keygen -y' tells it"
        )


@contextmanager
def sealed(file: IO[bytes], recipient: str) -> Iterator[IO[bytes]]:
    """Give a file, not seekable, whose bytes arrive in ``file`` encrypted; whole when it is left.

    Raises:
        OSError: the bytes can't be written.
    """
    read, write = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(_encrypt, read, file, recipient)
        with os.fdopen(write, "wb", _CHUNK) as plain:
            yield plain
    done.result()


def _encrypt(read: int, file: IO[bytes], recipient: str) -> None:
    """Encrypt what comes out of a pipe; when this ends early, whoever writes into it gets BrokenPipeError."""
    import pyrage

    watched = _Watched(file)
    with os.fdopen(read, "rb", _CHUNK) as plain:
        try:
            pyrage.encrypt_io(plain, watched, [pyrage.x25519.Recipient.from_str(recipient)])
        except pyrage.EncryptError as error:
            raise OSError("the encrypted file can't be written") from error
    if watched.failed:  # the library says nothing of its last bytes
        raise watched.failed


def is_sealed(path: Path | str) -> bool:
    """Whether a file is encrypted with age."""
    with Path(path).open("rb") as file:
        return file.read(max(map(len, _MAGIC))).startswith(_MAGIC)


def unsealed(path: Path | str, identity: str | None) -> IO[bytes]:
    """Decrypt a file into memory.

    Args:
        path: The file.
        identity: The text of an age identity file: secret keys, one a line, and comments.

    Raises:
        KeyMissing: No identity was given.
        InputError: The identity holds no key that can be used.
        WrongPassphrase: The file is encrypted to another key.
        TooLarge: It holds more than ``MAX_BYTES``.
        Tampered: It was changed, or cut short.
        OSError: It can't be read.
    """
    import pyrage

    if identity is None:
        raise KeyMissing("the bundle is encrypted", hint="name the file of its key with --identity")
    keys, plain = _keys(identity), _Bounded()
    with Path(path).open("rb") as file:
        watched = _Watched(file)
        try:
            pyrage.decrypt_io(watched, plain, keys)
        except (pyrage.DecryptError, OSError) as error:  # the latter from a piece that was changed, too
            if watched.failed:
                raise watched.failed from None
            if str(error) == _FOREIGN:
                raise WrongPassphrase(
                    "the bundle is encrypted to another key", hint="use the key it was made for"
                ) from None
            raise Tampered("the file is no whole age file") from None
    plain.seek(0)
    return plain


def _keys(identity: str) -> list[Any]:
    from pyrage import IdentityError, x25519

    lines = (line.strip() for line in identity.splitlines())
    try:
        keys = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except IdentityError:
        keys = []
    if not keys:
        raise InputError(
            "no secret key of age that can be used", hint="its line begins with AGE-SECRET-KEY-1"
        )
    return keys


class _Bounded(io.BytesIO):
    """Memory that does not grow without end: nobody knows before what a file decrypts to."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_BYTES:
            raise TooLarge(
                "the bundle is too large to be decrypted in memory",
                hint="decrypt it with 'age -d' where you can keep the plain file, and verify that",
            )
        return super().write(data)


class _Watched:
    """A file that remembers why it could not be read or written; the library does not tell."""

    def __init__(self, file: IO[bytes]) -> None:
        self.failed: OSError | None = None
        self._file = file

    def read(self, size: int) -> bytes:
        with self._remembering():
            return self._file.read(size)

    def write(self, data: bytes) -> int:
        with self._remembering():
            return self._file.write(data)

    def flush(self) -> None:
        with self._remembering():
            self._file.flush()

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failed = self.failed or error
            raise
