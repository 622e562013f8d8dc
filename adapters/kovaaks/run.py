"""Reads the file of one run: its kills, its weapons, and lines of keys and values.

The idea: the file says times of day only; its name has the date, of the END of the run. A run begins at
``Challenge Start`` on that date, or the day before if that is later than the end; each kill lies between,
over midnight too. A scenario may look like anything, so blocks are told by their headers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.formats.points import number_of
from vault.time import DAY_NS, SECOND_NS, instant_ns

__all__ = ["Run", "is_run", "run_of"]

_NAME = re.compile(r"(.+) - .+? - (\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d) Stats\.csv", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d):(\d\d)[.:](\d{1,6})")
_KILLS, _WEAPONS = "Kill #,", "Weapon,"
_KEY = re.compile(r"[\w .'#&()/-]+:,")


@dataclass(slots=True)
class Run:
    """One run; times are ns of a clock that shows local time. ``kills`` are (when, seconds to kill)."""

    scenario: str
    start: int
    end: int
    keys: dict[str, str] = field(default_factory=dict)
    kills: list[tuple[int, float]] = field(default_factory=list)
    bad_kills: list[int] = field(default_factory=list)
    weapons: int = 0
    shots: float = 0.0
    hits: float = 0.0


def is_run(head: bytes) -> bool:
    """Whether a file begins as the statistics of a run do."""
    text = head.decode("utf-8-sig", "replace").lstrip()
    return text.startswith("Kill #,Timestamp,") or (text.startswith("Weapon,Shots,Hits") and ":," in text)


def run_of(text: str, basename: str) -> Run | str:
    """Return the run of a file, or why there is none."""
    named = _NAME.fullmatch(basename)
    if named is None:
        return "no-date-in-name"
    try:
        moment = datetime.strptime(named[2], "%Y.%m.%d-%H.%M.%S").replace(tzinfo=UTC)
    except ValueError:
        return "no-date-in-name"
    end = instant_ns(moment)
    run = Run(named[1], end, end)
    kills = list(_blocks(text, run))
    if number_of(run.keys.get("Score", "")) is None:
        return "not-finished"
    begun = _time_of_day(run.keys.get("Challenge Start", ""))
    run.start = end if begun is None else _before(end, begun)
    for line, cells in kills:
        _kill(run, line, cells)
    return run


def _blocks(text: str, run: Run) -> Iterator[tuple[int, dict[str, str]]]:
    """Take the weapons and keys of a file, and yield its kills with their line."""
    header: list[str] = []
    for line, raw in enumerate(text.splitlines(), 1):
        cells = next(csv.reader([raw]), [])
        if not raw.strip():
            header = []
        elif raw.startswith((_KILLS, _WEAPONS)) and not header:
            header = cells
        elif header and header[0] == _KILLS[:-1]:
            yield line, dict(zip(header, cells))
        elif header:
            run.weapons += 1
            row = dict(zip(header, cells))
            run.shots += number_of(row.get("Shots", "")) or 0.0
            run.hits += number_of(row.get("Hits", "")) or 0.0
        elif _KEY.match(raw):
            key, _, value = raw.partition(":,")
            run.keys[key.strip()] = value.strip()


def _kill(run: Run, line: int, cells: dict[str, str]) -> None:
    at, seconds = _time_of_day(cells.get("Timestamp", "")), number_of(cells.get("TTK", "").rstrip("s"))
    if at is None or seconds is None or seconds < 0:
        run.bad_kills.append(line)
    else:
        run.kills.append((_before(run.end + SECOND_NS, at), seconds))  # names have whole seconds


def _time_of_day(text: str) -> int | None:
    """Return a time of day in ns; old files part the milliseconds by a colon."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(part) for part in match.groups()[:3])
    if hours >= 24 or minutes >= 60 or seconds >= 60:
        return None
    clock = timedelta(hours=hours, minutes=minutes, seconds=seconds) // timedelta(microseconds=1)
    return (clock + int(match[4].ljust(6, "0"))) * 1_000


def _before(end: int, time_of_day: int) -> int:
    """Return the last moment before an end at which a clock shows a time of day."""
    found = end // DAY_NS * DAY_NS + time_of_day
    return found - DAY_NS if found > end else found
