"""The owner's choice of a source: for one metric or all, for some days or all, before any rule of ours.

A choice puts a source first; it does not hide the others. On the days of a choice, the rows of its source are
taken for those of a source of their own, which comes before all: so every row has one place in one order, and
whatever holds of a merge without choices holds of one with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.merge.priority import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "SLEEP",
    "WORKOUTS",
    "Chosen",
    "Preference",
    "chosen_of",
    "held_on",
    "place_on",
    "promoted",
    "rank_on",
    "topic_of",
]

SLEEP, WORKOUTS = "sleep", "workouts"
"""A sleep is believed as a whole, and so is a workout: these words stand for all of their numbers."""

_SLEEP_METRICS = frozenset(
    {
        *("sleep_stage", "sleep_duration", "sleep_deep", "sleep_light", "sleep_rem", "sleep_awake"),
        "time_in_bed",
    }
)
_FIRST_DAY, _LAST_DAY = np.iinfo(np.int32).min, np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Preference:
    """A choice; ``topic`` None is of everything, ``first`` and ``last`` are local days, None without end."""

    source: str
    topic: str | None = None
    first: int | None = None
    last: int | None = None

    @property
    def days(self) -> tuple[int, int]:
        """The first and last day, days since 1970-01-01."""
        return (
            _FIRST_DAY if self.first is None else self.first,
            _LAST_DAY if self.last is None else self.last,
        )

    def is_about(self, metric: str) -> bool:
        """Whether it is about a metric, "sleep" or "workouts"."""
        return self.topic is None or self.topic == topic_of(metric)


class Chosen(NamedTuple):
    """A source, by its number, that comes first on the days from ``first`` to ``last``, both included."""

    source: int
    first: int
    last: int


def topic_of(metric: str) -> str:
    """Return what a metric is chosen as: a part as its whole, numbers of a sleep as the sleep."""
    whole = metric.partition(".")[0]
    if whole in _SLEEP_METRICS:
        return SLEEP
    return WORKOUTS if whole == "workout" or whole.startswith("workout_") else whole


def chosen_of(preferences: Sequence[Preference], metric: str, names: Sequence[str]) -> tuple[Chosen, ...]:
    """Return what was chosen of a metric, best first: what names the metric, then the newest.

    Args:
        preferences: In the order they were made.
        metric: Its name, "sleep" or "workouts".
        names: Of all sources, by number; names that fold to the same text are all meant.
    """
    folded = [plain(name) for name in names] if preferences else []
    return tuple(
        Chosen(number, *one.days)
        for one in _best_first(preferences, metric)
        for number, name in enumerate(folded)
        if name == plain(one.source)
    )


def place_on(preferences: Sequence[Preference], metric: str, source: str, day: int) -> int:
    """Return the place of a source on a day, below 0 and best lowest; 0 if nobody chose it."""
    names = [plain(one.source) for one in _held(preferences, metric, day)]
    return names.index(plain(source)) - len(names) if plain(source) in names else 0


def held_on(preferences: Sequence[Preference], metric: str, source: str, day: int) -> Preference | None:
    """Return the choice that gives a source its place on a day, None if nobody chose it."""
    held = _held(preferences, metric, day)
    return next((one for one in held if plain(one.source) == plain(source)), None)


def _held(preferences: Sequence[Preference], metric: str, day: int) -> list[Preference]:
    return [one for one in _best_first(preferences, metric) if one.days[0] <= day <= one.days[1]]


def _best_first(preferences: Sequence[Preference], metric: str) -> list[Preference]:
    newest_first = [one for one in preferences if one.is_about(metric)][::-1]
    return sorted(newest_first, key=lambda one: one.topic is None)


def rank_on(rank: Sequence[int], chosen: Sequence[Chosen], day: int) -> list[int]:
    """Return the rank of each source on a day, below 0 of those that come first by choice."""
    found = list(rank)
    for place, one in reversed(list(enumerate(chosen, -len(chosen)))):
        if one.first <= day <= one.last:
            found[one.source] = place
    return found


def promoted(
    source: NDArray[np.int32], day: NDArray[np.int64], chosen: Sequence[Chosen], sources: int
) -> NDArray[np.int32]:
    """Give the rows of choices numbers from ``sources`` on, in the choices' order; others keep theirs."""
    found = source
    for number, one in reversed(list(enumerate(chosen, sources))):
        rows = (source == one.source) & (day >= one.first) & (day <= one.last)
        found = np.where(rows, np.int32(number), found)
    return found
