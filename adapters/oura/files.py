"""Looks at the files of an export: of which collection each is, or why it is not read.

The idea: a file is known by the keys its documents begin with or the columns it has; its name only says which
of those that look alike it is, and what is left on purpose.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.archive import reason_of
from adapters.formats.counting import Unused
from adapters.formats.items import PEEK, listed
from adapters.formats.sheets import Sheet
from adapters.oura import documents
from vault.errors import InputError, MalformedFile

if TYPE_CHECKING:
    from adapters.archive import Archive, Member
    from adapters.base import ByteSource
    from adapters.formats.items import Json

__all__ = ["SLEEP", "TRENDS", "File", "looked_at"]

SLEEP, TRENDS = "sleep", "trends"
_KEY = re.compile(rb'"(\w+)"\s*:')
_BEFORE = re.compile(r"^oura[_-]", re.IGNORECASE)
_AFTER = re.compile(r"[_-]?\d{4}-?\d\d.*$|\.\w+$")
_OWN_FOLDERS = {"App Data": "not-read", "Subscriptions": "account"}
"""Folders of the account's export, and why what is not known there is left."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as far as its first bytes tell.

    Args:
        member: Where it is.
        collection: What it is of, if that can be told: of JSON each item may say better.
        is_json: Whether it is JSON, else it is a table.
        is_sure: Whether nobody else than Oura writes such a file.
        left: Why it is knowingly not read.
        fault: Why it can't be read.
    """

    member: Member
    collection: str = ""
    is_json: bool = False
    is_sure: bool = False
    left: str = ""
    fault: str = ""

    @property
    def rank(self) -> int:
        """When to read it: sleeps first, trends last."""
        return {SLEEP: 0, TRENDS: 2}.get(self.collection, 1)

    def rows(self, stream: ByteSource) -> Iterator[tuple[int, str, Json | Unused]]:
        """Yield (position, collection, document, or why there is none); raises what reading raises."""
        if not self.is_json:
            for line, row in Sheet(stream):
                said = Unused(row, "rejected") if isinstance(row, str) else documents.of_cells(row)
                yield line, self.collection, said
            return
        position = 0
        for keys, item in listed(stream, documents.is_list):
            for one in _page(item):
                position += 1
                yield position, *self._item(keys, one)

    def _item(self, keys: tuple[str, ...], item: Any) -> tuple[str, Json | Unused]:
        if left := next(filter(None, map(documents.left_by_name, keys)), ""):
            return "", Unused(left)
        if not isinstance(item, dict):
            return "", Unused("not-a-document", "rejected")
        named = next(filter(None, map(documents.named, keys)), "")
        collection = named or documents.collection_of(item) or self.collection
        return collection, item if collection else Unused("unknown-collection")


def _page(item: Any) -> list[Any]:
    """Return the items of an answer inside a list of answers, or the item itself."""
    inside = item.get(documents.DATA) if isinstance(item, dict) else None
    return inside if isinstance(inside, list) else [item]


def looked_at(archive: Archive, member: Member) -> File:
    """Return what a file is by its first bytes."""
    try:
        with archive.open(member) as stream:
            keys, is_json = _keys(stream.read(PEEK))
    except InputError as error:
        return File(member, fault=reason_of(error))
    stem = _AFTER.sub("", _BEFORE.sub("", member.basename))
    if left := documents.left_by_name(stem):
        return File(member, left=left)
    if not is_json and documents.is_trends(keys, by_name=TRENDS in member.basename.casefold()):
        return File(member, TRENDS, is_sure=True)
    sure = documents.collection_of(keys, alone=True)
    collection = sure or documents.collection_of(keys) or (documents.named(stem) if keys else "")
    if collection or (is_json and keys):
        return File(member, collection, is_json, bool(sure))
    folders = set(member.name.split("/")[:-1]) & _OWN_FOLDERS.keys()
    return File(member, left=_OWN_FOLDERS[min(folders)] if folders else "", fault="not-recognised")


def _keys(head: bytes) -> tuple[frozenset[str], bool]:
    """Return the keys that a file begins with, and whether it is JSON."""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return frozenset(key.decode() for key in _KEY.findall(head)), True
    try:
        return frozenset(Sheet(io.BytesIO(head)).header), False
    except MalformedFile:
        return frozenset(), False
