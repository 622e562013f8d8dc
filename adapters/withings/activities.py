"""Reads the activities: a span, a name in the account's language, and JSON in a cell for all else.

The idea: 0 in that cell is "not measured". A row without data whose span another row with data has is the
same activity under a second name (``Multi Sport``), and is known by that, because names are translated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.clocks import Zone
from adapters.formats.sheets import plain
from adapters.formats.values import number, snake, text
from adapters.formats.words import activity_word
from adapters.withings.entries import ORIGIN, Entry, Moment, moment_of
from adapters.withings.layouts import rows
from vault.errors import InputError
from vault.records import Record, Workout
from vault.time import DAY_NS, SECOND_NS, format_instant, zone

if TYPE_CHECKING:
    from adapters.withings.places import Places

__all__ = ["Activities"]

_LONGEST_NS = 7 * DAY_NS
_LONGEST_CELL = 1 << 20
_PAUSE = "pause_duration"
_OTHER = "other"


class Activities:
    """The activities of an export; ``places`` is told of each."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._spans: set[tuple[int, int]] = set()
        self._empty: list[tuple[Entry, Moment, Moment]] = []

    def row(self, entry: Entry) -> Iterator[Record]:
        """Yield a workout; one without data waits for the others."""
        start, end = self._span(entry, "")
        if start is None or end is None:
            start, end = self._span(entry, "manual_")
        data = _data(entry.row.get("data", ""))
        if start is None or end is None:
            yield entry.reject("bad-date")
        elif not 0 <= end[0] - start[0] <= _LONGEST_NS:
            yield entry.reject("end-before-start" if end[0] < start[0] else "bad-date")
        elif data is None:
            yield entry.reject("bad-value")
        elif not data:
            self._empty.append((entry, start, end))
        else:
            self._spans.add((start[0], end[0]))
            yield self._workout(entry, start, end, data)

    def end(self) -> Iterator[Record]:
        """Yield the activities without data that are not there with data."""
        for entry, start, end in self._empty:
            if (start[0], end[0]) in self._spans:
                entry.count.leave("mirror")
            else:
                yield self._workout(entry, start, end, {})
        self._empty.clear()

    def _span(self, entry: Entry, which: str) -> tuple[Moment | None, Moment | None]:
        """Return start and end; a clock time is of the zone of the row, if it says one."""
        told = entry.row.get("timezone", "")
        try:
            place = Zone(zone(told)) if told else entry.zone
        except InputError:
            place = entry.zone
        start, end = (moment_of(entry.row.get(which + name, ""), place) for name in ("from", "to"))
        return start, end

    def _workout(self, entry: Entry, start: Moment, end: Moment, data: Mapping[str, float]) -> Workout:
        entry.count.use()
        said = text(entry.row.get("activity", ""))
        told = {row["said"]: row for row in rows("details.csv")}
        fields = {told[name]["field"]: value for name, value in data.items() if name in told}
        details: dict[str, object] = {"activity_type": said} if said else {}
        for name, value in data.items():
            if name not in told:
                details[snake(name)] = value
            elif told[name]["detail"]:
                details[told[name]["detail"]] = value
        for column in ("manual_from", "manual_to"):
            if entry.row.get(column):
                details[column] = entry.row[column]
        workout = Workout(
            key=f"{format_instant(start[0])}|{_word(said)}",
            start=start[0],
            end=end[0],
            offset_min=start[1],
            activity=_word(said),
            origin=ORIGIN,
            duration_s=max((end[0] - start[0]) / SECOND_NS - data.get(_PAUSE, 0.0), 0.0),
            distance_m=fields.get("distance_m"),
            energy_kcal=fields.get("energy_kcal"),
            hr_mean=fields.get("hr_mean"),
            hr_max=fields.get("hr_max"),
            details=details,
        )
        self._places.expect(workout)
        return workout


def _data(cell: str) -> dict[str, float] | None:
    """Return the numbers of the JSON in a cell that are not 0; None if it is no object."""
    if not cell:
        return {}
    try:
        found = json.loads(cell) if len(cell) <= _LONGEST_CELL else None
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and not found:
        return {}
    if not isinstance(found, dict):
        return None
    numbers = {name: number(value) for name, value in found.items()}
    return {name: value for name, value in numbers.items() if value is not None and value > 0}


def _word(said: str) -> str:
    return _words().get(plain(said)) or activity_word(said) or _OTHER


@cache
def _words() -> dict[str, str]:
    return {plain(row["said"]): row["word"] for row in rows("activities.csv")}
