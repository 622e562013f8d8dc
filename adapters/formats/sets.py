"""Makes workouts and their sets of a table that has one row a set, as lifting logs write it.

The idea: each row repeats the workout it belongs to, and the rows of a workout stand side by side. So a set
is handed on at once, its workout when the next one begins, and memory holds neither. A table does not say
when within a workout a set was: sets carry the workout's start, and their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial

from adapters.archive import reason_of
from adapters.formats.clocks import Zone, instant_of
from adapters.formats.counting import Count
from adapters.formats.points import number_of
from adapters.formats.sheets import Row, Sheet, plain
from adapters.tables import table
from vault.errors import InputError
from vault.records import Origin, Record, StrengthSet, Workout
from vault.time import SECOND_NS, format_instant

__all__ = ["NO_VALUE", "Lift", "ReadRow", "Session", "SetTables", "Told", "factor_of", "number_in"]

NO_VALUE = "no-value"
_STRENGTH = "strength_training"
_LARGEST = 1e6
"""No weight, distance, time or count of one set is larger."""


@dataclass(frozen=True, slots=True)
class Session:
    """What each row says of its workout; ``start`` and ``end`` are ns of a clock that shows local time.

    Without an end it ends ``duration_s`` after the start.
    """

    title: str
    start: int
    end: int | None = None
    duration_s: float | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Start and title: lifting logs have no ids."""
        return f"{format_instant(self.start).removesuffix('Z')}|{self.title}"


@dataclass(frozen=True, slots=True)
class Lift:
    """What a row says of its set: ``StrengthSet`` without where it belongs."""

    exercise: str
    set_type: str = "normal"
    repetitions: int | None = None
    load_kg: float | None = None
    duration_s: float | None = None
    distance_m: float | None = None
    rpe: float | None = None
    details: Mapping[str, object] = field(default_factory=dict)


Told = tuple[Session, Lift | str]
"""A row that was understood; in place of the set perhaps why there is none, as ``Count.leave`` takes it."""

ReadRow = Callable[[Row], Told | str]
"""Returns a row as it was understood, or why it is rejected."""


class SetTables:
    """The tables of one export; a row that says no more than the same row of an earlier one is repeated."""

    def __init__(self, origin: Origin, zone: Zone | None) -> None:
        self._origin = origin
        self._instant = lru_cache(maxsize=4)(partial(instant_of, home=zone))  # each row repeats its workout's
        self._told: set[int] = set()

    def records(self, sheet: Sheet, file: str, read: ReadRow) -> Iterator[Record]:
        """Yield the records of a table."""
        count, current, line = Count(file), _Current(self), 0
        try:
            for line, row in sheet:
                told = row if isinstance(row, str) else read(row)
                if isinstance(told, str):
                    yield count.reject(told, line)
                elif isinstance(told[1], str):
                    yield from current.enter(told[0])
                    count.leave(told[1])
                else:
                    yield from current.enter(told[0])
                    if (lifted := current.lift(told[1])) is None:
                        count.repeat()
                    else:
                        count.use()
                        yield lifted
        except InputError as error:
            yield count.reject(reason_of(error), line)
        yield from current.leave()
        yield count.tally()

    def is_new(self, *said: object) -> bool:
        """Say whether nothing of this export said the same before."""
        before = len(self._told)
        self._told.add(hash(repr(said)))
        return len(self._told) > before

    def instant(self, clock: int) -> tuple[int, int]:
        """Return (UTC ns, offset in minutes) of a clock time of this export."""
        return self._instant(clock)

    def workout(self, key: str, session: Session, activity: str) -> Workout:
        """Return a session as a workout."""
        start, offset_min = self.instant(session.start)
        end = start + round((session.duration_s or 0) * SECOND_NS)
        if session.end is not None:
            end = max(start, self.instant(session.end)[0])
        return Workout(
            key=key,
            start=start,
            end=end,
            offset_min=offset_min,
            activity=activity,
            origin=self._origin,
            duration_s=session.duration_s,
            details={"title": session.title} | dict(session.details) if session.title else session.details,
        )

    def strength_set(self, key: str, session: Session, index: int, lift: Lift) -> StrengthSet:
        """Return a row as the set of a session, counted from 1."""
        start, offset_min = self.instant(session.start)
        return StrengthSet(
            workout=key,
            origin=self._origin,
            index=index,
            exercise=lift.exercise,
            start=start,
            offset_min=offset_min,
            set_type=lift.set_type,
            repetitions=lift.repetitions,
            load_kg=lift.load_kg,
            duration_s=lift.duration_s,
            distance_m=lift.distance_m,
            rpe=lift.rpe,
            details=lift.details,
        )


class _Current:
    """The workout whose rows are being read; ``keys`` counts how often each session began in this table."""

    def __init__(self, tables: SetTables) -> None:
        self.keys: dict[str, int] = {}
        self._tables = tables
        self._session: Session | None = None
        self._key = ""
        self._index = 0
        self._words: set[str] = set()

    def enter(self, session: Session) -> Iterator[Record]:
        """Go on to a row's session; yields the workout that is over if it is another one."""
        if self._session is not None and self._session.key == session.key:
            return
        yield from self.leave()
        begun = self.keys[session.key] = self.keys.get(session.key, 0) + 1
        self._session, self._index, self._words = session, 0, set()
        self._key = session.key if begun == 1 else f"{session.key}#{begun}"

    def lift(self, lift: Lift) -> StrengthSet | None:
        """Return the next set of the session, or None if an earlier table told it."""
        assert self._session is not None
        self._index += 1
        self._words.add(_endurance().get(plain(lift.exercise), _STRENGTH))
        if not self._tables.is_new(self._key, self._index, lift):
            return None
        return self._tables.strength_set(self._key, self._session, self._index, lift)

    def leave(self) -> Iterator[Workout]:
        """Yield the workout that was read, if it has a set and is news; nothing but running was a run."""
        if self._session is not None and self._index:
            word = self._words.pop() if len(self._words) == 1 else _STRENGTH
            if self._tables.is_new(self._key, self._session, word):
                yield self._tables.workout(self._key, self._session, word)


def number_in(text: str, *, decimal_comma: bool = False) -> float | None:
    """Return the number in a cell, None for an empty one; raises ValueError for what is none or can't be."""
    text = text.strip()
    if not text:
        return None
    found = number_of(text.replace(",", ".") if decimal_comma else text)
    if found is None or abs(found) > _LARGEST:
        raise ValueError("a cell that holds no such number")
    return found


def factor_of(quantity: str, unit: str) -> float | None:
    """Return what a weight or distance in a unit is multiplied by to be kg or metres; None if unknown."""
    return _units().get((quantity, plain(unit).rstrip(".")))


@cache
def _units() -> dict[tuple[str, str], float]:
    rows = table("adapters.formats", "lifting_units.csv")
    return {(row["quantity"], row["unit"]): float(row["factor"]) for row in rows}


@cache
def _endurance() -> dict[str, str]:
    return {
        plain(row["exercise"]): row["word"] for row in table("adapters.formats", "endurance_exercises.csv")
    }
