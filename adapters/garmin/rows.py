"""Reads Garmin's JSON files row by row, and what stands in a row.

The idea: a file is a list of objects, maybe wrapped in one more object, and the wrapping says nothing. So
rows are decoded one at a time between brackets, and a file that is cut short or damaged costs its rest only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from adapters.formats.points import number_of

__all__ = ["Row", "number_at", "rows_of", "value_at", "word_at"]

Row = dict[str, Any]

_BETWEEN = re.compile(r'(?:[\s,\[\]}]|\{\s*"summarizedActivitiesExport"\s*:)*')
_DECODER = json.JSONDecoder()
_NAMES = ("type", "bodyBatteryStatType")
"""By these the objects of a list inside a row are told apart."""


def rows_of(data: bytes) -> Iterator[Row | str]:
    """Yield the objects of a file in order; at last why the rest of it could not be read, if so."""
    text = data.decode("utf-8-sig", "replace").strip()
    at = _past(text, 0)
    while at < len(text):
        try:
            row, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield "malformed-json"
            return
        if isinstance(row, dict):
            yield row
        else:
            yield "malformed-json"
            return
        at = _past(text, at)
    if text.startswith("[") and not text.endswith("]"):
        yield "truncated"


def _past(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def value_at(row: Row, path: str) -> object:
    """Return what stands at a path of keys joined by dots, the first of several joined by ``|``, or None.

    In a list, a key is the type of one of its objects.
    """
    for alternative in path.split("|"):
        found: object = row
        for key in alternative.split("."):
            found = _step(found, key)
        if found is not None:
            return found
    return None


def _step(place: object, key: str) -> object:
    if isinstance(place, dict):
        return place.get(key)
    if isinstance(place, list):
        return next((item for item in place if isinstance(item, dict) and _is_named(item, key)), None)
    return None


def _is_named(item: Row, name: str) -> bool:
    return any(item.get(key) == name for key in _NAMES)


def number_at(row: Row, path: str) -> float | None:
    """Return a finite number, which some generations write as text, or None."""
    found = value_at(row, path)
    if isinstance(found, str):
        return number_of(found)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def word_at(row: Row, path: str) -> str:
    """Return a text, or an empty one."""
    found = value_at(row, path)
    return found if isinstance(found, str) else ""
