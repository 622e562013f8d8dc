"""Gives Records their meaning: from raw rows to samples of a metric.

The idea: what a row means hangs on its head alone, so it is decided once a head; rows of one meaning become
one batch. Types, units and values nobody has mapped are kept under Apple's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from adapters.apple_health.device import parse_device
from adapters.apple_health.numbers import parse_number
from adapters.apple_health.tables import Meaning, app_of, codes_of, meaning_of, vendor_meaning
from vault.errors import InputError
from vault.records import Origin, Rejection, Samples
from vault.time import MINUTE_NS, NO_INSTANT, UNKNOWN_OFFSET, zone, zone_offsets

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from adapters.apple_health.rows import Head, Rows
    from adapters.base import Options

__all__ = ["ADAPTER", "Interpreter"]

ADAPTER = "apple_health"
DECIMALS = 6
NO_VALUE = "HKCategoryValueNotApplicable"
NOBODYS_HOME = "UTC"
"""The home zone of a vault whose owner named none."""
_FIXED_OFFSET = re.compile(r"(?:GMT|UTC)([+-])(1?[0-9]|0[0-9])(?::?([0-5][0-9]))?")


class Interpreter:
    """Turns rows into samples; ``origins`` is shared by all of them and only grows."""

    def __init__(self, file: str, options: Options) -> None:
        self.origins: list[Origin] = []
        self._origin_codes: dict[Origin, int] = {}
        self._file = file
        self._options = options
        home = options.home
        self._is_at_home = options.timezone is None and home is not None and home.key != NOBODYS_HOME

    def origin(self, source: str, version: str, device: str) -> Origin:
        """Return who measured; the app is named if the table or the owner knows it."""
        app = app_of(source, self._options.aliases)
        return Origin(source, ADAPTER, version, parse_device(device), app)

    def offset(self, instant: int, zone_name: str, recorded: int) -> int:
        """Return the UTC offset at an instant: of the named zone, else the export's zone, else as recorded.

        Unknown, so that days are counted at home, where that is all there is and a home zone was named: what
        is recorded is the offset of the export, which another export tells otherwise.
        """
        instants = np.array([instant])
        named = _named_offsets(zone_name, instants)
        if named is None and self._options.timezone is not None:
            named = zone_offsets(instants, self._options.timezone)
        if named is None:
            return UNKNOWN_OFFSET if self._is_at_home else recorded
        return int(named[0])

    def samples(self, rows: Rows) -> Iterator[Samples | Rejection]:
        """Yield a batch for each meaning, and a rejection for each row that has none."""
        backwards = rows.end < rows.start
        if backwards.any():
            yield from self._reject("end-before-start", rows, backwards)
            rows = rows.select(~backwards)
        rows = replace(rows, offset_min=self._offsets(rows))
        heads = [meaning_of(head.type, head.unit) for head in rows.heads]
        meanings = list(dict.fromkeys(heads))
        number = {meaning: number for number, meaning in enumerate(meanings)}
        meant = np.array([number[meaning] for meaning in heads], np.int32)[rows.head]
        order = np.argsort(meant, kind="stable")
        bounds = np.searchsorted(meant[order], np.arange(len(meanings) + 1))
        for meaning, begin, end in zip(meanings, bounds, bounds[1:]):
            if begin < end:
                yield from self._batches(meaning, rows.select(order[begin:end]))

    def _batches(self, meaning: Meaning, rows: Rows) -> Iterator[Samples | Rejection]:
        if meaning.shape == "code":
            yield from self._coded(meaning, rows)
            return
        if meaning.shape == "minutes":
            minutes = (rows.end - rows.start) / MINUTE_NS
            yield self._batch(meaning, rows, np.round(minutes, DECIMALS))
            return
        value = _numbers(meaning, rows)
        is_number = np.isfinite(value)
        if meaning.shape == "number":
            yield from self._reject("bad-value", rows, ~is_number)
        elif not is_number.all():
            yield from self._coded(meaning, rows.select(~is_number))
        if is_number.any():
            yield self._batch(meaning, rows.select(is_number), value[is_number])

    def _coded(self, meaning: Meaning, rows: Rows) -> Iterator[Samples]:
        """Yield values as the project's codes; those nobody has mapped under Apple's own name and text."""
        words, word = _words(rows)
        codes = {} if meaning.is_vendor_coded else codes_of(meaning.type)
        is_known = np.array([text in codes for text in words])[word]
        for part, kept in ((meaning, is_known), (vendor_meaning(meaning.type, meaning.unit), ~is_known)):
            if kept.any():
                used, index = np.unique(word[kept], return_inverse=True)
                names = [codes.get(words[code], words[code]) for code in used]
                distinct = list(dict.fromkeys(names))
                value = np.array([distinct.index(name) for name in names], np.int32)[index]
                yield self._batch(part, rows.select(kept), value, distinct)

    def _batch(
        self,
        meaning: Meaning,
        rows: Rows,
        value: NDArray[np.float64] | NDArray[np.int32],
        codes: list[str] | None = None,
    ) -> Samples:
        origin = np.zeros(len(rows.heads), np.int32)
        used = np.flatnonzero(np.bincount(rows.head, minlength=len(rows.heads)))
        origin[used] = [self._origin_code(rows.heads[at]) for at in used.tolist()]
        return Samples(
            metric=meaning.metric,
            start=rows.start,
            end=rows.end,
            offset_min=rows.offset_min,
            value=value,
            origin=origin[rows.head],
            origins=self.origins,
            recorded=rows.recorded if (rows.recorded != NO_INSTANT).any() else None,
            note=rows.note if (rows.note >= 0).any() else None,
            notes=[note.text for note in rows.notes],
            codes=codes,
            unit=meaning.unit,
        )

    def _origin_code(self, head: Head) -> int:
        origin = self.origin(head.source, head.version, head.device)
        if origin not in self._origin_codes:
            self._origin_codes[origin] = len(self.origins)
            self.origins.append(origin)
        return self._origin_codes[origin]

    def _offsets(self, rows: Rows) -> NDArray[np.int16]:
        """Return each row's offset, by the rule of ``offset``."""
        offsets = rows.offset_min
        if self._is_at_home:
            offsets = np.full(len(rows), UNKNOWN_OFFSET, np.int16)
        if self._options.timezone is not None:
            offsets = zone_offsets(rows.start, self._options.timezone).astype(np.int16)
        for name in {note.zone for note in rows.notes}:
            # A row without a note has code -1, which reads the False at the end.
            is_there = np.array([*(note.zone == name for note in rows.notes), False])[rows.note]
            named = _named_offsets(name, rows.start[is_there])
            if named is not None:
                offsets = offsets.copy()
                offsets[is_there] = named
        return offsets

    def _reject(self, reason: str, rows: Rows, which: NDArray[np.bool_]) -> Iterator[Rejection]:
        for line in rows.line[which].tolist():
            yield Rejection(reason, self._file, line)


def _named_offsets(name: str, instants: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the offsets of an IANA zone or of "GMT+0100", where the plus is east; None for no zone."""
    fixed = _FIXED_OFFSET.fullmatch(name)
    if fixed is not None:
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        return np.full(len(instants), -minutes if fixed[1] == "-" else minutes)
    home = _zone(name)
    return None if home is None else zone_offsets(instants, home)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    """Return a zone by its IANA name; None for no name, and for one that is none."""
    try:
        return zone(name) if name else None
    except InputError:
        return None


def _numbers(meaning: Meaning, rows: Rows) -> NDArray[np.float64]:
    """Return the values in the metric's unit, NaN for what is no number."""
    value = rows.value
    if (rows.text >= 0).any():
        parsed = [None if text is None else parse_number(text) for text in rows.texts]
        by_text = np.array([np.nan if number is None else number for number in parsed])
        value = np.where(rows.text >= 0, by_text[rows.text], value)
    if meaning.is_as_given:
        return value
    with np.errstate(over="ignore", invalid="ignore"):
        return np.round(value * meaning.factor + meaning.offset, DECIMALS)


def _words(rows: Rows) -> tuple[list[str], NDArray[np.int32]]:
    """Return the values as texts: (distinct, codes). Some old categories are numbers."""
    words = [NO_VALUE if text is None else text for text in rows.texts]
    code = rows.text.copy()
    is_number = code < 0
    if is_number.any():
        numbers, index = np.unique(rows.value[is_number], return_inverse=True)
        code[is_number] = len(words) + index
        words += [format(number, ".15g") for number in numbers]
    return words, code
