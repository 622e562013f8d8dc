"""What every reader of this export is given: a row by its columns, with the units of its header at hand.

The idea: a row is spoken of in the table's own words, never in the account's language. A number that can't be
read as one makes the row bad; one that stands for "not measured" is simply not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from adapters.formats.clocks import instant_of
from adapters.formats.values import LAST_NS, clock_of, number
from adapters.withings.layouts import ADAPTER, rows
from vault.errors import InputError
from vault.records import Origin
from vault.time import UNKNOWN_OFFSET, parse_instant

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone
    from adapters.formats.counting import Count
    from adapters.withings.layouts import Column, Heading, Kind
    from vault.records import Record, Rejection

__all__ = ["ORIGIN", "Entry", "Moment", "Reader", "is_of_the_night", "moment_of", "origin_of"]

ORIGIN = Origin("Withings", ADAPTER, app=ADAPTER)
Moment = tuple[int, int]
"""UTC ns, and the offset in minutes or ``UNKNOWN_OFFSET``."""
_OLDER = re.compile(r"(\d{4}-\d\d-\d\d) (\d{1,2}):(\d\d)(?: (AM|PM|Uhr))?")
"""As exports until about 2018 wrote it: ``2014-02-13 6:04 Uhr``."""
_LENGTH, _INCH_CM = "length", 2.54
_FEET = re.compile(r"""(\d{1,2})' ?(\d{1,2}(?:\.\d{1,9})?)(?:''|")?""")
"""A height as accounts in the United States have it, whatever their header says: ``5' 10.0''``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row by column, the line it stands on, and what is known of its table.

    ``headings`` have the conversion of each column; ``is_comma`` says that decimals are written with commas.
    """

    row: Mapping[str, str]
    line: int
    kind: Kind
    headings: Mapping[str, Heading]
    zone: Zone | None
    count: Count
    is_comma: bool = False

    def reject(self, reason: str) -> Rejection:
        """Count the row as one that can't be used."""
        return self.count.reject(reason, self.line)

    def moment(self, column: str) -> Moment | None:
        """Return a time of the row."""
        return moment_of(self.row.get(column, ""), self.zone)

    def values(self) -> list[tuple[Column, float]] | None:
        """Return the numbers of the row in the units of their metrics; None if one can't be read."""
        found = []
        for name, heading in self.headings.items():
            text, above = self.row.get(name, ""), heading.column.above
            if above is None or not text:
                continue
            if heading.column.kind == _LENGTH and (feet := _FEET.fullmatch(text)) is not None:
                found.append((heading.column, round((int(feet[1]) * 12 + float(feet[2])) * _INCH_CM, 6)))
                continue
            value = number(text.replace(",", ".") if self.is_comma else text)
            if value is None:
                return None
            if value > above:
                found.append((heading.column, heading.converted(value)))
        return found


class Reader(Protocol):
    """Reads the rows of some files."""

    def row(self, entry: Entry, /) -> Iterator[Record]:
        """Yield the records of a row, as far as they need not wait; count the row, now or at the end."""
        ...


def moment_of(text: str, zone: Zone | None) -> Moment | None:
    """Return a time with its offset, or a clock time in a zone; None for none between 1970 and 2199."""
    clock = clock_of(text)
    if clock is None:
        clock = _older(text)
    if clock is not None:
        return instant_of(clock, zone)
    try:
        instant, offset_min = parse_instant(text)
    except InputError:
        return None
    return (instant, offset_min) if 0 <= instant < LAST_NS and offset_min != UNKNOWN_OFFSET else None


@cache
def origin_of(device: str) -> Origin:
    """Return who measured, by what a raw file's name calls it: the mat and the watch are two sources."""
    sources = {row["said"]: row["source"] for row in rows("devices.csv")}
    return Origin(sources[device], ADAPTER, app=ADAPTER) if device in sources else ORIGIN


@cache
def is_of_the_night(device: str) -> bool:
    """Whether a device, by what a raw file's name calls it, measures sleepers only."""
    return any(row["said"] == device and row["only_at_night"] for row in rows("devices.csv"))


def _older(text: str) -> int | None:
    match = _OLDER.fullmatch(text)
    if match is None:
        return None
    hour = int(match[2])
    if match[4] in ("AM", "PM"):
        hour = hour % 12 + (12 if match[4] == "PM" else 0)
    return clock_of(f"{match[1]} {hour:02}:{match[3]}:00")
