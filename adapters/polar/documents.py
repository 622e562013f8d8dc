"""Tells Polar's JSON documents apart.

The idea: a document is known by the keys it begins with, not by its name, which only says which of those that
nobody reads are left on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from adapters.formats.items import PEEK, Json
from adapters.formats.items import items as items_of
from adapters.tables import table

if TYPE_CHECKING:
    from adapters.base import ByteSource

__all__ = ["LEFT", "PEEK", "Json", "family_of", "items", "left_by_name", "rows"]

LEFT = "left"


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    prefix: str
    marks: tuple[re.Pattern[bytes], ...]


def family_of(head: bytes) -> str | None:
    """Return what a document is by its first bytes (at most ``PEEK``), or None if it is not known."""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return None
    for family in _families():
        if family.marks and all(mark.search(head) for mark in family.marks):
            return family.name
    return None


def left_by_name(basename: str) -> bool:
    """Whether a name is that of a document that is left on purpose."""
    return any(basename.startswith(family.prefix) for family in _families() if family.name == LEFT)


def items(stream: ByteSource) -> Iterator[Json]:
    """Yield the objects of a document: of its list, of its ``deviceDays``, or itself."""
    return items_of(stream, inside="deviceDays")


@cache
def _families() -> tuple[_Family, ...]:
    return tuple(
        _Family(row["family"], row["prefix"], tuple(map(_mark, row["marks"].split())))
        for row in rows("families.csv")
    )


def _mark(key: str) -> re.Pattern[bytes]:
    return re.compile(rf'"{key}"\s*:'.encode())


rows = partial(table, "adapters.polar")
"""Returns the rows of a table of this adapter."""
