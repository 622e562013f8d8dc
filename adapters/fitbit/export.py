"""The Fitbit adapter: finds the files of an archive, of any generation, and reads them family by family.

The idea: what one family says another needs, so the order counts: series in UTC first, because they give the
zone away, then what knows its offset, then what another stream may mirror, then what only knows the wall
clock, and last what mirrors that. Within a family files go by date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.fitbit import daily, exercise, google_data, series, sleep, topics
from adapters.fitbit.context import ADAPTER, Context, Read
from adapters.fitbit.families import LEFT, PEEK, family_of, is_empty
from adapters.fitbit.user_sleeps import UserSleeps
from adapters.fitbit.wall import WallClock
from adapters.formats.counting import Count, left_whole
from vault.errors import InputError, MalformedFile
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Fitbit"]

_READERS: Mapping[str, Read] = {
    **series.READERS, **exercise.READERS, **sleep.READERS, **daily.READERS,
    **topics.READERS, **google_data.READERS,
}  # fmt: skip
_IN_UTC = ("heart_rate", "steps", "distance")
_SLEEPS = ("user_sleeps", "user_sleep_stages")
_FIRST = (*_IN_UTC, *_SLEEPS, "exercise")
_BY_THE_WALL = ("calories", "sleep", "sedentary", "daily", "weight")
_MIRRORS = (
    "google_calories", "google_daily_heart_rate", "google_daily_vo2_max", "google_demographic_vo2_max",
    "google_run_vo2_max",
)  # fmt: skip
"""Google's files of what the JSON tells by the wall clock or by the day."""
_LAST_COUNTS = ("exercise", "sleep", "weight")
"""Families whose logs stand in two files: the newer file is read first, and the first is taken."""
_ENDINGS = (".json", ".csv")
_NUMBERS = re.compile(r"\d+", re.ASCII)


class Fitbit:
    """What ``adapters`` finds under the name "fitbit"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Fitbit",
        how_to_export=(
            "takeout.google.com: deselect all, then Fitbit (or Google Health); hand over the zips one by one "
            "or unpacked together; an older account archive as it is"
        ),
        reads=(
            "heart rate every few seconds; steps, distance and calories by the minute",
            "sleep with stages and short wakes; sleep scores",
            "exercises as workouts",
            "resting heart rate, minutes of moving, heart rate zones, estimates of VO2max, weights",
            *topics.READS,
            *google_data.READS,
        ),
        leaves=(
            "heart rates of confidence 0, and how sure the others are",
            "days that were not worn, which are filled with placeholders",
            "what a second stream or data source says of a time that was told already",
            "altitude by the minute, of unknown unit; estimated oxygen variation, which is no saturation",
            "food, water, badges, goals, height, lengths swum; account, profile, devices, social",
            *topics.LEAVES,
            *google_data.LEAVES,
        ),
        metrics=tuple(sorted({
            "bmi", "body_fat_percentage", "body_mass", "distance", "heart_rate", "resting_heart_rate",
            "steps", "vo2_max", *topics.METRICS, *google_data.METRICS,
        })),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an archive by a file that is called and begins as one of Fitbit's does."""
        with Archive(path) as archive:
            named = ((member, family_of(member.basename)) for member in archive.examples(".json", ".csv"))
            known = (
                family.has(_head(archive, member) or b"")
                for member, family in named
                if family and family.marks
            )
            return Found(ADAPTER, "Fitbit archive", 1.0, path) if any(known) else None

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if there is no file of Fitbit's in it."""
        with Archive(path) as archive:
            yield from _Reading(archive, options).records()
            yield from archive.sources()


def _head(archive: Archive, member: Member) -> bytes | None:
    """Return the first bytes of a file, None if it can't be read."""
    try:
        with archive.open(member) as stream:
            return stream.read(PEEK)
    except InputError:
        return None


def _family(archive: Archive, member: Member) -> str | None:
    """Return the family of a file, None if it does not hold what its name says; who reads it says why not."""
    family = family_of(member.basename)
    if family is None or family.name == LEFT:
        return family.name if family else None
    head = _head(archive, member)
    return family.name if head is None or family.has(head) or is_empty(head) else None


class _Reading:
    """One reading of one archive."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._context = Context(options, WallClock(options), UserSleeps())
        self._done = self._total = 0

    def records(self) -> Iterator[Record]:
        found: dict[str, list[Member]] = {}
        strange = []
        for member in self._archive.members:
            family = _family(self._archive, member)
            if family is None:
                strange.append(member)
            else:
                found.setdefault(family, []).append(member)
        left = found.pop(LEFT, [])
        if not found:
            raise MalformedFile("no file of a Fitbit archive in it")
        known = [member for members in found.values() for member in members]
        self._total = sum(member.size for member in known)
        yield from (left_whole(member.name) for member in left)
        yield from _rest(strange, {_product(member) for member in known})
        yield from self._families(found)

    def _families(self, found: Mapping[str, list[Member]]) -> Iterator[Record]:
        last = (*_BY_THE_WALL, *_MIRRORS)
        others = [name for name in sorted(found) if name not in (*_FIRST, *last)]
        for name in (*_FIRST, *others, *last):
            newest_first = name in _LAST_COUNTS
            for member in sorted(found.get(name, ()), key=_order, reverse=newest_first):
                yield from self._file(member, _READERS[name])
            yield from series.rest(self._context)
            if name == _SLEEPS[-1]:
                yield from google_data.finish(self._context)
        yield from self._context.batches.rest()

    def _file(self, member: Member, read: Read) -> Iterator[Record]:
        """Yield the records of a file, as far as it is whole, and what became of its rows."""
        count = Count(member.name)
        try:
            with self._archive.open(member) as stream:
                yield from read(stream, count, self._context)
        except InputError as error:
            malformed = "malformed" + _ending(member).replace(".", "-")
            yield count.reject(reason_of(error, malformed), count.tally().rows)
        yield count.tally()
        self._done += member.size
        if self._context.options.progress is not None:
            self._context.options.progress(self._done, self._total)


def _rest(members: Sequence[Member], products: Collection[str]) -> Iterator[Record]:
    """Yield a rejection of each file of data beside known ones; what else lies there is left."""
    for member in members:
        if _ending(member) in _ENDINGS and _product(member) in products:
            yield Rejection("unknown-document", member.name, 0)
        else:
            yield left_whole(member.name, "other")


def _order(member: Member) -> tuple[tuple[int, ...], str]:
    """Sort by the numbers of a name: its date, or the first log of ``exercise-100``."""
    return tuple(map(int, _NUMBERS.findall(member.basename))), member.basename


def _ending(member: Member) -> str:
    return Path(member.basename).suffix.lower()


def _product(member: Member) -> str:
    """Return the folder of a product of Google's, or of an account: that of the first two levels."""
    return "/".join(member.name.split("/")[:-1][:2])
