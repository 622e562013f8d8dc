"""Makes workouts of the rows of the members' table: one row a workout, no id, times to the minute.

The idea: ``Length`` is that of the CLASS. Work by power, or way by speed, is how long the effort was; if that
is shorter, the class was left early, and if nothing tells, the duration stays unknown. "Total Output" is work
at the pedals in kJ, never energy burned.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.sheets import plain
from adapters.formats.values import quantity, snake, text
from adapters.peloton.disciplines import ORIGIN, activity_of, rows
from adapters.peloton.times import moment_of
from vault.records import Workout
from vault.time import SECOND_NS, format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.clocks import Zone
    from adapters.formats.sheets import Row

__all__ = ["is_history", "workout_of"]

_WHEN, _AIRED, _INSTRUCTOR = "workout timestamp", "class timestamp", "instructor name"
_NEEDED = {_WHEN, "fitness discipline"}
_READ = {_WHEN, _AIRED, _INSTRUCTOR}
_ROUNDED = 1.03
"""Of finished rides, length by effort is 0.99 to 1.01: watts and kJ are rounded."""
_NOTHING_KCAL = 2
_LONGEST_S = 86_400
_JUST = re.compile(r"(?:(\d{1,2}) hr )?(?:(\d{1,4}) min )?(?:(\d{1,2}) sec )?Just \w+.*")
_MINUTES = re.compile(r"(\d{1,3}):([0-5]\d)")
_FIELDS = ("distance_m", "energy_kcal", "hr_mean")


def is_history(header: Sequence[str]) -> bool:
    """Say whether a table with such a header is the members' table."""
    return {plain(name) for name in header} >= _NEEDED


def workout_of(row: Row, owner: Zone | None, *, decimal_comma: bool) -> Workout | Unused:
    """Return a row as a workout, or why it is none; ``owner`` is the zone of clocks that say none."""
    cells = {plain(name): cell.strip() for name, cell in row.items()}
    moment = moment_of(cells.get(_WHEN, ""), owner)
    if moment is None:
        return Unused("bad-date", "rejected")
    said = _numbers(cells, decimal_comma=decimal_comma)
    title, discipline = text(cells.get("title")), text(cells.get("fitness discipline"))
    length_s = said.get("class_length_s", 0.0)
    duration_s, is_estimated = _duration(title, length_s, said)
    is_aborted = _is_aborted(cells, said)
    lasted_s = 0.0 if is_aborted else duration_s or length_s
    details = _details(cells, said, owner)
    details |= {"duration_estimated": True} if is_estimated and not is_aborted else {}
    details |= {"aborted": True} if is_aborted else {}
    return Workout(
        key=f"{moment.name}|{discipline}|{title}",
        start=moment.instant,
        end=moment.instant + round(min(lasted_s, _LONGEST_S) * SECOND_NS),
        offset_min=moment.offset_min,
        activity=activity_of(discipline, is_outdoor="outdoor" in title.casefold()),
        origin=ORIGIN,
        duration_s=None if is_aborted else duration_s,
        distance_m=said.get("distance_m"),
        energy_kcal=said.get("energy_kcal"),
        hr_mean=said.get("hr_mean"),
        details=details,
    )


def _numbers(cells: Row, *, decimal_comma: bool) -> dict[str, float]:
    """Return the numbers of a row by detail, in its unit; what a zero means is in the table."""
    found: dict[str, float] = {}
    for column, (detail, factor, zero_is_missing) in _columns().items():
        value = _number(cells.get(column, ""), decimal_comma=decimal_comma) if factor else None
        if value is not None and value >= 0 and (value or not zero_is_missing):
            found[detail] = value * factor
    return found


def _number(said: str, *, decimal_comma: bool) -> float | None:
    if match := _MINUTES.fullmatch(said):
        return int(match[1]) + int(match[2]) / 60
    return quantity(said.rstrip("% ").replace(",", "." if decimal_comma else ""))


def _duration(title: str, length_s: float, said: dict[str, float]) -> tuple[float | None, bool]:
    """Return the time of effort in seconds and whether it is worked out, not said."""
    just = _JUST.fullmatch(title)
    if just is not None and any(just.groups()):
        hours, minutes, seconds = (int(part or 0) for part in just.groups())
        return float(hours * 3_600 + minutes * 60 + seconds), False
    effort_s = _effort(said)
    if effort_s is None or effort_s > _LONGEST_S:
        return None, False
    return (
        (float(round(effort_s)), True)
        if not length_s or length_s > _ROUNDED * effort_s
        else (length_s, False)
    )


def _effort(said: dict[str, float]) -> float | None:
    """Return work by power, else way by speed, in seconds."""
    if "work_kj" in said and "average_power_w" in said:
        return said["work_kj"] * 1_000 / said["average_power_w"]
    if "distance_m" in said and "average_speed_m_s" in said:
        return said["distance_m"] / said["average_speed_m_s"]
    if "distance_m" in said and "average_pace_s_per_km" in said:
        return said["distance_m"] / 1_000 * said["average_pace_s_per_km"]
    return None


def _is_aborted(cells: Row, said: dict[str, float]) -> bool:
    """Say whether a class was opened and nothing done: no work, and no energy to speak of.

    Off the machine both may be blank all the same; then a written zero is asked for.
    """
    if "work_kj" in said or said.get("energy_kcal", 0.0) > _NOTHING_KCAL:
        return False
    return any(cells.get(column) for column in ("total output", "calories burned"))


def _details(cells: Row, said: dict[str, float], owner: Zone | None) -> dict[str, object]:
    details: dict[str, object] = {name: value for name, value in said.items() if name not in _FIELDS}
    for column, cell in cells.items():
        detail, factor, _ = _columns().get(column, (snake(column), 0.0, False))
        if cell and not factor and column not in _READ:
            details[detail] = text(cell)
    aired = moment_of(cells.get(_AIRED, ""), owner)
    return details if aired is None else details | {"class_aired": format_instant(aired.instant)}


@cache
def _columns() -> dict[str, tuple[str, float, bool]]:
    """Return by column: its detail, the factor to its unit (0 for a text), whether a zero is missing."""
    return {
        row["column"]: (row["detail"], float(row["factor"] or 0), row["zero"] == "missing")
        for row in rows("columns.csv")
    }
