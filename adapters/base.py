"""What an adapter is: it recognises an export, says what it reads, and yields records.

An adapter never writes, never asks, never reaches the network. It is found by its entry point in the
group ``vitalvault.adapters``, so that anybody can ship one. Bad rows become ``Rejection``s; a bad file
ends with the records that are whole plus a reason; if nothing can be read it raises an ``InputError``.

Nobody enforces that: ``adapters.detect`` and ``adapters.read`` let through what an adapter raises. Any
error while reading undoes the whole import, and of one that is not ours the command line shows only the
kind, because its message may hold a value; who reads an adapter without the vault must expect it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.table.mapping import TableMapping
    from vault.records import Record

__all__ = [
    "ENTRY_POINT_GROUP",
    "Adapter",
    "ByteSource",
    "Coverage",
    "FileAdapter",
    "Found",
    "Options",
    "Progress",
    "adapters_by_name",
]

ENTRY_POINT_GROUP = "vitalvault.adapters"

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all) now and then while reading."""


class ByteSource(Protocol):
    """Whatever gives bytes: an open file, a member of an archive."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What ``detect`` recognised: no parsing, and never by the file name alone."""

    adapter: str
    what: str
    confidence: float
    path: Path


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an adapter reads, what it knowingly leaves, and how a person gets the export.

    ``through`` is for a source without an adapter: the one that reads what the source writes elsewhere.
    """

    title: str
    how_to_export: str
    reads: tuple[str, ...]
    leaves: tuple[str, ...]
    metrics: tuple[str, ...]
    through: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader may be told.

    Args:
        timezone: The owner's zone for exports without one; None means the adapter's own rule.
        aliases: Answers to "whose app is this name", source name -> app ("Tempo" -> "tempo").
        progress: Told how far the reading is.
        home: The vault's home zone, assumed for wall clocks that bring no zone where ``timezone`` is None;
            an assumed offset is not recorded.
        day_first: Whether ``05-12-2019`` is in December, for dates that do not show it; None if nobody said.
        mapping: What the columns of a table are, for the adapter ``table``.
        journal: Whether what somebody wrote into an app's journal is to be read too; it is private.
        weight_unit: ``kg`` or ``lb``, of lifted weights in tables that do not say it; empty if nobody said.
    """

    timezone: ZoneInfo | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    progress: Progress | None = None
    home: ZoneInfo | None = None
    day_first: bool | None = None
    mapping: TableMapping | None = None
    journal: bool = False
    weight_unit: str = ""


@runtime_checkable
class Adapter(Protocol):
    """One source; ``name`` is what ``--source`` takes, ``version`` goes into the ledger.

    An adapter that opens the zips inside its export has ``reads_zips = True`` too; those of any other are
    read as exports by themselves. One with ``reads_all = True`` reads all of what it recognises, so that what
    others know in there, such as the originals in a bundle, is not theirs.
    """

    name: str
    version: str
    coverage: Coverage

    def detect(self, path: Path) -> Found | None:
        """Recognise a file or folder by its first bytes or its listing."""
        ...

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records, streaming; raises InputError, mostly MalformedFile, if nothing can be read."""
        ...


@runtime_checkable
class FileAdapter(Adapter, Protocol):
    """An adapter of single files of one format; in a vendor's export the vendor's adapter goes first."""

    @property
    def ending(self) -> str:
        """What the files' names end in, ``.gpx``, before a ``.gz`` perhaps."""
        ...


@cache
def adapters_by_name() -> dict[str, Adapter]:
    """Return every installed adapter by name, this project's own and others'."""
    found: dict[str, Adapter] = {}
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
        adapter = point.load()
        found[adapter.name] = adapter
    return found
