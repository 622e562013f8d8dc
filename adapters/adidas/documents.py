"""Tells the files of an adidas export apart.

The idea: a document is known by the keys it begins with, and what nobody reads by the folder it lies in. A
companion is its session's by the id at the end of its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.items import PEEK
from adapters.tables import table
from vault.errors import InputError

if TYPE_CHECKING:
    from adapters.archive import Archive, Member

__all__ = ["EMPTY", "GPX", "LEFT", "SESSION", "UNKNOWN", "WEIGHT", "Kind", "id_in", "kind_of"]

SESSION, GPX, WEIGHT, LEFT, EMPTY, UNKNOWN = "session", "gpx", "weight", "left", "empty", "unknown"
_SUFFIX = ".json"
_GPX = ".gpx"
_ID = re.compile(r"_([0-9a-fA-F-]{8,36})\.\w+$")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is; ``reason`` why it is left."""

    name: str
    reason: str = ""


def id_in(name: str) -> str:
    """Return the session's id at the end of a file's name, or nothing."""
    match = _ID.search(name)
    return match[1].lower() if match else ""


def kind_of(archive: Archive, member: Member) -> Kind:
    """Return what a member is, by its first bytes; what can't be opened is unknown."""
    for folder in member.name.lower().split("/")[:-1]:
        if folder in _folders():
            return Kind(LEFT, _folders()[folder])
    name = member.name.lower()
    if name.endswith(_GPX):
        return Kind(GPX)
    if len(archive.members) > 1 and not name.endswith(_SUFFIX):
        return Kind(UNKNOWN)
    try:
        with archive.open(member) as stream:
            return _by_keys(stream.read(PEEK).removeprefix(_BOM).strip())
    except InputError:
        return Kind(UNKNOWN)


def _by_keys(head: bytes) -> Kind:
    if head == b"[]":
        return Kind(EMPTY)
    if head[:1] not in (b"{", b"["):
        return Kind(UNKNOWN)
    for kind, marks in _marks():
        if all(mark.search(head) for mark in marks):
            return kind
    return Kind(UNKNOWN)


@cache
def _marks() -> tuple[tuple[Kind, tuple[re.Pattern[bytes], ...]], ...]:
    return tuple(
        (
            Kind(row["kind"], row["reason"]),
            tuple(re.compile(rf'"{key}"\s*:'.encode()) for key in row["marks"].split()),
        )
        for row in table("adapters.adidas", "documents.csv")
    )


@cache
def _folders() -> dict[str, str]:
    return {row["folder"]: row["reason"] for row in table("adapters.adidas", "folders.csv")}
