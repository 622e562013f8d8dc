"""The WHOOP adapter: finds the tables of the data export and answers of the API, and reads them.

The idea: a file is known by the shape of its first row or the keys of its items. Sleeps are read before the
cycles that begin with them, and recoveries last, because they have no time of their own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused, left_whole
from adapters.formats.items import PEEK, listed
from adapters.formats.sheets import Sheet
from adapters.progress import in_turn
from adapters.whoop import api, journal
from adapters.whoop.nights import ADAPTER, Nights, Records
from adapters.whoop.sheets import Layout, layout_of
from adapters.whoop.workouts import Workouts
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.whoop.said import Said

__all__ = ["Whoop"]

_ENDINGS = (".json", ".csv")
_KEY = re.compile(rb'"(\w+)"\s*:')
_JOURNAL = "journal"
_KINDS = {"sleeps": "sleep", "cycles": "cycle", "workouts": "workout", _JOURNAL: _JOURNAL}
_RANKS = ("sleep", "workout", _JOURNAL, "cycle", "recovery")
_WAITING = ("cycle", "recovery")
_BESIDE = (".gpx", ".pdf")
"""Endings of tracks and ECGs that may lie beside the tables."""


class Whoop:
    """What ``adapters`` finds under the name "whoop"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="WHOOP",
        how_to_export="The app: More, App settings, Data export; a zip comes by mail; or answers of the API",
        reads=(
            "sleeps and naps with the minutes of each stage; breathing and efficiency of the night",
            "recovery: HRV (RMSSD), resting heart rate, skin temperature, blood oxygen of the night",
            "energy, highest and mean heart rate of the cycle, from falling asleep to falling asleep",
            "recovery, strain, sleep performance, consistency, need and debt as WHOOP's scores",
            "workouts with strain and zones",
            "with --include-journal: the journal's questions, answers and notes, never granted to anybody",
        ),
        leaves=(
            "the journal, unless asked for: it is private",
            "nights, cycles and recoveries WHOOP has not scored; sums of the cycle that goes on",
            "when stages were, heart rates by the minute, steps, Strength Trainer's sets: not in the export",
            "tracks and ECGs beside the tables; profile and body measurements, which are settings",
        ),
        metrics=(
            "heart_rate_max_24h", "hrv_rmssd", "respiratory_rate", "respiratory_rate_sleep_avg",
            "resting_heart_rate", "skin_temperature", "sleep_efficiency", "spo2_avg", "total_energy_daily",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by the first rows of its tables and the keys of its documents."""
        with Archive(path) as archive:
            if not any(_looked_at(archive, member).is_ours for member in archive.examples(*_ENDINGS)):
                return None
        return Found(ADAPTER, "WHOOP export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if nothing in it is WHOOP's."""
        with Archive(path) as archive:
            files = [_looked_at(archive, member) for member in archive.members]
            if not any(file.is_ours for file in files):
                raise MalformedFile("no table or document of a WHOOP export in it")
            yield from _Reading(archive, options).records(files)
            yield from archive.sources()


@dataclass(frozen=True, slots=True)
class _File:
    """A file as far as its first bytes tell: a table, a document, or why it is not read."""

    member: Member
    kind: str = ""
    layout: Layout | None = None
    left: str = ""
    fault: str = ""

    @property
    def is_ours(self) -> bool:
        return bool(self.kind)

    @property
    def rank(self) -> int:
        return _RANKS.index(self.kind) if self.kind in _RANKS else len(_RANKS)


def _looked_at(archive: Archive, member: Member) -> _File:
    try:
        with archive.open(member) as stream:
            head = stream.read(PEEK)
    except InputError as error:
        return _File(member, fault=reason_of(error))
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        kind, left = api.kind_of(key.decode() for key in _KEY.findall(head))
        return _File(member, kind, left=left, fault="not-recognised")
    layout = _layout(io.BytesIO(head))
    left = "not-read" if member.name.casefold().endswith(_BESIDE) else ""
    return _File(member, _KINDS[layout.sheet] if layout else "", layout, left, "not-recognised")


def _layout(head: ByteSource) -> Layout | None:
    try:
        sheet = Sheet(head)
    except MalformedFile:
        return None
    first = next((row for _, row in sheet if not isinstance(row, str)), {})
    return layout_of(sheet.header, list(first.values()))


@dataclass
class _Open:
    """A file that is being read: its count, where it is, and (rank, position, kind, item) of what waits."""

    count: Count
    position: int = 0
    waiting: list[tuple[int, int, str, Said]] = field(default_factory=list)


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._progress = options.progress
        self._home = home = Zone.of(options)
        self._batches = Batches()
        nights = Nights(self._batches, home)
        self._readers: dict[str, Callable[[Said], Records]] = {
            "sleep": nights.sleep,
            "cycle": nights.cycle,
            "recovery": nights.recovery,
            "workout": Workouts().read,
            _JOURNAL: journal.answer if options.journal else lambda _: journal.PRIVATE,
        }

    def records(self, files: list[_File]) -> Iterator[Record]:
        in_order = sorted(files, key=lambda file: file.rank)
        for file in in_turn(in_order, self._progress, lambda file: file.member.size):
            if file.is_ours:
                yield from self._file(file)
                yield from self._batches.full()
            elif file.left:
                yield left_whole(file.member.name, file.left)
            else:
                yield Rejection(file.fault, file.member.name, 0)
        yield from self._batches.rest()

    def _file(self, file: _File) -> Iterator[Record]:
        """Yield the records of a file, as far as it is whole, and its count."""
        open_ = _Open(Count(file.member.name))
        try:
            with self._archive.open(file.member) as stream:
                if file.layout is None:
                    yield from self._document(stream, open_)
                else:
                    yield from self._table(stream, file.kind, file.layout, open_)
        except InputError as error:
            yield open_.count.reject(reason_of(error, "malformed-file"), open_.position)
        for _, position, kind, said in sorted(open_.waiting, key=itemgetter(0, 1)):
            yield from open_.count.settle(self._readers[kind](said), position)
        yield open_.count.tally()

    def _table(self, stream: ByteSource, kind: str, layout: Layout, open_: _Open) -> Iterator[Record]:
        for open_.position, row in Sheet(stream):
            if isinstance(row, str):
                yield open_.count.reject(row, open_.position)
            else:
                told = self._readers[kind](layout.said(row, self._home))
                yield from open_.count.settle(told, open_.position)

    def _document(self, stream: ByteSource, open_: _Open) -> Iterator[Record]:
        """Yield what a document says; cycles and recoveries wait until its sleeps are known."""
        for open_.position, item in enumerate(_items(stream), 1):
            kind, left = api.kind_of(item) if isinstance(item, dict) else ("", "")
            if not kind:
                told: Records = Unused(left) if left else Unused("unknown-document", "rejected")
                yield from open_.count.settle(told, open_.position)
                continue
            said = api.said_of(kind, item, self._home)
            if kind in _WAITING:
                open_.waiting.append((_RANKS.index(kind), open_.position, kind, said))
            else:
                yield from open_.count.settle(self._readers[kind](said), open_.position)


def _items(stream: ByteSource) -> Iterator[Any]:
    """Yield the items of a document, also those of answers inside a list of answers."""
    for _, item in listed(stream, api.is_list):
        inside = item.get("records") if isinstance(item, dict) else None
        yield from inside if isinstance(inside, list) else [item]
