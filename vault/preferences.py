"""The owner's choices of sources: checked, kept, told. What they do is ``vault.merge.preference``'s.

A choice names a source as the vault knows it, so that a slip of the pen is an error, not a choice of nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vault.errors import InputError, UnknownMetric, UnknownRecord
from vault.merge.preference import SLEEP, WORKOUTS, Preference, topic_of
from vault.merge.priority import plain
from vault.metrics import find
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd

    from vault.store.store import Store

__all__ = ["forget", "prefer", "table"]

_COMPUTED = {"readiness_score"}
"""Metrics made of others, which are chosen each by itself."""


def prefer(store: Store, source: str, metric: str | None, first: int | None, last: int | None) -> bool:
    """Put a source first, before all choices made until now; days since 1970-01-01, both included.

    Returns whether the source told anything of the metric so far; if not, the choice waits for it.

    Raises:
        UnknownRecord: no source of that name told anything in this vault.
        UnknownMetric: no such metric.
        InputError: nothing is merged of that metric, or the period ends before it begins.
    """
    if first is not None and last is not None and last < first:
        raise InputError("the period ends before it begins", hint="give its first day, then its last")
    one = Preference(_known(store, source), _topic(metric), first, last)
    kept = [other for other in store.preferences() if other != one]
    store.keep_preferences([*kept, one], [one])
    return one.topic is None or one.source in _told_by(store, one.topic)


def forget(store: Store, source: str, metric: str | None, first: int | None, last: int | None) -> int:
    """Take back the choices of a source that all of the given words are said of; return how many.

    Raises:
        UnknownRecord: there is no such choice.
    """
    topic = _topic(metric)
    gone = [
        one
        for one in store.preferences()
        if plain(one.source) == plain(source)
        and (topic is None or one.topic == topic)
        and (first is None or one.first == first)
        and (last is None or one.last == last)
    ]
    if not gone:
        raise UnknownRecord(
            "no such choice of a source", hint="'vitalvault sources prefer --list' shows them"
        )
    store.keep_preferences([one for one in store.preferences() if one not in gone], gone)
    return len(gone)


def table(told: Sequence[Preference]) -> pd.DataFrame:
    """Return source, metric, start and end of each choice; None and NaT where nothing was said."""
    import pandas as pd

    def dates(days: Sequence[int | None]) -> pd.DatetimeIndex:
        return pd.DatetimeIndex([pd.NaT if day is None else date_of_day(day) for day in days])

    return pd.DataFrame(
        {
            "source": [one.source for one in told],
            "metric": pd.Series([one.topic for one in told], dtype=object),
            "start": dates([one.first for one in told]),
            "end": dates([one.last for one in told]),
        }
    )


def _known(store: Store, source: str) -> str:
    """Return the name as the vault has it, however it was typed."""
    names = [name for name in store.sources().names if name]
    found = next((name for name in names if plain(name) == plain(source)), None)
    if found is None:
        known = ", ".join(names) or "none yet: import an export first"
        raise UnknownRecord("no source of that name in this vault", hint=f"known: {known}")
    return found


def _told_by(store: Store, topic: str) -> set[str]:
    """Return the names of who told something of a topic."""
    names = {name for series in store.series() if topic_of(series.metric) == topic for name in series.sources}
    if topic == SLEEP:
        names |= {one.origin.source for one in store.sleep_sessions()}
    if topic == WORKOUTS:
        names |= {one.origin.source for one in store.workouts()}
    return names


def _topic(metric: str | None) -> str | None:
    """Return what a choice is of; raises for what no choice changes."""
    if metric is None or metric in (SLEEP, WORKOUTS):
        return metric
    topic, known = topic_of(metric), find(metric)
    if known is None:
        raise UnknownMetric(
            "no metric of that name that sources are merged for",
            hint=f"name one of the catalogue, '{SLEEP}' or '{WORKOUTS}'",
        )
    parts = [known, *(find(f"{metric}.{part}") for part in known.components)]
    is_merged = any(part and part.rollup != "none" for part in parts) and metric not in _COMPUTED
    if topic in (SLEEP, WORKOUTS) or is_merged:
        return topic
    raise InputError("sources are not merged for that metric", hint="name one that has daily values")
