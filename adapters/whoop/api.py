"""Reads answers of WHOOP's API: which kind an item is, and what it says under the names of the tables.

The idea: an item is known by its keys. Numbers that are parts of one are added up, as the need of sleep is;
energy comes in kilojoules, lengths of time in milliseconds.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from adapters.formats.values import number, text
from adapters.tables import table
from adapters.whoop.said import Said, minutes_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json

__all__ = ["is_list", "kind_of", "said_of"]

_LISTS = frozenset(
    (
        "records", "data", "cycle", "cycles", "sleep", "sleeps", "recovery", "recoveries",
        "workout", "workouts", "profile", "body_measurement",
    )
)  # fmt: skip
_TIMES = {
    kind: {"start": f"{kind}_start", "end": f"{kind}_end"} for kind in ("cycle", "sleep", "workout")
} | {"recovery": {"created_at": "made"}}
_SCORED = "SCORED"
_ID_KEYS = ("id", "cycle_id", "sleep_id", "sport_id", "sport_name")
_DECIMALS = 6


def is_list(key: str) -> bool:
    """Whether a key of a document is that of a list of items."""
    return key in _LISTS


def kind_of(keys: Iterable[str]) -> tuple[str, str]:
    """Return what an item with these keys is, or why it is left; two empty texts if it is not WHOOP's."""
    known = set(keys)
    for row in table("adapters.whoop", "marks.csv"):
        if known.issuperset(row["marks"].split()):
            return row["kind"], row["left"]
    return "", ""


def said_of(kind: str, item: Json, home: Zone | None) -> Said:
    """Return what an item says."""
    zone = minutes_of(item.get("timezone_offset"))
    found = Said(teller="api")
    for name, key in _TIMES.get(kind, {}).items():
        if (moment := moment_of(item.get(name), zone, home)) is not None:
            found.moments[key] = moment
    for path, key, divisor in _paths(kind):
        value = number(_at(item, path))
        if value is not None:
            value = value if divisor == 1 else round(value / divisor, _DECIMALS)
            found.numbers[key] = found.numbers.get(key, 0.0) + value
    found.words = {key: str(item[key]) for key in _ID_KEYS if isinstance(item.get(key), int | str)}
    for key, value in (("nap", item.get("nap")), ("calibrating", _at(item, ("score", "user_calibrating")))):
        if isinstance(value, bool):
            found.words[key] = str(value)
    found.is_scored = text(item.get("score_state") or _SCORED) == _SCORED and bool(item.get("score"))
    return found


def _at(item: Any, path: Iterable[str]) -> Any:
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item


@cache
def _paths(kind: str) -> tuple[tuple[tuple[str, ...], str, float], ...]:
    return tuple(
        (tuple(row["path"].split(".")), row["key"], float(row["divisor"]))
        for row in table("adapters.whoop", "api.csv")
        if row["kind"] == kind
    )
