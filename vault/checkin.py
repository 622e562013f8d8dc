"""Check-ins: what a person says of a day, on one scale, kept as they said it.

Items go from 1 to 5. For energy, sleep_quality and mood more is better; for soreness and stress more is
worse. pain and illness are yes or no. The latest check-in of a day counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from vault.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCALED", "TICKS", "checked", "table"]

SCALED = ("energy", "sleep_quality", "soreness", "stress", "mood")
TICKS = ("pain", "illness")


def checked(day: int, latest: int, items: Mapping[str, float | bool]) -> dict[str, Any]:
    """Return the event body of a check-in for a day (since 1970-01-01) up to the ``latest``.

    Raises InputError for a day out of reach, and for what is no item or off the scale.
    """
    if not 0 <= day <= latest:
        raise InputError("a check-in for a day nobody lives now", hint="give a day from 1970 up to today")
    if not items:
        raise InputError("a check-in without an item", hint=f"give one of {', '.join(SCALED + TICKS)}")
    return {"day": day, "items": {name: _answer(name, value) for name, value in items.items()}}


def _answer(name: str, value: object) -> float | bool:
    if isinstance(value, bool):
        if name in TICKS:
            return value
    elif name in SCALED and isinstance(value, Real) and 1 <= float(value) <= 5:
        return float(value)
    raise InputError(
        f"{name!r} is no item of a check-in, or its answer is off the scale",
        hint=f"{', '.join(SCALED)} go from 1 to 5; {', '.join(TICKS)} are yes or no",
    )


def table(bodies: Iterable[Mapping[str, Any]], first: int | None, last: int | None) -> pd.DataFrame:
    """Return one row a day from check-in events in order, one column an item, NaN where not said."""
    import pandas as pd

    from vault.reading.frames import days

    latest = {
        body["day"]: body["items"]
        for body in bodies
        if (first is None or body["day"] >= first) and (last is None or body["day"] <= last)
    }
    in_order = sorted(latest)
    rows = [{name: float(value) for name, value in latest[day].items()} for day in in_order]
    return pd.DataFrame(rows, index=days(in_order), columns=[*SCALED, *TICKS], dtype=float)
