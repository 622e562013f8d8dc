"""Check-ins: what a person says of a day, on one scale, kept as they said it.

Items go from 1 to 5. For energy, sleep_quality and mood more is better; for soreness and stress more is
worse. pain and illness are yes or no. The latest check-in of a day counts. What was imported is a sample of a
metric with a range of its own: on days and for items without a check-in here it is laid on this scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from vault.errors import InputError
from vault.metrics import metric
from vault.time import local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from vault.store.columns import Columns

__all__ = ["IMPORTED", "SCALED", "TICKS", "checked", "table", "ticked", "with_imported"]

SCALED = ("energy", "sleep_quality", "soreness", "stress", "mood")
TICKS = ("pain", "illness")
IMPORTED = {
    "energy": "wellness_fatigue",
    "sleep_quality": "wellness_sleep_quality",
    "soreness": "wellness_soreness",
    "stress": "wellness_stress",
    "mood": "mood",
    "pain": "pain",
    "illness": "checkin:illness",
}
"""The metric that an item is imported as."""
_TURNED = {"energy", "sleep_quality"}
"""Items of which the lowest value of the metric is the best: fatigue is the absence of energy."""


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


def ticked(columns: Iterable[Columns], home: ZoneInfo) -> pd.DataFrame:
    """Return the days of a tick's samples with the highest value of each, as ``daily`` does of a metric."""
    import pandas as pd

    from vault.reading.frames import days

    found: dict[int, float] = {}
    for one in columns:
        for day, value in zip(local_days(one.start, one.offset_min, home).tolist(), one.value.tolist()):
            found[day] = max(value, found.get(day, 0.0))
    return pd.DataFrame({"value": [found[day] for day in sorted(found)]}, index=days(sorted(found)))


def with_imported(said: pd.DataFrame, imported: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return check-ins filled up from imported items: ``imported`` has frames as of ``daily`` by item."""
    import pandas as pd

    found = {item: _on_scale(item, frame["value"]) for item, frame in imported.items() if len(frame)}
    if not found:
        return said
    filled = said.combine_first(pd.DataFrame(found)).reindex(columns=said.columns).astype(float)
    filled.index.name = said.index.name
    return filled


def _on_scale(item: str, value: pd.Series[float]) -> pd.Series[float]:
    """Lay the daily values of an item's metric on the scale of check-ins; a tick is 1 for any at all."""
    if item in TICKS:
        return (value > 0).astype(float)
    found = metric(IMPORTED[item])
    assert found.low is not None
    assert found.high is not None
    share = (value - found.low) / (found.high - found.low)
    return 5 - 4 * share if item in _TURNED else 1 + 4 * share
