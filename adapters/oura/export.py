"""The Oura adapter: answers of the API, the account's App Data, the trends table, in a zip, a folder, alone.

The idea: every file is a list of documents of one or more collections. Sleeps are read before what is of a
night, and the trends last, because they say again, without an id, what the others say better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, Unused, left_whole
from adapters.formats.sheets import Row, Sheet
from adapters.oura.columns import ADAPTER
from adapters.oura.days import Days
from adapters.oura.files import SLEEP, TRENDS, File, looked_at
from adapters.oura.nights import Sleeps
from adapters.oura.readings import STREAMS, Readings
from adapters.oura.times import Nights
from adapters.oura.trends import trends_row
from adapters.oura.workouts import Events
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from adapters.formats.items import Json

__all__ = ["Oura"]

_ENDINGS = (".json", ".csv")
_AT_ONCE = frozenset((SLEEP, "workout", "session", "daily_activity"))
"""Collections that wait for nothing; a day's activity has 1,440 METs."""


class Oura:
    """What ``adapters`` finds under the name "oura"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Oura",
        how_to_export="membership.ouraring.com: Export data, Request your data; "
        "or Trends, Download as CSV; or saved answers of the API v2",
        reads=(
            "sleeps and naps with stages, heart rate and HRV (RMSSD) every five minutes, the night's means",
            "scores of sleep, readiness, activity and resilience with what contributes to them, as Oura's",
            "steps and energy of the day, METs of the minute, times of activity",
            "blood oxygen, temperature deviation, skin temperature, stress, VO2max, vascular age",
            "heart rates by day; workouts; sessions of breathing and meditation",
        ),
        leaves=(
            "deleted sleeps, and rest that Oura does not count as sleep",
            "readiness inside of a sleep: daily_readiness says it",
            "movement every 30 seconds and the class of activity every five minutes: codes without a unit",
            "tags, moods, labels of workouts: private words",
            "places, account, devices, battery, advice on bedtimes, rest mode, cycle phases",
            "blood glucose, steps by the minute, smoothed vascular age: their columns are not known",
            "API v1, which ended in 2024",
        ),
        metrics=(
            "heart_rate", "hrv_rmssd", "met", "mindfulness", "respiratory_rate", "respiratory_rate_sleep_avg",
            "skin_temperature", "skin_temperature_deviation", "sleep_efficiency", "sleep_latency",
            "sleeping_heart_rate_min", "spo2_avg", "steps_daily", "total_energy_daily", "vo2_max",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by the keys of its documents and the columns of its tables."""
        with Archive(path) as archive:
            files = (looked_at(archive, member) for member in archive.examples(*_ENDINGS))
            if not any(file.is_sure for file in files):
                return None
        return Found(ADAPTER, "Oura export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if nothing in it is Oura's."""
        with Archive(path) as archive:
            files = [looked_at(archive, member) for member in archive.members]
            if not any(file.is_sure for file in files):
                raise MalformedFile("no document of an Oura export in it")
            yield from _Reading(archive, options).records(files)
            yield from archive.sources()


@dataclass
class _Open:
    """A file that is being read: its count, where it is, and what waits for its end.

    What is of a night waits for the file's sleeps: which of the two comes first is anybody's choice.
    """

    count: Count
    position: int = 0
    streams: dict[str, Readings] = field(default_factory=dict)
    waiting: list[tuple[int, str, Json]] = field(default_factory=list)


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._progress = options.progress
        self._home = home = Zone.of(options)
        self._batches = Batches()
        nights = Nights(home)
        self._sleeps = Sleeps(nights, self._batches)
        self._days = Days(nights, self._batches)
        self._events = Events(home, self._batches)

    def records(self, files: list[File]) -> Iterator[Record]:
        in_order = sorted(files, key=lambda file: file.rank)
        for file in in_turn(in_order, self._progress, lambda file: file.member.size):
            if file.left:
                yield left_whole(file.member.name, file.left)
            elif file.fault:
                yield Rejection(file.fault, file.member.name, 0)
            else:
                yield from self._file(file)
                yield from self._batches.full()
        yield from self._batches.rest()

    def _file(self, file: File) -> Iterator[Record]:
        """Yield the records of a file, as far as it is whole, and its count."""
        open_ = _Open(Count(file.member.name))
        read = self._trends if file.collection == TRENDS else self._documents
        try:
            yield from read(file, open_)
        except InputError as error:
            yield open_.count.reject(reason_of(error, "malformed-file"), open_.position)
        for readings in open_.streams.values():
            yield from readings.rest()
        for position, collection, said in open_.waiting:
            yield from open_.count.settle(self._days.read(collection, said), position)
        yield open_.count.tally()

    def _documents(self, file: File, open_: _Open) -> Iterator[Record]:
        with self._archive.open(file.member) as stream:
            for open_.position, collection, said in file.rows(stream):
                if isinstance(said, Unused):
                    yield from open_.count.settle(said, open_.position)
                elif collection in STREAMS:
                    yield from self._readings(collection, open_).add(said, open_.position)
                elif collection in _AT_ONCE:
                    yield from open_.count.settle(self._at_once(collection, said), open_.position)
                else:
                    open_.waiting.append((open_.position, collection, said))

    def _readings(self, collection: str, open_: _Open) -> Readings:
        if collection not in open_.streams:
            open_.streams[collection] = Readings(collection, self._home, open_.count)
        return open_.streams[collection]

    def _at_once(self, collection: str, said: Json) -> list[Record] | Unused:
        if collection == SLEEP:
            return self._sleeps.read(said)
        if collection == "workout":
            return self._events.workout(said)
        return self._events.session(said) if collection == "session" else self._days.read(collection, said)

    def _trends(self, file: File, open_: _Open) -> Iterator[Record]:
        with self._archive.open(file.member) as stream:
            for open_.position, row in Sheet(stream):
                yield from open_.count.settle(self._trends_row(row), open_.position)

    def _trends_row(self, row: Row | str) -> list[Record] | Unused:
        if isinstance(row, str):
            return Unused(row, "rejected")
        return trends_row(row, self._sleeps, self._days)
