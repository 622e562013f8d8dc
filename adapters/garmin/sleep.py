"""Nights and naps: a session a night, with the minutes of each stage, which is all the export tells.

The idea: Garmin makes a row of every date, asleep or not. A night that was not worn, or a default window
that nothing confirmed, is no sleep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.garmin.rows import Row, number_at, value_at, word_at
from adapters.garmin.times import Offsets, day_of, ns_of
from adapters.garmin.values import ORIGIN
from vault.records import SleepSession
from vault.time import date_of_day, format_instant

__all__ = ["Nights"]

_START, _END = "sleepStartTimestampGMT", "sleepEndTimestampGMT"
_CONFIRMED, _UNCONFIRMED, _OFF_WRIST = "CONFIRMED", "UNCONFIRMED", "OFF_WRIST"
_ASLEEP = {
    "deep_min": "deepSleepSeconds|DeepSleepDurationInSeconds",
    "light_min": "lightSleepSeconds|LightSleepDurationInSeconds",
    "rem_min": "remSleepSeconds|RemSleepInSeconds",
}
_AWAKE = {"awake_min": "awakeSleepSeconds|AwakeDurationInSeconds", "unmeasurable_min": "unmeasurableSeconds"}


@dataclass(frozen=True, slots=True)
class _Sleep:
    key: str
    start: int
    end: int
    is_nap: bool
    details: dict[str, object]


class Nights:
    """Collects rows; of a date that several files tell, the one read last counts."""

    def __init__(self, offsets: Offsets) -> None:
        self._offsets = offsets
        self._nights: dict[int, _Sleep] = {}
        self._naps: dict[str, _Sleep] = {}

    def add(self, row: Row) -> str | None:
        """Take a row, or return why it is no sleep."""
        self._naps.update((nap.key, nap) for nap in _naps(row))
        day = day_of(row.get("calendarDate"))
        reason = "no-date" if day is None else _fault(row)
        if day is None or reason:
            return reason
        start, end = ns_of(row.get(_START)), ns_of(row.get(_END))
        if start is None or end is None:
            return "bad-date"
        if end <= start:
            return "end-before-start"
        key = date_of_day(day).isoformat()
        self._nights[day] = _Sleep(key, start, end, is_nap=False, details=_details(row))
        return None

    def spans(self) -> dict[int, tuple[int, int]]:
        """Return begin and end of each night by the day of waking."""
        return {day: (night.start, night.end) for day, night in self._nights.items()}

    def records(self) -> Iterator[SleepSession]:
        """Yield the nights and naps."""
        for sleep in [*self._nights.values(), *self._naps.values()]:
            yield SleepSession(
                key=sleep.key,
                start=sleep.start,
                end=sleep.end,
                offset_min=self._offsets.at(sleep.end),
                origin=ORIGIN,
                is_nap=sleep.is_nap,
                details=sleep.details,
            )


def _fault(row: Row) -> str | None:
    said = word_at(row, "sleepWindowConfirmationType")
    if said == _OFF_WRIST:
        return "not-worn"
    if said.startswith(_UNCONFIRMED) or (said and _CONFIRMED not in said):
        return "unconfirmed-sleep"
    if not said and not any(number_at(row, path) for path in _ASLEEP.values()):
        return "unconfirmed-sleep"
    return None


def _details(row: Row) -> dict[str, object]:
    """Return the minutes of each stage under the names the vault knows; older watches tell no REM."""
    asleep = _minutes(row, _ASLEEP)
    details: dict[str, object] = {**asleep, **_minutes(row, _AWAKE)}
    if asleep:
        details["asleep_min"] = sum(asleep.values())
    said = word_at(row, "sleepWindowConfirmationType")
    return {**details, "confirmation": said} if said else details


def _minutes(row: Row, paths: dict[str, str]) -> dict[str, float]:
    seconds = {name: number_at(row, path) for name, path in paths.items()}
    return {name: value / 60 for name, value in seconds.items() if value is not None and value >= 0}


def _naps(row: Row) -> Iterator[_Sleep]:
    said = value_at(row, "napList")
    for nap in said if isinstance(said, list) else []:
        if isinstance(nap, dict):
            start, end = ns_of(nap.get("napStartTimestampGMT")), ns_of(nap.get("napEndTimestampGMT"))
            if start is not None and end is not None and start < end:
                yield _Sleep(f"nap|{format_instant(start)}", start, end, is_nap=True, details={})
