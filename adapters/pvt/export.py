"""The adapter of reaction time tests: tables with one row a trial.

The idea: no vendor's format is a standard, so the columns are ours and people's tools are mapped to them: a
session, when it began, the trial, the wait, the reaction, the outcome. Trials of a session stand together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone, instant_of
from adapters.formats.counting import Count
from adapters.formats.points import number_of
from adapters.formats.sheets import ENDINGS, Row, Sheet, plain
from adapters.pvt.session import FALSE_START, HIT, TIMEOUT, Session, Trial
from vault.errors import InputError, MalformedFile
from vault.records import Device, Origin, Rejection
from vault.time import UNKNOWN_OFFSET, parse_instant

if TYPE_CHECKING:
    from vault.records import Record

__all__ = ["Trials"]

_NEEDED = {"session_id", "started_at", "rt_ms", "outcome"}
_LONGEST_MS = 600_000.0
_Begun = tuple[str, int, int, str]
"""Session, start, offset, device."""


class Trials:
    """What ``adapters`` finds under the name "pvt"."""

    name = "pvt"
    version = "1"
    coverage = Coverage(
        title="Reaction time tests (PVT)",
        how_to_export="a CSV of trials from any test program; the reference has the columns",
        reads=(
            "every valid reaction as reaction_time",
            "by session: lapses, false starts, the median, the mean speed of responding",
        ),
        leaves=("columns of another name",),
        metrics=("reaction_time",),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a table by its header."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, member) for member in archive.examples(*ENDINGS)):
                return None
        return Found(self.name, "trials of reaction time tests", 1.0, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records; raises MalformedFile if no table is one of trials."""
        with Archive(path) as archive:
            ours = [(_is_ours(archive, member), member) for member in archive.members]
            if not any(known for known, _ in ours):
                raise MalformedFile("no table of trials in it")
            for known, member in ours:
                if known:
                    yield from _file(archive, member, Zone.of(options))
                else:
                    yield Rejection("not-recognised", member.name, 0)
            yield from archive.sources()


def _is_ours(archive: Archive, member: Member) -> bool:
    try:
        with archive.open(member) as stream:
            return {plain(name) for name in Sheet(stream).header} >= _NEEDED
    except InputError:
        return False


def _file(archive: Archive, member: Member, zone: Zone | None) -> Iterator[Record]:
    """Yield the records of one table."""
    count, batches = Count(member.name), Batches()
    rejections: list[Rejection] = []
    try:
        with archive.open(member) as stream:
            trials = _trials(Sheet(stream), count, rejections, zone)
            for (name, start, offset_min, device), group in groupby(trials, key=lambda pair: pair[0]):
                origin = Origin("Reaction tests", "pvt", device=Device(name=device) if device else None)
                Session(name, start, offset_min, origin, [trial for _, trial in group]).gather(batches)
                yield from batches.full()
    except InputError as error:
        rejections.append(count.reject(reason_of(error), 0))
    yield from batches.rest()
    yield from rejections
    yield count.tally()


def _trials(
    sheet: Sheet, count: Count, rejections: list[Rejection], zone: Zone | None
) -> Iterator[tuple[_Begun, Trial]]:
    """Yield each trial with the session it is of."""
    for line, row in sheet:
        told = row if isinstance(row, str) else _trial(row, zone)
        if isinstance(told, str):
            rejections.append(count.reject(told, line))
        else:
            count.use()
            yield told


def _trial(row: Row, zone: Zone | None) -> tuple[_Begun, Trial] | str:
    """Return a row as a trial of a session, or why it is none."""
    cells = {plain(name): text.strip() for name, text in row.items()}
    try:
        start, offset_min = parse_instant(cells.get("started_at", ""))
    except InputError:
        return "bad-date"
    if offset_min == UNKNOWN_OFFSET:
        start, offset_min = instant_of(start, zone)
    outcome = cells.get("outcome", "").casefold()
    if outcome not in (HIT, FALSE_START, TIMEOUT):
        return "bad-outcome"
    reaction, wait = number_of(cells.get("rt_ms", "")), number_of(cells.get("isi_ms", "")) or 0.0
    if (outcome == HIT and reaction is None) or not 0 <= (reaction or 0.0) <= _LONGEST_MS:
        return "bad-value"
    if not 0 <= wait <= _LONGEST_MS:
        return "bad-value"
    number = number_of(cells.get("trial", "")) or 0.0
    begun = (cells.get("session_id", ""), start, offset_min, cells.get("device", ""))
    return begun, Trial(number, wait, reaction, outcome)
