"""Samples of one series as columns: the shape in which they are merged, stored and read.

Row ``i`` of every column is one sample. What a sample *is* (its identity) is start, end, the name of its
source and its value, in UTC; the rest (offset, device, note, when recorded) is what else is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.store.numbering import renumbered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.records import Origin

__all__ = ["Columns", "concat", "values"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples of one series.

    Args:
        start: int64 [n], UTC ns.
        end: int64 [n], UTC ns.
        recorded: int64 [n], when the source wrote it, or ``NO_INSTANT``.
        offset_min: int16 [n], the recorded UTC offset in minutes or ``UNKNOWN_OFFSET``.
        value: float64 [n] in ``unit``; int32 [n], indices of ``codes``, if coded.
        origin: int32 [n], indices of ``origins``.
        note: int32 [n], indices of ``notes`` or -1.
        imported: int32 [n], the imports that told it: indices of ``imports``, or -1 if not asked for.
        origins: Who measured.
        notes: What else the source said, as canonical JSON texts.
        codes: The values of a coded series; None for numbers.
        unit: The series' unit.
        imports: Sets of imports, each an ascending tuple of ids.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    recorded: NDArray[np.int64]
    offset_min: NDArray[np.int16]
    value: NDArray[np.float64] | NDArray[np.int32]
    origin: NDArray[np.int32]
    note: NDArray[np.int32]
    imported: NDArray[np.int32]
    origins: Sequence[Origin]
    notes: Sequence[str] = ()
    codes: Sequence[str] | None = None
    unit: str = ""
    imports: Sequence[tuple[int, ...]] = ()

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.start)

    def take(self, rows: slice | NDArray[np.intp] | NDArray[np.bool_]) -> Columns:
        """Return some rows, with the same origins, notes, codes and imports."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})


COLUMNS = ("start", "end", "recorded", "offset_min", "value", "origin", "note", "imported")


def concat(parts: Sequence[Columns]) -> Columns:
    """Join parts (at least one) that share ``origins``; notes, codes and imports become one list each."""
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS
    }
    if any(part.notes for part in parts):
        joined["note"], joined["notes"] = renumbered(
            [part.note for part in parts], [part.notes for part in parts]
        )
    if any(part.imports != parts[0].imports for part in parts):
        joined["imported"], joined["imports"] = renumbered(
            [part.imported for part in parts], [part.imports for part in parts]
        )
    if parts[0].codes is not None:
        joined["value"], joined["codes"] = renumbered(
            [part.value.astype(np.int32, copy=False) for part in parts], [part.codes or () for part in parts]
        )
    return replace(parts[0], **joined)


def values(rows: Columns) -> list[Any]:
    """Return values as Python has them: numbers, or the texts of codes."""
    told = rows.value.tolist()
    return told if rows.codes is None else [rows.codes[number] for number in told]
