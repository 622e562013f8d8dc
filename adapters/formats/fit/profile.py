"""What the numbers in a FIT file mean: names, scales, units and enumerations of messages and fields.

The idea: the profile is fitdecode's, generated from Garmin's own; only messages it does not know yet stand in
``tables/fit_profile.csv`` beside this room. It is looked up by message, when a message is asked for.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

__all__ = ["Field", "fields_of", "message_name", "message_number", "word"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: value = raw / ``scale`` - ``offset``, in ``units``; ``words`` name its values."""

    number: int
    name: str
    scale: float = 1.0
    offset: float = 0.0
    units: str = ""
    words: Mapping[int, str] = field(default_factory=dict)


@cache
def fields_of(message: int) -> dict[str, Field]:
    """Return the fields of a message by name; none of an unknown message."""
    from fitdecode.profile import MESSAGE_TYPES

    found = {
        entry.name: Field(
            entry.def_num,
            entry.name,
            _number(entry.scale, 1.0),
            _number(entry.offset, 0.0),
            entry.units or "",
            entry.type.enum or {},
        )
        for entry in (MESSAGE_TYPES[message].fields.values() if message in MESSAGE_TYPES else ())
    }
    for row in _added():
        if int(row["message"]) == message and row["field"] not in found:
            scale = float(row["scale"] or 1)
            found[row["field"]] = Field(int(row["number"]), row["field"], scale, 0.0, row["units"])
    return found


@cache
def message_number(name: str) -> int:
    """Return the number of a message by its name; raises KeyError for a name nobody knows."""
    return _numbers()[name]


def message_name(number: int) -> str:
    """Return the name of a message, or ``unknown_`` and its number."""
    return _names().get(number, f"unknown_{number}")


def word(type_name: str, value: int) -> str:
    """Return the name of a value of an enumeration (``sport``), or the value as text.

    Raises KeyError for an enumeration nobody knows.
    """
    from fitdecode.profile import FIELD_TYPES

    return str((FIELD_TYPES[type_name].enum or {}).get(value, value))


@cache
def _numbers() -> dict[str, int]:
    return {name: number for number, name in _names().items()}


@cache
def _names() -> dict[int, str]:
    from fitdecode.profile import MESSAGE_TYPES

    added = {int(row["message"]): row["name"] for row in _added()}
    return added | {number: entry.name for number, entry in MESSAGE_TYPES.items()}


@cache
def _added() -> list[dict[str, str]]:
    text = files("adapters.formats").joinpath("tables", "fit_profile.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and value else otherwise
