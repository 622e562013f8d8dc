"""Puts one sample right at its owner's word (GDPR Art. 16), and takes that back: in one transaction each.

Nothing that was told is lost: the row moves aside (``vault.store.superseded``), and whoever told it stands
behind the new one. A second correction moves nothing more, as what it replaces was told by nobody. The log
says which day of which metric, never a value, a source or a reason: it stays when the rest is erased.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from vault import metrics
from vault.errors import InputError
from vault.store import chunks, daily, events, superseded
from vault.store.checks import range_of
from vault.store.columns import concat, values
from vault.store.connection import transaction
from vault.store.origins import Origins
from vault.store.rewriting import rewrite
from vault.store.single import only
from vault.store.sources import Sources, preferences
from vault.time import UNKNOWN_OFFSET, date_of_day, format_instant, local_days, now_ns

if TYPE_CHECKING:
    from sqlite3 import Connection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from vault.store.chunks import SeriesKey
    from vault.store.columns import Columns
    from vault.store.single import Sample, Which
    from vault.time import Clock

__all__ = ["EVENT", "Correction", "codes", "correct", "withdraw"]

EVENT = "correction"
"""The kind of the event of a correction, and of one that was taken back."""

_CODE = re.compile(r"[a-z0-9_]{1,64}")
_REASON_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Correction:
    """A sample that was put right, or as it was told again if ``withdrawn``; its value is not said.

    ``start`` is ISO 8601 in the recorded offset, the days are local ones, there and at home; ``changed`` is
    whether anything was written: what has that value already stays as it is.
    """

    metric: str
    start: str
    first_day: date
    last_day: date
    source: str
    withdrawn: bool = False
    changed: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return what ``correct --json`` prints."""
        days = {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}
        return asdict(self) | days


def correct(
    connection: Connection, which: Which, value: float | str, reason: str, *, home: ZoneInfo, clock: Clock
) -> Correction:
    """Give one sample another value.

    Raises:
        InputError: None, or more than one, is like that; or the value is none the metric can have.
    """
    if len(reason) > _REASON_CHARACTERS:
        raise InputError(f"a reason of more than {_REASON_CHARACTERS} characters", hint="say it shorter")
    with transaction(connection):
        found = only(connection, which, home)
        new = _checked(value, found.key)
        if new == found.value:
            return _told(found, home, changed=False)
        told, _ = _said(connection, found)
        wrong = np.array([one != new for one in values(told)], bool)
        mark = {"at": format_instant(now_ns(clock)), **({"reason": reason} if reason else {})}
        _put(connection, found, told, wrong, (new, mark))
        return _logged(connection, _told(found, home, withdrawn=not wrong.any()), home, clock, found)


def withdraw(connection: Connection, which: Which, *, home: ZoneInfo, clock: Clock) -> Correction:
    """Bring back what was told of one sample before it was corrected.

    Raises:
        InputError: None, or more than one, is like that; or it was never corrected.
    """
    with transaction(connection):
        found = only(connection, which, home)
        told, is_corrected = _said(connection, found)
        if not is_corrected:
            raise InputError("that value was never corrected", hint="name the sample that was")
        _put(connection, found, told, np.zeros(len(told), bool))
        return _logged(connection, _told(found, home, withdrawn=True), home, clock, found)


def _checked(value: float | str, key: SeriesKey) -> float | str:
    """Return a value as it is stored; raises InputError for one that the metric can't have."""
    metric, _, coded = key
    if coded:
        return _code(value, metric)
    try:
        number = float(value) + 0.0
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{metric} takes a number")
    known = metrics.find(metric)
    low, high = (-math.inf, math.inf) if known is None else range_of(known)
    if not low <= number <= high:
        raise InputError(
            f"that is no possible value of {metric}", hint=f"it lies between {low:g} and {high:g}"
        )
    return number


def _code(value: float | str, metric: str) -> str:
    known = codes().get(metric)
    if not isinstance(value, str) or not _CODE.fullmatch(value) or (known and value not in known):
        words = f"one of: {', '.join(known)}" if known else "one word of small letters, as 'show' prints it"
        raise InputError(f"{metric} takes a code", hint=words)
    return value


@cache
def codes() -> dict[str, list[str]]:
    """Return the codes of the coded metrics that have a closed list (``codes.toml``)."""
    import tomllib

    return tomllib.loads(files("vault.store").joinpath("codes.toml").read_text("utf-8"))


def _said(connection: Connection, found: Sample) -> tuple[Columns, bool]:
    """Return all that sources told of a sample, and whether any of it stands aside."""
    shown = superseded.stored(connection, found.series, found.row.origins, [found.month])
    assert shown is not None
    told = [shown.take(found.is_it(shown) & ~superseded.is_corrected(shown))]
    number = chunks.find_series(connection, superseded.aside_of(found.key))
    rows = None if number is None else superseded.stored(connection, number, found.row.origins, [found.month])
    if rows is not None:
        told.append(rows.take(found.at_its_place(rows)))
    return concat(told), any(map(len, told[1:]))


def _put(
    connection: Connection,
    found: Sample,
    told: Columns,
    wrong: NDArray[np.bool_],
    right: tuple[float | str, Mapping[str, Any]] | None = None,
) -> None:
    """Put what was told in a sample's place; what of it is wrong goes aside, and has another value there."""
    aside = told.take(wrong)
    shown = [told.take(~wrong)]
    if right is not None:
        shown.append(superseded.corrected(aside, [right] * len(aside)))
    rewrite(
        connection, found.series, [found.month], lambda rows: concat([rows.take(~found.is_it(rows)), *shown])
    )
    number = chunks.series_id(connection, superseded.aside_of(found.key))
    rewrite(connection, number, [found.month], lambda rows: rows.take(~found.at_its_place(rows)))
    if len(aside):
        superseded.put(connection, number, aside)
    chunks.delete_empty_series(connection)


def _told(found: Sample, home: ZoneInfo, *, withdrawn: bool = False, changed: bool = True) -> Correction:
    row = found.row
    # A reader of single values asks for days at home.
    days = [
        int(local_days(at, offset_min, home)[0])
        for at in (row.start, row.end)
        for offset_min in (row.offset_min, np.full(1, UNKNOWN_OFFSET, np.int16))
    ]
    first, last = date_of_day(min(days)), date_of_day(max(days))
    start = format_instant(int(row.start[0]), int(row.offset_min[0]))
    return Correction(found.key[0], start, first, last, found.source, withdrawn, changed)


def _logged(
    connection: Connection, done: Correction, home: ZoneInfo, clock: Clock, found: Sample
) -> Correction:
    """Make the days anew and write down that a value of theirs was changed."""
    origins = Origins(connection).known
    sources = Sources.of(origins, preferences(connection))
    daily.refresh(connection, origins, sources, home, {found.series: {found.month}})
    days = {"first_day": done.first_day.isoformat(), "last_day": done.last_day.isoformat()}
    events.log(connection, EVENT, {"metric": done.metric, **days, "withdrawn": done.withdrawn}, clock)
    return done
