"""Adapters turn vendors' exports into records: ``detect(path)`` and ``read(path)``.

    for found in adapters.detect(path): ...
    report = v.ingest(adapters.read(path))

Reading is lazy and streams; nothing here writes or reaches the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.base import Adapter, Coverage, Found, Options, Progress, adapters_by_name
from vault.errors import UnknownFormat
from vault.time import zone

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["Adapter", "Coverage", "Export", "Found", "Options", "detect", "read", "sources"]


class Export:
    """One recognised export: iterate for its records; ``adapter`` and ``version`` go to the ledger."""

    def __init__(self, found: Found, adapter: Adapter, options: Options) -> None:
        self.found = found
        self.adapter = adapter.name
        self.version = adapter.version
        self._adapter = adapter
        self._options = options

    def __iter__(self) -> Iterator[Record]:
        return self._adapter.read(self.found.path, self._options)


def detect(path: str | Path) -> list[Found]:
    """Return who can read this file or folder, the most certain first; nothing is parsed."""
    place = Path(path)
    if not place.exists():
        raise UnknownFormat("no such file or folder", hint="check the path")
    found = [seen for adapter in adapters_by_name().values() if (seen := adapter.detect(place))]
    return sorted(found, key=lambda seen: (-seen.confidence, seen.adapter))


def read(
    path: str | Path,
    *,
    source: str | None = None,
    timezone: str | None = None,
    aliases: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Export:
    """Open an export for reading; raises UnknownFormat when no adapter, or not ``source``, knows it."""
    found = [seen for seen in detect(path) if source in (None, seen.adapter)]
    if not found:
        raise UnknownFormat("no adapter recognises this file or folder")
    options = Options(zone(timezone) if timezone else None, dict(aliases or {}), progress)
    return Export(found[0], adapters_by_name()[found[0].adapter], options)


def sources() -> dict[str, Coverage]:
    """Return what each installed adapter reads and leaves, by name."""
    return {name: adapter.coverage for name, adapter in adapters_by_name().items()}
