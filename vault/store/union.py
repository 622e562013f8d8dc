"""The union of samples: each sample once, and all versions of what imports told differently.

Rows with the same start, end, source name and value are one sample; a device, a note or an offset that
differs makes a version of it. Shown is the version that says most of who measured, then of the rest; what
it leaves open (offset, note, time of recording) is that of the next one that says it. What is shown thus
follows from what was told, never from which import came first, so that one can be taken out again.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.store.codec import origin_text
from vault.store.sets import united
from vault.store.versions import every_version
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vault.records import Origin
    from vault.store.columns import Columns

__all__ = ["Union", "union"]

_MAY_DIFFER = ("offset_min", "recorded", "note", "origin")
_UNTOLD = {"offset_min": UNKNOWN_OFFSET, "recorded": NO_INSTANT, "note": -1}


@dataclass(frozen=True, slots=True)
class Union:
    """Unique samples in canonical order.

    Args:
        rows: What is shown of each.
        versions: All versions of those that were told differently, by sample, as they are preferred.
        place: intp, ascending: the sample each version belongs to.
        new: bool by sample: it was not stored.
        updated: bool by sample: it was stored, and shown otherwise.
    """

    rows: Columns
    versions: Columns
    place: NDArray[np.intp]
    new: NDArray[np.bool_]
    updated: NDArray[np.bool_]

    def take(self, kept: NDArray[np.bool_]) -> Union:
        """Return some of the samples."""
        versions = kept[self.place]
        place = (np.cumsum(kept) - 1)[self.place[versions]]
        rows, told = self.rows.take(kept), self.versions.take(versions)
        return Union(rows, told, place, self.new[kept], self.updated[kept])

    def every_version(self) -> Columns:
        """Return what was told: the rows, those with versions replaced by these."""
        return every_version(self.rows, self.versions, self.place)


def union(rows: Columns, stored: int = 0) -> Union:
    """Sort rows by (start, end, source, value) and fold equal ones; the first ``stored`` are in the store."""
    new = np.arange(len(rows)) >= stored
    order = _canonical_order(rows)
    if order is not None:
        rows, new = rows.take(order), new[order]
    same = _same_as_previous(rows)
    if same is None:
        return Union(rows, rows.take(slice(0)), np.empty(0, np.intp), new, np.zeros(len(rows), bool))
    firsts = np.flatnonzero(~same)
    sample = np.cumsum(~same) - 1
    several = np.flatnonzero(same | np.append(same[1:], False))
    versions, place, was_told = _versions(rows.take(several), sample[several], ~new[several])
    firsts_only = replace(rows.take(firsts), imports=versions.imports)
    shown = _shown(firsts_only, versions, place)
    before = _shown(firsts_only, versions.take(was_told), place[was_told])
    was_new = np.logical_and.reduceat(new, firsts)
    differs = np.bincount(place, minlength=len(firsts))[place] > 1
    updated = ~was_new & _differ(shown, before)
    return Union(shown, versions.take(differs), place[differs], was_new, updated)


def _canonical_order(rows: Columns) -> NDArray[np.intp] | None:
    """Return the order of rows, None if they are in order; what exports give mostly is, or nearly."""
    order, start = None, rows.start
    if (start[1:] < start[:-1]).any():
        order = np.argsort(start, kind="stable")
        start = start[order]
    tied = start[1:] == start[:-1]
    if not tied.any():
        return order
    if order is None:
        order = np.arange(len(start))
    places = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
    some = order[places]
    order[places] = some[
        np.lexsort((_value_rank(rows)[some], _source_rank(rows)[some], rows.end[some], start[places]))
    ]
    return order


def _same_as_previous(rows: Columns) -> NDArray[np.bool_] | None:
    tied = np.flatnonzero(rows.start[1:] == rows.start[:-1]) + 1
    if not len(tied):
        return None
    source = _source_rank(rows)
    equal = rows.end[tied] == rows.end[tied - 1]
    equal &= source[tied] == source[tied - 1]
    equal &= rows.value[tied] == rows.value[tied - 1]
    if not equal.any():
        return None
    same = np.zeros(len(rows), bool)
    same[tied[equal]] = True
    return same


def _versions(
    rows: Columns, sample: NDArray[np.intp], stored: NDArray[np.bool_]
) -> tuple[Columns, NDArray[np.intp], NDArray[np.bool_]]:
    """Fold equal rows of each sample into one, told by all who told them; preferred ones first.

    Returns them, the sample of each, and whether it was in the store.
    """
    first = np.diff(sample, prepend=-1) > 0
    if (_differs(rows) & ~first).any():
        order = np.lexsort((*(getattr(rows, name) for name in _MAY_DIFFER), sample))
        rows, sample, stored = rows.take(order), sample[order], stored[order]
        first |= _differs(rows)
    firsts = np.flatnonzero(first)
    imported, imports = united(rows.imported, rows.imports, firsts)
    folded, sample = replace(rows.take(firsts), imported=imported, imports=imports), sample[firsts]
    stored = np.logical_or.reduceat(stored, firsts)
    if (sample[1:] == sample[:-1]).any():
        order = _preferred(folded, sample)
        folded, sample, stored = folded.take(order), sample[order], stored[order]
    return folded, sample, stored


def _differs(rows: Columns) -> NDArray[np.bool_]:
    """Whether a row says something else than the one before, of the same sample or not."""
    return np.append(False, _differ(rows.take(slice(1, None)), rows.take(slice(-1))))


def _differ(rows: Columns, others: Columns) -> NDArray[np.bool_]:
    """Whether rows say something else than others with the same origins and notes."""
    differ = np.zeros(len(rows), bool)
    for name in _MAY_DIFFER:
        differ |= getattr(rows, name) != getattr(others, name)
    return differ


def _preferred(rows: Columns, sample: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the order of versions: what says more first, and of what says as much any fixed order."""
    used, note = np.unique(rows.note, return_inverse=True)
    texts = [rows.notes[number] if number >= 0 else "" for number in used.tolist()]
    length = np.array([len(text) for text in texts], np.int64)[note]
    facts = np.array([_facts(origin) for origin in rows.origins], np.int64)[rows.origin]
    origin = _rank([origin_text(origin) for origin in rows.origins])[rows.origin]
    # Inverted, so that what is unknown (the least number, the empty text) comes last.
    return np.lexsort(
        (origin, ~_rank(texts)[note], ~rows.recorded, ~rows.offset_min, ~length, ~facts, sample)
    )


def _facts(origin: Origin) -> int:
    """Return how many things an origin says of who measured."""
    device = () if origin.device is None else astuple(origin.device)
    return sum(map(bool, (origin.version, origin.app, *device)))


def _shown(rows: Columns, versions: Columns, place: NDArray[np.intp]) -> Columns:
    """Put in each row the preferred version of its sample, and what that leaves open of the next."""
    first = np.flatnonzero(np.diff(place, prepend=-1) > 0)
    columns = {name: getattr(rows, name).copy() for name in (*_MAY_DIFFER, "imported")}
    for name, column in columns.items():
        column[place[first]] = getattr(versions, name)[first]
    for name, untold in _UNTOLD.items():
        column, said = columns[name], getattr(versions, name)
        known = np.flatnonzero((said != untold) & (column[place] == untold))
        # Written from the back, so that the preferred one is what remains.
        column[place[known[::-1]]] = said[known[::-1]]
    return replace(rows, **columns)


def _source_rank(rows: Columns) -> NDArray[np.intp]:
    return _rank([origin.source for origin in rows.origins])[rows.origin]


def _value_rank(rows: Columns) -> NDArray[Any]:
    return rows.value if rows.codes is None else _rank(rows.codes)[rows.value]


def _rank(texts: Sequence[str]) -> NDArray[np.intp]:
    """Return the place of each text in alphabetical order, equal ones the same."""
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.array([places[text] for text in texts], np.intp)
