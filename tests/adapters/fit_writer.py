"""Writes FIT files for tests: messages by number, fields as (number, base type, value), whole or bent.

The idea: the bytes are put down as the protocol says, without any reader's help, so that what is read back
can be compared with what was meant.
"""

from __future__ import annotations

import struct

BASE = {
    "enum": (0x00, "B"),
    "sint8": (0x01, "b"),
    "uint8": (0x02, "B"),
    "sint16": (0x83, "h"),
    "uint16": (0x84, "H"),
    "sint32": (0x85, "i"),
    "uint32": (0x86, "I"),
    "string": (0x07, "s"),
    "float32": (0x88, "f"),
    "byte": (0x0D, "B"),
    "uint32z": (0x8C, "I"),
}
EPOCH = 1_112_220_000
"""2025-03-29T22:00:00Z in FIT seconds."""


def crc(data: bytes) -> int:
    """The CRC of the protocol, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


class FitWriter:
    """Collects messages; ``bytes()`` gives the file."""

    def __init__(self, *, big_endian: bool = False) -> None:
        self.order = ">" if big_endian else "<"
        self.body = b""
        self._defined: dict[int, bytes] = {}

    def add(self, message, *fields, local=0, offset=None, developer=()):
        """Add a data message, and its definition where it is new; ``offset``: a compressed time."""
        parts = [self._part(base, value) for _, base, value in fields]
        theirs = [self._part(base, value) for _, _, base, value in developer]
        definition = struct.pack(f"{self.order}BBHB", 0, self.order == ">", message, len(fields))
        for (number, base, _), part in zip(fields, parts):
            definition += bytes((number, len(part), BASE[base][0]))
        if developer:
            definition += bytes((len(developer),))
            for (index, number, _, _), part in zip(developer, theirs):
                definition += bytes((number, len(part), index))
        if self._defined.get(local) != definition:
            self._defined[local] = definition
            self.body += bytes((0x40 | (0x20 if developer else 0) | local,)) + definition
        head = local if offset is None else 0x80 | local << 5 | offset
        self.body += bytes((head,)) + b"".join(parts + theirs)
        return self

    def _part(self, base, value) -> bytes:
        if base == "string":
            return value.encode() + b"\0"
        values = value if isinstance(value, (list, tuple)) else [value]
        return struct.pack(f"{self.order}{len(values)}{BASE[base][1]}", *values)

    def bytes(self, *, crc_right: bool = True) -> bytes:
        """Return the file."""
        head = struct.pack("<BBHI4s", 14, 0x20, 2171, len(self.body), b".FIT")
        data = head + struct.pack("<H", crc(head)) + self.body
        return data + struct.pack("<H", crc(data) ^ (not crc_right))


def file_id(writer: FitWriter, kind: int, manufacturer: int = 1, product: int = 4315) -> FitWriter:
    """Add the first message of a file."""
    return writer.add(
        0, (0, "enum", kind), (1, "uint16", manufacturer), (2, "uint16", product), (4, "uint32", EPOCH)
    )


def activity(manufacturer: int = 1, *, session: bool = True, records: int = 20) -> FitWriter:
    """Write a run of one record a second, with heart rate, speed and places."""
    writer = file_id(FitWriter(), 4, manufacturer)
    for second in range(records):
        writer.add(
            20,
            (253, "uint32", EPOCH + second),
            (3, "uint8", 100 + second),
            (5, "uint32", 300 * second),
            (73, "uint32", 3000),
            (78, "uint32", (500 + 40) * 5),
            (0, "sint32", 596_523_236 + second),
            (1, "sint32", 119_304_647),
            local=1,
        )
    if session:
        writer.add(
            18,
            (253, "uint32", EPOCH + records),
            (2, "uint32", EPOCH),
            (5, "enum", 1),
            (6, "enum", 0),
            (7, "uint32", records * 1000),
            (8, "uint32", records * 1000),
            (9, "uint32", records * 300),
            (11, "uint16", 7),
            (16, "uint8", 109),
            (17, "uint8", 119),
            (22, "uint16", 3),
            local=2,
        )
        writer.add(34, (253, "uint32", EPOCH + records), (5, "uint32", EPOCH + records + 3600), local=3)
    return writer
