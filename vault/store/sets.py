"""Sets of imports: who told a sample, as a number that stands for an ascending tuple of import ids.

Few sets are in use at a time, however many samples there are, so work on them is done once a set or once a
pair of sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.store.columns import Columns

__all__ = ["ImportSet", "distinct", "united", "with_import", "without_import"]

ImportSet = tuple[int, ...]


def with_import(one: ImportSet, run: int) -> ImportSet:
    """Return a set with an import."""
    return tuple(sorted({*one, run}))


def without_import(rows: Columns, run: int) -> Columns:
    """Return rows without an import: those that nobody else told are gone."""
    kept = [tuple(one for one in told if one != run) for told in rows.imports]
    told_by_others = np.array([bool(told) for told in kept], bool)
    return replace(rows, imports=kept).take(told_by_others[rows.imported])


def distinct(rows: Columns) -> Columns:
    """Return rows with equal sets numbered once, as if none of them had ever been another."""
    sets = list(dict.fromkeys(rows.imports))
    if len(sets) == len(rows.imports):
        return rows
    numbers = {told: number for number, told in enumerate(sets)}
    imported = np.array([numbers[told] for told in rows.imports], np.int32)[rows.imported]
    return replace(rows, imported=imported, imports=sets)


def united(
    imported: NDArray[np.int32], imports: Sequence[ImportSet], firsts: NDArray[np.intp]
) -> tuple[NDArray[np.int32], list[ImportSet]]:
    """Unite the sets of rows that belong together: each run of rows begins at one of ``firsts``.

    Returns a number for each run, and all sets; those that were there keep their numbers.
    """
    sets = list(imports)
    numbers = {told: number for number, told in reversed(list(enumerate(sets)))}
    run = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(imported))))
    union = imported[firsts]
    left = np.flatnonzero(imported != union[run])
    while len(left):
        # One row of each run at a time; there is seldom a second.
        now = np.diff(run[left], prepend=-1) > 0
        rows = left[now]
        pair = union[run[rows]].astype(np.int64) << 32 | imported[rows]
        pairs, where = np.unique(pair, return_inverse=True)
        new = []
        for one in pairs.tolist():
            told = tuple(sorted({*sets[one >> 32], *sets[one & 0xFFFFFFFF]}))
            if told not in numbers:
                numbers[told] = len(sets)
                sets.append(told)
            new.append(numbers[told])
        union[run[rows]] = np.array(new, np.int32)[where]
        left = left[~now]
    return union, sets
