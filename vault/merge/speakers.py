"""Who speaks for a night or a workout, and by which rule the others of the same time do not.

Each recorded sleep, and each recorded workout, is a part of the day of its own; those that counted, added in
their order, are the daily value to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import nan
from typing import TYPE_CHECKING

from vault.merge.lineage import Contribution
from vault.merge.pieces import overlap
from vault.merge.rivals import AS_LONG, RULES, SEEN_ENOUGH, Verdict

if TYPE_CHECKING:
    from vault.merge.pieces import Piece
    from vault.merge.workouts import Folded
    from vault.records import Workout

    Group = Sequence[tuple[int, Verdict]]

__all__ = ["believed_instead", "explain_sleeps", "explain_workouts", "shares"]

_LEFT_OUT = {
    "seen": f"it saw less than {SEEN_ENOUGH:.0%} of the longest sleep; {{by}} saw more",
    "chosen": "{by} is your choice",
    "stages": "it does not tell sleep stages apart; {by} does",
    "as_long": f"it saw less than {AS_LONG:.0%} of the longest sleep; {{by}} saw more",
    "rank": "{by} comes first",
    "timed": "it tells only how long the stages were; {by}, of the same maker, tells when",
    "bed": "it tells only time in bed",
    "rest": "{by} recorded all of the sleep it saw",
    "twice": "its source tells this time twice, and more of it in another sleep",
}
_BELIEVED = {
    "": "counted in full",
    "bed": "counted in full: it tells sleep, and who else recorded it only time in bed",
    "seen": "counted in full: of those that recorded this sleep, it saw enough",
    "chosen": "counted in full: it is your choice, and saw enough of the sleep",
    "stages": "counted in full: of those that recorded this sleep, it tells sleep stages apart",
    "as_long": "counted in full: of those that recorded this sleep, it saw the most",
    "rank": "counted in full: of those that recorded this sleep, it comes first",
    "timed": "counted in full: of those that recorded this sleep, it tells when the stages were",
}
"""Rules in words; a sleep is believed by the last of them that put another source out."""

_IN_TURN = ("bed", *RULES)


def explain_sleeps(groups: Sequence[Group], day: int, kind: str) -> list[Contribution]:
    """Return the parts of one day (days since 1970-01-01), each believed sleep before those left out for it.

    Args:
        groups: From ``vault.merge.nights.judged``.
        day: The day of waking.
        kind: Which minutes: a field of ``Minutes``.
    """
    parts = []
    for group in groups:
        believed, others = believed_instead(group, day)
        parts += [_counted(sleep, others, kind) for sleep in believed]
        parts += [_left_out(one, kind) for one in others]
    return parts


def believed_instead(group: Group, day: int) -> tuple[list[Piece], list[Verdict]]:
    """Return the sleeps of a day that are believed, by start, and the verdicts on what lies over them."""
    believed = [one.sleep for date, one in group if not one.rule and date == day]
    believed.sort(key=lambda sleep: (sleep.start, sleep.source))
    others = [one for _, one in group if one.rule and any(overlap(one.sleep, sleep) for sleep in believed)]
    return believed, sorted(others, key=lambda one: (one.sleep.start, one.sleep.source, one.sleep.end))


def _counted(sleep: Piece, others: Sequence[Verdict], kind: str) -> Contribution:
    minutes: float | None = getattr(sleep.minutes, kind)
    if minutes is None:
        return _part_of(sleep, nan, 0.0, "not counted: it does not tell this of the sleep")
    if sleep.beside:
        names = ("another sleep of it" if one == sleep.tracker else one for one in sleep.beside)
        return _part_of(sleep, minutes, minutes, f"counted only where {' and '.join(names)} recorded nothing")
    rules = {_rule(one) for one in others if one.by == sleep.tracker and overlap(one.sleep, sleep)}
    decisive = max(rules - {"rest", "twice"}, key=_IN_TURN.index, default="")
    return _part_of(sleep, minutes, minutes, _BELIEVED[decisive])


def _left_out(verdict: Verdict, kind: str) -> Contribution:
    minutes: float | None = getattr(verdict.sleep.minutes, kind)
    why = f"left out: {_LEFT_OUT[_rule(verdict)].format(by=verdict.by)}"
    return _part_of(verdict.sleep, nan if minutes is None else minutes, 0.0, why)


def _part_of(sleep: Piece, given: float, counted: float, why: str) -> Contribution:
    return Contribution(sleep.source, 1, given, counted, why, sleep.device)


def _rule(verdict: Verdict) -> str:
    """Return the rule that put a sleep out: that it tells none comes before having seen too little."""
    in_bed_only = verdict.sleep.asleep_min is None and verdict.rule != "twice"
    return "bed" if in_bed_only else verdict.rule


def explain_workouts(
    events: Sequence[Folded[Workout]],
    fact: Callable[[Workout], float | None],
    shares: Sequence[float],
    choices: Collection[str] = (),
) -> list[Contribution]:
    """Return the parts of a day's workouts, the observation that speaks before those it speaks for.

    Args:
        events: Of the day, by start.
        fact: A number of a workout, None where it is not told.
        shares: What counts of each event's number.
        choices: The sources the owner put first on that day.
    """
    parts = []
    for event, share in zip(events, shares, strict=True):
        speaker = event.best
        left_out = _SPOKEN_FOR[speaker.origin.source in choices].format(speaker.origin.source)
        for one in event.observations:
            told = fact(one)
            counted, why = (share, _speaks(told, share, event)) if one is speaker else (0.0, left_out)
            given = nan if told is None else told
            parts.append(Contribution(one.origin.source, 1, given, counted, why))
    return parts


def shares(rollup: str, told: Sequence[float | None], lengths: Sequence[float | None]) -> list[float]:
    """Return what of each workout's number is in the day's value, which is their sum in this order.

    A mean is one over the time of the workouts (``lengths``, any unit) if all of them tell it; a maximum is
    that of the first that has it. What is not told (None) has no part.
    """
    known = [0.0 if one is None else one for one in told]
    if rollup == "sum":
        return known
    if rollup == "max":
        top = known.index(max(known)) if known else 0
        return [value if at == top else 0.0 for at, value in enumerate(known)]
    told_at = [at for at, one in enumerate(told) if one is not None]
    if len(told_at) <= 1:
        return known
    weight = [length or 0.0 for length in lengths]
    if not all(weight[at] for at in told_at):
        weight = [1.0] * len(told)
    whole = sum(weight[at] for at in told_at)
    return [value * one / whole for value, one in zip(known, weight, strict=True)]


_SPOKEN_FOR = (
    "left out: {} tells the same workout in more detail, or in as much and comes first",
    "left out: {} tells the same workout and is your choice",
)


def _speaks(told: float | None, counted: float, event: Folded[Workout]) -> str:
    if told is None:
        return "not counted: it does not tell this of the workout"
    if told != counted:
        shared = "counted with its share of the time of all workouts"
        return shared if counted else "left out: another had more"
    records = len(event.observations)
    return "counted in full" + (f": it speaks for {records} records of one workout" if records > 1 else "")
