"""Which source is believed where several recorded the same sleep: one of them, never their sum.

Sleeps that overlap are rivals. A source is chosen for all of its pieces together, so that a night in two
halves is weighed as a whole, and what nobody contests stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vault.merge.pieces import Piece

__all__ = ["AS_LONG", "SEEN_ENOUGH", "choose"]

SEEN_ENOUGH = 0.5
"""A source that saw less than this share of the longest sleep is out: taken off, or its battery died."""

AS_LONG = 0.85
"""Sources within this share of the longest sleep saw the same sleep; their rank decides.

Of one maker's sources it is the share of the span: the account and the file count waking differently.
"""


def choose(sleeps: Iterable[Piece]) -> list[tuple[Piece, tuple[str, ...]]]:
    """Return the sleeps that are believed, by start, each with the sources left out in its favour.

    Among overlapping sources the choice is, in turn: who saw enough of the sleep, who tells stages apart,
    who saw as much as the longest, whose rank is best. Time in bed so loses to any sleep. Of the sources of
    that one's maker, who tells when the stages were goes before who tells only how long.
    """
    believed = [(sleep, _left_out(sleep, group)) for group in _groups(sleeps) for sleep in _settle(group)]
    return sorted(believed, key=lambda pair: (pair[0].start, pair[0].source))


def _groups(sleeps: Iterable[Piece]) -> list[list[Piece]]:
    """Part sleeps into groups that do not touch each other."""
    groups: list[list[Piece]] = []
    until = 0
    for sleep in sorted(sleeps, key=lambda sleep: (sleep.start, sleep.end, sleep.source)):
        if groups and sleep.start < until:
            groups[-1].append(sleep)
            until = max(until, sleep.end)
        else:
            groups.append([sleep])
            until = sleep.end
    return groups


def _settle(group: Sequence[Piece]) -> list[Piece]:
    """Choose one source's sleeps, and go on with those of the others that they do not contest."""
    by_source: dict[str, list[Piece]] = {}
    for sleep in group:
        by_source.setdefault(sleep.source, []).append(sleep)
    own = {source: _without_duplicates(theirs) for source, theirs in by_source.items()}
    chosen = own[_best_source(own)]
    rest = [sleep for sleep in group if not any(_overlap(sleep, other) for other in chosen)]
    return chosen + [sleep for left in _groups(rest) for sleep in _settle(left)]


def _best_source(own: dict[str, list[Piece]]) -> str:
    asleep = {source: sum(sleep.asleep_min or 0 for sleep in theirs) for source, theirs in own.items()}
    enough = SEEN_ENOUGH * max(asleep.values())
    left = [source for source in own if asleep[source] >= enough]
    staged = [source for source in left if any(sleep.has_stages for sleep in own[source])]
    left = staged or left
    as_long = AS_LONG * max(asleep[source] for source in left)

    def order(source: str) -> tuple[int, float, str]:
        return own[source][0].rank, -asleep[source], source

    best = min((source for source in left if asleep[source] >= as_long), key=order)
    if _times_stages(own[best]):
        return best
    timed = [source for source in left if _times_stages(own[source]) and _are_kin(own[best], own[source])]
    return min(timed or [best], key=order)


def _times_stages(theirs: Sequence[Piece]) -> bool:
    return any(sleep.times_stages for sleep in theirs)


def _are_kin(sleeps: Sequence[Piece], others: Sequence[Piece]) -> bool:
    """Whether the same maker tells the same night in other sleeps."""
    span, other = (sum(sleep.end - sleep.start for sleep in theirs) for theirs in (sleeps, others))
    return sleeps[0].maker == others[0].maker and other >= AS_LONG * span


def _without_duplicates(theirs: Sequence[Piece]) -> list[Piece]:
    """Drop a source's sleeps that lie over a better one of its own: the same night, told twice.

    Stages whose times are known go before minutes of stages, unless they are of a part of it only.
    """
    whole = AS_LONG * max(sleep.end - sleep.start for sleep in theirs)

    def quality(sleep: Piece) -> tuple[bool, bool, float, int, int]:
        is_timed = sleep.times_stages and sleep.end - sleep.start >= whole
        return (
            not sleep.has_stages,
            not is_timed,
            -(sleep.asleep_min or 0),
            sleep.start - sleep.end,
            sleep.start,
        )

    kept: list[Piece] = []
    for sleep in sorted(theirs, key=quality):
        if not any(_overlap(sleep, other) for other in kept):
            kept.append(sleep)
    return kept


def _left_out(sleep: Piece, group: Sequence[Piece]) -> tuple[str, ...]:
    """Name the other sources that recorded during this sleep."""
    return tuple(
        sorted({other.source for other in group if other.source != sleep.source and _overlap(sleep, other)})
    )


def _overlap(one: Piece, other: Piece) -> bool:
    return one.start < other.end and other.start < one.end
