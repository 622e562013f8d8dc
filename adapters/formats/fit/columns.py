"""The messages of one kind as columns: a field is cut out of the buffer when it is asked for.

The idea: a layout's messages are rows of one width, so a field is a slice of bytes seen as numbers. What FIT
writes for "no value", a pattern of each base type, is NaN. A message that lacks a field others have is NaN
there too. Rows are in the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.fit.profile import fields_of

if TYPE_CHECKING:
    from array import array

    from numpy.typing import NDArray

    from adapters.formats.fit.scan import Layout

__all__ = ["STRING", "Block", "Columns", "DeveloperType"]

STRING = 7
_TYPES = {0: "u1", 1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 8: "f4", 9: "f8", 10: "u1"}
_TYPES |= {11: "u2", 12: "u4", 13: "u1", 14: "i8", 15: "u8", 16: "u8"}
_BYTE = 13
_FLOATS = (8, 9)
_NONE = {0: 0xFF, 1: 0x7F, 2: 0xFF, 3: 0x7FFF, 4: 0xFFFF, 5: 0x7FFFFFFF, 6: 0xFFFFFFFF, 10: 0, 11: 0}
_NONE |= {12: 0, 13: 0xFF, 14: 0x7FFFFFFFFFFFFFFF, 15: 0xFFFFFFFFFFFFFFFF, 16: 0}
"""What stands for "no value", by base type: the highest number, or 0; for floats it is a NaN already."""
_MOST = 2.0**62
_BASE = 0x1F


@dataclass(frozen=True, slots=True)
class DeveloperType:
    """What a field_description message says of a developer's field: its name, base type and units."""

    name: str
    base: int
    units: str


class Block:
    """The messages of one layout: ``rows`` uint8 [n, size], header byte first; ``order`` int64 [n]."""

    def __init__(self, data: bytes, layout: Layout, positions: array[int]) -> None:
        self.layout = layout
        self.order = np.frombuffer(positions, np.uint32).astype(np.int64)
        self.byte_order = ">" if layout.is_big_endian else "<"
        self._data = data

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.order)

    @cached_property
    def rows(self) -> NDArray[np.uint8]:
        """The messages, cut out of the buffer: every place of it is seen as one, and theirs are taken."""
        size = self.layout.size
        every: NDArray[np.void] = np.ndarray(
            (len(self._data) - size + 1,), f"V{size}", self._data, strides=(1,)
        )
        return every[self.order].view(np.uint8).reshape(len(self), size)


class Columns:
    """The messages of one kind, ``len()`` of them; ``order`` (int64 [n]) is where each stands in the file."""

    def __init__(
        self, message: int, blocks: Sequence[Block], developer: Mapping[tuple[int, int], DeveloperType]
    ) -> None:
        self.message = message
        self._blocks = blocks
        self._developer = developer
        order = np.concatenate([block.order for block in blocks]) if blocks else np.empty(0, np.int64)
        self._sort = np.argsort(order) if len(blocks) > 1 else None
        self.order = order if self._sort is None else order[self._sort]

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.order)

    def __contains__(self, name: object) -> bool:
        """Whether any of the messages has a field of that name."""
        return next(self._cuts(str(name)), None) is not None

    def numeric(self) -> list[str]:
        """Return the names of the fields of one number each that the profile or their developer names."""
        single = {
            part.number
            for block in self._blocks
            for part in block.layout.fields
            if part.base & _BASE != STRING and part.size == _kind(part.base & _BASE, "<").itemsize
        }
        named = [name for name, field in fields_of(self.message).items() if field.number in single]
        return named + list(self.developer())

    def developer(self) -> dict[str, str]:
        """Return the developers' fields of numbers: their units by their names."""
        used = {(part.developer, part.number) for block in self._blocks for part in block.layout.developer}
        types = [self._developer[key] for key in sorted(used & self._developer.keys())]
        return {self._name_of(type_): type_.units for type_ in types if type_.base & _BASE != STRING}

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a field as float64 [n], scaled, NaN where there is no value; of an array, its first."""
        return self.array(name)[:, 0]

    def array(self, name: str) -> NDArray[np.float64]:
        """Return a field as float64 [n, k], scaled; k is the longest array in the file, at least 1."""
        field = fields_of(self.message).get(name)
        parts = [part for part in self._cuts(name) if part[2] != STRING]
        cuts = [(at, _numbers(cut, base, order)) for at, cut, base, order in parts]
        values = np.full((len(self), max((cut.shape[1] for _, cut in cuts), default=1)), np.nan)
        for at, cut in cuts:
            values[at, : cut.shape[1]] = cut
        if field is not None and field.scale != 1.0:
            values /= field.scale
        if field is not None and field.offset:
            values -= field.offset
        return values if self._sort is None else values[self._sort]

    def text(self, name: str) -> list[str]:
        """Return a field of text, empty where there is none."""
        found = [""] * len(self)
        for at, cut, base, _ in self._cuts(name):
            if base == STRING:
                found[at] = [bytes(row).partition(b"\0")[0].decode("utf-8", "replace") for row in cut]
        return found if self._sort is None else [found[row] for row in self._sort]

    def words(self, name: str) -> list[str]:
        """Return a field as the names of its values; a value without a name as its number, none as ''."""
        field = fields_of(self.message).get(name)
        names = field.words if field else {}
        values = self.number(name).tolist()
        return ["" if value != value else names.get(int(value), str(int(value))) for value in values]

    def _name_of(self, type_: DeveloperType) -> str:
        """Return a developer's name for a field, told apart from the profile's fields."""
        return f"developer_{type_.name}" if type_.name in fields_of(self.message) else type_.name

    def _cuts(self, name: str) -> Iterator[tuple[slice, NDArray[np.uint8], int, str]]:
        """Yield where a field stands: which rows, their bytes [n, size], the base type, the byte order."""
        field = fields_of(self.message).get(name)
        start = 0
        for block in self._blocks:
            at = slice(start, start + len(block))
            start = at.stop
            for part in block.layout.fields:
                if field is not None and part.number == field.number and part.size:
                    cut = block.rows[:, part.start : part.start + part.size]
                    yield at, cut, part.base & _BASE, block.byte_order
            for theirs in block.layout.developer if field is None else ():
                type_ = self._developer.get((theirs.developer, theirs.number))
                if type_ is not None and self._name_of(type_) == name and theirs.size:
                    cut = block.rows[:, theirs.start : theirs.start + theirs.size]
                    yield at, cut, type_.base & _BASE, block.byte_order


@cache
def _kind(base: int, order: str) -> np.dtype[np.generic]:
    return np.dtype(order + _TYPES.get(base, "u1"))


def _numbers(cut: NDArray[np.uint8], base: int, order: str) -> NDArray[np.float64]:
    """Return raw numbers as float64 [n, k]; a size that is no multiple of the type's means bytes."""
    kind = _kind(base, order)
    if cut.shape[1] % kind.itemsize:
        base, kind = _BYTE, _kind(_BYTE, order)
    raw = np.ascontiguousarray(cut).view(kind)
    with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN
        values = raw.astype(np.float64)
    if kind.itemsize == 8 or base in _FLOATS:  # nothing that is measured is beyond an integer
        values[~(np.abs(values) < _MOST)] = np.nan
    if base not in _FLOATS:
        absent = raw == _NONE.get(base, _NONE[_BYTE])
        values[absent.all(axis=1, keepdims=True) & absent if base == _BYTE else absent] = np.nan
    return values
