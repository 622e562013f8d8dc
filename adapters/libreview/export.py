"""The LibreView adapter: finds tables of LibreView and makes samples of them, once their dates are certain.

The idea: a table is gone through twice, first to learn whether the day or the month stands first, then to
read it. If that can't be learnt it is refused whole, with the question to answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone, instants_of
from adapters.formats.counting import Count, left_whole
from adapters.formats.files import peek
from adapters.formats.sheets import ENDINGS
from adapters.libreview.dates import Evidence, clock_in, first_date
from adapters.libreview.rows import Libre, Told, is_libre
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Device, Origin, Record

if TYPE_CHECKING:
    from adapters.formats.sheets import Row

__all__ = ["LibreView"]

_ADAPTER = "libreview"
_SOURCE = "LibreView"
_HISTORIC = "0"
_AMBIGUOUS = "ambiguous-dates"
_ROWS = 1 << 14


class LibreView:
    """What ``adapters`` finds under the name "libreview"."""

    name = _ADAPTER
    version = "1"
    coverage = Coverage(
        title="LibreView (FreeStyle Libre)",
        how_to_export="libreview.com: Glucose history, Download glucose data; hand over the CSV file",
        reads=(
            "the sensor's own readings, in mg/dL or mmol/L; scans as a series of their own",
            "strips, ketones, insulin, carbohydrates and servings",
            "headers in English, German, French and Spanish; dates with the day or the month first",
        ),
        leaves=(
            "name, serial numbers, who generated the file",
            "notes, which are words; food and insulin without an amount; the many rows that say nothing",
        ),
        metrics=("glucose_interstitial", "blood_glucose_mass", "carbohydrate_intake"),
    )

    def detect(self, path: Path) -> Found | None:
        """Recognise a table by its header."""
        with Archive(path) as archive:
            if not any(_is_ours(archive, member) for member in archive.examples(*ENDINGS)):
                return None
        return Found(_ADAPTER, self.coverage.title, 0.9, path)

    def read(self, path: Path, options: Options) -> Iterator[Record]:
        """Yield the records.

        Raises MalformedFile if there is no table of LibreView, InputError if nobody can know whether the
        dates of the only one begin with the day; of several tables such a one is a rejection.
        """
        with Archive(path) as archive:
            ours = {member: None for member in archive.members if _is_ours(archive, member)}
            if not ours:
                raise MalformedFile("no table of LibreView in it")
            yield from (left_whole(one.name) for one in archive.members if one not in ours)
            for member in in_turn(ours, options.progress, lambda one: one.size):
                yield from _file(archive, member, options, is_only=len(ours) == 1)
            yield from archive.sources()


def _file(archive: Archive, member: Member, options: Options, *, is_only: bool) -> Iterator[Record]:
    count = Count(member.name)
    try:
        rows, day_first = _looked_over(archive, member, told=options.day_first)
    except InputError as error:
        yield count.reject(reason_of(error), 0)
        yield count.tally()
        return
    if day_first is None and is_only:
        hint = "say which it is with --dates dmy or --dates mdy"
        words = "dates of which nobody can know if the day or the month stands first"
        raise InputError(words, hint=hint, code=_AMBIGUOUS)
    if day_first is None:
        yield count.reject(_AMBIGUOUS, 0, rows)
    else:
        yield from _Reading(count, day_first, Zone.of(options)).records(archive, member)
    yield count.tally()


def _looked_over(archive: Archive, member: Member, *, told: bool | None) -> tuple[int, bool | None]:
    """Return the number of rows, and whether the day stands first in their dates if that can be known."""
    evidence = Evidence(told)
    evidence.see(first_date(peek(archive, member).partition(b"\n")[0].decode("latin-1")))
    rows = 0
    with archive.open(member) as stream:
        libre = Libre(stream)
        for _, row in libre:
            rows += 1
            if not isinstance(row, str):
                is_series = libre.cell(row, "type") == _HISTORIC
                evidence.see(libre.cell(row, "time"), libre.cell(row, "serial") or "-" if is_series else "")
    return rows, evidence.day_first


class _Reading:
    """One table being read; ``_rows`` wait until there are enough of them to work on as columns."""

    def __init__(self, count: Count, day_first: bool, zone: Zone | None) -> None:  # noqa: FBT001
        self._count = count
        self._day_first = day_first
        self._zone = zone
        self._rows: list[tuple[int, Origin, list[Told]]] = []
        self._batches = Batches()

    def records(self, archive: Archive, member: Member) -> Iterator[Record]:
        try:
            with archive.open(member) as stream:
                libre = Libre(stream)
                for line, row in libre:
                    reason = row if isinstance(row, str) else self._row(libre, row)
                    if reason.startswith("bad-") or isinstance(row, str):
                        yield self._count.reject(reason, line)
                    elif reason:
                        self._count.leave(reason)
                    if len(self._rows) == _ROWS:
                        self._place()
                        yield from self._batches.full()
        except InputError as error:
            yield self._count.reject(reason_of(error), 0)
        self._place()
        yield from self._batches.rest()

    def _row(self, libre: Libre, row: Row) -> str:
        """Take a row in, or return why not."""
        clock = clock_in(libre.cell(row, "time"), day_first=self._day_first)
        if clock is None:
            return "bad-date"
        told = libre.told(row)
        if isinstance(told, str):
            return told
        self._rows.append((clock, _origin(libre.cell(row, "device")), told))
        self._count.use()
        return ""

    def _place(self) -> None:
        """Give the rows that wait their instants."""
        clock = np.array([clock for clock, _, _ in self._rows], np.int64)
        starts, offsets = instants_of(clock, self._zone)
        for (_, origin, told), start, offset_min in zip(self._rows, starts.tolist(), offsets.tolist()):
            for one in told:
                self._batches.add(
                    one.metric, start, start, offset_min, one.value, origin, note=one.note, unit=one.unit
                )
        self._rows.clear()


@lru_cache(maxsize=64)
def _origin(device: str) -> Origin:
    return Origin(_SOURCE, _ADAPTER, device=Device(device, "Abbott"), app=_ADAPTER)


def _is_ours(archive: Archive, member: Member) -> bool:
    try:
        return is_libre(peek(archive, member))
    except InputError:
        return False
