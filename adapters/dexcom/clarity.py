"""Reads the rows of a Clarity table: what each tells, before it is known when that was.

The idea: columns and events are found by their names in every language the tables know. Rows without a time
are the head of the file, a name, a birthday, alarm settings, and are never looked at.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from adapters.dexcom.clock import NO_TICK
from adapters.formats.glucose import MG_DL, MG_DL_PER_MMOL_L, decimal_of, glucose_of, unit_of
from adapters.formats.points import number_of
from adapters.formats.sheets import Row, Sheet, plain
from adapters.formats.values import clock_of, snake
from adapters.tables import table
from vault.errors import MalformedFile
from vault.time import SECOND_NS

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from vault.records import Rejection

__all__ = ["Told", "is_clarity", "read_clarity"]

_NEEDED = {"time", "event", "glucose"}
_UNIT_BEHIND = re.compile(r"\s*\([^()]*\)$")
_PER_MINUTE = re.compile(r"/min(?![a-z])", re.IGNORECASE)
_DURATION = re.compile(r"(\d+):(\d\d)(?::(\d\d))?")
_LAST_TICK = 1 << 40
_PACKAGE = "adapters.dexcom"


@dataclass(frozen=True, slots=True)
class Told:
    """What one row tells: (metric, unit, value) each, at ns of a clock that shows local time.

    Args:
        clock: When, by the phone's clock.
        values: A value is a text if the metric is coded.
        tick: Seconds of the transmitter's counter, or ``NO_TICK``.
        transmitter: Its id, to tell counters apart; it goes no further.
        length_ns: How long it lasted.
        note: What else was said.
        is_reading: Whether it is the sensor's, which are of one clock.
    """

    clock: int
    values: tuple[tuple[str, str, float | str], ...]
    tick: int = NO_TICK
    transmitter: str = ""
    length_ns: int = 0
    note: dict[str, object] | None = None
    is_reading: bool = False


def is_clarity(head: bytes) -> bool:
    """Say whether a file begins with the header of a Clarity table."""
    try:
        return bool(_unit(_columns(Sheet(io.BytesIO(head)))))
    except MalformedFile:
        return False


def read_clarity(stream: ByteSource, count: Count) -> Iterator[Told | Rejection]:
    """Yield what the rows tell; the others are counted, with a rejection for each that can't be used.

    Raises MalformedFile if there is no header or it does not name the unit of glucose.
    """
    sheet = Sheet(stream)
    columns = _columns(sheet)
    unit = _unit(columns)
    if not unit:
        raise MalformedFile("no table of Clarity, or one that does not name the unit of glucose")
    for line, row in sheet:
        if isinstance(row, str):
            yield count.reject(row, line)
            continue
        told = _told(_Cells(row, columns), unit)
        if isinstance(told, Told):
            yield told
        elif told.startswith("bad-"):
            yield count.reject(told, line)
        else:
            count.leave(told)


class _Cells:
    """The cells of a row by what they are; one that is not there is empty."""

    def __init__(self, row: Row, columns: dict[str, str]) -> None:
        self._row = row
        self._columns = columns

    def __getitem__(self, column: str) -> str:
        return self._row.get(self._columns.get(column, ""), "").strip()

    @property
    def rate_unit(self) -> str:
        """The unit a minute's change is told in, or nothing."""
        return _rate_unit(self._columns.get("rate", ""))


@cache
def _rate_unit(column: str) -> str:
    return unit_of(_PER_MINUTE.sub("", column))


def _columns(sheet: Sheet) -> dict[str, str]:
    """Return the header's own names by what the columns are."""
    known = _names()
    found = {known.get(_bare(name), ""): name for name in reversed(sheet.header)}
    return {column: name for column, name in found.items() if column}


def _unit(columns: dict[str, str]) -> str:
    """Return the unit of glucose, or nothing if the columns are not those of Clarity."""
    return unit_of(columns["glucose"]) if columns.keys() >= _NEEDED else ""


def _told(cells: _Cells, unit: str) -> Told | str:
    """Return what a row tells, why it is left, or why it can't be used."""
    kind = _kinds().get(plain(cells["event"]), "")
    if not cells["time"]:
        return "bad-date" if kind else "preamble"
    if not kind:
        return "event"
    clock = clock_of(cells["time"])
    if clock is None:
        return "bad-date"
    if kind in ("reading", "fingerstick"):
        return _measured(cells, unit, clock, is_sensor=kind == "reading")
    return _entered(cells, kind, clock)


def _measured(cells: _Cells, unit: str, clock: int, *, is_sensor: bool) -> Told | str:
    if not cells["glucose"]:
        return "no-value"
    glucose = glucose_of(cells["glucose"], unit)
    if glucose is None:
        return "bad-value"
    if not is_sensor:
        value = glucose.mg_dl
        return "bad-value" if value is None else Told(clock, (("blood_glucose_mass", "", value),))
    tick = number_of(cells["transmitter_time"])
    return Told(
        clock,
        tuple(_sensed(cells, glucose.mg_dl, glucose.beyond, unit)),
        int(tick) if tick is not None and 0 <= tick < _LAST_TICK else NO_TICK,
        cells["transmitter"],
        note=dict(glucose.note) if glucose.note else None,
        is_reading=True,
    )


def _sensed(
    cells: _Cells, mg_dl: float | None, beyond: str, unit: str
) -> Iterator[tuple[str, str, float | str]]:
    if mg_dl is None:
        yield "dexcom:glucose_out_of_range", "", beyond
    else:
        yield "glucose_interstitial", "", mg_dl
    rate = decimal_of(cells["rate"])
    if rate is not None:
        is_molar = (cells.rate_unit or unit) != MG_DL
        yield "dexcom:glucose_rate_of_change", "mg/dL/min", rate * MG_DL_PER_MMOL_L if is_molar else rate


def _entered(cells: _Cells, kind: str, clock: int) -> Told | str:
    """Return what a person entered: a quantity, or a word."""
    subtype = snake(cells["subtype"])
    if kind in ("carbs", "insulin"):
        value = decimal_of(cells[kind])
        if value is None or value <= 0:
            return "bad-value" if cells[kind] else "no-value"
        if kind == "carbs":
            return Told(clock, (("carbohydrate_intake", "", value),))
        return Told(clock, ((f"dexcom:insulin_{subtype}".rstrip("_"), "u", value),))
    return Told(clock, ((f"dexcom:{kind}", "", subtype or "yes"),), length_ns=_length(cells["duration"]))


def _length(text: str) -> int:
    match = _DURATION.fullmatch(text)
    if match is None:
        return 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    length = hours * 3_600 + minutes * 60 + seconds
    return length * SECOND_NS if length <= 86_400 else 0


def _bare(name: str) -> str:
    """Return a column's name without the unit or format behind it."""
    return plain(_UNIT_BEHIND.sub("", name).replace("’", "'"))


@cache
def _names() -> dict[str, str]:
    return {plain(row["name"]): row["column"] for row in table(_PACKAGE, "columns.csv")}


@cache
def _kinds() -> dict[str, str]:
    return {plain(row["word"]): row["kind"] for row in table(_PACKAGE, "events.csv")}
