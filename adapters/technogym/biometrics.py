"""Reads body measures and tests: one name, one value, one time each.

The idea: names are in the account's language, so those of the table are known and all others are kept under
their own. Nobody says whether a scale or a hand entered them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from adapters.formats.counting import Unused
from adapters.formats.values import quantity, text
from adapters.technogym.properties import ADAPTER, ORIGIN, moment_of, rows

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.clocks import Zone
    from adapters.formats.items import Json

__all__ = ["measure"]

_TEST, _KG = "1rm ", "kg"
_SPELLING = re.compile(r"[\W_]+")
_LONGEST = 80


def measure(said: Json, zone: Zone | None, batches: Batches) -> Unused | None:
    """Add a measure to the batches; returns why it is none."""
    name = text(said.get("name")).strip()
    moment = moment_of(said.get("measuredOn"), zone)
    written = said.get("value")
    value = quantity(written.strip().replace(",", ".") if isinstance(written, str) else written)
    if moment is None:
        return Unused("bad-date", "rejected")
    if value is None or not name:
        return Unused("bad-value", "rejected")
    if value <= 0:
        return Unused("no-value")
    metric, unit = _known().get(_plain(name)) or (
        _own(name),
        _KG if name.casefold().startswith(_TEST) else "",
    )
    instant, offset_min = moment
    batches.add(metric, instant, instant, offset_min, value, ORIGIN, unit=unit)
    return None


def _own(name: str) -> str:
    """Return the name of a measure that the table does not know."""
    return f"{ADAPTER}:{_SPELLING.sub('_', name[:_LONGEST]).strip('_').lower()}"


@cache
def _known() -> dict[str, tuple[str, str]]:
    return {_plain(row["name"]): (row["metric"], row["unit"]) for row in rows("biometrics.csv")}


def _plain(name: str) -> str:
    return _SPELLING.sub(" ", name).strip().casefold()
