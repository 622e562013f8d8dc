"""Takes samples of one series into its chunks and says what was new.

Three cases, by month: no chunks there, so they are written; chunks that show the same, so nothing is unpacked
and only who told them is noted; others, so all versions stored and incoming are united and what came out
differently is written. Months of a case are worked on together, as many as fit into memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vault.store import chunks
from vault.store.columns import concat
from vault.store.rewriting import Laid, load, shown, windows
from vault.store.union import union

if TYPE_CHECKING:
    from collections.abc import Callable
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from vault.store.columns import Columns
    from vault.store.rewriting import Contents
    from vault.store.union import Union

    Erased = Callable[[Columns], NDArray[np.bool_]]

__all__ = ["Absorbed", "absorb"]


@dataclass(slots=True)
class Absorbed:
    """How many samples were new, updated, refused; the months that show something else now."""

    added: int = 0
    updated: int = 0
    refused: int = 0
    months: set[int] = field(default_factory=set)


def absorb(
    connection: Connection, series: int, incoming: Columns, run: int, erased: Erased | None = None
) -> Absorbed:
    """Unite what an import told (at least one row) with the chunks of a series, within a transaction.

    Args:
        connection: Within a transaction.
        series: Its id.
        incoming: What the import told; ``imports`` is the import alone.
        run: The import's id.
        erased: Says which rows (bool by row) must not come unless they are stored: the same of equal samples.
    """
    held = chunks.held(connection, series)
    done = Absorbed()
    united = union(incoming)
    if erased is not None:
        unseen = ~np.isin(_months(united.rows), list(held))
        united = _without(united, _refused(united.rows, unseen, erased), done)
    if not len(united.rows):
        return done
    laid = Laid(united)
    done.months = laid.contents.keys() - held.keys()
    laid.write(connection, series, done.months)
    done.added = sum(length for month in done.months for length, *_ in laid.contents[month])
    there = laid.contents.keys() - done.months
    clashing = {month for month in there if _differ(laid.contents, held, month)}
    clashing |= chunks.tell_again(connection, series, there - clashing, run)
    everything = united.every_version()
    month = _months(everything)
    for months in windows(sorted(clashing), held):
        _unite(connection, series, months, everything.take(np.isin(month, months)), held, done, erased)
    return done


def _differ(one: Contents, other: Contents, month: int) -> bool:
    """Whether a month shows something else, or was told in versions, which have to be compared."""
    return one[month] != other[month] or any(versions for _, _, versions in one[month])


def _months(rows: Columns) -> NDArray[np.intp]:
    return np.searchsorted(chunks.MONTH_STARTS, rows.start, side="right") - 1


def _refused(rows: Columns, new: NDArray[np.bool_], erased: Erased) -> NDArray[np.bool_]:
    """Return which new rows were erased; the others need not be looked up, which takes its time."""
    refused = new.copy()
    refused[new] = erased(rows.take(new))
    return refused


def _without(united: Union, refused: NDArray[np.bool_], done: Absorbed) -> Union:
    done.refused += int(refused.sum())
    return united.take(~refused) if refused.any() else united


def _unite(
    connection: Connection,
    series: int,
    months: list[int],
    incoming: Columns,
    held: Contents,
    done: Absorbed,
    erased: Erased | None,
) -> None:
    stored = load(connection, series, months, incoming.origins)
    united = union(concat([stored, incoming]), len(stored))
    if erased is not None:
        united = _without(united, _refused(united.rows, united.new, erased), done)
    laid = Laid(united)
    laid.write(connection, series, months)
    done.added += int(united.new.sum())
    done.updated += int(united.updated.sum())
    done.months |= {month for month in months if shown(laid.contents, month) != shown(held, month)}
