"""A share opened on the recipient's side: decrypted, its signature, audience, end and every file checked.

No vault is needed. Nothing is shown or written before everything is checked. What no program can do: make a
recipient forget, or keep one from setting back the clock; the limits are in the file in so many words.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from policies.sharing.header import ASK_AGAIN, Header, parse
from policies.sharing.identity import recipient_of
from policies.sharing.package import DOMAIN, HEADER, SCHEMA, SIGNATURE
from policies.signing import canonical, signed_by
from vault.errors import (
    AccessDenied,
    AlreadyExists,
    InputError,
    Tampered,
    TooLarge,
    VaultError,
    WrongPassphrase,
)
from vault.time import Clock, utc_now

__all__ = ["Opened", "open_share"]

_MOST_BYTES = 1 << 30
_MOST_FILES = 10_000
_FOREIGN = "No matching keys found"


@dataclass(frozen=True, slots=True)
class Opened:
    """A share that holds: its signed header, and its files by path."""

    header: dict[str, Any]
    files: dict[str, bytes]

    def write(self, folder: str | Path) -> list[Path]:
        """Write the files into a new folder, readable for its owner alone, and return where they are.

        Raises:
            AlreadyExists: there is something at that place.
        """
        root = Path(folder)
        try:
            root.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            raise AlreadyExists("there is a folder of that name", hint="choose another name") from None
        written = []
        for path, data in self.files.items():
            target = root.joinpath(*PurePosixPath(path).parts[1:])
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod(0o600)
            written.append(target)
        return written


def open_share(path: str | Path, secret: str, *, signer: str | None = None, clock: Clock = utc_now) -> Opened:
    """Open a share with the recipient's secret key.

    Args:
        path: The file.
        secret: ``AGE-SECRET-KEY-...``.
        signer: The public key (hex) that must have signed it, if the sender's is known.
        clock: What time it is.

    Raises:
        WrongPassphrase: it is encrypted to another key.
        AccessDenied: it was made for somebody else, or its time is over.
        Tampered: it is damaged, changed, signed by another vault, or what was signed makes no sense.
        InputError, TooLarge: it is no share, or an impossible one.
    """
    archive = _decrypted(Path(path), secret)
    header, files = _contents(archive)
    _check_signature(header, files.pop(SIGNATURE, b""), signer)
    told = parse(canonical(header))
    if told.audience != recipient_of(secret):
        raise AccessDenied("this share was made for somebody else, and then wrapped anew")
    if clock() >= told.not_after:
        raise AccessDenied(
            f"this share ended on {told.not_after:%Y-%m-%d}", hint="ask its sender for a new one"
        )
    _check_files(told, files)
    return Opened(header, files)


def _decrypted(path: Path, secret: str) -> bytes:
    import pyrage

    recipient_of(secret)
    if path.stat().st_size > _MOST_BYTES:
        raise TooLarge("a share of more than a gigabyte is none")
    try:
        plain: bytes = pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(secret.strip())])
    except pyrage.DecryptError as error:
        if str(error) == _FOREIGN:
            raise WrongPassphrase(
                "the share is encrypted to another key", hint="use the key whose card its sender has"
            ) from None
        raise Tampered("the share is damaged, or no share", hint=ASK_AGAIN) from None
    return plain


def _contents(raw: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the header and all other files; nothing of either is believed yet."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_FILES or sum(one.file_size for one in members) > _MOST_BYTES:
                raise TooLarge("the share unpacks to an impossible size")
            files = {one.filename: archive.read(one) for one in members}
        if len(files) != len(members):
            raise ValueError("a name twice")
        told = files.pop(HEADER)
        header = json.loads(told)
        if header["schema"] != SCHEMA:
            raise InputError("a share of another format", hint="update VitalVault")
        if canonical(header) != told:
            raise ValueError("not canonical")
    except VaultError:  # of which InputError is a ValueError
        raise
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        RecursionError,
        NotImplementedError,
        EOFError,
    ):
        raise Tampered("the share is damaged, or no share", hint=ASK_AGAIN) from None
    return header, files


def _check_signature(header: Mapping[str, Any], signature: bytes, signer: str | None) -> None:
    issuer = str(header.get("issuer", ""))
    if not signed_by(issuer, DOMAIN, header, signature.decode("ascii", "replace")):
        raise Tampered("the share is not what its vault signed", hint=ASK_AGAIN)
    if signer is not None and issuer != signer:
        raise Tampered("another vault signed this share", hint=ASK_AGAIN)


def _check_files(header: Header, files: Mapping[str, bytes]) -> None:
    listed = {one.path: (one.size, one.sha256) for one in header.files}
    there = {path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()}
    if listed != there:
        raise Tampered("the share's files are not the ones its vault signed", hint=ASK_AGAIN)
