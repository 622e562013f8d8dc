"""Writes FIT activities as a bike computer does: a long day, or many short ones; the same bytes each time.

The idea: one definition, then a message a second with time, place, altitude, heart rate, cadence, speed,
distance, power and temperature, laps between them, and a session at the end. A message is a row of a numpy
record, so a hundred thousand of them are written at once.

    python benchmarks/fit_export.py FOLDER --files 1 --records 100000
"""

from __future__ import annotations

import argparse
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["write_files"]

EPOCH = 1_112_220_000
"""2025-03-29T22:00:00Z in FIT seconds."""
LAP_S = 1_200
RECORD = (
    # number in the profile, bytes, base type, name and type here
    (253, 4, 0x86, "timestamp", "<u4"),
    (0, 4, 0x85, "position_lat", "<i4"),
    (1, 4, 0x85, "position_long", "<i4"),
    (78, 4, 0x86, "enhanced_altitude", "<u4"),
    (3, 1, 0x02, "heart_rate", "u1"),
    (4, 1, 0x02, "cadence", "u1"),
    (5, 4, 0x86, "distance", "<u4"),
    (73, 4, 0x86, "enhanced_speed", "<u4"),
    (7, 2, 0x84, "power", "<u2"),
    (13, 1, 0x01, "temperature", "i1"),
)
SESSION = (
    *((253, "I", 0x86), (2, "I", 0x86), (5, "B", 0x00), (6, "B", 0x00), (7, "I", 0x86), (8, "I", 0x86)),
    *((9, "I", 0x86), (11, "H", 0x84), (16, "B", 0x02), (17, "B", 0x02)),
)
LAP = ((253, "I", 0x86), (2, "I", 0x86), (7, "I", 0x86), (8, "I", 0x86), (9, "I", 0x86))


def write_files(folder: Path, files: int, records: int) -> int:
    """Write so many activities of so many seconds each; return their bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for number in range(files):
        start = EPOCH + number * 86_400
        data = activity(start, records, np.random.default_rng([number]))
        folder.joinpath(f"{number:04d}.fit").write_bytes(data)
        size += len(data)
    return size


def activity(start: int, records: int, random: np.random.Generator) -> bytes:
    """Return one activity, whole."""
    ridden = rows(start, records, random)
    body = definition(0, 0, ((0, 1, 0x00), (1, 2, 0x84), (2, 2, 0x84), (4, 4, 0x86)))
    body += struct.pack("<BBHHI", 0, 4, 1, 3121, start)
    body += definition(1, 20, tuple(field[:3] for field in RECORD))
    body += definition(2, 19, sized(LAP)) + definition(3, 18, sized(SESSION))
    for first in range(0, records, LAP_S):
        lap = ridden[first : first + LAP_S]
        body += lap.tobytes()
        end, took = int(lap["timestamp"][-1]), 1000 * len(lap)
        distance = int(lap["distance"][-1]) - int(lap["distance"][0])
        body += b"\x02" + packed(LAP, end, int(lap["timestamp"][0]), took, took, distance)
    took, heart = 1000 * records, ridden["heart_rate"]
    far = int(ridden["distance"][-1])
    session = (
        start + records,
        start,
        2,
        0,
        took,
        took,
        far,
        records // 4,
        int(heart.mean()),
        int(heart.max()),
    )
    body += b"\x03" + packed(SESSION, *session)
    head = struct.pack("<BBHI4s", 14, 0x20, 21_171, len(body), b".FIT")
    head += struct.pack("<H", crc(head))
    return head + body + struct.pack("<H", crc(head + body))


def rows(start: int, records: int, random: np.random.Generator) -> NDArray[np.void]:
    """Return the messages of a ride, each with its header byte."""
    ridden = np.zeros(records, np.dtype([("header", "u1"), *(field[3:] for field in RECORD)]))
    second = np.arange(records)
    effort = np.sin(second / 300) + 0.3 * np.sin(second / 37)
    speed = 8.5 + 2.5 * effort + random.normal(0, 0.2, records)
    ridden["header"] = 1
    ridden["timestamp"] = start + second
    ridden["position_lat"] = (np.rad2deg(0.9) / 180 * 2**31 + np.cumsum(speed) * 60).astype(np.int64) % 2**30
    ridden["position_long"] = 119_304_647 + second * 40
    ridden["enhanced_altitude"] = ((200 + 80 * np.sin(second / 2_000) + 500) * 5).astype(np.int64)
    ridden["heart_rate"] = np.clip(135 + 22 * effort + random.normal(0, 2, records), 60, 195).astype(np.int64)
    ridden["cadence"] = np.clip(86 + 6 * effort + random.normal(0, 3, records), 0, 130).astype(np.int64)
    ridden["distance"] = (np.cumsum(speed) * 100).astype(np.int64)
    ridden["enhanced_speed"] = (speed * 1000).astype(np.int64)
    ridden["power"] = np.clip(190 + 80 * effort + random.normal(0, 25, records), 0, 900).astype(np.int64)
    ridden["temperature"] = 18
    return ridden


def definition(local: int, message: int, fields: tuple[tuple[int, int, int], ...]) -> bytes:
    """Return the message that says how those of a local number are laid out."""
    head = struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields))
    return head + b"".join(bytes(field) for field in fields)


def sized(fields: tuple[tuple[int, str, int], ...]) -> tuple[tuple[int, int, int], ...]:
    """Return fields with their bytes in place of their letter."""
    return tuple((number, struct.calcsize(letter), base) for number, letter, base in fields)


def packed(fields: tuple[tuple[int, str, int], ...], *values: int) -> bytes:
    """Return the values of a message."""
    return struct.pack("<" + "".join(letter for _, letter, _ in fields), *values)


def crc(data: bytes) -> int:
    """Return the CRC of the protocol (CRC-16/ARC)."""
    value = 0
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_TABLE = [_entry(byte) for byte in range(256)]


def main() -> None:
    """Write what was asked for and print the bytes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--records", type=int, default=100_000)
    given = parser.parse_args()
    print(json.dumps({"bytes": write_files(given.folder, given.files, given.records)}))


if __name__ == "__main__":
    main()
