"""The plain sentences of a result: a number, the usual range beside it, and what it did to the score.

The largest effect comes first, effects under one point are folded together, and the total is always
said, so that the integers people read add up in front of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vault.analysis.parameters import document

if TYPE_CHECKING:
    from vault.analysis.readiness import Contribution

__all__ = ["Beside", "contribution_text", "evidence", "number", "reasons", "say", "unit"]


Beside = tuple[float, float, float, float]
"""A value with what stands beside it: value, usual, low and high end of the usual range."""


def _terms() -> dict[str, dict[str, Any]]:
    terms: dict[str, dict[str, Any]] = document("wording.toml")["terms"]
    return terms


def say(group: str, key: str, **values: object) -> str:
    """Fill one text of the wording."""
    return str(document("wording.toml")[group][key]).format(**values)


def unit(term: str) -> str:
    """Return the UCUM unit of a term's value."""
    return str(_terms()[term]["unit"])


def number(term: str, value: float) -> str:
    """Write a value as people read it: 46, 14.2, +0.9, 6 h 05."""
    digits = _terms()[term]["digits"]
    if digits == "duration":
        return _duration(value)
    if digits == "signed":
        return f"{_rounded(value, 1):+.1f}"
    return f"{_rounded(value, digits):.{digits}f}"


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # nobody reads -0.0


def _duration(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02d}" if hours else f"{rest} min"


def contribution_text(term: str, shown: int, beside: Beside, *, early: bool = False) -> str:
    """Return the sentence of one contribution; ``early`` where a stand-in takes the place of the usual."""
    value, usual, low, high = beside
    return str(_terms()[term]["early" if early else "text"]).format(
        value=number(term, value),
        usual=number(term, usual),
        low=number(term, low),
        high=number(term, high),
        where=_where(term, value, low, high),
        gap=_gap(value - usual),
        points=_points(shown),
    )


def _where(term: str, value: float, low: float, high: float) -> str:
    """Say where a value stands; "just" where the digits people see would not show it."""
    side = "below" if value < low else "above" if value > high else "within"
    edge = low if side == "below" else high
    hidden = side != "within" and number(term, value) == number(term, edge)
    return f"just {side}" if hidden else side


def _gap(minutes: float) -> str:
    if round(minutes) == 0:
        return "just like"
    return f"{_duration(abs(minutes))} {'under' if minutes < 0 else 'over'}"


def _points(shown: int) -> str:
    return f"{shown:+d} point{'' if abs(shown) == 1 else 's'}" if shown else "0 points"


def reasons(contributions: Sequence[Contribution], score: float, anchor: float) -> tuple[str, ...]:
    """Return the sentences of a score, the largest effect first, the total last."""
    ranked = sorted(contributions, key=lambda one: -abs(one.points))
    told = [one.text for one in ranked if abs(one.points) >= 1]
    small = [one for one in ranked if abs(one.points) < 1]
    if small:
        names = ", ".join(_terms()[one.term]["name"] for one in small)
        told.append(say("summary", "small", names=names, points=_points(sum(one.shown for one in small))))
    change = round(score) - round(anchor)
    signed = f"{'-' if change < 0 else '+'} {abs(change)}"
    told.append(say("summary", "total", anchor=round(anchor), change=signed, score=round(score)))
    return tuple(told)


def evidence(term: str, value: float, low: float, high: float) -> str:
    """Return one line of a flag's evidence."""
    name = str(_terms()[term]["name"])
    shown = {"value": number(term, value), "low": number(term, low), "high": number(term, high)}
    return say("flags", "body_strain", name=name[0].upper() + name[1:], **shown)
