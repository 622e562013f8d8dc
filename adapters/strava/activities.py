"""Reads activities.csv of any year and language: one activity a row.

The idea: names repeat, change and are translated, but the order stays and five names come twice. So the first
columns are known by their place, the rest by how far they are from the second "distance", which is the exact
one; in English they are known by name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from adapters.archive import reason_of
from adapters.formats.points import number_of
from adapters.strava.dates import date_of
from adapters.tables import table
from vault.errors import InputError
from vault.records import Rejection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.archive import MemberStream

__all__ = ["Activity", "is_activities", "read_activities"]

_ID, _DATE, _NAME, _TYPE, _DESCRIPTION, _ELAPSED, _DISTANCE = range(7)
_SHORT = 10
"""Columns until 2019, with commute, gear and file name at the end."""
_OLDEST = ("id", "date", "name", "type", "description", "elapsed_time", "distance")
_ENGLISH = "Activity ID"
_KM = 1_000.0
_SWAPPED = (("hr_mean", "hr_max"), ("average_cadence", "max_cadence"))
"""Some languages have these two columns the other way round."""
_FILE = re.compile(r"activities/[^/\\]+")
_BEFORE_EXACT = 5
"""The file name stands this far before the exact distance."""
_LONGEST_CELL = 1 << 17
"""Characters; no description is longer."""
_IDENTITY = re.compile(r"\d{1,20}")


@dataclass(frozen=True, slots=True)
class Activity:
    """A row: ``start`` in UTC ns, None if the date can't be read; ``file`` is empty for a manual entry.

    ``facts`` are the numbers of the exact columns, by the field of ``columns.csv``, in metres, seconds, m/s,
    kcal, W, 1/min and degrees Celsius, as Strava keeps them; ``line`` is where the row ends.
    """

    line: int
    id: str
    start: int | None
    name: str
    type: str
    description: str
    elapsed_s: float | None
    gear: str
    file: str
    facts: dict[str, float]


def is_activities(head: bytes) -> bool:
    """Say whether a file begins as activities.csv does: with its header, or in any language with its rows."""
    text = head.decode("utf-8-sig", "replace")
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))[:3]
    except csv.Error:
        return False
    if not rows or len(rows[0]) < _SHORT:
        return False
    header, row = rows[0], rows[1] if len(rows) > 1 else []
    known = _is_oldest(header) or header[:2] == [_ENGLISH, "Activity Date"]
    is_row = len(row) > _ELAPSED and _IDENTITY.fullmatch(row[_ID]) and date_of(row[_DATE]) is not None
    has_both = "distance_m" in _places(tuple(header)) or any(map(_FILE.fullmatch, row))
    return known or bool(is_row and has_both)


def read_activities(stream: MemberStream, file: str) -> Iterator[Activity | Rejection]:
    """Yield the activities, and a rejection for each row that is none."""
    text = io.TextIOWrapper(io.BufferedReader(stream), "utf-8-sig", "replace", newline="")
    lines = csv.reader(line.replace("\0", "") for line in text)
    header: list[str] = []
    while True:
        try:
            row = next(lines, None)
        except csv.Error:
            yield Rejection("malformed-csv", file, lines.line_num)
            continue
        except InputError as error:
            yield Rejection(reason_of(error), file, lines.line_num)
            return
        if row is None:
            return
        if max(map(len, row), default=0) > _LONGEST_CELL:
            yield Rejection("malformed-csv", file, lines.line_num)
        elif not header:
            header = row
        elif any(cell.strip() for cell in row):
            found = _activity(row, lines.line_num, header)
            yield Rejection(found, file, lines.line_num) if isinstance(found, str) else found


@lru_cache(maxsize=1)
def _places(header: tuple[str, ...]) -> dict[str, int]:
    """Return where each field stands, as far as the header tells."""
    if len(header) <= _SHORT:
        return {"file": _SHORT - 1, "gear": _SHORT - 2} if len(header) == _SHORT else {}
    found: dict[str, int] = {}
    again = [place for place in range(_SHORT, len(header)) if header[place] == header[_DISTANCE]]
    exact = again[0] if again else None
    for field in _fields():
        place = field.place_in(header) if header[0] == _ENGLISH else field.place_from(exact, len(header))
        if place is not None:
            found[field.name] = place
    if exact is not None:
        found |= {"file": exact - _BEFORE_EXACT, "gear": exact - _BEFORE_EXACT - 1}
    return found


def _activity(row: list[str], line: int, header: list[str]) -> Activity | str:
    """Return a row as an activity, or why it is none."""
    if len(row) <= _DISTANCE:
        return "short-row"
    if not _IDENTITY.fullmatch(row[_ID].strip()):
        return "no-id"
    places = _places(tuple(header))
    facts = _facts(row, places)
    if "distance_m" not in facts and len(row) <= _SHORT:
        shown = _shown(row[_DISTANCE])
        if shown is not None:
            facts["distance_m"] = round(shown if _is_oldest(header) else shown * _KM, 3)
    return Activity(
        line=line,
        id=row[_ID].strip(),
        start=date_of(row[_DATE]),
        name=row[_NAME].strip(),
        type=row[_TYPE].strip(),
        description=row[_DESCRIPTION].strip(),
        elapsed_s=number_of(row[_ELAPSED]),
        gear=_cell(row, places.get("gear")),
        file=_file(row, places),
        facts=facts,
    )


def _is_oldest(header: list[str]) -> bool:
    return tuple(header[: len(_OLDEST)]) == _OLDEST


def _file(row: list[str], places: dict[str, int]) -> str:
    """Return the name of the activity's file: in its column, or wherever one stands."""
    cells = (_cell(row, places.get("file")), *(cell.strip() for cell in row[_DISTANCE:]))
    return next(filter(_FILE.fullmatch, cells), "")


def _cell(row: list[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _facts(row: list[str], places: dict[str, int]) -> dict[str, float]:
    found = {field.name: number_of(_cell(row, places.get(field.name))) for field in _fields()}
    facts = {name: value for name, value in found.items() if value is not None}
    for mean, highest in _SWAPPED:
        if facts.get(mean, 0) > facts.get(highest, facts.get(mean, 0)):
            facts[mean], facts[highest] = facts[highest], facts[mean]
    return facts


def _shown(text: str) -> float | None:
    """Return a number for people, whose decimal sign is the language's."""
    text = text.strip().replace("\xa0", "").replace(" ", "")
    whole, sign, rest = text.rpartition("," if text.rfind(",") > text.rfind(".") else ".")
    return number_of(re.sub(r"[.,]", "", whole) + "." + rest if sign else text)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    english: str
    occurrence: int
    place: int | None

    def place_in(self, header: Sequence[str]) -> int | None:
        """Return where the English name stands for the n-th time; for the last if n is -1."""
        places = [place for place, name in enumerate(header) if name == self.english]
        wanted = self.occurrence if self.occurrence > 0 else len(places)
        return places[wanted - 1] if 0 < wanted <= len(places) else None

    def place_from(self, exact: int | None, width: int) -> int | None:
        """Return the place by the distance from the second "distance" column."""
        if exact is None or self.place is None or not 0 <= exact + self.place < width:
            return None
        return exact + self.place


@cache
def _fields() -> tuple[_Field, ...]:
    return tuple(
        _Field(
            row["field"],
            row["name"],
            int(row["occurrence"]),
            int(row["place"]) if row["place"] else None,
        )
        for row in table("adapters.strava", "columns.csv")
    )
