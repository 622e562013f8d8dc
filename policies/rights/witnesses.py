"""What in a bundle its vault signed on its own: receipts, notices, heads of the log, and the log under them.

Whoever signs a manifest anew with a key of their own disagrees with these, unless they forge every one of
them as well. That nobody can tell without knowing the owner's key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from operator import index
from typing import TYPE_CHECKING, Any

from policies.audit import heads, verify_checkpoint
from policies.notices import verify_notice
from policies.receipts import verify_receipt
from policies.rights import untrusted
from policies.rights.untrusted import DAMAGE, small
from vault.errors import Tampered

if TYPE_CHECKING:
    import zipfile

__all__ = ["CHECKPOINTS", "LOG", "disagreements"]

LOG, CHECKPOINTS = "audit/audit.ndjson", "audit/checkpoints.json"
_RECEIPT = re.compile(r"consents/[^/]+\.receipt\.json")
_NOTICE = re.compile(r"legal/notices/[^/]+\.json")
_NONSENSE = (*DAMAGE, KeyError, TypeError, AttributeError, RecursionError)

Json = Mapping[str, Any]


def disagreements(archive: zipfile.ZipFile, key: str) -> Iterator[str]:
    """Yield, each with its file, what does not hold or was not signed by the key (hex) of the manifest."""
    seen: list[tuple[str, Json]] = []
    for name in sorted(archive.namelist()):
        heads_of = _heads_of(name)
        if heads_of is None:
            continue
        try:
            seen += [(name, head) for head in heads_of(json.loads(small(archive, name)), key)]
        except Tampered as error:
            yield f"{name}: {error}"
        except _NONSENSE:
            yield f"{name}: damaged"
    yield from _log(archive, seen)


def _heads_of(name: str) -> Callable[[Any, str], list[Json]] | None:
    """Return what checks a file's signatures, and tells the heads of the log it is over."""
    if name == CHECKPOINTS:
        return _checkpoints
    if _NOTICE.fullmatch(name):
        return _notice
    return _receipt if _RECEIPT.fullmatch(name) else None


def _notice(document: Any, key: str) -> list[Json]:
    verify_notice(document, key)
    return []


def _receipt(document: Any, key: str) -> list[Json]:
    verify_receipt(document, key)
    return [document["audit"]]


def _checkpoints(document: Any, key: str) -> list[Json]:
    if not isinstance(document, list) or not document:
        raise Tampered("no head of the log is signed")
    for one in document:
        verify_checkpoint(one, key)
    return document


def _log(archive: zipfile.ZipFile, seen: list[tuple[str, Json]]) -> Iterator[str]:
    """Yield where the log breaks, and every witness that has seen another one."""
    try:
        witnesses = [(name, index(one["size"]), one["head"]) for name, one in seen]
        sizes = {size for _, size, _ in witnesses}
        known = {size: told for size, told in enumerate(heads(_lines(archive))) if size in sizes}
    except Tampered as error:
        yield f"{LOG}: {error}"
    except _NONSENSE:
        yield f"{LOG}: damaged"
    else:
        for name, size, head in witnesses:
            if head not in known.get(size, ()):
                yield f"{LOG}: not the log that {name} has seen"


def _lines(archive: zipfile.ZipFile) -> Iterator[Json]:
    """Yield the entries of the log; a bundle without one has an empty one."""
    if LOG not in archive.namelist():
        return
    with archive.open(LOG) as file:
        while line := file.readline(untrusted.MAX_LINE):
            yield json.loads(line)
