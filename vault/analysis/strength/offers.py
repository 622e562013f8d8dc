"""What strength training suggests on a day, as offers: each with its numbers and with what would undo it.

An offer is never an order and nobody counts whether it was taken. More load is offered only where the
readiness score, the feeling and the absence of pain allow it; a deload may be offered whatever they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import document
from vault.analysis.strength import deload, overload

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.strength.deload import Weeks
    from vault.analysis.strength.overload import Step
    from vault.analysis.strength.sets import Sets

    Floats = NDArray[np.float64]

__all__ = ["Mornings", "Offer", "offers"]

_DELOAD, _OVERLOAD = deload.RULE, overload.RULE


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggestion: ``id`` is deload_seen, deload or overload; ``movement`` None for all of training.

    ``evidence`` are the numbers it rests on, ``undo`` what would take it back.
    """

    id: str
    movement: str | None
    text: str
    evidence: tuple[str, ...]
    undo: str


@dataclass(frozen=True, slots=True, eq=False)
class Mornings:
    """The seven mornings up to the day, oldest first, NaN where nothing is known; [7].

    ``score`` and ``felt`` are on the scale of readiness; ``low`` is the lower one of energy and soreness in
    own standard deviations (higher = better). ``pain`` is whether the newest check-in ticks pain or illness.
    """

    score: Floats
    felt: Floats
    low: Floats
    pain: bool


def offers(sets: Sets, day: int, mornings: Mornings) -> tuple[Offer, ...]:
    """Return the offers of a day (days since 1970-01-01) from the sets and mornings up to it."""
    found = deload.weeks(sets, day)
    if found is None:
        return ()
    return (*_deload_seen(found), *_deload(found, sets, day, mornings), *_overload(sets, day, mornings))


def _say(offer: str, key: str, **values: object) -> str:
    return str(document("strength.toml")["words"][offer][key]).format(**values)


def _plain(movement: str) -> str:
    words = movement.replace("_", " ")
    return words[:1].upper() + words[1:]


def _kg(value: float) -> str:
    return f"{round(value, 2):g}"


def _deload_seen(found: Weeks) -> tuple[Offer, ...]:
    if not found.seen[-1]:
        return ()
    week, usual = float(found.volume_kg[-1]), float(found.usual_kg[-1])
    numbers = {"value": f"{week:.0f}", "usual": f"{usual:.0f}", "percent": round(100 * week / usual)}
    evidence = (_say("deload_seen", "volume", **numbers),)
    undo = _say("deload_seen", "undo", percent=round(100 * _DELOAD.share))
    return (Offer("deload_seen", None, _say("deload_seen", "text"), evidence, undo),)


def _deload(found: Weeks, sets: Sets, day: int, mornings: Mornings) -> tuple[Offer, ...]:
    signs = [*_effort(sets, day), *_felt(mornings), *_scores(mornings)]
    if found.since_days < _DELOAD.since_days or len(signs) < _DELOAD.signs:
        return ()
    key = "since" if found.light.any() else "started"
    evidence = (_say("deload", key, weeks=found.since_days // _DELOAD.week_days), *signs)
    undo = _say("deload", "undo", percent=round(100 * _DELOAD.share))
    return (Offer("deload", None, _say("deload", "text"), evidence, undo),)


def _effort(sets: Sets, day: int) -> tuple[str, ...]:
    found = deload.harder(sets, day)
    if found is None:
        return ()
    numbers = {"pairs": found.pairs, "falling": found.falling, "movements": found.movements}
    return (_say("deload", "effort", rise=f"{found.rise:.1f}", **numbers),)


def _felt(mornings: Mornings) -> tuple[str, ...]:
    days = int((mornings.low <= _DELOAD.low_z).sum())
    return (_say("deload", "felt", days=days),) if days >= _DELOAD.low_days else ()


def _scores(mornings: Mornings) -> tuple[str, ...]:
    # Rounded as people see them, so that a number and what follows from it never disagree.
    days = int((np.round(mornings.score) < _DELOAD.low_score).sum())
    said = _say("deload", "score", days=days, score=_DELOAD.low_score)
    return (said,) if days >= _DELOAD.low_days else ()


def _overload(sets: Sets, day: int, mornings: Mornings) -> tuple[Offer, ...]:
    score, felt = np.round([mornings.score[-1], mornings.felt[-1]])
    ready = score >= _OVERLOAD.min_score and not felt < _OVERLOAD.not_low and not mornings.pain
    return tuple(_more(step, int(score)) for step in overload.steps(sets, day)) if ready else ()


def _more(step: Step, score: int) -> Offer:
    now, load = step.now_kg, step.load_kg
    before, last = step.reached[-2:]
    said = {"movement": _plain(step.movement), "now": _kg(now), "most": round(100 * _OVERLOAD.high_share)}
    if load is None:
        text = _say("overload", "repetition", **said)
    else:
        text = _say("overload", "text", load=_kg(load), percent=f"{100 * (load / now - 1):.1f}", **said)
    reached = _say("overload", "reached", now=_kg(now), before=before, last=last, target=step.target)
    undo = _say("overload", "undo", goal=step.target + _OVERLOAD.beaten_by, score=_OVERLOAD.min_score)
    return Offer("overload", step.movement, text, (reached, _say("overload", "ready", score=score)), undo)
