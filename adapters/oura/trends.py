"""Reads the trends table: a row a day, in which a few columns of each collection stand side by side.

The idea: a row is taken apart into the documents its columns are of, and those are read as if the API had
given them. A sleep has no id here, so it is known by its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.sheets import plain
from adapters.formats.values import day_of
from adapters.oura.documents import of_trends
from adapters.oura.files import SLEEP, TRENDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.items import Json
    from adapters.oura.days import Days
    from adapters.oura.nights import Sleeps
    from vault.records import Record

__all__ = ["trends_row"]

_BEDTIMES = frozenset(("bedtime_start", "bedtime_end"))


def trends_row(row: Mapping[str, str], sleeps: Sleeps, days: Days) -> list[Record] | Unused:
    """Return the records of a row, or why there are none; what else it says goes where those two put it."""
    date = next((text.strip() for column, text in row.items() if plain(column) == "date"), "")
    if day_of(date) is None:
        return Unused("bad-date", "rejected")
    parts = of_trends(row)
    sleep = parts.pop(SLEEP, None)
    told = [] if sleep is None else [_sleep(sleep | {"day": date}, sleeps)]
    told += [days.read(collection or TRENDS, said | {"day": date}) for collection, said in parts.items()]
    faults = [one for one in told if isinstance(one, Unused) and one.fate == "rejected"]
    records = [record for one in told if not isinstance(one, Unused) for record in one]
    if faults and not records:
        return faults[0]
    return records if any(not isinstance(one, Unused) for one in told) else _idle(told)


def _sleep(said: Json, sleeps: Sleeps) -> list[Record] | Unused:
    day = day_of(said["day"])
    if said.keys() & _BEDTIMES or day is None:
        return sleeps.read(said)
    return [] if sleeps.values(said, day) else Unused("no-value")


def _idle(told: list[list[Record] | Unused]) -> Unused:
    """Return why a row of which nothing was made is of no use."""
    return next((one for one in told if isinstance(one, Unused)), Unused("no-value"))
