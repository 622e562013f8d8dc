"""The Nike adapter: finds activities among saved JSON files, one a file or a list of them.

The idea: Nike gives nobody an export, so what there is are answers of its service that somebody saved. Tracks
that the same tools made of an activity lie beside it under its name, and say the same with less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.counting import Count, left_whole
from adapters.formats.items import PEEK, items
from adapters.nike.activities import ADAPTER, key_of, records_of
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

__all__ = ["Nike"]

_SUFFIX = ".json"
_TRACKS = (".gpx", ".tcx", ".fit")
_MARKS = (
    re.compile(rb'"start_epoch_ms"\s*:'),
    re.compile(rb'"(active_duration_ms|metric_types|change_tokens|delete_indicator)"\s*:'),
)

_SERIES = re.compile(rb'"values"\s*:')


class Nike:
    """What ``adapters`` finds under the name "nike"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Nike Run Club",
        how_to_export=(
            "Nike gives nobody an export. Let the app write to Apple Health, and hand over Apple's export; "
            "or activities that you saved as JSON from Nike's service with your own account"
        ),
        reads=(
            "saved activities (JSON): a workout each, with totals, pauses, temperature, terrain and feeling",
            "its places, heart rate, speed, cadence, height and distance as streams",
        ),
        leaves=(
            "activities that were deleted; NikeFuel, which is no energy, beyond its total",
            "series of steps, energy, pace and climbing, of which the totals are kept",
            "tracks beside an activity of the same name, which say the same with less",
            "other tags, polylines; the phone's database, and what a privacy request brings: unseen",
        ),
        metrics=(),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a saved activity by the keys it begins with."""
        with Archive(path) as archive:
            if not any(_rank(archive, member) for member in archive.examples(_SUFFIX)):
                return None
        return Found(ADAPTER, "saved activities of Nike Run Club", 0.9, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is no activity."""
        with Archive(path) as archive:
            ranked = [(rank, member) for member in archive.members if (rank := _rank(archive, member))]
            ours = [member for _, member in sorted(ranked, key=lambda pair: pair[0])]
            if not ours:
                raise MalformedFile("no activity of Nike's in it")
            reading = _Reading(archive, options)
            for member in in_turn(ours, options.progress, lambda one: one.size):
                yield from reading.document(member)
            yield from _others(archive, ours)
            yield from archive.sources()


class _Reading:
    """One reading of one export: an activity is told once."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._zone = options.timezone
        self._told: set[str] = set()

    def document(self, member: Member) -> Iterator[Record]:
        """Yield the records of a document, as far as it is whole."""
        count, position = Count(member.name), 0
        try:
            with self._archive.open(member) as stream:
                for position, activity in enumerate(items(stream, inside="activities"), 1):
                    key = key_of(activity)
                    if activity.get("delete_indicator") is True:
                        count.leave("deleted")
                    elif key in self._told:
                        count.repeat()
                    elif isinstance(records := records_of(activity, self._zone), str):
                        yield count.reject(records, position)
                    else:
                        self._told.add(key)
                        count.use()
                        yield from records
        except InputError as error:
            yield count.reject(reason_of(error, "malformed-json"), position)
        yield count.tally()


def _others(archive: Archive, ours: list[Member]) -> Iterator[Record]:
    """Yield what becomes of the files that are no activities."""
    names = {member.name for member in ours}
    stems = {name.lower().removesuffix(_SUFFIX) for name in names}
    for member in archive.members:
        stem, dot, ending = member.name.lower().rpartition(".")
        if member.name not in names:
            is_mirror = dot + ending in _TRACKS and stem in stems
            yield left_whole(member.name, "mirror") if is_mirror else _foreign(member)


def _foreign(member: Member) -> Rejection:
    return Rejection("unknown-document", member.name, 0)


def _rank(archive: Archive, member: Member) -> int | None:
    """Return 1 for activities with series, 2 for a list of totals, which goes after them; None for others."""
    if len(archive.members) > 1 and not member.name.lower().endswith(_SUFFIX):
        return None
    try:
        with archive.open(member) as stream:
            head = stream.read(PEEK)
    except InputError:
        return None
    is_json = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    if not is_json or not all(mark.search(head) for mark in _MARKS):
        return None
    return 1 if _SERIES.search(head) else 2
