"""Is a bundle whole and as its owner wrote it: every file, every count, the lists and all signatures.

Three things have to agree: the files with the manifest, the manifest with its signature, and its signer with
whoever signed the receipts and the log before. That proves that one key wrote it all; whose key that is, only
a comparison with the owner's shows.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from policies.rights import manifest as bag
from policies.rights.manifest import Entry, RowCount
from policies.rights.sealed import is_sealed, unsealed
from policies.rights.untrusted import DAMAGE, NAME, Lines, small, unsafe
from policies.rights.witnesses import CHECKPOINTS, LOG, disagreements
from policies.signing import canonical, signed_by
from vault.errors import InputError, Tampered, UnsupportedVersion

__all__ = ["Verification", "verify_bundle"]

MAX_PROBLEMS = 1_000
"""Problems that are told one by one."""
_CHUNK = 1 << 18
_MOMENT = re.compile(r"^[0-9T:.+Z-]{1,40}$")
_RESOURCES = re.compile(r"(?:data/fhir|consents|audit)/([A-Z][A-Za-z]+)(?:\.\d{3,})?\.ndjson")
_NO_ZIP = "the file is no whole zip: it was cut short or changed"


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


def verify_bundle(
    path: Path | str, *, signer: str | None = None, identity: str | None = None
) -> Verification:
    """Check a bundle.

    Args:
        path: The zip, or one that was encrypted with age; that is decrypted in memory.
        signer: The key (hex) that must have signed it; None takes the one it brings.
        identity: The text of the age identity file that opens an encrypted one.

    Raises:
        InputError: The file can't be read, or the identity is none.
        KeyMissing, WrongPassphrase: It is encrypted, and no identity is given, or that of another.
        TooLarge: It is encrypted, and too large to be held in memory.
        UnsupportedVersion: A newer VitalVault wrote it.
    """
    found = Verification()
    try:
        file = unsealed(path, identity) if is_sealed(path) else io.BufferedReader(io.FileIO(path))
    except Tampered as error:
        found.problems.append(f"{error}: it was cut short or changed")
        return found
    except OSError as error:
        raise InputError("the bundle can't be read", hint="give the path of a bundle") from error
    with file:
        _check_zip(file, signer, found)
    told = found.problems[:MAX_PROBLEMS]
    more = len(found.problems) - len(told)
    found.problems = [*told, *([f"and {more:,} more"] if more else [])]
    return found


def _check_zip(file: IO[bytes], signer: str | None, found: Verification) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            found.files = len(archive.namelist())
            found.problems += unsafe(archive, file)
            if not found.problems:
                _check(archive, signer, found)
    except UnsupportedVersion:
        raise
    except DAMAGE:
        found.problems.append(_NO_ZIP)


def _check(archive: zipfile.ZipFile, signer: str | None, found: Verification) -> None:
    body, key = _manifest(archive, signer, found)
    if not body:
        return
    entries = list(_listed(body, found))
    listed = {entry.path: entry for entry in entries}
    present = set(archive.namelist())
    found.problems += [f"{path}: missing" for path in sorted((listed.keys() | _needed(body)) - present)]
    found.problems += [
        f"{path}: not in the manifest" for path in sorted(present - listed.keys() - bag.UNLISTED)
    ]
    if len(listed) < len(entries) or listed.keys() & bag.UNLISTED:
        found.problems.append("manifest.json: lists a file twice, or itself")
    if bag.FETCH in present:
        found.problems.append(f"{bag.FETCH}: a bundle is whole and fetches nothing")
    read = {info.filename: _read(archive, info, listed, found) for info in archive.infolist()}
    said = [*listed.values(), *(read[path] for path in bag.UNLISTED & present)]
    found.problems += _wrong_lists(read, said)
    found.problems += _wrong_info(archive, body, said, key)
    found.problems += disagreements(archive, key)


def _needed(body: Mapping[str, Any]) -> frozenset[str]:
    """Return what no bundle of this version goes without, whoever signed it."""
    always = bag.UNLISTED | {bag.BAGIT, bag.INFO, bag.LISTS}
    bare = body["version"] == 1 or body.get("subset") == bag.SUBSET
    return always if bare else always | {LOG, CHECKPOINTS}


def _manifest(
    archive: zipfile.ZipFile, signer: str | None, found: Verification
) -> tuple[dict[str, Any], str]:
    """Return the manifest, nothing if it is none, and its key; its signature is judged on the way."""
    try:
        raw, signature, key = (small(archive, name) for name in (bag.MANIFEST, bag.SIGNATURE, bag.KEY))
        body: dict[str, Any] = json.loads(raw)
        is_canonical = isinstance(body, dict) and canonical(body) == raw
    except (*DAMAGE, KeyError, RecursionError):
        found.problems.append("manifest.json, manifest.sig or owner.pub: missing or damaged")
        return {}, ""
    version = body.get("version") if is_canonical else None
    if type(version) is not int or version < 1 or body.get("format") != bag.FORMAT:
        found.problems.append("manifest.json: not a manifest of a bundle")
        return {}, ""
    if version > bag.VERSION:
        raise UnsupportedVersion("the bundle has a format this VitalVault does not know")
    owner = key.decode("ascii", "replace").strip()
    if not signed_by(owner, bag.DOMAIN, body, signature.decode("ascii", "replace").strip()):
        found.problems.append("manifest.sig: not the signature of owner.pub on manifest.json")
    elif signer is not None and owner != signer.lower():
        found.problems.append("owner.pub: another key than the one asked for")
    else:
        found.signer, found.created = owner, "".join(_MOMENT.findall(str(body.get("created"))))
    return body, owner


def _listed(body: Mapping[str, Any], found: Verification) -> Iterator[Entry]:
    files = body.get("files")
    for one in files if isinstance(files, list) else [None]:
        entry = _entry(one)
        if entry is None:
            found.problems.append("manifest.json: lists a file as no bundle does")
        else:
            yield entry


def _entry(one: Any) -> Entry | None:
    match one:
        case {"path": str(path), "size": int(size), "sha256": str(digest), "rows": int() | None as rows}:
            return Entry(path, size, digest, rows) if NAME.fullmatch(path) else None
    return None


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, manifest: Mapping[str, Entry], found: Verification
) -> Entry:
    """Read one file through, once, and compare it with the manifest."""
    path, size, digest, count = info.filename, 0, hashlib.sha256(), RowCount(info.filename)
    listed, lines = manifest.get(path), _lines_of(path)
    try:
        with archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                digest.update(chunk)
                count.feed(chunk)
                if lines is not None:
                    lines.feed(chunk)
    except DAMAGE:
        found.problems.append(f"{path}: damaged")
        return Entry(path, size, "")
    entry = Entry(path, size, digest.hexdigest(), count.rows)
    if listed is not None and (entry.size, entry.sha256) != (listed.size, listed.sha256):
        found.problems.append(f"{path}: changed")
    elif listed is not None and entry.rows != listed.rows:
        found.problems.append(f"{path}: holds another number of rows than the manifest says")
    if lines is not None and not lines.whole:
        found.problems.append(f"{path}: a line is no {lines.kind + ' resource' if lines.kind else 'object'}")
    return entry


def _lines_of(path: str) -> Lines | None:
    """Return the check of a file of NDJSON; an original may be anything."""
    if path.startswith("data/originals/") or not path.endswith(".ndjson"):
        return None
    fhir = _RESOURCES.fullmatch(path)
    return Lines(fhir[1] if fhir else "")


def _wrong_lists(read: Mapping[str, Entry], entries: Collection[Entry]) -> Iterator[str]:
    """Yield BagIt lists that do not say what the manifest says."""
    for name, payload in ((bag.LISTS, True), (bag.TAGS, False)):
        wanted = hashlib.sha256(bag.bag_lines(entries, payload=payload).encode()).hexdigest()
        if name in read and read[name].sha256 != wanted:
            yield f"{name}: does not list the files of the manifest"


def _wrong_info(
    archive: zipfile.ZipFile, body: Mapping[str, Any], entries: Collection[Entry], key: str
) -> Iterator[str]:
    """Yield what ``bag-info.txt`` says that the manifest or its signer does not."""
    try:
        said = set(small(archive, bag.INFO).splitlines())
    except (*DAMAGE, KeyError):
        return  # told as missing or damaged
    if bag.oxum(entries).encode() not in said:
        yield f"{bag.INFO}: another size of the payload than the manifest says"
    if body["version"] > 1 and bag.signer_line(key).encode() not in said:
        yield f"{bag.INFO}: names another key than owner.pub"
