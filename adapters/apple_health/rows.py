"""What both lanes hand on: Records as columns, before anybody asked what they mean.

The idea: what repeats stands once, in ``heads``, ``texts`` and ``notes``; a row holds codes for them. The
lists belong to one block of the file, so memory does not grow with its length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS", "Head", "Note", "Rows"]


@dataclass(frozen=True, slots=True)
class Head:
    """What a Record says of its kind and its source; ``unit`` is empty for categories."""

    type: str
    source: str
    version: str
    device: str
    unit: str


@dataclass(frozen=True, slots=True)
class Note:
    """What the children of a Record say, as canonical JSON, and their HKTimeZone if they name one."""

    text: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Records of one block, one row each.

    Args:
        heads: Distinct heads.
        texts: Distinct values that are no plain numbers; None stands for a Record without a value.
        notes: Distinct notes.
        head: int32 [n], indices of ``heads``.
        start: int64 [n], UTC ns.
        end: int64 [n], UTC ns.
        recorded: int64 [n], creationDate in UTC ns, or ``NO_INSTANT``.
        offset_min: int16 [n], the offset of the start date.
        value: float64 [n], NaN where ``text`` is not -1.
        text: int32 [n], indices of ``texts``, or -1 for a number.
        note: int32 [n], indices of ``notes``, or -1.
        line: int64 [n], line in the file.
    """

    heads: Sequence[Head]
    texts: Sequence[str | None]
    notes: Sequence[Note]
    head: NDArray[np.int32]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    recorded: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    value: NDArray[np.float64]
    text: NDArray[np.int32]
    note: NDArray[np.int32]
    line: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.line)

    def select(self, kept: NDArray[np.bool_] | NDArray[np.int64]) -> Rows:
        """Return some of the rows, by mask or by index; the lists stay as they are."""
        return Rows(self.heads, self.texts, self.notes, *(getattr(self, name)[kept] for name in COLUMNS))


COLUMNS = {
    "head": np.int32,
    "start": np.int64,
    "end": np.int64,
    "recorded": np.int64,
    "offset_min": np.int16,
    "value": np.float64,
    "text": np.int32,
    "note": np.int32,
    "line": np.int64,
}
"""The columns of ``Rows`` in order, and what they are made of."""
