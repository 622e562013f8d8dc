"""What WHOOP says in one row, whichever layout it came in: times, numbers and words, under one name each.

The idea: the export's tables, in any language, and the API say the same things. Both are turned into this
first, so that a sleep is read in one place. Instants are cut to whole seconds, which is all the tables have:
so the same sleep begins at the same instant in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.formats.clocks import instant_of, offset_of
from adapters.formats.tracks import offset_at
from adapters.formats.values import LAST_NS, clock_of, text
from vault.errors import InputError
from vault.time import SECOND_NS, UNKNOWN_OFFSET, format_instant, parse_instant

if TYPE_CHECKING:
    from adapters.formats.clocks import Zone

__all__ = ["Said", "Span", "minutes_of", "moment_of"]

Span = tuple[int, int, int]
"""Start and end in UTC ns, and the offset in minutes or ``UNKNOWN_OFFSET``."""

_ZONE = re.compile(r"(?:UTC|GMT)?\s*(Z|(?:([+-])(\d{1,2}):?(\d\d)))?", re.IGNORECASE)


@dataclass(slots=True)
class Said:
    """A row.

    Args:
        moments: (UTC ns, offset) by name: ``cycle_start``, ``sleep_end``, ...; what is no time is not there.
        numbers: In the unit of the name, else that of ``tables/fields.csv``.
        words: Texts that are not empty; a flag is one.
        is_scored: Whether WHOOP has done its sums.
        teller: Who says it, if not the tables.
    """

    moments: dict[str, tuple[int, int]] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    is_scored: bool = True
    teller: str = ""

    def key(self, start: int) -> str:
        """Return what a sleep or workout is known by: its beginning, and the teller.

        The API is more exact than the tables, so each of them would always correct the other.
        """
        return "|".join(filter(None, (format_instant(start), self.teller)))

    def span(self, what: str) -> Span | None:
        """Return from when to when a cycle, a sleep or a workout was, if both are said; the end's offset."""
        start, end = (self.moments.get(f"{what}_{which}") for which in ("start", "end"))
        return None if start is None or end is None else (start[0], *end)

    def flag(self, name: str) -> bool | None:
        """Return a yes or no, None if neither is said."""
        return _FLAGS.get(self.words.get(name, "").casefold())


_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def minutes_of(zone: object) -> int:
    """Return the minutes of ``UTC-04:00``, ``UTCZ``, ``+05:30`` or ``Z``, else ``UNKNOWN_OFFSET``."""
    match = _ZONE.fullmatch(text(zone).strip())
    if match is None or not match[0]:
        return UNKNOWN_OFFSET
    if not match[2]:
        return 0
    return offset_of((-1 if match[2] == "-" else 1) * (60 * int(match[3]) + int(match[4])))


def moment_of(value: object, offset_min: int, home: Zone | None) -> tuple[int, int] | None:
    """Return (UTC ns, offset) of a local clock time, or of an instant that brings its own zone; or None."""
    clock = clock_of(value)
    if clock is not None:
        ns, offset_min = instant_of(clock, home, offset_min)
    else:
        try:
            ns, _ = parse_instant(text(value))
        except InputError:
            return None
        offset_min = offset_at(ns, offset_min, home.told if home else None)
    return (ns - ns % SECOND_NS, offset_min) if 0 <= ns < LAST_NS else None
