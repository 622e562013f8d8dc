"""The check-in adapter: tables of days, and of sessions with how hard they were.

The idea: a row is a day or a session, told by the header. A check-in that was written down on its day stands
at that moment; one written later stands at noon of the day it is about, so that it is counted there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.checkin.days import Days
from adapters.checkin.sessions import sessions
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count
from adapters.formats.sheets import ENDINGS, Sheet, plain
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Rejection

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["Checkins"]

_DAY, _SESSION = {"date"}, {"session_start", "rpe_cr10"}
_FEELINGS = {"sleep_quality", "fatigue", "energy", "stress", "soreness"}


class Checkins:
    """What ``adapters`` finds under the name "checkin"."""

    name = "checkin"
    version = "1"
    coverage = Coverage(
        title="Check-ins",
        how_to_export="keep a CSV of your own, a row a day or a row a session; the reference has the columns",
        reads=(
            "sleep quality, fatigue or energy, stress, soreness, mood, on Hooper's scale or from 1 to 5",
            "Hooper's index of the days with all four of its items",
            "pain and illness",
            "session RPE (Foster, CR10)",
        ),
        leaves=("notes: they are words", "columns of another name"),
        metrics=(
            *("hooper_index", "mood", "pain", "rpe_session", "wellness_fatigue", "wellness_sleep_quality"),
            *("wellness_soreness", "wellness_stress"),
        ),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a table by its header."""
        with Archive(path) as archive:
            if not any(_kind(archive, member) for member in archive.examples(*ENDINGS)):
                return None
        return Found(self.name, "check-ins", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no table is one of check-ins."""
        with Archive(path) as archive:
            kinds = [(_kind(archive, member), member) for member in archive.members]
            if not any(kind for kind, _ in kinds):
                raise MalformedFile("no table of check-ins in it")
            for kind, member in in_turn(kinds, options.progress, lambda pair: pair[1].size):
                yield from _file(archive, member, kind, options)
            yield from archive.sources()


def _kind(archive: Archive, member: Member) -> str:
    """Return what the rows of a table are by its header; empty if they are nothing of ours."""
    try:
        with archive.open(member) as stream:
            columns = {plain(name) for name in Sheet(stream).header}
    except InputError:
        return ""
    if columns >= _SESSION:
        return "session"
    return "day" if columns >= _DAY and len(columns & _FEELINGS) > 1 else ""


def _file(archive: Archive, member: Member, kind: str, options: Options) -> Iterator[Record]:
    """Yield the records of one table."""
    if not kind:
        yield Rejection("not-recognised", member.name, 0)
        return
    count, batches = Count(member.name), Batches()
    try:
        with archive.open(member) as stream:
            sheet, zone = Sheet(stream), Zone.of(options)
            rows = sessions if kind == "session" else Days(sheet.header).rows
            yield from rows(sheet, count, batches, zone)
    except InputError as error:
        yield count.reject(reason_of(error), 0)
    yield from batches.rest()
    yield count.tally()
