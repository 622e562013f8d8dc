"""What a bundle says of its own files: BagIt's lists for any archive tool, and a signed one of ours.

Whoever changes a file can also rewrite BagIt's sums. ``manifest.json`` holds size, SHA-256 and rows of
every file and is signed with the vault's Ed25519 key, so that only its owner could have written it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "BAGIT",
    "DOMAIN",
    "FETCH",
    "FORMAT",
    "INFO",
    "KEY",
    "LISTS",
    "MANIFEST",
    "PAYLOAD",
    "SIGNATURE",
    "SUBSET",
    "TAGS",
    "UNLISTED",
    "VERSION",
    "Entry",
    "RowCount",
    "bag_declaration",
    "bag_info",
    "bag_lines",
    "manifest",
    "oxum",
    "signer_line",
]

FORMAT = "vitalvault-bundle"
VERSION = 2
DOMAIN = "bundle"
"""The domain tag of the signature: ``vitalvault/bundle/1``."""
SUBSET = "art-20"
"""What a bundle of the portable part calls itself."""

MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "owner.pub"
BAGIT, INFO = "bagit.txt", "bag-info.txt"
LISTS, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
FETCH = "fetch.txt"
"""BagIt's list of what is to be fetched from elsewhere: no bundle has it."""
PAYLOAD = "data/"
UNLISTED = frozenset({MANIFEST, SIGNATURE, KEY, TAGS})
"""Files that ``manifest.json`` can't hold, for they are made from it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle; ``rows`` are records of a table or lines of NDJSON, None for other files."""

    path: str
    size: int
    sha256: str
    rows: int | None = None


class RowCount:
    """Counts the records of a file while its bytes go by, if it is a table or NDJSON."""

    def __init__(self, path: str) -> None:
        self._is_table = path.startswith("data/csv/") and path.endswith(".csv")
        self._counts = self._is_table or (path.endswith(".ndjson") and not path.startswith("data/originals/"))
        self._lines = 0
        self._quoted = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; a line end between quotes is part of a table's cell."""
        if not self._is_table:
            self._lines += chunk.count(b"\n")
            return
        for at, part in enumerate(chunk.split(b'"')):
            self._quoted ^= at > 0
            self._lines += 0 if self._quoted else part.count(b"\n")

    @property
    def rows(self) -> int | None:
        """The records so far, a table's heading not counted; None for a file that has none."""
        return self._lines - self._is_table if self._counts else None


def manifest(entries: Iterable[Entry], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest: the format, what it is about, and every file by path."""
    files = [
        {"path": entry.path, "rows": entry.rows, "sha256": entry.sha256, "size": entry.size}
        for entry in sorted(entries, key=lambda entry: entry.path)
    ]
    return {"format": FORMAT, "version": VERSION, "files": files, **about}


def bag_declaration() -> str:
    """Return ``bagit.txt`` (RFC 8493, 2.1.1)."""
    return "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def bag_info(entries: Iterable[Entry], day: str, key: str, *, portable: bool) -> str:
    """Return ``bag-info.txt``: what the bag is, in words, and whose key (hex) signed it."""
    what = "Health and training data of one person, in open formats"
    subset = "; the portable part: what they provided and what was observed (GDPR Art. 20)"
    return (
        f"Bag-Software-Agent: VitalVault\nBagging-Date: {day}\n"
        f"External-Description: {what}{subset if portable else ''}\n"
        f"{oxum(entries)}\n{signer_line(key)}\n"
    )


def oxum(entries: Iterable[Entry]) -> str:
    """Return the line of bytes and number of the files under ``data/`` (RFC 8493, 2.2.2)."""
    payload = [entry.size for entry in entries if entry.path.startswith(PAYLOAD)]
    return f"Payload-Oxum: {sum(payload)}.{len(payload)}"


def signer_line(key: str) -> str:
    """Return the line that names the key; the manifest's signer has to agree with it."""
    return f"Signing-Key: {key}"


def bag_lines(entries: Iterable[Entry], *, payload: bool) -> str:
    """Return ``manifest-sha256.txt`` (the payload) or ``tagmanifest-sha256.txt`` (all else but itself)."""
    listed = [entry for entry in entries if entry.path.startswith(PAYLOAD) == payload and entry.path != TAGS]
    return "".join(f"{entry.sha256}  {entry.path}\n" for entry in sorted(listed, key=lambda one: one.path))
