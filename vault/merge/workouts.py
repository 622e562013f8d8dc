"""One workout that several apps recorded: one event, its best observation first, the others named.

Two observations are of one event if they are of one family of activities and share more than 80 % of the
shorter's time, or begin together. Every event has one speaker; its numbers are never added to another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from vault.merge.activities import family_of
from vault.merge.priority import rank_of
from vault.time import DAY_NS, SECOND_NS

if TYPE_CHECKING:
    from vault.records import Origin

__all__ = ["LONGEST_NS", "OVERLAP", "TOGETHER_NS", "Folded", "Observed", "fold"]

OVERLAP = 0.8
"""Observations that share more than this of the shorter's time are of one event."""

TOGETHER_NS = 120 * SECOND_NS
"""So are those that begin within this of each other."""

LONGEST_NS = 2 * DAY_NS
"""A longer one stays by itself: mostly a clock nobody stopped, which would swallow every workout in it."""

_UNNAMED = "other"
"""Who doesn't know the sport contradicts nobody; what is left of a file that was cut short often doesn't."""


class Observed(Protocol):
    """What folding asks of a workout; a ``vault.records.Workout`` has it all."""

    @property
    def start(self) -> int:
        """UTC ns."""
        ...

    @property
    def end(self) -> int:
        """UTC ns."""
        ...

    @property
    def activity(self) -> str:
        """The project's word."""
        ...

    @property
    def origin(self) -> Origin:
        """Who recorded it."""
        ...

    @property
    def distance_m(self) -> float | None:
        """Metres."""
        ...

    @property
    def energy_kcal(self) -> float | None:
        """Active energy in kcal."""
        ...

    @property
    def hr_mean(self) -> float | None:
        """Mean heart rate, 1/min."""
        ...


W = TypeVar("W", bound=Observed)


@dataclass(frozen=True, slots=True)
class Folded(Generic[W]):
    """One event.

    Args:
        best: The observation that speaks for it.
        observations: All of them, ``best`` first, then by detail; one that spans two events is in both.
        also_in: The other sources' names.
    """

    best: W
    observations: tuple[W, ...]
    also_in: tuple[str, ...]


def fold(
    workouts: Sequence[W],
    *,
    has_streams: Callable[[W], bool] = lambda _: False,
    preferred: Sequence[str] = (),
) -> list[Folded[W]]:
    """Return the events behind the workouts of all sources, by start, whatever the order they came in.

    Args:
        workouts: Of one person, any order.
        has_streams: Whether second-by-second data of a workout is there; it counts as detail.
        preferred: The owner's list of source names, best first; decides between equal detail.
    """

    def order(workout: W) -> tuple[int, bool, int, str, int, int, str]:
        """More detail first, then the better source; the rest only makes ties stable."""
        facts = (workout.distance_m, workout.energy_kcal, workout.hr_mean)
        detail = sum(fact is not None for fact in facts) + has_streams(workout)
        origin = workout.origin
        rank = rank_of(origin, preferred)
        unnamed = family_of(workout.activity) == _UNNAMED
        return -detail, unnamed, rank, origin.source, workout.start, -workout.end, workout.activity

    endless = [workout for workout in workouts if workout.end - workout.start > LONGEST_NS]
    others = [workout for workout in workouts if workout.end - workout.start <= LONGEST_NS]
    folded = [event for near in _near(others) for event in _events(sorted(near, key=order))]
    folded += [Folded(workout, (workout,), ()) for workout in endless]
    return sorted(folded, key=lambda event: (event.best.start, event.best.end, event.best.origin.source))


def _near(workouts: Sequence[W]) -> list[list[W]]:
    """Part workouts into groups that can't be of one event, by start."""
    groups: list[list[W]] = []
    until = 0
    for workout in sorted(workouts, key=lambda workout: workout.start):
        if groups and workout.start <= until:
            groups[-1].append(workout)
            until = max(until, workout.end, workout.start + TOGETHER_NS)
        else:
            groups.append([workout])
            until = max(workout.end, workout.start + TOGETHER_NS)
    return groups


def _events(best_first: Sequence[W]) -> list[Folded[W]]:
    """Let each observation join the events whose speaker it matches, or speak for a new one.

    Matching the speaker only, not each other, keeps two runs apart that a third app recorded as one.
    """
    speakers: list[W] = []
    for workout in best_first:
        if not any(_same(speaker, workout) for speaker in speakers):
            speakers.append(workout)
    return [_folded(speaker, best_first) for speaker in speakers]


def _folded(speaker: W, best_first: Sequence[W]) -> Folded[W]:
    others = [workout for workout in best_first if workout is not speaker and _same(speaker, workout)]
    names = dict.fromkeys(workout.origin.source for workout in others)
    names.pop(speaker.origin.source, None)
    return Folded(speaker, (speaker, *others), tuple(names))


def _same(one: Observed, other: Observed) -> bool:
    if len({family_of(one.activity), family_of(other.activity)} - {_UNNAMED}) > 1:
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter = min(one.end - one.start, other.end - other.start)
    return shared > OVERLAP * shorter or abs(one.start - other.start) <= TOGETHER_NS
