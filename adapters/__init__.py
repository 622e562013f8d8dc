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
from adapters.collection import Contents, contents_of
from adapters.elsewhere import ELSEWHERE
from vault.errors import UnknownFormat
from vault.time import zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from adapters.table.mapping import TableMapping
    from vault.records import Record

__all__ = ["Adapter", "Coverage", "Export", "Found", "Options", "detect", "read", "sources"]


class Export:
    """What was recognised: iterate for its records; ``adapter`` and ``version`` go to the ledger.

    If several adapters read of it, the adapter is ``collection``, its version that of each of them.
    """

    def __init__(self, contents: Contents, options: Options) -> None:
        names = sorted({part.adapter for part in contents.parts})
        versions = {name: adapters_by_name()[name].version for name in names}
        said = [f"{name} {version}" for name, version in versions.items()]
        self.adapter = names[0] if len(names) == 1 else "collection"
        self.version = versions[names[0]] if len(names) == 1 else ", ".join(said)
        self._contents = contents
        self._options = options

    def __iter__(self) -> Iterator[Record]:
        if self._contents.is_whole:
            return adapters_by_name()[self.adapter].read(self._contents.path, self._options)
        return self._contents.read(self._options)


def detect(path: str | Path) -> list[Found]:
    """Return who reads this file or folder, or what in it, the most certain first; nothing is parsed."""
    found = contents_of(_existing(path)).parts
    return sorted(found, key=lambda seen: (-seen.confidence, seen.adapter))


def read(
    path: str | Path,
    *,
    source: str | None = None,
    timezone: str | None = None,
    aliases: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    home: ZoneInfo | None = None,
    day_first: bool | None = None,
    mapping: TableMapping | None = None,
    journal: bool = False,
    weight_unit: str = "",
) -> Export:
    """Open an export or a collection for reading; a ``mapping`` makes it a table, whatever it looks like.

    Raises UnknownFormat when no adapter, or not ``source``, knows anything in it.
    """
    place = _existing(path)
    contents = contents_of(place, source) if mapping is None else _mapped(place)
    if not contents.parts:
        raise UnknownFormat("no adapter recognises this file or folder")
    told = zone(timezone) if timezone else None
    options = Options(told, dict(aliases or {}), progress, home, day_first, mapping, journal, weight_unit)
    return Export(contents, options)


def _mapped(path: Path) -> Contents:
    """Return that one adapter reads all of it, who has been told what the columns are."""
    return Contents(path, (Found("table", "a table with a mapping", 1.0, path),))


def _existing(path: str | Path) -> Path:
    place = Path(path)
    if not place.exists():
        raise UnknownFormat("no such file or folder", hint="check the path")
    return place


def sources() -> dict[str, Coverage]:
    """Return what each installed adapter reads and leaves, by name, and what is had of who has no export."""
    found = {name: adapter.coverage for name, adapter in adapters_by_name().items()}
    return dict(sorted((ELSEWHERE | found).items()))
