"""Reads the season table of a Concept2 logbook: one piece a row.

The idea: ``Date`` is when the monitor stored the piece, which is its END, in the wall clock of the place and
to the minute. The start lies before it by work and rest together.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from adapters.archive import MemberStream, reason_of
from adapters.formats.points import number_of
from adapters.tables import table
from vault.errors import InputError
from vault.records import Origin, Rejection, Workout
from vault.time import MINUTE_NS, SECOND_NS, UNKNOWN_OFFSET, instant_ns

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["ADAPTER", "ORIGIN", "Piece", "is_season", "read_season"]

ADAPTER = "concept2"
ORIGIN = Origin("Concept2 Logbook", ADAPTER, app="concept2")
_NEEDED = {"Date", "Work Time (Seconds)", "Work Distance", "Type"}
_OLDER = {"ID": "Log ID", "Stroke Rate": "Stroke Rate/Cadence"}
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_LONGEST_S = 7 * 86_400
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of the table; ``clock`` is the END as wall clock, times in seconds, distances in metres."""

    log_id: str
    clock: datetime
    work_s: float
    rest_s: float
    work_m: float | None
    rest_m: float
    row: dict[str, str]

    @property
    def key(self) -> str:
        """The logbook's ID; tables of 2016 have none."""
        return self.log_id or f"{self.row['Type']}|{self.clock.isoformat()}"

    @property
    def local_start(self) -> int:
        """The start as ns of a clock that shows local time."""
        return instant_ns(self.clock.replace(tzinfo=UTC)) - self._length()

    def start(self, home: ZoneInfo | None) -> tuple[int, int]:
        """Return start (UTC ns) and offset by the owner's zone; without one the clock counts as UTC."""
        if home is None:
            return self.local_start, UNKNOWN_OFFSET
        start = instant_ns(self.clock.replace(tzinfo=home)) - self._length()
        return start, round((self.local_start - start) / MINUTE_NS)

    def workout(self, start: int, offset_min: int) -> Workout:
        """Return the piece as a workout that starts at an instant."""
        return Workout(
            key=self.key,
            start=start,
            end=start + self._length(),
            offset_min=offset_min,
            activity=_machines().get(self.row["Type"].strip().casefold(), "other"),
            origin=ORIGIN,
            duration_s=self.work_s,
            distance_m=self.work_m,
            energy_kcal=_number(self.row, "Total Cal") or None,
            hr_mean=_number(self.row, "Avg Heart Rate") or None,
            details=self._details(),
        )

    def _length(self) -> int:
        """Return work and rest in ns."""
        return round((self.work_s + self.rest_s) * SECOND_NS)

    def _details(self) -> dict[str, object]:
        said: dict[str, object] = {}
        for column, (detail, is_number) in _details().items():
            text = self.row.get(column, "").strip()
            value = _number(self.row, column) if is_number else text
            if text and value is not None:
                said[detail] = value
        return said


def is_season(head: bytes) -> bool:
    """Say whether a file begins with the header of a season table."""
    first = head.decode("utf-8-sig", "replace").splitlines()[:1]
    return bool(first) and set(_columns(next(csv.reader(first), []))) >= _NEEDED


def read_season(stream: MemberStream, file: str) -> Iterator[Piece | Rejection]:
    """Yield the pieces of a season table, and a rejection for each row that is none."""
    text = io.TextIOWrapper(io.BufferedReader(stream), "utf-8-sig", "replace", newline="")
    rows = csv.reader(text)
    try:
        columns = _columns(next(rows, []))
        for cells in rows:
            if any(cell.strip() for cell in cells):
                piece = _piece(dict(zip(columns, cells)))
                yield Rejection(piece, file, rows.line_num) if isinstance(piece, str) else piece
    except csv.Error:
        yield Rejection("malformed-csv", file, rows.line_num)
    except InputError as error:
        yield Rejection(reason_of(error), file, rows.line_num)


def _columns(header: list[str]) -> list[str]:
    return [_OLDER.get(name.strip(), name.strip()) for name in header]


def _piece(row: dict[str, str]) -> Piece | str:
    """Return a row as a piece, or why it is none."""
    if not row.keys() >= _NEEDED:
        return "short-row"
    clock = _clock(row["Date"])
    if clock is None:
        return "bad-date"
    work = _number(row, "Work Time (Seconds)") or _duration(row.get("Work Time (Formatted)", ""))
    rest = _number(row, "Rest Time (Seconds)") or 0.0
    if work is None or not 0 < work <= _LONGEST_S or not 0 <= rest <= _LONGEST_S:
        return "bad-value"
    distance = _number(row, "Work Distance") or None
    rest_m = _number(row, "Rest Distance") or 0.0
    return Piece(row.get("Log ID", "").strip(), clock, work, rest, distance, rest_m, row)


def _clock(text: str) -> datetime | None:
    try:
        clock = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return clock.replace(tzinfo=None) if clock.year in _YEARS else None


def _number(row: dict[str, str], column: str) -> float | None:
    """Return a number, whose thousands may be parted by commas."""
    return number_of(row.get(column, "").replace(",", ""))


def _duration(text: str) -> float | None:
    """Return ``h:mm:ss.t`` in seconds; older tables put it in quotes of its own."""
    match = _CLOCK.fullmatch(text.strip(' "'))
    if match is None:
        return None
    return int(match[1] or 0) * 3_600 + int(match[2]) * 60 + float(match[3])


@cache
def _machines() -> dict[str, str]:
    return {row["type"].casefold(): row["word"] for row in table("adapters.concept2", "machines.csv")}


@cache
def _details() -> dict[str, tuple[str, bool]]:
    """Return by column: what it is called in the details, and whether it is a number."""
    return {
        row["column"]: (row["detail"], bool(row["unit"])) for row in table("adapters.concept2", "details.csv")
    }
