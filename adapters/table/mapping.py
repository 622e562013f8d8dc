"""What the columns of a table are, as a file that a person can write, read and hand on: it holds no data.

The idea: a mapping is checked whole before a row is read. What it asks for has to exist, every physical
quantity says its unit, the format of dates leaves nothing open. It is data: no expression in it is run.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from adapters.table.fields import Kind, conversion, field_of
from vault.errors import InputError, MalformedFile
from vault.time import zone

__all__ = ["FORMATS", "Coded", "Column", "TableMapping", "mapping_in"]

MAX_BYTES = 1 << 16
FORMATS = ("iso", "epoch_s", "epoch_ms")
"""Formats of time beside those of ``strptime``: ISO 8601, and seconds or milliseconds since 1970 in UTC."""
_HINT = "'vitalvault map FILE' proposes one; docs/how-to/import-any-csv.md says what can stand in it"
_PROBE = datetime(2001, 2, 3, 16, 5, tzinfo=UTC)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A column of numbers or words, with the unit of its numbers."""

    column: Name
    unit: Annotated[str, StringConstraints(max_length=40)] = ""


class Coded(_Strict):
    """A column of words, and what each stands for; a word that is not named stands for itself."""

    column: Name
    map: dict[str, Name] = Field(default_factory=dict, max_length=500)


class Time(_Strict):
    """When a row was: the columns that say it, joined by a blank, and how they write it."""

    columns: tuple[Name, ...] = Field(min_length=1, max_length=4)
    format: Name = "iso"
    tz: str = ""
    means: Literal["start", "end", "instant"] = "start"

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.tz:
            try:
                zone(self.tz)
            except InputError as error:
                raise ValueError(f"tz is {error}") from None
        if self.format not in FORMATS and not _tells_the_day(self.format):
            raise ValueError(
                "format is none of iso, epoch_s, epoch_ms and does not tell year, month and day, "
                "or an hour of twelve without %p"
            )
        return self


class Missing(_Strict):
    """What stands for no value, and in which fields a zero does."""

    tokens: tuple[str, ...] = ("", "-", "None", "NA", "N/A", "null")
    zero_is_missing: tuple[Name, ...] = ()


class Identity(_Strict):
    """The columns that tell one row from another: rows that agree in them are one."""

    columns: tuple[Name, ...] = Field(min_length=1, max_length=8)


class TableMapping(_Strict):
    """A whole mapping; ``name`` is the source, as people will see it."""

    name: Name
    kind: Kind
    delimiter: Literal["auto", ",", ";", "\t"] = "auto"
    decimal: Literal[".", ","] = "."
    encoding: Literal["auto"] = "auto"
    skip_until: str = ""
    time: Time
    fields: dict[str, Column] = Field(default_factory=dict, max_length=100)
    values: dict[str, Coded] = Field(default_factory=dict, max_length=20)
    missing: Missing = Missing()
    id: Identity | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_columns(cls, said: object) -> object:
        """``exercise = "Exercise"`` is short for ``exercise = {column = "Exercise"}``."""
        if isinstance(said, dict) and isinstance(said.get("fields"), dict):
            whole = {
                name: {"column": one} if isinstance(one, str) else one for name, one in said["fields"].items()
            }
            return {**said, "fields": whole}
        return said

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if not self.fields and not self.values:
            raise ValueError("there is no field")
        for name, column in self.fields.items():
            _check_field(self.kind, name, column.unit)
        for name in self.values:
            field = field_of(self.kind, name)
            if field is None or not field.is_text or name in self.fields:
                raise ValueError(f"values.{name} is no field of words of the kind {self.kind}")
        if self.kind == "strength_set" and "exercise" not in self.fields.keys() | self.values.keys():
            raise ValueError("a set needs an exercise")
        if self.time.means == "end" and "duration" not in self.fields:
            raise ValueError('means = "end" needs a duration')
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns a table must have, each once."""
        named = [*self.time.columns, *(self.id.columns if self.id else ())]
        named += [column.column for column in self.fields.values()]
        named += [coded.column for coded in self.values.values()]
        return tuple(dict.fromkeys(named))


def mapping_in(text: bytes) -> TableMapping:
    """Read a mapping; raises MalformedFile, which says what in it is wrong."""
    try:
        if len(text) > MAX_BYTES:
            raise MalformedFile("a mapping of more than 64 KB", hint=_HINT)
        return TableMapping.model_validate(_parsed(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        words = first["msg"].removeprefix("Value error, ")
        raise MalformedFile(f"a mapping that can't be used: {place}: {words}", hint=_HINT) from None


def _parsed(text: bytes) -> dict[str, object]:
    """Return the tables of a TOML file; a number of too many digits is a bare ValueError."""
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise MalformedFile("a mapping that is no TOML", hint=_HINT) from None


def _check_field(kind: str, name: str, unit: str) -> None:
    field = field_of(kind, name)
    if field is None:
        raise ValueError(f"fields.{name} is no field of the kind {kind}")
    if field.needs_unit and unit in ("", "?"):
        raise ValueError(f"fields.{name} needs a unit")
    if not field.is_text and conversion(unit, field.ucum) is None:
        raise ValueError(f"fields.{name} can't be converted from that unit to {field.ucum}")


def _tells_the_day(format_: str) -> bool:
    """Say whether a format tells the day, and of twelve hours the half; without an hour it is midnight."""
    try:
        read = datetime.strptime(_PROBE.strftime(format_), format_)  # noqa: DTZ007
    except (ValueError, re.error):  # a part that is there twice
        return False
    return read.date() == _PROBE.date() and read.hour in (0, _PROBE.hour)
