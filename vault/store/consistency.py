"""Consistency: whether what is stored follows from what was told, and points at what is there.

Seals say that rows are those that were written; this says that they were written rightly: the ledger knows
every import, chunks show what their versions come to, and daily values are those of the chunks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.errors import Tampered
from vault.store import chunks, daily, events, remerging
from vault.store.origins import Origins
from vault.store.rewriting import Laid, load
from vault.store.sources import Sources, preferences
from vault.store.sparse import TABLES
from vault.store.union import union
from vault.time import zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from vault.merge.overlap import Daily
    from vault.records import Origin

__all__ = ["SPARSE", "check_contents", "check_rules"]

SPARSE = tuple(table.name for table in TABLES.values())
"""The tables of sparse records."""

_RECORDS = " UNION ALL ".join(f"SELECT digest FROM {name}" for name in SPARSE)  # noqa: S608
_RECORDS = f"SELECT * FROM ({_RECORDS})"  # noqa: S608
_TOLD_RECORDS = "SELECT digest FROM told_record"
_PLACES = "SELECT series, month, part FROM"
_RULES = {
    "a chunk without those who told it": f"{_PLACES} chunk EXCEPT {_PLACES} told_chunk",
    "imports of a chunk that is not there": f"{_PLACES} told_chunk EXCEPT {_PLACES} chunk",
    "versions of a chunk that is not there": f"{_PLACES} version EXCEPT {_PLACES} chunk",
    "a record without those who told it": f"{_RECORDS} EXCEPT {_TOLD_RECORDS}",
    "imports of a record that is not there": f"{_TOLD_RECORDS} EXCEPT {_RECORDS}",
    "an import that is not in the ledger": """
        SELECT one.value FROM told_chunk, json_each(imports) told, json_each(told.value) one
        UNION SELECT one.value FROM version, json_each(imports) told, json_each(told.value) one
        UNION SELECT told.value ->> 0 FROM told_record, json_each(imports) told
        EXCEPT SELECT id FROM import_run WHERE undone_at IS NULL
    """,
    "an origin that is not there": """
        SELECT value FROM chunk, json_each(origins) UNION SELECT value FROM version, json_each(origins)
        EXCEPT SELECT id FROM origin
    """,
    **{
        f"a record of which not one version is shown ({name})": (
            f"SELECT id FROM {name} GROUP BY id HAVING sum(shown) <> 1"  # noqa: S608
        )
        for name in SPARSE
    },
}


def check_rules(connection: Connection) -> None:
    """Check that rows of different tables do not contradict each other, in a snapshot; raises Tampered."""
    for words, query in _RULES.items():
        if connection.execute(query).fetchone():
            raise Tampered(f"the tables contradict each other: there is {words}")
    if connection.execute("PRAGMA foreign_key_check").fetchone():
        raise Tampered("the tables contradict each other: a row points at one that is not there")


def check_contents(connection: Connection) -> None:
    """Unpack all chunks, and compare them with what was told and with the daily values; raises Tampered."""
    origins = Origins(connection).known
    is_current = remerging.is_current(connection)  # else it is made anew at the next opening for writing
    for (series,) in connection.execute("SELECT id FROM series ORDER BY id").fetchall():
        _check_chunks(connection, series, origins, is_current=is_current)
    if is_current:
        _check_daily(connection, origins)


def _check_chunks(
    connection: Connection, series: int, origins: Sequence[Origin], *, is_current: bool
) -> None:
    """Lay out anew what a series was told, a month at a time; frames are compared as they are read.

    By older rules another of a sample's versions is shown: months that have any are only read then.
    """
    for month, held in chunks.held(connection, series).items():
        laid = Laid(union(load(connection, series, [month], origins)))
        comparable = is_current or not any(versions for *_, versions in held)
        if comparable and laid.contents != {month: held}:
            raise Tampered(f"a chunk does not show what was told: series {series}, month {month}")


def _check_daily(connection: Connection, origins: Sequence[Origin]) -> None:
    """Make all daily values anew, in a TEMP table that stands before the one of the same name."""
    home = zone(events.setting(connection, "home_zone") or "UTC")
    connection.execute("CREATE TEMP TABLE daily AS SELECT * FROM main.daily LIMIT 0")
    try:
        daily.refresh(connection, origins, Sources.of(origins, preferences(connection)), home)
        years, made = _days(connection)
    finally:
        connection.execute("DROP TABLE temp.daily")
    stored_years, stored = _days(connection)
    if years != stored_years:
        raise Tampered("there are daily values of years without chunks, or the other way round")
    for series, days in made.items():
        if not _equal(stored[series], days):
            raise Tampered(f"daily values are not those of the chunks: series {series}")


def _days(connection: Connection) -> tuple[list[tuple[int, int]], dict[int, tuple[Daily, list[str]]]]:
    """Return the (series, year) there are, and all days by series."""
    years = connection.execute("SELECT series, year FROM daily ORDER BY series, year").fetchall()
    return years, {series: daily.read(connection, series, None, None) for series, _ in years}


def _equal(stored: tuple[Daily, list[str]], made: tuple[Daily, list[str]]) -> bool:
    """Compare days; values may differ by the rounding of another processor."""
    (one, names), (other, others) = stored, made
    return (
        names == others
        and np.array_equal(one.day, other.day)
        and np.array_equal(one.n, other.n)
        and [one.sets[code] for code in one.source_set] == [other.sets[code] for code in other.source_set]
        and np.allclose(one.value, other.value, rtol=1e-9, atol=0, equal_nan=True)
    )
