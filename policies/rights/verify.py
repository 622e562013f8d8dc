"""Is a bundle whole and as its owner wrote it: every file, every count, the lists and the signature.

The file may come from anywhere, so nothing in it is believed: names that lead out of a folder, archives that
blow up and lines without end are problems, not accidents. Nothing is unpacked to disk. A bundle proves
only that the holder of its key wrote it; compare the key with the owner's to know who that is.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policies.rights import manifest as bag
from policies.rights.manifest import Entry, RowCount
from policies.signing import canonical, signed_by
from vault.errors import InputError, UnsupportedVersion

__all__ = ["Verification", "verify_bundle"]

MAX_FILES = 1_000_000
MAX_RATIO = 200
"""Times its own size that a zip may unpack to; health data as text comes to about 20."""
MAX_SMALL = 1 << 26
"""Bytes of a file that is read whole, and what any zip may unpack to."""
MAX_LINE = 1 << 24
_CHUNK = 1 << 18
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_MOMENT = re.compile(r"^[0-9T:.+Z-]{1,40}$")
_FHIR = re.compile(r"data/fhir/([A-Z][A-Za-z]+)\.\d{3,}\.ndjson")
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, RuntimeError, ValueError),
)
"""What ``zipfile`` raises on a zip that is none, or that somebody made to hurt; ValueError for a name."""


@dataclass(slots=True)
class Verification:
    """What was found; ``signer`` is the key (hex) whose signature holds, empty if none does."""

    problems: list[str] = field(default_factory=list)
    files: int = 0
    created: str = ""
    signer: str = ""

    @property
    def ok(self) -> bool:
        """Whether the bundle is whole and signed."""
        return not self.problems


def verify_bundle(path: Path | str, *, signer: str | None = None) -> Verification:
    """Check a bundle.

    Args:
        path: The zip.
        signer: The key (hex) that must have signed it; None takes the one it brings.

    Raises:
        InputError: The file can't be read.
        UnsupportedVersion: A newer VitalVault wrote it.
    """
    found = Verification()
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, Path(path).stat().st_size, signer, found)
    except _DAMAGE:
        found.problems.append("the file is no whole zip: it was cut short or changed")
    except OSError as error:
        raise InputError("the bundle can't be read", hint="give the path of a bundle") from error
    return found


def _check(archive: zipfile.ZipFile, size: int, signer: str | None, found: Verification) -> None:
    infos = archive.infolist()
    found.files = len(infos)
    found.problems += _unsafe(infos, size)
    if found.problems:
        return
    body = _manifest(archive, signer, found)
    if not body:
        return
    listed = {entry.path: entry for entry in _listed(body, found)}
    present = {info.filename for info in infos}
    found.problems += [f"{path}: missing" for path in sorted((listed.keys() | bag.UNLISTED) - present)]
    found.problems += [
        f"{path}: not in the manifest" for path in sorted(present - listed.keys() - bag.UNLISTED)
    ]
    read = {info.filename: _read(archive, info, listed.get(info.filename), found) for info in infos}
    found.problems += _wrong_lists(read, (read | listed).values())


def _unsafe(infos: list[zipfile.ZipInfo], size: int) -> Iterator[str]:
    """Yield why an archive is not even looked into: names, kinds of entries, and what it would unpack to."""
    if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > MAX_RATIO * size + MAX_SMALL:
        yield "the archive would unpack to more than is sane"
        return
    names: set[str] = set()
    for info in infos:
        name = info.filename
        if not _NAME.fullmatch(name) or name.casefold() in names:
            yield f"{name[:100]!r}: a name that no bundle has, or has once"
        elif info.flag_bits & 0x1 or stat.S_ISLNK(info.external_attr >> 16):
            yield f"{name}: encrypted, or a link"
        names.add(name.casefold())


def _manifest(archive: zipfile.ZipFile, signer: str | None, found: Verification) -> dict[str, Any]:
    """Return the manifest, nothing if it is none; its signature is judged on the way."""
    try:
        raw, signature, key = (_small(archive, name) for name in (bag.MANIFEST, bag.SIGNATURE, bag.KEY))
        body: dict[str, Any] = json.loads(raw)
        is_canonical = isinstance(body, dict) and canonical(body) == raw
    except (KeyError, ValueError, RecursionError):
        found.problems.append("manifest.json, manifest.sig or owner.pub: missing or damaged")
        return {}
    if not is_canonical or body.get("format") != bag.FORMAT:
        found.problems.append("manifest.json: not a manifest of a bundle")
        return {}
    if body.get("version") != bag.VERSION:
        raise UnsupportedVersion("the bundle has a format this VitalVault does not know")
    owner = key.decode("ascii", "replace").strip()
    if not signed_by(owner, bag.DOMAIN, body, signature.decode("ascii", "replace").strip()):
        found.problems.append("manifest.sig: not the signature of owner.pub on manifest.json")
    elif signer is not None and owner != signer.lower():
        found.problems.append("owner.pub: another key than the one asked for")
    else:
        found.signer, found.created = owner, "".join(_MOMENT.findall(str(body.get("created"))))
    return body


def _listed(body: dict[str, Any], found: Verification) -> Iterator[Entry]:
    files = body.get("files")
    for one in files if isinstance(files, list) else [None]:
        said = one if isinstance(one, dict) else {}
        path = said.get("path")
        if isinstance(path, str) and _NAME.fullmatch(path):
            yield Entry(path, said.get("size", -1), str(said.get("sha256")), said.get("rows"))
        else:
            found.problems.append("manifest.json: lists a file as no bundle does")


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, listed: Entry | None, found: Verification
) -> Entry:
    """Read one file through, once, and compare it with the manifest."""
    path, size, digest, count = info.filename, 0, hashlib.sha256(), RowCount(info.filename)
    fhir = _FHIR.fullmatch(path)
    lines = _Lines(fhir[1]) if fhir else None
    try:
        with archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                digest.update(chunk)
                count.feed(chunk)
                if lines is not None:
                    lines.feed(chunk)
    except _DAMAGE:
        found.problems.append(f"{path}: damaged")
        return Entry(path, size, "")
    entry = Entry(path, size, digest.hexdigest(), count.rows)
    if listed is not None and (entry.size, entry.sha256) != (listed.size, listed.sha256):
        found.problems.append(f"{path}: changed")
    elif listed is not None and entry.rows != listed.rows:
        found.problems.append(f"{path}: holds another number of rows than the manifest says")
    if lines is not None and not lines.whole:
        found.problems.append(f"{path}: a line is no {lines.kind} resource")
    return entry


class _Lines:
    """Checks NDJSON while it goes by: each line is a resource of one type with an id."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._rest = b""
        self._good = True

    def feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._good = self._good and len(self._rest) <= MAX_LINE and all(map(self._is_resource, lines))
        if not self._good:
            self._rest = b""

    @property
    def whole(self) -> bool:
        """Whether every line was good and the last one ended."""
        return self._good and not self._rest

    def _is_resource(self, line: bytes) -> bool:
        try:
            resource = json.loads(line)
            return bool(resource["resourceType"] == self.kind and resource["id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return False


def _wrong_lists(read: Mapping[str, Entry], entries: Collection[Entry]) -> Iterator[str]:
    """Yield BagIt lists that do not say what the manifest says."""
    for name, payload in ((bag.LISTS, True), (bag.TAGS, False)):
        wanted = hashlib.sha256(bag.bag_lines(entries, payload=payload).encode()).hexdigest()
        if name in read and read[name].sha256 != wanted:
            yield f"{name}: does not list the files of the manifest"


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        content = file.read(MAX_SMALL + 1)
    if len(content) > MAX_SMALL:
        raise ValueError("too large")
    return content
