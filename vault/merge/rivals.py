"""Which tracker is believed where several recorded the same sleep: one of them, never their sum.

Sleeps that share much of their time are rivals; what shares little is another part of the night, cut where
the better one tells it. A tracker is chosen for all of its pieces together, so that a night in two halves is
weighed as a whole, and what nobody contests stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault.merge.pieces import measure, overlap, parts_beside
from vault.merge.trackers import touching

if TYPE_CHECKING:
    from vault.merge.pieces import Piece

__all__ = ["AS_LONG", "RULES", "SAME_SLEEP", "SEEN_ENOUGH", "Verdict", "are_rivals", "judge", "left_out"]

SAME_SLEEP = 0.5
"""Sleeps that share this much of the shorter one's time are one sleep told twice, else two parts of a night.

Trackers are minutes apart about the ends of a sleep, so of one sleep they share nearly all; who hands over to
another shares minutes. Between them, the larger part of the shorter one says which it is more like.
"""

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
    """What became of a sleep: ``rule`` put it out in favour of tracker ``by``; "" if it is believed.

    Beside ``RULES`` there are ``twice``: a better sleep of its own tracker lies over it, and ``rest``: no
    sleep is left of it beside those that are believed.
    """

    sleep: Piece
    by: str
    rule: str = ""


def judge(sleeps: Iterable[Piece]) -> list[list[Verdict]]:
    """Return a verdict on every sleep, those that touch each other together.

    Among rivals it is, in turn: who saw enough of the sleep, whom the owner chose (a rank below 0), who tells
    stages apart, who saw as much as the longest, whose rank is best. Time in bed so loses to any sleep. Of
    the trackers of that one's maker, who tells when the stages were goes before who tells only how long.
    A believed sleep is what of it lies beside those that are believed before it.
    """
    return [_shared_out(_settle(group)) for group in touching(sleeps)]


def are_rivals(one: Piece, other: Piece) -> bool:
    """Whether two sleeps are one, told twice."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared > 0 and shared >= SAME_SLEEP * min(one.end - one.start, other.end - other.start)


def _settle(group: Sequence[Piece]) -> list[Verdict]:
    """Choose one tracker's sleeps, and go on with those of the others that they do not contest."""
    if len(group) == 1:
        return [Verdict(group[0], group[0].tracker)]
    by_tracker: dict[str, list[Piece]] = {}
    for sleep in group:
        by_tracker.setdefault(sleep.tracker, []).append(sleep)
    own = {tracker: _without_duplicates(theirs) for tracker, theirs in by_tracker.items()}
    best, out = _weigh(own)
    rest = []
    verdicts = [Verdict(sleep, best) for sleep in own[best]]
    for sleep in group:
        if not any(are_rivals(sleep, other) for other in own[best]):
            rest.append(sleep)
        elif not any(sleep is one for one in own[sleep.tracker]):
            verdicts.append(Verdict(sleep, best, "twice"))
        elif sleep.tracker != best:
            verdicts.append(Verdict(sleep, best, out[sleep.tracker]))
    return verdicts + [verdict for left in touching(rest) for verdict in _settle(left)]


def _shared_out(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Cut off each believed sleep what those before it tell, so that no minute is told twice."""
    found: list[Verdict] = []
    for verdict in verdicts:
        over = [one.sleep for one in found if not one.rule and overlap(one.sleep, verdict.sleep)]
        if verdict.rule or not over:
            found.append(verdict)
            continue
        parts = parts_beside(verdict.sleep, over)
        measure(parts)
        told = [Verdict(part, verdict.by) for part in parts if part.asleep_min]
        found += told or [Verdict(verdict.sleep, over[0].tracker, "rest")]
    return found


def _weigh(own: Mapping[str, Sequence[Piece]]) -> tuple[str, dict[str, str]]:
    """Return the tracker that is believed, and the rule that put out each of the others."""
    asleep = {tracker: sum(sleep.asleep_min or 0 for sleep in theirs) for tracker, theirs in own.items()}

    def order(tracker: str) -> tuple[int, float, str]:
        return _rank(own[tracker]), -asleep[tracker], tracker

    enough = SEEN_ENOUGH * max(asleep.values())
    seen = [tracker for tracker in own if asleep[tracker] >= enough]
    chosen = min((tracker for tracker in seen if _rank(own[tracker]) < 0), key=order, default=None)
    if chosen is not None:
        return chosen, {one: "chosen" if one in seen else "seen" for one in own if one != chosen}
    staged = [tracker for tracker in seen if any(sleep.has_stages for sleep in own[tracker])] or seen
    as_long = AS_LONG * max(asleep[tracker] for tracker in staged)
    best = min((tracker for tracker in staged if asleep[tracker] >= as_long), key=order)
    out = {tracker: _rule(tracker, seen, staged, asleep[tracker] >= as_long) for tracker in own}
    if not _times_stages(own[best]):
        kin = [
            tracker for tracker in staged if _times_stages(own[tracker]) and _are_kin(own[best], own[tracker])
        ]
        if kin:
            out[best], best = "timed", min(kin, key=order)
    del out[best]
    return best, out


def _rule(tracker: str, seen: Sequence[str], staged: Sequence[str], is_as_long: bool) -> str:  # noqa: FBT001
    if tracker not in seen:
        return "seen"
    if tracker not in staged:
        return "stages"
    return "rank" if is_as_long else "as_long"


def _rank(theirs: Sequence[Piece]) -> int:
    """Return the rank of a tracker, which may tell sleeps in several ways: that of its best."""
    return min(sleep.rank for sleep in theirs)


def _times_stages(theirs: Sequence[Piece]) -> bool:
    return any(sleep.times_stages for sleep in theirs)


def _are_kin(sleeps: Sequence[Piece], others: Sequence[Piece]) -> bool:
    """Whether the same maker tells the same night in other sleeps."""
    span, other = (sum(sleep.end - sleep.start for sleep in theirs) for theirs in (sleeps, others))
    return sleeps[0].maker == others[0].maker and other >= AS_LONG * span


def _without_duplicates(theirs: Sequence[Piece]) -> list[Piece]:
    """Drop a tracker's sleeps that lie over a better one of its own: the same night, told twice.

    Stages go before none, and stages whose times are known before minutes of them, unless they are of a part.
    """
    kept: list[Piece] = []
    for sleep in sorted(theirs, key=lambda sleep: _quality(sleep, theirs)):
        if not any(are_rivals(sleep, other) for other in kept):
            kept.append(sleep)
    return kept


def _quality(sleep: Piece, theirs: Sequence[Piece]) -> tuple[bool, bool, bool, float, int, int]:
    """Return what a tracker's sleeps are put in order by, the best first."""
    over = [other for other in theirs if are_rivals(sleep, other)]
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


def left_out(sleep: Piece, group: Iterable[Verdict]) -> tuple[str, ...]:
    """Name the other trackers that recorded during this sleep and are not believed."""
    others = {one.sleep.tracker for one in group if one.rule and overlap(sleep, one.sleep)}
    return tuple(sorted(others - {sleep.tracker}))
