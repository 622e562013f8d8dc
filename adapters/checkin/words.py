"""Reads a table of check-ins row by row, and its words: numbers and ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from adapters.formats.points import number_of
from adapters.formats.sheets import Row, plain
from vault.records import Origin

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.counting import Count
    from adapters.formats.sheets import Sheet
    from vault.records import Rejection, Samples

__all__ = ["NO_VALUE", "ORIGIN", "gathered", "number_in", "yes_or_no"]

NO_VALUE = "no-value"

ORIGIN = Origin("Check-ins", "checkin", app="checkin")
_YES, _NO = {"1", "yes", "y", "true", "x"}, {"0", "no", "n", "false"}


def gathered(
    sheet: Sheet, count: Count, batches: Batches, gather: Callable[[Row], str | None]
) -> Iterator[Rejection | Samples]:
    """Have the samples of each row gathered, and yield the rejections; ``gather`` says why there are none."""
    for line, row in sheet:
        told = row if isinstance(row, str) else gather({plain(name): row[name].strip() for name in row})
        if told is None:
            count.use()
        elif told == NO_VALUE:
            count.leave(told)
        else:
            yield count.reject(told, line)
        yield from batches.full()


def number_in(text: str) -> float | None:
    """Return a number, also with a decimal comma."""
    return number_of(text.replace(",", "."))


def yes_or_no(text: str) -> bool | None:
    """Return a tick, or None if it is neither yes nor no."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None
