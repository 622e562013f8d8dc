"""Check-ins: what a person says of a day, on one scale, kept as they said it.

Items go from 1 to 5. For energy, sleep_quality and mood more is better; for soreness and stress more is
worse. pain and illness are yes or no. The latest check-in of a day counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from vault.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCALED", "TICKS", "checked", "table"]

SCALED = ("energy", "sleep_quality", "soreness", "stress", "mood")
TICKS = ("pain", "illness")


def checked(day: int, items: Mapping[str, float | bool]) -> dict[str, Any]:
    """Return the event body of a check-in; raises InputError for what is no item or off the scale."""
    if not items:
        raise InputError("a check-in without an item", hint=f"give one of {', '.join(SCALED + TICKS)}")
    for name, value in items.items():
        if name in TICKS and isinstance(value, bool):
            continue
        if name not in SCALED or isinstance(value, bool) or not 1 <= value <= 5:
            raise InputError(
                f"{name!r} is no item of a check-in, or its answer is off the scale",
                hint=f"{', '.join(SCALED)} go from 1 to 5; {', '.join(TICKS)} are yes or no",
            )
    return {"day": day, "items": dict(items)}


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
