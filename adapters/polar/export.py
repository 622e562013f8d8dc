"""The Polar adapter: finds Polar's documents in a zip or folder and reads them, one after the other.

The idea: every document stands for itself, so a broken one costs itself. Sleep comes first, because it tells
when the nights were that recovery only names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.clocks import Zone
from adapters.polar import checks, days
from adapters.polar.batches import ADAPTER
from adapters.polar.documents import LEFT, PEEK, family_of, items, left_by_name
from adapters.polar.nights import Nights
from adapters.polar.sessions import session
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile, TooLarge
from vault.records import Record, Rejection

if TYPE_CHECKING:
    from adapters.polar.documents import Json

__all__ = ["Polar"]

_SUFFIX = ".json"
_FIRST = "sleep"
_Read = Callable[["Json"], "Iterator[Record] | str"]


class Polar:
    """What ``adapters`` finds under the name "polar"."""

    name = ADAPTER
    version = "1"
    coverage = Coverage(
        title="Polar Flow",
        how_to_export="account.polar.com: Download your data; a link to a zip comes by mail",
        reads=(
            "training sessions: a workout an exercise, with its series, route, laps, zones and beats",
            "sleep with stages, sleep scores, nightly recovery",
            "heart rate around the clock, pulse-to-pulse intervals",
            "daily activity: steps, METs, and the day's totals as Polar's scores",
            "fitness and orthostatic tests, blood oxygen, skin temperature, weights",
        ),
        leaves=(
            "nightly_recovery_blob: it does not say which night it is",
            "sleep_wake: an older form of what sleep_result says",
            "notes, feelings and perceived recovery of the calendar; ECG tests",
            "account, profile, devices, sport profiles, targets, programs, planned routes, pictures",
            "samples of a transition between two exercises: they do not say when it began",
            "sports of the newer export beyond running and cycling, unless the session's name says it",
        ),
        metrics=(
            "body_mass", "heart_rate", "hrv_rmssd", "met", "respiratory_rate_sleep_avg", "rr_interval",
            "skin_temperature", "spo2", "steps", "steps_daily", "total_energy_daily", "vo2_max",
        ),
    )  # fmt: skip

    def detect(self, path: Path) -> Found | None:
        """Recognise an export by the keys its documents begin with."""
        with Archive(path) as archive:
            members = [one for one in archive.examples(_SUFFIX) if not left_by_name(one.basename)]
            known = (_family(archive, member) for member in members)
            if not any(family not in (None, LEFT) for family in known):
                return None
        return Found(ADAPTER, "Polar Flow export", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no document is one of Polar's."""
        with Archive(path) as archive:
            found = [(_family(archive, member), member) for member in archive.candidates(_SUFFIX)]
            if not any(family not in (None, LEFT) for family, _ in found):
                raise MalformedFile("no document of a Polar Flow export in it")
            yield from _Reading(archive, options).records(found)
            yield from archive.sources()


def _family(archive: Archive, member: Member) -> str | None:
    """Return what a document is, or None if that can't be told."""
    try:
        with archive.open(member) as stream:
            family = family_of(stream.read(PEEK))
    except InputError:
        return None
    return LEFT if family is None and left_by_name(member.basename) else family


class _Reading:
    """One reading of one export."""

    def __init__(self, archive: Archive, options: Options) -> None:
        self._archive = archive
        self._progress = options.progress
        self._home = home = Zone.of(options)
        nights = Nights(home)
        self._readers: dict[str, _Read] = {
            "sleep": nights.sleep,
            "sleep_score": nights.score,
            "recovery": nights.recovery,
            "activity": partial(days.activity, home=home),
            "pulse": partial(days.pulse, home=home),
            "beats": partial(days.beats, home=home),
            "fitness_test": partial(checks.fitness_test, home=home),
            "orthostatic_test": partial(checks.orthostatic_test, home=home),
            "oxygen": partial(checks.oxygen, home=home),
            "temperature": partial(checks.temperature, home=home),
            "calendar": partial(checks.calendar, home=home),
        }

    def records(self, found: list[tuple[str | None, Member]]) -> Iterator[Record]:
        in_order = sorted(found, key=lambda pair: pair[0] != _FIRST)
        for family, member in in_turn(in_order, self._progress, lambda pair: pair[1].size):
            if family is None:
                yield self._unknown(member)
            elif family != LEFT:
                yield from self._document(family, member)

    def _unknown(self, member: Member) -> Rejection:
        """Return why nobody knows a document: it can't be read, or it is another one."""
        try:
            with self._archive.open(member) as stream:
                stream.read(PEEK)
        except InputError as error:
            return Rejection(reason_of(error), member.name, 0)
        return Rejection("unknown-document", member.name, 0)

    def _document(self, family: str, member: Member) -> Iterator[Record]:
        """Yield the records of a document, as far as it is whole."""
        read = self._readers.get(family) or partial(session, home=self._home, file=member.name)
        count = 0
        try:
            with self._archive.open(member) as stream:
                for count, item in enumerate(items(stream), 1):
                    records = read(item)
                    yield from (
                        (Rejection(records, member.name, count),) if isinstance(records, str) else records
                    )
        except TooLarge:
            yield Rejection("too-large", member.name, count)
        except InputError as error:
            reason = "malformed-json" if isinstance(error, MalformedFile) else "unreadable"
            yield Rejection(reason, member.name, count)
