"""Finds and reads the documents that cells of tables name: ``jsons/<type>/<first character>/<file>``.

The idea: a document is read when its row is, so that it has the row's offset and device. It is read in blocks
of items, as columns; what no row named is counted in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from adapters.archive import reason_of
from adapters.formats.counting import Count, left_whole
from adapters.formats.items import items
from adapters.formats.packed import unpacked
from adapters.formats.values import LAST_NS, numbers
from vault.errors import InputError
from vault.time import MILLISECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.archive import Archive, Member
    from adapters.formats.items import Json
    from vault.records import Record, Rejection, Tally

__all__ = ["Blobs", "Block"]

_FOLDER, _ENDING = "jsons", ".json"
_BLOCK = 4_096
_UNREAD, _ORPHAN = "not-read", "named-by-no-row"


class Block:
    """Items of a document as columns: ``start`` and ``end`` in UTC ns [n], and numbers by key."""

    def __init__(self, found: list[Json]) -> None:
        start, end = (numbers([one.get(key) for one in found]) for key in ("start_time", "end_time"))
        end = np.where(np.isnan(end), start, end)
        good = (start > 0) & (start < LAST_NS // MILLISECOND_NS) & (end >= start)
        good &= end < LAST_NS // MILLISECOND_NS
        self.bad = int(np.count_nonzero(~good))
        self._found = [one for one, is_good in zip(found, good.tolist()) if is_good]
        self.start, self.end = (column[good].astype(np.int64) * MILLISECOND_NS for column in (start, end))

    def __len__(self) -> int:
        """Return the number of items that know when they were."""
        return len(self._found)

    def column(self, key: str, above: float) -> NDArray[np.float64]:
        """Return the numbers under a key, float64 [n]; NaN where there is none above a limit."""
        values = numbers([one.get(key) for one in self._found])
        return np.where(values > above, values, np.nan)


class Blobs:
    """The documents of an export that no row has asked for yet, and what became of the others."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._waiting: dict[tuple[str, str, str], Member] = {}
        self._twins: list[tuple[str, Member]] = []
        self._done: list[Tally] = []
        self.size_read = 0
        for member in archive.members:
            root, found, inside = f"/{member.name}".partition(f"/{_FOLDER}/")
            if found:
                datatype = inside.partition("/")[0]
                if self._waiting.setdefault((root, datatype, member.basename), member) is not member:
                    self._twins.append((datatype, member))

    def owns(self, member: Member) -> bool:
        """Whether a member is a document of a row, and no table."""
        return f"/{_FOLDER}/" in f"/{member.name}"

    def take(self, table: Member, datatype: str, cell: str) -> Member | None:
        """Return the document that a cell names, in the old export without its ending; None if it is gone."""
        root = f"/{table.name}"[: -len(table.basename) - 1]
        names = (cell, cell + _ENDING) if cell else ()
        found = (self._waiting.pop((root, datatype, name), None) for name in names)
        return next(filter(None, found), None)

    def blocks(self, member: Member, count: Count) -> Iterator[Block | Rejection]:
        """Yield a document's items, as far as it is whole; who reads a block counts its rows."""
        at = 0
        try:
            with self._archive.open(member) as stream:
                found = items(unpacked(stream))
                while some := list(islice(found, _BLOCK)):
                    block = Block(some)
                    if block.bad:
                        yield count.reject("bad-date", at + 1, block.bad)
                    at += len(some)
                    yield block
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), at)

    def done(self, member: Member, count: Count) -> None:
        """Remember what became of a document's items."""
        self._done.append(count.tally())
        self.size_read += member.size

    def tallies(self) -> Iterator[Tally]:
        """Yield what became of the documents since this was last asked."""
        done, self._done = self._done, []
        yield from done

    def rest(self, read: frozenset[str]) -> Iterator[Record]:
        """Yield a tally for each document that was not opened; ``read`` are the types whose tables were."""
        waiting = [(datatype, member) for (_, datatype, _), member in self._waiting.items()]
        for datatype, member in waiting + self._twins:
            yield left_whole(member.name, _ORPHAN if datatype in read else _UNREAD)
