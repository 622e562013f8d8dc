"""The record types of the synthetic export, and the small language their values are written in.

The idea: ``apple_types.csv`` says for each type how often it comes, when in the day, how long it lasts
and what it may say. The three largest shares, and metadata and beats a record, are those of a published
census of a real export; the other shares are a plausible spread.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["RecordType", "draw", "record_types"]

TABLE = Path(__file__).with_suffix(".csv")


@dataclass(frozen=True)
class RecordType:
    """One row of the table.

    Args:
        number: Its place in the table, which is its place in the file.
        type: HealthKit's identifier.
        unit: The unit as Apple writes it; empty for categories.
        ppm: Its share of all records, in millionths; all rows together make one million.
        source: watch, phone, both, or an app as "name/version".
        from_hour: When in the day it begins to occur.
        to_hour: When it ends; past 24 for the hours after midnight.
        min_s: Shortest duration in seconds.
        max_s: Longest duration.
        value: What ``draw`` understands.
        metadata: Entries as "key=spec;key=spec", each spec what ``draw`` understands.
    """

    number: int
    type: str
    unit: str
    ppm: int
    source: str
    from_hour: float
    to_hour: float
    min_s: int
    max_s: int
    value: str
    metadata: str

    @cached_property
    def entries(self) -> list[tuple[str, str]]:
        """Metadata as (key, spec)."""
        pairs = (entry.split("=") for entry in self.metadata.split(";") if entry)
        return [(key, spec) for key, spec in pairs]


def record_types() -> list[RecordType]:
    """Read the table."""
    with TABLE.open(encoding="utf-8", newline="") as table:
        return [_record_type(number, row) for number, row in enumerate(csv.DictReader(table))]


def _record_type(number: int, row: dict[str, str]) -> RecordType:
    return RecordType(
        number=number,
        type=row["type"],
        unit=row["unit"],
        ppm=int(row["ppm"]),
        source=row["source"],
        from_hour=float(row["from_hour"]),
        to_hour=float(row["to_hour"]),
        min_s=int(row["min_s"]),
        max_s=int(row["max_s"]),
        value=row["value"],
        metadata=row["metadata"],
    )


def draw(spec: str, n: int, rng: Generator) -> list[str]:
    """Draw ``n`` values as Apple writes them.

    "1.50..0.20 kPa" is a number of at most that many decimals between the bounds, likelier near the
    first; "a|b|b" is one of the words; "uuid" is a UUID.
    """
    if spec == "uuid":
        digits = rng.bytes(16 * n).hex().upper()
        return [_uuid(digits[i : i + 32]) for i in range(0, len(digits), 32)]
    bounds = re.fullmatch(r"(\d+)(\.\d+)?\.\.([\d.]+)(.*)", spec)
    if bounds is None:
        words = spec.split("|")
        return [words[i] for i in rng.integers(0, len(words), n).tolist()]
    whole, fraction, last, unit = bounds.groups("")
    first = float(whole + fraction)
    drawn = first + (float(last) - first) * rng.random(n) * rng.random(n)
    decimals = max(len(fraction) - 1, 0)
    return [f"{value:g}{unit}" for value in np.round(drawn, decimals).tolist()]


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
