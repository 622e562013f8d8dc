"""Makes sleeps of the sleep sessions and workouts of the exercise sessions, with what hangs on them.

The idea: a session is known by its uuid and owns the rows of other tables: stages, laps, segments. Those are
few, so they are held; a row whose session is not there is rejected, not hung on another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from adapters.health_connect.rows import Notes, Rows, instants_of, number_of, position, rejected, rows_of
from adapters.tables import table
from vault.records import Record, Rejection, Samples, SleepSession, StrengthSet, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET, format_instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.formats.counting import Count
    from adapters.health_connect.database import Database
    from adapters.health_connect.origins import Origins

    Floats = NDArray[np.float64]

__all__ = ["EXERCISE", "LAPS", "SEGMENTS", "SLEEP", "STAGES", "exercises", "sleeps"]

SLEEP, STAGES = "sleep_session_record_table", "sleep_stages_table"
EXERCISE, LAPS, SEGMENTS = "exercise_session_record_table", "exercise_laps_table", "exercise_segments_table"
_SEGMENT = ("segment_type", "repetitions_count", "weight_grams", "set_index", "rate_of_perceived_exertion")
_TEXTS = ("title", "notes")
_PAUSE = "pause"
_HIGHEST_RPE = 10.0


def sleeps(database: Database, origins: Origins, count: Count) -> Iterator[Record]:
    """Yield the sleeps, and what was rejected of them and of their stages."""
    notes = Notes(SLEEP)
    stages = _Parts(database, STAGES, count, ("stage_start_time", "stage_end_time"), ("stage_type",))
    for rows in rows_of(database, SLEEP, (), origins, notes, count):
        if isinstance(rows, Rejection):
            yield rows
            continue
        for at, row in enumerate(rows.id.tolist()):
            found = tuple(
                (start, end, _stages().get(code, "unknown")) for start, end, (code,) in stages.of(row)
            )
            said = _said(database, SLEEP, rows, at)
            count.use()
            yield SleepSession(
                _key(database, SLEEP, rows, at),
                int(rows.start[at]),
                int(rows.end[at]),
                int(rows.end_offset_min[at]),  # a night is that of its morning
                origins.listed[rows.origin[at]],
                found,
                details=said,
            )
    yield from stages.rest()


def exercises(
    database: Database, origins: Origins, count: Count, told: dict[int, Workout]
) -> Iterator[Record]:
    """Yield the workouts with their sets, and what was rejected of them, their laps and segments.

    ``told`` is given each workout by the id of its row, for its route.
    """
    notes = Notes(EXERCISE)
    laps = _Parts(database, LAPS, count, ("lap_start_time", "lap_end_time"), ("lap_length",))
    segments = _Parts(database, SEGMENTS, count, ("segment_start_time", "segment_end_time"), _SEGMENT)
    columns = ("exercise_type", "session_rate_of_perceived_exertion")
    for rows in rows_of(database, EXERCISE, columns, origins, notes, count):
        if isinstance(rows, Rejection):
            yield rows
            continue
        for at, row in enumerate(rows.id.tolist()):
            count.use()
            said = _said(database, EXERCISE, rows, at)
            said |= {"laps": [_lap(*lap) for lap in laps.of(row)]}
            parts = [_Segment(*segment) for segment in segments.of(row)]
            workout = told[row] = _workout(database, rows, at, origins, said, parts)
            yield workout
            yield from _sets(workout, parts)
            yield from _effort(workout, rows.cells[at, 1], origins, rows.origin[at])
    yield from laps.rest()
    yield from segments.rest()


def _workout(
    database: Database,
    rows: Rows,
    at: int,
    origins: Origins,
    said: dict[str, object],
    parts: list[_Segment],
) -> Workout:
    start, end = int(rows.start[at]), int(rows.end[at])
    name, word = _exercises().get(_code(rows.cells[at, 0]), ("unknown", "other"))
    pauses = sum(part.end - part.start for part in parts if part.name == _PAUSE)
    said |= {"exercise_type": name, "segments": [part.said() for part in parts if not part.is_set]}
    return Workout(
        key=_key(database, EXERCISE, rows, at, name),
        start=start,
        end=end,
        offset_min=int(rows.offset_min[at]),
        activity=word,
        origin=origins.listed[rows.origin[at]],
        duration_s=(end - start - pauses) / SECOND_NS if 0 < pauses < end - start else None,
        details={key: value for key, value in said.items() if value},
    )


class _Segment:
    """A part of a workout; one with repetitions or a weight is a set."""

    def __init__(self, start: int, end: int, cells: Sequence[float]) -> None:
        self.start, self.end = start, end
        kind, repetitions, grams, index, effort = map(number_of, cells)
        self.name = _segments().get(-1 if kind is None else int(kind), "unknown")
        self.repetitions = int(repetitions) if repetitions and repetitions > 0 else None
        self.load_kg = grams / 1_000 if grams and grams > 0 else None
        self.index = None if index is None or index < 0 else int(index)
        self.rpe = effort if effort and 0 < effort <= _HIGHEST_RPE else None

    @property
    def is_set(self) -> bool:
        return self.repetitions is not None or self.load_kg is not None

    def said(self) -> dict[str, object]:
        return {"start": format_instant(self.start), "end": format_instant(self.end), "type": self.name}


def _sets(workout: Workout, parts: list[_Segment]) -> Iterator[StrengthSet]:
    for index, part in enumerate((part for part in parts if part.is_set), 1):
        yield StrengthSet(
            workout.key,
            workout.origin,
            index,
            part.name,
            part.start,
            workout.offset_min,
            repetitions=part.repetitions,
            load_kg=part.load_kg,
            duration_s=(part.end - part.start) / SECOND_NS,
            rpe=part.rpe,
            details={} if part.index is None else {"set_index": part.index},
        )


def _effort(workout: Workout, rpe: float, origins: Origins, origin: np.int32) -> Iterator[Samples]:
    """Yield how hard a session was, if somebody said so."""
    if (number_of(rpe) or 0) > 0 and rpe <= _HIGHEST_RPE:
        yield Samples(
            "rpe_session",
            np.array([workout.start], np.int64),
            np.array([workout.end], np.int64),
            np.array([workout.offset_min], np.int16),
            np.array([rpe], np.float64),
            np.array([origin], np.int32),
            origins.listed,
        )


def _lap(start: int, end: int, cells: Sequence[float]) -> dict[str, object]:
    lap: dict[str, object] = {"start": format_instant(start), "end": format_instant(end)}
    return lap | ({} if number_of(cells[0]) is None else {"length_m": cells[0]})


def _key(database: Database, name: str, rows: Rows, at: int, kind: str = "") -> str:
    """Return a session's uuid, or what it was and when."""
    uuid = database.texts(name, int(rows.id[at]), ("uuid",)).get("uuid")
    if isinstance(uuid, bytes) and len(uuid) == 16:
        return str(UUID(bytes=uuid))
    span = f"{format_instant(int(rows.start[at]))}|{format_instant(int(rows.end[at]))}"
    return f"{kind}|{span}" if kind else span


def _said(database: Database, name: str, rows: Rows, at: int) -> dict[str, object]:
    """Return a session's title and notes, whether it was typed in, and its other offset if it has two."""
    texts = database.texts(name, int(rows.id[at]), _TEXTS)
    said: dict[str, object] = {key: text for key, text in texts.items() if isinstance(text, str)}
    if rows.note[at] >= 0:
        said["recording_method"] = "manual"
    start, end = int(rows.offset_min[at]), int(rows.end_offset_min[at])
    if start != end and UNKNOWN_OFFSET not in (start, end):
        said |= {"start_offset_min": start, "end_offset_min": end}
    return said


class _Parts:
    """The rows of a table that belong to sessions, in order of time."""

    def __init__(
        self, database: Database, name: str, count: Count, times: tuple[str, str], columns: tuple[str, ...]
    ) -> None:
        self._count = count
        self._faults: list[Rejection] = []
        blocks = [np.empty((0, 4 + len(columns)))]
        for block in (
            database.numbers(name, ("parent_key", *times, *columns)) if name in database.tables else ()
        ):
            if isinstance(block, int):
                self._faults.append(self._count.reject("damaged-rows", position(block)))
            else:
                blocks.append(block)
        rows = np.concatenate(blocks)
        start, end = instants_of(rows[:, 2]), instants_of(rows[:, 3])
        bad = (start < 0) | (end < start)
        self._faults += rejected(self._count, rows[:, 0], {"bad-date": bad})
        order = np.lexsort((start, rows[:, 1]))
        order = order[~bad[order]]
        self._start, self._end, self._rows = start[order], end[order], rows[order]
        self._taken = np.zeros(len(order), np.bool_)

    def of(self, session: int) -> Iterator[tuple[int, int, list[float]]]:
        """Yield start, end and cells of a session's rows."""
        first, last = np.searchsorted(self._rows[:, 1], (session, session + 1))
        self._taken[first:last] = True
        for at in range(first, last):
            yield int(self._start[at]), int(self._end[at]), self._rows[at, 4:].tolist()

    def rest(self) -> Iterator[Record]:
        """Yield what was rejected."""
        self._count.use(int(self._taken.sum()))
        yield from self._faults
        yield from rejected(self._count, self._rows[:, 0], {"no-parent": ~self._taken})


def _code(cell: float) -> int:
    return int(cell) if np.isfinite(cell) else -1


@cache
def _stages() -> dict[float, str]:
    return {float(row["code"]): row["stage"] for row in table("adapters.health_connect", "stages.csv")}


@cache
def _exercises() -> dict[int, tuple[str, str]]:
    rows = table("adapters.health_connect", "exercises.csv")
    return {int(row["code"]): (row["said"], row["word"]) for row in rows}


@cache
def _segments() -> dict[int, str]:
    return {int(row["code"]): row["said"] for row in table("adapters.health_connect", "segments.csv")}
