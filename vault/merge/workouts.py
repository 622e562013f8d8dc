"""One workout that several apps recorded: one event, its best observation first, the others named.

Two observations are of one event if they are of one family of activities, share more than 80 % of the
shorter's time or begin together, and don't tell distances that can't be of one way. Every event has one
speaker; its numbers are never added to another's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from vault.merge.activities import family_of, is_outdoors
from vault.merge.preference import WORKOUTS
from vault.merge.priority import rank_of
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from vault.records import Origin

__all__ = [
    "LATE_NS",
    "LONGEST_NS",
    "OVERLAP",
    "TOGETHER_NS",
    "TWICE",
    "Folded",
    "Observed",
    "fold",
    "is_of_one_time",
]

OVERLAP = 0.8
"""Observations that share more than this of the shorter's time are of one event."""

TOGETHER_NS = 120 * SECOND_NS
"""So are those that begin within this of each other."""

LATE_NS = 15 * MINUTE_NS
"""How far a copy may begin from what it copies, where its maker dates copies carelessly."""

TWICE = 2.0
"""Distances and mean speeds that differ by more than this factor, both of them, are of two ways."""

LONGEST_NS = 2 * DAY_NS
"""A longer one stays by itself: mostly a clock nobody stopped, which would swallow every workout in it."""

_UNNAMED = "other"
"""Who doesn't know the sport contradicts nobody; what is left of a file that was cut short often doesn't."""

_LATE = frozenset({"technogym"})
"""Makers whose outdoor activities are copies of a watch's, by the minute they came."""

_FALSE_START_NS = MINUTE_NS
"""The distance of what is shorter than this says nothing of a speed."""


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
    def key(self) -> str:
        """Stable within the source."""
        ...

    @property
    def duration_s(self) -> float | None:
        """Moving or active time in seconds."""
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

    @property
    def hr_max(self) -> float | None:
        """Highest heart rate, 1/min."""
        ...

    @property
    def elevation_gain_m(self) -> float | None:
        """Metres climbed."""
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
    place: Callable[[W], int] = lambda _: 0,
) -> list[Folded[W]]:
    """Return the events behind the workouts of all sources, by start, whatever the order they came in.

    Args:
        workouts: Of one person, any order.
        has_streams: Whether second-by-second data of a workout is there; it counts as detail.
        place: Of an observation whose source the owner chose, below 0, lower is better: it speaks, whatever
            the detail of the others.
    """

    def order(workout: W) -> tuple[object, ...]:
        """The owner's choice, then more detail, then the better source, then the more exact.

        The rest makes ties stable.
        """
        facts = (workout.distance_m, workout.energy_kcal, workout.hr_mean)
        detail = sum(fact is not None for fact in facts) + has_streams(workout)
        unnamed = family_of(workout.activity) == _UNNAMED
        rank = rank_of(workout.origin, WORKOUTS)
        return place(workout), -detail, unnamed, rank, _roughness(workout), *_identity(workout)

    endless = [workout for workout in workouts if workout.end - workout.start > LONGEST_NS]
    others = [workout for workout in workouts if workout.end - workout.start <= LONGEST_NS]
    folded = [event for near in _near(others) for event in _events(sorted(near, key=order))]
    folded += [Folded(workout, (workout,), ()) for workout in endless]
    return sorted(folded, key=lambda event: (event.best.start, event.best.end, *_identity(event.best)))


def is_of_one_time(one: Observed, other: Observed) -> bool:
    """Return whether two observations share most of the shorter's time, or begin together."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    shorter = min(one.end - one.start, other.end - other.start)
    return shared > OVERLAP * shorter or abs(one.start - other.start) <= TOGETHER_NS


def _roughness(workout: Observed) -> tuple[int, int, int]:
    """Return what is less the more exactly a workout is told: one maker's table says less than its API.

    Facts that are missing, then how coarse its instants are, then facts that are whole numbers.
    """
    facts = (
        workout.duration_s,
        workout.distance_m,
        workout.energy_kcal,
        workout.hr_mean,
        workout.hr_max,
        workout.elevation_gain_m,
    )
    coarse = sum(at % unit == 0 for at in (workout.start, workout.end) for unit in (SECOND_NS, MINUTE_NS))
    whole = sum(fact is not None and float(fact).is_integer() for fact in facts)
    return facts.count(None), coarse, whole


def _identity(workout: Observed) -> tuple[object, ...]:
    origin = workout.origin
    return origin.source, workout.start, -workout.end, workout.activity, origin.adapter, workout.key


def _near(workouts: Sequence[W]) -> list[list[W]]:
    """Part workouts into groups that can't be of one event, by start."""
    groups: list[list[W]] = []
    until = 0
    for workout in sorted(workouts, key=lambda workout: workout.start):
        if not groups or workout.start > until:
            groups.append([])
            until = workout.start
        groups[-1].append(workout)
        until = max(until, workout.end, workout.start + LATE_NS)
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
    return (is_of_one_time(one, other) or _is_late_copy(one, other)) and not _are_two_ways(one, other)


def _are_two_ways(one: Observed, other: Observed) -> bool:
    """Whether the distances can't be of one event: neither they nor the mean speeds are alike.

    A recording that was cut short has the speed of the whole, one that nobody stopped its distance.
    """
    lengths = one.end - one.start, other.end - other.start
    if not one.distance_m or not other.distance_m or min(lengths) < _FALSE_START_NS:
        return False
    ways = one.distance_m, other.distance_m
    speeds = ways[0] / lengths[0], ways[1] / lengths[1]
    return all(max(pair) > TWICE * min(pair) for pair in (ways, speeds))


def _is_late_copy(one: Observed, other: Observed) -> bool:
    """Whether one is the other, copied under another time by a maker that does so: as long, and outdoors."""
    makers = {name for w in (one, other) for name in (w.origin.adapter, w.origin.app)}
    lengths = one.end - one.start, other.end - other.start
    return (
        not _LATE.isdisjoint(makers)
        and one.origin.source != other.origin.source
        and (is_outdoors(one.activity) or is_outdoors(other.activity))
        and abs(one.start - other.start) <= LATE_NS
        and min(lengths) > OVERLAP * max(lengths)
    )
