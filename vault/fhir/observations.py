"""Series to Observations, by template: all that repeats is written once, a sample fills the gaps.

Samples of one metric differ in id, identifier, time and value; what else differs (who measured, how, in
which kind of time) comes in few combinations. Each combination gets a template, each sample its
combination's number, and whole columns of text are joined with what stands between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.errors import InputError
from vault.fhir import codings, instants, shape
from vault.fhir.identity import RECORD, field
from vault.fhir.lines import inside
from vault.fhir.notes import NOTHING, Facets, facets
from vault.metrics import is_vendor_coded
from vault.time import NO_INSTANT, zone, zone_offsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.fhir.codings import Json, Term
    from vault.fhir.shape import Context
    from vault.records import Origin
    from vault.store.columns import Columns

__all__ = ["BLOCK", "decimals", "series"]

BLOCK = 1_024
"""Samples a block: bounds memory, and keeps the text columns in the processor's cache."""

_GAP, _NO_GAP = "\x01", "\x02"
"""Where a sample's text goes in a template, and where it has none."""

_ZONE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/timezone"


class _Kind(NamedTuple):
    """What tells templates of one series apart."""

    origin: int
    said: int
    code: int
    moment: bool
    assumed: bool
    zoned: bool
    issued: bool
    finite: bool


class _Template(NamedTuple):
    """A line of NDJSON: what stands ``before`` each gap and after the last, and which gaps it ``fills``."""

    before: list[str]
    fills: list[bool]

    @classmethod
    def of(cls, text: str) -> _Template:
        """Return a text by the marks of its gaps; JSON has no raw control characters that could be one."""
        return cls(
            re.split(f"[{_GAP}{_NO_GAP}]", text), [one == _GAP for one in text if one in _GAP + _NO_GAP]
        )


def series(context: Context, name: str, columns: Columns) -> Iterator[bytes]:
    """Yield the Observations of one series as NDJSON, a block of lines at a time."""
    writer = _Series(context, name, columns)
    for first in range(0, len(columns.start), BLOCK):
        yield writer.block(slice(first, first + BLOCK))


class _Series:
    def __init__(self, context: Context, name: str, columns: Columns) -> None:
        self._context = context
        self._name = name
        self._columns = columns
        self._is_daily = codings.term(name, columns.unit).time == "day"
        self._said, self._said_of = _facets(columns)
        self._numbers: dict[_Kind, int] = {}
        self._templates: list[_Template] = []
        self._prefixes: list[bytes] = []

    def block(self, rows: slice) -> bytes:
        columns = self._columns
        start, end, value = columns.start[rows], columns.end[rows], columns.value[rows]
        group = self._groups(rows)
        numbers = None if columns.codes is not None else value.astype(np.float64)
        ids, names = self._context.identity.names(self._prefixes, group, start, end, numbers)
        starts, ends = instants.edges(
            start, end, columns.offset_min[rows], self._context.home, daily=self._is_daily
        )
        values = ids if numbers is None else decimals(numbers)
        issued = self._issued(columns.recorded[rows], starts)
        return self._filled(group, (ids, names, starts, ends, issued, values)).encode()

    def _filled(self, group: list[int], columns: Sequence[list[str]]) -> str:
        """Return the lines: what stands before each gap, then what fills it, and the end of the line."""
        parts: list[Iterable[str]] = []
        for gap, column in enumerate(columns):
            parts.append(map([template.before[gap] for template in self._templates].__getitem__, group))
            fills = [template.fills[gap] for template in self._templates]
            if all(fills):
                parts.append(column)
            elif any(fills):
                parts.append([text if fills[number] else "" for text, number in zip(column, group)])
        parts.append(map([template.before[-1] for template in self._templates].__getitem__, group))
        return "".join(chain.from_iterable(zip(*parts)))

    def _groups(self, rows: slice) -> list[int]:
        """Return each sample's template number; templates come into being as they are met."""
        columns = self._columns
        start, offset = columns.start[rows], columns.offset_min[rows]
        said = self._said_of[columns.note[rows]]
        traits = np.column_stack(
            [
                columns.origin[rows],
                said,
                columns.value[rows] if columns.codes is not None else np.zeros(len(start), np.int64),
                start == columns.end[rows],
                instants.assumed(offset),
                self._zoned(said, start, offset),
                columns.recorded[rows] != NO_INSTANT,
                np.isfinite(columns.value[rows]),
            ]
        ).astype(np.int64)
        kinds, group = _distinct(traits)
        known = np.array([self._number(_Kind(*kind)) for kind in kinds.tolist()])
        found: list[int] = known[group].tolist()
        return found

    def _zoned(
        self, said: NDArray[np.int64], start: NDArray[np.int64], offset: NDArray[np.int16]
    ) -> NDArray[np.bool_]:
        """Return where a note's zone has the recorded offset; one that disagrees is not written."""
        agrees = np.zeros(len(start), bool)
        for number, kind in enumerate(self._said):
            here = said == number if kind.zone else agrees
            if here.any():
                try:
                    agrees[here] = zone_offsets(start[here], zone(kind.zone)) == offset[here]
                except InputError:
                    continue
        return agrees

    def _number(self, kind: _Kind) -> int:
        if kind not in self._numbers:
            self._numbers[kind] = len(self._templates)
            self._templates.append(self._template(kind))
            source = self._columns.origins[kind.origin].source
            self._prefixes.append(field(self._name) + field(source) + field(self._apart(kind)))
        return self._numbers[kind]

    def _apart(self, kind: _Kind) -> str:
        """Return what else tells samples apart: the code, or the unit where a vendor may change it."""
        if self._columns.codes is not None:
            return self._columns.codes[kind.code]
        return self._columns.unit if is_vendor_coded(self._name) else ""

    def _template(self, kind: _Kind) -> _Template:
        """Return a template with gaps for id, identifier, start, end, issued and value, in this order."""
        said = self._said[kind.said]
        term = codings.term(self._name, self._columns.unit, measured=said.measured)
        origin: Origin = self._columns.origins[kind.origin]
        fixed = shape.static(self._context, term, origin, said, assumed=bool(kind.assumed))
        when = _when(said.zone if kind.zoned else "", moment=bool(kind.moment) and not self._is_daily)
        issued = f'"issued":"{_GAP}",' if kind.issued else _NO_GAP
        return _Template.of(
            f'{{"resourceType":"Observation","id":"{_GAP}",'
            f'"identifier":[{{"system":"{RECORD}","value":"{_GAP}"}}],'
            f"{inside(fixed)},{when},{issued}{self._value(kind, term)}}}\n"
        )

    def _value(self, kind: _Kind, term: Term) -> str:
        if self._columns.codes is not None:
            value: Json = self._context.coded(self._name, self._columns.codes[kind.code])
            return inside({"valueCodeableConcept": value}) + _NO_GAP
        if not kind.finite:
            return inside({"dataAbsentReason": shape.absent("not-a-number")}) + _NO_GAP
        unit = codings.unit_of(term)
        return f'"valueQuantity":{{"value":{_GAP}' + (f",{inside(unit)}" if unit else "") + "}"

    def _issued(self, recorded: NDArray[np.int64], otherwise: list[str]) -> list[str]:
        if (recorded == NO_INSTANT).all():
            return otherwise
        said = np.where(recorded == NO_INSTANT, 0, recorded)
        return instants.texts(said, np.zeros(len(said), np.int64))


def _facets(columns: Columns) -> tuple[list[Facets], NDArray[np.int64]]:
    """Return the distinct facets and, by note number, which; the last entry is for -1, no note."""
    numbers = {NOTHING: 0}
    said_of = [numbers.setdefault(facets(note), len(numbers)) for note in columns.notes]
    return list(numbers), np.array([*said_of, 0], np.int64)


def _distinct(traits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the distinct rows and each row's number among them."""
    key = np.zeros(len(traits), np.int64)
    for column in traits.T:
        key = key * (int(column.max(initial=0)) + 1) + column
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return traits[first], group


def decimals(values: NDArray[np.float64]) -> list[str]:
    """Return the shortest text of each number that reads back the same; whole ones without a point."""
    return [text.removesuffix(".0") for text in map(repr, values.tolist())]


def _when(zone_name: str, *, moment: bool) -> str:
    extension = {"extension": [{"url": _ZONE_EXTENSION, "valueCode": zone_name}]} if zone_name else None
    if moment:
        beside = f",{inside({'_effectiveDateTime': extension})}" if extension else ""
        return f'"effectiveDateTime":"{_GAP}"{_NO_GAP}{beside}'
    beside = f",{inside({'_start': extension, '_end': extension})}" if extension else ""
    return f'"effectivePeriod":{{"start":"{_GAP}","end":"{_GAP}"{beside}}}'
