"""The Dexcom adapter: finds Clarity tables and makes samples of them, in the order of the transmitters.

The idea: a table is sorted by a clock that may have been set back, so two hours can lie in each other. It is
read whole into columns, ordered by the transmitters' counters, and only then is each reading given its
instant. Tables of one person overlap; a counter that was read before is not read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from adapters.archive import Archive, Member, reason_of
from adapters.base import Coverage, Found, Options
from adapters.dexcom.clarity import Told, is_clarity, read_clarity
from adapters.dexcom.clock import NO_TICK, Clock, generations
from adapters.formats.batches import Batches
from adapters.formats.clocks import Zone
from adapters.formats.counting import Count, left_whole
from adapters.formats.files import peek
from adapters.formats.sheets import ENDINGS
from adapters.progress import in_turn
from vault.errors import InputError, MalformedFile
from vault.records import Device, Origin, Record, Rejection
from vault.time import MINUTE_NS, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Dexcom"]

_ADAPTER = "dexcom"
_ORIGIN = Origin("Dexcom Clarity", _ADAPTER, device=Device(manufacturer="Dexcom"), app="dexcom")


class Dexcom:
    """What ``adapters`` finds under the name "dexcom"."""

    name = _ADAPTER
    version = "1"
    coverage = Coverage(
        title="Dexcom Clarity",
        how_to_export="clarity.dexcom.eu or .com: Export, up to 90 days a file; hand over one or all of them",
        reads=(
            "sensor readings (EGV) in mg/dL or mmol/L, in order also where the phone's clock was changed",
            "Low and High, as words: no number stands for them",
            "calibrations and fingersticks, carbohydrates, insulin, exercise and health events",
        ),
        leaves=(
            "name, birthday and patient number, alarm settings, serial numbers",
            "alerts and kinds of events that are not known; they are counted",
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
        """Yield the records; raises MalformedFile if there is no table of Clarity."""
        with Archive(path) as archive:
            ours = {member: None for member in archive.members if _is_ours(archive, member)}
            if not ours:
                raise MalformedFile("no table of Clarity in it")
            yield from (left_whole(one.name) for one in archive.members if one not in ours)
            reading = _Reading(Zone.of(options))
            for member in in_turn(ours, options.progress, lambda one: one.size):
                yield from reading.file(archive, member)
            yield from archive.sources()


class _Reading:
    """One export being read; ``_seen`` are the counters of tables that were, ``_clock`` the last one's."""

    def __init__(self, zone: Zone | None) -> None:
        self._zone = zone
        self._clock: Clock | None = None
        self._seen: set[tuple[str, int]] = set()

    def file(self, archive: Archive, member: Member) -> Iterator[Record]:
        count = Count(member.name)
        rows: list[Told] = []
        try:
            with archive.open(member) as stream:
                for told in read_clarity(stream, count):
                    if isinstance(told, Rejection):
                        yield told
                    elif self._is_new(told):
                        count.use()
                        rows.append(told)
                    else:
                        count.repeat()
        except InputError as error:
            yield count.reject(reason_of(error), 0)
        yield from self._samples(rows)
        yield count.tally()

    def _is_new(self, told: Told) -> bool:
        """Say whether a reading was not there yet: one counter of one transmitter is one reading."""
        if told.tick == NO_TICK or not told.transmitter:
            return True
        key = told.transmitter, told.tick
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _samples(self, rows: list[Told]) -> Iterator[Record]:
        if not rows:
            return
        batches = Batches()
        clock = np.array([told.clock for told in rows], np.int64)
        offsets = self._offsets(rows, clock)
        starts = clock - offsets * MINUTE_NS
        is_told = self._zone is not None and not self._zone.is_assumed
        for row in np.argsort(starts, kind="stable").tolist():
            told, start = rows[row], int(starts[row])
            offset_min = int(offsets[row]) if is_told else UNKNOWN_OFFSET
            for metric, unit, value in told.values:
                end = start + told.length_ns
                batches.add(metric, start, end, offset_min, value, _ORIGIN, note=told.note, unit=unit)
        yield from batches.rest()

    def _offsets(self, rows: list[Told], clock: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return by how many minutes the clock was ahead of UTC, for each row."""
        numbers: dict[str, int] = {"": -1}
        transmitter = np.array(
            [numbers.setdefault(told.transmitter, len(numbers)) for told in rows], np.int64
        )
        tick = np.array([told.tick for told in rows], np.int64)
        self._clock = Clock(clock, tick, generations(tick, transmitter), self._zone, self._clock)
        return self._clock.offset_min


def _is_ours(archive: Archive, member: Member) -> bool:
    try:
        return is_clarity(peek(archive, member))
    except InputError:
        return False
