"""Reads the JSON of a Fitbit series row by row: what is written in any way, and what is damaged.

The idea: the slow and forgiving twin of ``columns``. A row that can't be used costs itself, a document that
breaks off costs what comes after, and no more of it is held than a block.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from adapters.fitbit.columns import Columns
from adapters.fitbit.documents import BAD_DATE, BAD_VALUE, clock_of_stamp, objects_of
from adapters.formats.values import number
from vault.errors import InputError
from vault.records import Rejection

if TYPE_CHECKING:
    from adapters.base import ByteSource
    from adapters.formats.counting import Count
    from adapters.formats.items import Json

__all__ = ["rows_of"]

_BLOCK = 1 << 16
_UNSAID = inf
"""The confidence of a row that says none."""


def rows_of(stream: ByteSource, count: Count) -> Iterator[Columns | Rejection]:
    """Yield the rows of a document as columns, a block at a time, and a rejection of each that is no good.

    What was read before a document breaks off is yielded before the error is raised.
    """
    rows = _Rows()
    try:
        for entry in objects_of(stream, count):
            if isinstance(entry, Rejection):
                yield entry
                continue
            position, item = entry
            fault = rows.add(item)
            if fault:
                yield count.reject(fault, position)
            elif len(rows.clock) == _BLOCK:
                yield rows.columns()
                rows = _Rows()
    except InputError:
        yield from rows.rest()
        raise
    yield from rows.rest()


class _Rows:
    """Rows that were read and not yet handed on."""

    def __init__(self) -> None:
        self.clock = array("q")
        self._value = array("d")
        self._confidence = array("d")

    def add(self, item: Json) -> str:
        """Add a row; returns why it can't be, if so."""
        clock, (value, confidence) = clock_of_stamp(item.get("dateTime")), _value(item)
        if clock is None or value is None or value < 0:
            return BAD_DATE if clock is None else BAD_VALUE
        self.clock.append(clock)
        self._value.append(value)
        self._confidence.append(_UNSAID if confidence is None else confidence)
        return ""

    def rest(self) -> Iterator[Columns]:
        if self.clock:
            yield self.columns()

    def columns(self) -> Columns:
        confidence = np.array(self._confidence, np.float64)
        told = None if (confidence == _UNSAID).all() else confidence
        return Columns(np.array(self.clock, np.int64), np.array(self._value, np.float64), told)


def _value(item: Json) -> tuple[float | None, float | None]:
    """Return the value of a row, and how sure Fitbit is of it, if it says."""
    value = item.get("value")
    if isinstance(value, dict):
        return number(value.get("bpm")), number(value.get("confidence"))
    return number(value), None
