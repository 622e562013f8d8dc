"""What Peloton calls its disciplines, and by what a workout of the table and one of the service are the same.

The idea: the service names some of them after projects, a rower is ``caesar``; both files mean the same class
if they name one discipline and begin together.
"""

from __future__ import annotations

import re
from functools import cache, partial

from adapters.tables import table
from vault.records import Origin
from vault.time import SECOND_NS

__all__ = ["ADAPTER", "ORIGIN", "Beginnings", "activity_of", "rows"]

ADAPTER = "peloton"
ORIGIN = Origin("Peloton", ADAPTER, app="peloton")
_TOGETHER_NS = 120 * SECOND_NS
"""The table is cut to minutes, and a class may begin a minute after it was opened."""
_SPELLING = re.compile(r"[\W_]+")
_OTHER = "other"

rows = partial(table, "adapters.peloton")
"""Returns the rows of a table of this adapter."""


def activity_of(discipline: str, *, is_outdoor: bool = False) -> str:
    """Return the project's word for a discipline."""
    indoors, outdoors = _words().get(_plain(discipline), (_OTHER, ""))
    return (is_outdoor and outdoors) or indoors


class Beginnings:
    """When workouts of the service began, by discipline."""

    def __init__(self) -> None:
        self._slots: dict[tuple[str, int], list[int]] = {}

    def add(self, discipline: str, *instants: int) -> None:
        """Remember that a workout began at one of some instants (UTC ns)."""
        word = activity_of(discipline)
        for instant in instants:
            self._slots.setdefault((word, instant // _TOGETHER_NS), []).append(instant)

    def has(self, discipline: str, instant: int) -> bool:
        """Say whether one of this discipline began within two minutes of an instant."""
        word, slot = activity_of(discipline), instant // _TOGETHER_NS
        near = (self._slots.get((word, slot + step), ()) for step in (-1, 0, 1))
        return any(abs(instant - one) <= _TOGETHER_NS for instants in near for one in instants)


@cache
def _words() -> dict[str, tuple[str, str]]:
    return {_plain(row["said"]): (row["word"], row["outdoor"]) for row in rows("disciplines.csv")}


def _plain(name: str) -> str:
    return _SPELLING.sub("", name).casefold()
