"""A FIT file: its messages by kind, its times, and what is wrong with it.

The idea: a file on disk may hold several FIT files one after the other, and any of them may be cut short or
have a wrong checksum; what is whole is read, what is not is named in ``faults``. A strap sends what it kept
during a swim as files of their own behind that of the swim, so a file knows those that follow on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.fit.columns import Block, Columns, DeveloperType
from adapters.formats.fit.crc import crc16
from adapters.formats.fit.profile import message_number
from adapters.formats.fit.scan import scan
from adapters.formats.fit.times import Timeline
from vault.errors import MalformedFile, TooLarge

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MAX_BYTES", "FitFile", "decode", "is_fit"]

MAX_BYTES = 32 << 20
"""A day and a night of riding, recorded every second with every sensor, is a fifth of this."""

_SIGNATURE = b".FIT"
_SHORTEST_HEADER = 12
_CRC_BYTES = 2
_TIMESTAMP, _TIMESTAMP_16, _MONITORING = 253, 26, 55
_NO_TIME, _NO_TIME_16 = 0xFFFFFFFF, 0xFFFF
_COMPRESSED, _TIME_BITS = 0x80, 5
_MOST_BACK_S = 3_600
"""Watches write an event before the minute of monitoring it lies in; nothing is left alone for 17 hours."""


def is_fit(data: bytes) -> bool:
    """Whether bytes begin with the header of a FIT file."""
    return len(data) >= _SHORTEST_HEADER and data[0] >= _SHORTEST_HEADER and data[8:12] == _SIGNATURE


def decode(data: bytes) -> list[FitFile]:
    """Return the FIT files in a buffer, one after the other; nothing is copied or converted yet.

    Raises MalformedFile if the buffer does not begin with a FIT header, TooLarge beyond ``MAX_BYTES``.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("a FIT file that is larger than is sane")
    if not is_fit(data):
        raise MalformedFile("not a FIT file")
    found: list[FitFile] = []
    at = 0
    while is_fit(data[at : at + _SHORTEST_HEADER]):
        start = at + data[at]
        end = start + int.from_bytes(data[at + 4 : at + 8], "little")
        found.append(_file(data, at, start, end))
        at = end + _CRC_BYTES
    if at < len(data):
        found[-1] = FitFile(found[-1].blocks, (*found[-1].faults, "trailing-bytes"))
    return _chained(found)


def _chained(files: list[FitFile]) -> list[FitFile]:
    """Tell each file with records which without any follow on it."""
    recordings = [at for at, fit in enumerate(files) if fit.has("record")]
    for at, until in pairwise([*recordings, len(files)]):
        files[at] = replace(files[at], following=tuple(files[at + 1 : until]))
    return files


def _file(data: bytes, at: int, start: int, end: int) -> FitFile:
    scanned = scan(data, start, min(end, len(data)))
    faults = [scanned.fault] if scanned.fault else []
    if end + _CRC_BYTES > len(data):
        faults = faults if "truncated" in faults else [*faults, "truncated"]
    elif crc16(memoryview(data)[at : end + _CRC_BYTES]):  # over a message and its CRC it comes to 0
        faults.append("bad-crc")
    return FitFile([Block(data, *found) for found in scanned.found], tuple(faults))


@dataclass(frozen=True)
class FitFile:
    """One FIT file. ``faults``: those of ``scan``, and bad-crc, trailing-bytes.

    ``following``: the files without records between this one, if it has any, and the next one that has.
    """

    blocks: list[Block]
    faults: tuple[str, ...]
    following: tuple[FitFile, ...] = ()
    _columns: dict[int, Columns] = field(default_factory=dict)

    def messages(self, kind: str | int) -> Columns:
        """Return the messages of a kind, by the profile's name or by number, as columns; maybe none."""
        number = kind if isinstance(kind, int) else message_number(kind)
        if number not in self._columns:
            blocks = self._by_number.get(number, [])
            developer = self._developer if any(block.layout.developer for block in blocks) else {}
            self._columns[number] = Columns(number, blocks, developer)
        return self._columns[number]

    def has(self, kind: str) -> bool:
        """Whether there are messages of a kind, by the profile's name."""
        return message_number(kind) in self._by_number

    @cached_property
    def is_damaged(self) -> bool:
        """Whether something of it, or of ``following``, is missing or isn't what was written."""
        faults = {fault for part in (self, *self.following) for fault in part.faults}
        return bool(faults - {"trailing-bytes"})

    @property
    def numbers(self) -> dict[int, int]:
        """How many messages of each kind there are, by its number."""
        return {number: sum(map(len, blocks)) for number, blocks in sorted(self._by_number.items())}

    def time(self, columns: Columns) -> NDArray[np.int64]:
        """Return the instant of each message (int64 ns UTC): its own, else the last one said before it."""
        return self._timeline.at(columns.order)

    @cached_property
    def _by_number(self) -> dict[int, list[Block]]:
        found: dict[int, list[Block]] = {}
        for block in self.blocks:
            found.setdefault(block.layout.message, []).append(block)
        return found

    @cached_property
    def _developer(self) -> dict[tuple[int, int], DeveloperType]:
        said = self.messages("field_description")
        keys = (said.number(name) for name in ("developer_data_index", "field_definition_number"))
        types = said.number("fit_base_type_id")
        rows = zip(*keys, said.text("field_name"), types, said.text("units"))
        return {
            (int(developer), int(number)): DeveloperType(name, int(base), units)
            for developer, number, name, base, units in rows
            if name and not np.isnan((developer, number, base)).any()
        }

    @cached_property
    def _timeline(self) -> Timeline:
        line = Timeline.of(*_joined([_stamps(block, _TIMESTAMP, 4, _NO_TIME) for block in self.blocks]))
        line = line.with_low_bits(*_joined([_compressed(block) for block in self.blocks]), _TIME_BITS)
        short = [
            _stamps(block, _TIMESTAMP_16, 2, _NO_TIME_16) for block in self._by_number.get(_MONITORING, [])
        ]
        return line.with_low_bits(*_joined(short), 16, _MOST_BACK_S)


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int64))

Stamps = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def _stamps(block: Block, number: int, size: int, none: int) -> Stamps:
    """Return places and values of an unsigned field of time."""
    for part in block.layout.fields:
        if part.number == number and part.size == size:
            cut = np.ascontiguousarray(block.rows[:, part.start : part.start + size])
            value = cut.view(f"{block.byte_order}u{size}")[:, 0].astype(np.int64)
            return block.order[value != none], value[value != none]
    return _NOTHING


def _compressed(block: Block) -> Stamps:
    """Return places and lowest bits of the times that stand in header bytes."""
    heads = block.rows[:, 0]
    is_compressed = heads >= _COMPRESSED
    return block.order[is_compressed], (heads[is_compressed] & 0x1F).astype(np.int64)


def _joined(parts: list[Stamps]) -> Stamps:
    order, value = zip(_NOTHING, *parts)
    return np.concatenate(order), np.concatenate(value)
