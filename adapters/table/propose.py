"""Proposes a mapping from the header of a table and its first rows, for a person to mend.

The idea: a proposal says what the columns are called and how they write things, never what is in them: it can
be shown to anybody. What is not certain stands there as a question, with which the mapping can't be used yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.archive import Archive
from adapters.formats.glucose import decimal_of
from adapters.formats.points import number_of
from adapters.formats.sheets import Row, Sheet, plain
from adapters.table.fields import Field, conversion, field_of
from adapters.tables import table
from vault.errors import MalformedFile

if TYPE_CHECKING:
    from adapters.archive import Member

__all__ = ["proposal"]

_ROWS = 500
_PACKAGE = "adapters.table"
_UNIT = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]{1,20}?)\s*[\])]$")
_EPOCH_S, _EPOCH_MS = (5e8, 5e9), (5e11, 5e12)
"""Seconds and milliseconds of the years 1985 to 2128."""
_ADVICE = {
    "subjective": "  # Hooper's scale: 1 is very good, 7 very bad; map nothing here that counts otherwise",
    "glucose": "  # glucose_interstitial is a sensor's, blood_glucose_mass a meter's: choose",
}
_ASK = "?"
_NUMBER = re.compile(r"[+-]?[\d.,]+")
_OPEN = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""A number with decimals, or with a mark between thousands."""
_THOUSANDS = '  # "." or ","? numbers like 1,234 or 1.234 can be read both ways'


@dataclass(frozen=True, slots=True)
class _Guess:
    """A column and what it may be."""

    column: str
    field: Field
    unit: str

    @property
    def line(self) -> str:
        """The line of the mapping; a unit that is needed and not known is a question."""
        if self.field.is_text:
            return f"{_key(self.field.name)} = {_said(self.column)}"
        unit = self.unit if conversion(self.unit, self.field.ucum) is not None else ""
        if unit or self.field.needs_unit:
            clock = ' or "hh:mm:ss"' if self.field.ucum == "s" else ""
            asked = "" if unit else f"  # in which unit? e.g. {self.field.ucum}{clock}"
            said = _said(unit or _ASK)
            return f"{_key(self.field.name)} = {{ column = {_said(self.column)}, unit = {said} }}{asked}"
        return f"{_key(self.field.name)} = {{ column = {_said(self.column)} }}"


def proposal(path: Path) -> str:
    """Return a mapping for the table in a file, as commented TOML; raises MalformedFile if there is none."""
    with Archive(path) as archive:
        if not archive.is_one_file:
            raise MalformedFile("no table but a folder or an archive", hint="hand over the CSV file itself")
        header, rows, delimiter = _looked_at(archive, archive.members[0])
    if any(_is_value(name) for name in header):
        raise MalformedFile("a table without names of columns", hint="put a line with their names on top")
    return "\n".join(_lines(header, rows, delimiter)) + "\n"


def _is_value(name: str) -> bool:
    """Say whether the name of a column is none but a number or a date: a proposal repeats no value."""
    return decimal_of(name) is not None or any(
        _fits(name, row["format"]) for row in table(_PACKAGE, "formats.csv")
    )


def _looked_at(archive: Archive, member: Member) -> tuple[tuple[str, ...], list[Row], str]:
    """Return header, first rows and delimiter; a header with a known name may come after narrower lines."""
    first = _top(archive, member, None)
    try:
        known = _top(archive, member, sorted({row["name"] for row in table(_PACKAGE, "names.csv")}))
    except MalformedFile:
        return first
    return known if _width(known[0]) > _width(first[0]) else first


def _top(
    archive: Archive, member: Member, starts_with: Sequence[str] | None
) -> tuple[tuple[str, ...], list[Row], str]:
    with archive.open(member) as stream:
        sheet = Sheet(stream, starts_with=starts_with)
        rows = [row for _, row in islice(sheet, _ROWS) if not isinstance(row, str)]
        return sheet.header, rows, sheet.delimiter


def _width(header: Sequence[str]) -> int:
    return sum(bool(name) for name in header)


def _lines(header: Sequence[str], rows: list[Row], delimiter: str) -> Iterator[str]:
    times, format_ = _time(header, rows)
    kind, guesses = _best(name for name in header if name not in times)
    if format_ and "%H" not in format_ and "%I" not in format_ and not format_.startswith("epoch"):
        guesses = [_of_the_day(guess) for guess in guesses]
    decimal = _decimal(rows, guesses)
    yield "# A mapping for 'vitalvault import FILE --map THIS'; it holds no data. Replace every \"?\"."
    yield 'name = "my table"  # the source, as you will see it'
    yield f"kind = {_said(kind)}  # workout, strength_set, body, glucose, subjective, reaction, sample, score"
    yield f"delimiter = {_said(delimiter)}"
    yield f"decimal = {_said(decimal)}" + _THOUSANDS * (decimal == _ASK)
    yield ""
    yield "[time]"
    yield f"columns = [{', '.join(map(_said, times)) or _said(_ASK)}]"
    yield f"format = {_said(format_ or _ASK)}" + _advice(format_, times, rows)
    yield '# tz = "Europe/Berlin"  # the zone of these times; else --timezone, else the home of the vault'
    yield 'means = "start"  # or "end", which needs a duration, or "instant"'
    yield ""
    yield "[fields]" + _ADVICE.get(kind, "")
    yield from (guess.line for guess in guesses)
    rest = [
        name for name in header if name and name not in times and name not in {one.column for one in guesses}
    ]
    yield from (f"# not mapped: {_said(name)}" for name in rest)
    yield ""
    yield "[missing]"
    yield 'tokens = ["", "-", "None", "NA"]'
    yield "zero_is_missing = []  # fields in which 0 is no value"


def _best(columns: Iterator[str]) -> tuple[str, list[_Guess]]:
    """Return the kind most columns speak for, and what they are in it."""
    names = list(columns)
    best: tuple[str, list[_Guess]] = ("sample", [])
    kinds = dict.fromkeys(row["kind"] for row in table(_PACKAGE, "names.csv") if row["field"])
    for kind in kinds:
        guesses = list(_guesses(kind, names))
        if len(guesses) > len(best[1]) and _is_whole(kind, guesses):
            best = kind, guesses
    return best


def _is_whole(kind: str, guesses: list[_Guess]) -> bool:
    """Say whether what a kind can't be without is there."""
    needed = {"strength_set": "exercise", "workout": "activity"}.get(kind)
    return needed is None or needed in {guess.field.name for guess in guesses}


def _guesses(kind: str, columns: Sequence[str]) -> Iterator[_Guess]:
    known = {plain(row["name"]): row["field"] for row in table(_PACKAGE, "names.csv") if row["kind"] == kind}
    taken: set[str] = set()
    for column in columns:
        bare, unit = _parted(column)
        name = known.get(plain(bare.replace("_", " ")).rstrip("."), "")
        field = field_of(kind, name) if name and name not in taken else None
        if field is not None:
            taken.add(name)
            yield _Guess(column, field, unit)


def _of_the_day(guess: _Guess) -> _Guess:
    """Return a guess for a table of days: its sums are those of the catalogue's day, if that has one."""
    field = field_of("sample", guess.field.name + "_daily") if guess.field.metric is not None else None
    return guess if field is None or field.metric is None else replace(guess, field=field)


def _parted(column: str) -> tuple[str, str]:
    """Return a column's name and the unit in or behind it, ``Weight (kg)``, ``weight_kg``."""
    match = _UNIT.match(column)
    if match:
        return match[1], match[2]
    bare, _, unit = column.replace("_", " ").rpartition(" ")
    known = {plain(row["unit"]) for row in table(_PACKAGE, "units.csv")}
    return (bare, unit) if bare and plain(unit) in known else (column, "")


def _time(header: Sequence[str], rows: list[Row]) -> tuple[list[str], str]:
    """Return the columns that say when, and how, if one format fits them all."""
    known = {plain(row["name"]) for row in table(_PACKAGE, "names.csv") if row["kind"] == "time"}
    named = [name for name in header if plain(name.replace("_", " ")) in known]
    pairs = [[name, other] for name in named for other in header if other != name]
    tried = [named[:2], *pairs, *([name] for name in (*named, *header))]
    for columns in tried:
        formats = _formats(columns, rows) if columns else []
        if formats:
            return columns, formats[0] if len(formats) == 1 else ""
    return named[:1], ""


def _formats(columns: Sequence[str], rows: list[Row]) -> list[str]:
    """Return the formats that fit every row; day first and month first may both."""
    cells = [" ".join(row.get(column, "").strip() for column in columns).strip() for row in rows]
    cells = [cell for cell in cells if cell]
    if not cells:
        return []
    for name, (low, high) in (("epoch_s", _EPOCH_S), ("epoch_ms", _EPOCH_MS)):
        if all(low <= (number_of(cell) or 0) <= high for cell in cells):
            return [name]
    rows_of = table(_PACKAGE, "formats.csv")
    return [row["format"] for row in rows_of if all(_fits(cell, row["format"]) for cell in cells)]


def _fits(cell: str, format_: str) -> bool:
    try:
        datetime.strptime(cell, format_)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def _advice(format_: str, times: Sequence[str], rows: list[Row]) -> str:
    if format_:
        return ""
    both = " or ".join(_said(one) for one in _formats(times, rows))
    return f"  # day or month first? {both}" if both else '  # e.g. "%d.%m.%Y %H:%M", "iso", "epoch_s"'


def _decimal(rows: list[Row], guesses: list[_Guess]) -> str:
    """Return the mark of decimals, or a question if the numbers can be read with either."""
    columns = [guess.column for guess in guesses if not guess.field.is_text]
    marks = {_mark(row.get(column, "").strip()) for row in rows for column in columns} - {""}
    proven = marks - {_ASK}
    return proven.pop() if len(proven) == 1 else _ASK if marks else "."


def _mark(cell: str) -> str:
    """Return the mark of decimals in a number: the last of two kinds; two of one kind part thousands."""
    marks = [one for one in cell if one in ".,"]
    if not marks or not _NUMBER.fullmatch(cell):
        return ""
    if _OPEN.fullmatch(cell):
        return _ASK
    if len(marks) > 1 and len(set(marks)) == 1:
        return "." if marks[0] == "," else ","
    return marks[-1]


def _key(name: str) -> str:
    return name if re.fullmatch(r"\w+", name, re.ASCII) else _said(name)


def _said(text: str) -> str:
    """Return a text as TOML writes it: as JSON does, and what can't be seen by its number."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in written)
