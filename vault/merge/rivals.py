"""Which source is believed where several recorded the same sleep: one of them, never their sum.

Sleeps that overlap are rivals. A source is chosen for all of its pieces together, so that a night in two
halves is weighed as a whole, and what nobody contests stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vault.merge.pieces import Piece

__all__ = ["AS_LONG", "RULES", "SEEN_ENOUGH", "Verdict", "choose", "judge", "overlap"]

SEEN_ENOUGH = 0.5
"""A source that saw less than this share of the longest sleep is out: taken off, or its battery died."""

AS_LONG = 0.85
"""Sources within this share of the longest sleep saw the same sleep; their rank decides.

Of one maker's sources it is the share of the span: the account and the file count waking differently.
"""

RULES = ("seen", "chosen", "stages", "as_long", "rank", "timed")
"""In turn: by the first of them that puts it out, a source is not believed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a sleep: ``rule`` put it out in favour of source ``by``; "" if it is believed.

    Beside ``RULES`` there is ``twice``: a better sleep of its own source lies over it.
    """

    sleep: Piece
    by: str
    rule: str = ""


def choose(sleeps: Iterable[Piece]) -> list[tuple[Piece, tuple[str, ...]]]:
    """Return the sleeps that are believed, by start, each with the sources left out in its favour.

    Among overlapping sources it is, in turn: who saw enough of the sleep, whom the owner chose (a rank
    below 0), who tells stages apart, who saw as much as the longest, whose rank is best. Time in bed so loses
    to any sleep. Of the sources of that one's maker, who tells when the stages were goes before who tells
    only how long.
    """
    believed = [
        (verdict.sleep, _left_out(verdict.sleep, group))
        for group in _groups(sleeps)
        for verdict in _settle(group)
        if not verdict.rule
    ]
    return sorted(believed, key=lambda pair: (pair[0].start, pair[0].source))


def judge(sleeps: Iterable[Piece]) -> list[list[Verdict]]:
    """Return a verdict on every sleep, those that touch each other together; ``choose`` goes by the same."""
    return [_settle(group) for group in _groups(sleeps)]


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


def _settle(group: Sequence[Piece]) -> list[Verdict]:
    """Choose one source's sleeps, and go on with those of the others that they do not contest."""
    by_source: dict[str, list[Piece]] = {}
    for sleep in group:
        by_source.setdefault(sleep.source, []).append(sleep)
    own = {source: _without_duplicates(theirs) for source, theirs in by_source.items()}
    best, out = _weigh(own)
    rest = []
    verdicts = [Verdict(sleep, best) for sleep in own[best]]
    for sleep in group:
        if not any(overlap(sleep, other) for other in own[best]):
            rest.append(sleep)
        elif not any(sleep is one for one in own[sleep.source]):
            verdicts.append(Verdict(sleep, best, "twice"))
        elif sleep.source != best:
            verdicts.append(Verdict(sleep, best, out[sleep.source]))
    return verdicts + [verdict for left in _groups(rest) for verdict in _settle(left)]


def _weigh(own: Mapping[str, Sequence[Piece]]) -> tuple[str, dict[str, str]]:
    """Return the source that is believed, and the rule that put out each of the others."""
    asleep = {source: sum(sleep.asleep_min or 0 for sleep in theirs) for source, theirs in own.items()}

    def order(source: str) -> tuple[int, float, str]:
        return _rank(own[source]), -asleep[source], source

    enough = SEEN_ENOUGH * max(asleep.values())
    seen = [source for source in own if asleep[source] >= enough]
    chosen = min((source for source in seen if _rank(own[source]) < 0), key=order, default=None)
    if chosen is not None:
        return chosen, {one: "chosen" if one in seen else "seen" for one in own if one != chosen}
    staged = [source for source in seen if any(sleep.has_stages for sleep in own[source])] or seen
    as_long = AS_LONG * max(asleep[source] for source in staged)
    best = min((source for source in staged if asleep[source] >= as_long), key=order)
    out = {source: _rule(source, seen, staged, asleep[source] >= as_long) for source in own}
    if not _times_stages(own[best]):
        kin = [source for source in staged if _times_stages(own[source]) and _are_kin(own[best], own[source])]
        if kin:
            out[best], best = "timed", min(kin, key=order)
    del out[best]
    return best, out


def _rule(source: str, seen: Sequence[str], staged: Sequence[str], is_as_long: bool) -> str:  # noqa: FBT001
    if source not in seen:
        return "seen"
    if source not in staged:
        return "stages"
    return "rank" if is_as_long else "as_long"


def _rank(theirs: Sequence[Piece]) -> int:
    """Return the rank of a source, which may tell sleeps in several ways: that of its best."""
    return min(sleep.rank for sleep in theirs)


def _times_stages(theirs: Sequence[Piece]) -> bool:
    return any(sleep.times_stages for sleep in theirs)


def _are_kin(sleeps: Sequence[Piece], others: Sequence[Piece]) -> bool:
    """Whether the same maker tells the same night in other sleeps."""
    span, other = (sum(sleep.end - sleep.start for sleep in theirs) for theirs in (sleeps, others))
    return sleeps[0].maker == others[0].maker and other >= AS_LONG * span


def _without_duplicates(theirs: Sequence[Piece]) -> list[Piece]:
    """Drop a source's sleeps that lie over a better one of its own: the same night, told twice.

    Stages go before none, and stages whose times are known before minutes of them, unless they are of a part.
    """
    kept: list[Piece] = []
    for sleep in sorted(theirs, key=lambda sleep: _quality(sleep, theirs)):
        if not any(overlap(sleep, other) for other in kept):
            kept.append(sleep)
    return kept


def _quality(sleep: Piece, theirs: Sequence[Piece]) -> tuple[bool, bool, bool, float, int, int]:
    """Return what a source's sleeps are put in order by, the best first."""
    over = [other for other in theirs if overlap(sleep, other)]
    length = sleep.end - sleep.start
    is_timed = sleep.times_stages and length >= AS_LONG * max(other.end - other.start for other in over)
    return (
        (sleep.asleep_min or 0) < SEEN_ENOUGH * max(other.asleep_min or 0 for other in over),
        not sleep.has_stages,
        not is_timed,
        -(sleep.asleep_min or 0),
        -length,
        sleep.start,
    )


def _left_out(sleep: Piece, group: Sequence[Piece]) -> tuple[str, ...]:
    """Name the other sources that recorded during this sleep."""
    return tuple(
        sorted({other.source for other in group if other.source != sleep.source and overlap(sleep, other)})
    )


def overlap(one: Piece, other: Piece) -> bool:
    """Whether two sleeps share time."""
    return one.start < other.end and other.start < one.end
