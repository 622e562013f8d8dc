"""Is a bundle what its signer wrote: the manifest by its signature, each file by the manifest.

The idea: nothing of a file is believed before all of it was hashed, so that a bundle that was changed leaves
nothing behind. Whose key signed it can't be known here; who can tell is told its name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from vault.ed25519 import signed_by
from vault.errors import MalformedFile, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.archive import Archive, Member

__all__ = ["VERSION", "Signed", "changed", "format_of", "signed"]

_MANIFEST = "manifest.json"
_VOUCHING = (_MANIFEST, "manifest.sig", "owner.pub")
VERSION = 2
_FORMAT = "vitalvault-bundle"
_TAG = b"vitalvault/bundle/1\n"
_LARGEST = 1 << 26
_CHUNK = 1 << 20
_HINT = "export it again, and check it with 'vitalvault export verify'"


@dataclass(frozen=True, slots=True)
class Signed:
    """A manifest whose signature holds: (size, SHA-256) of every file by path, and the key, as hex."""

    files: dict[str, tuple[int, str]]
    signer: str

    def check(self, archive: Archive, members: list[Member], told: Callable[[int], None]) -> None:
        """Read files through, and compare them; ``told`` hears how many bytes were read.

        Raises MalformedFile for one that is not listed, or not what was signed.
        """
        for member in members:
            digest = hashlib.sha256()
            with archive.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
            if self.files.get(member.name) != (member.size, digest.hexdigest()):
                raise changed("a file of the bundle is not what was signed")
            told(member.size)


def changed(what: str) -> MalformedFile:
    """Return the error of a bundle that is not as it was written."""
    return MalformedFile(what, hint=_HINT, code="changed-bundle")


def format_of(archive: Archive) -> int:
    """Return the version of the bundle that an archive is; 0 if it is none."""
    member = next((one for one in archive.members if one.name == _MANIFEST), None)
    if member is None:
        return 0
    try:
        said = json.loads(_whole(archive, member))
    except (VaultError, ValueError, RecursionError):
        return 0
    version = said.get("version") if isinstance(said, dict) and said.get("format") == _FORMAT else 0
    return version if isinstance(version, int) else 0


def signed(archive: Archive) -> Signed:
    """Return the manifest of a bundle; raises MalformedFile if it is none or its signature does not hold."""
    members = {one.name: one for one in archive.members}
    try:
        raw, signature, key = (_whole(archive, members[name]) for name in _VOUCHING)
        files = dict(_listed(json.loads(raw)))
        signer = key.decode("ascii").strip()
        holds = signed_by(signer, _TAG + raw, signature.decode("ascii").strip())
    except KeyError:
        raise changed("a bundle without its manifest, signature or key") from None
    except (ValueError, TypeError, RecursionError):
        raise changed("a bundle whose manifest, signature or key can't be read") from None
    if not holds:
        raise changed("a bundle that was changed: the signature does not hold")
    return Signed(files, signer)


def _listed(said: Any) -> Iterator[tuple[str, tuple[int, str]]]:
    for file in said["files"]:
        yield str(file["path"]), (int(file["size"]), str(file["sha256"]))


def _whole(archive: Archive, member: Member) -> bytes:
    """Return the bytes of a small file; raises ValueError if it is not small."""
    if member.size > _LARGEST:
        raise ValueError("too large")
    with archive.open(member) as stream:
        return b"".join(iter(partial(stream.read, _CHUNK), b""))
