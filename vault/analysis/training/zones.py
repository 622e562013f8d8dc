"""Training zones: shares of a threshold, or of the heart rate reserve, as limits in beats and watts.

Zones say what a person's body can do and move only when that is measured anew. Readiness moves the ceiling of
today, never a zone. What was not measured is not made up from an age.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import numpy as np

from vault.analysis.parameters import table
from vault.analysis.training.trace import BEATS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vault.analysis.training.trace import Traces

__all__ = ["RULE", "Limits", "Row", "ceiling", "hard", "limits", "rows", "sustained"]

Kind = Literal["heart_rate", "power"]
Method = Literal["threshold", "reserve"]

_EASY = frozenset({"ease", "rest_suggested"})


@dataclass(frozen=True, slots=True)
class ZonesRule:
    """What a hard session is, how long it counts, and where an easy day ends."""

    max_days: int
    near_share: float
    near_s: int
    above_usual: float
    ease_zone: int


RULE = table("zones", ZonesRule, of="training.toml")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of ``zones.csv``: shares of the threshold, or of the reserve; None is open."""

    zone: int
    name: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """A zone in 1/min or W, from ``low`` up to ``high``, None where it is open."""

    zone: int
    name: str
    low: float | None
    high: float | None


@cache
def rows(kind: Kind, method: Method) -> tuple[Row, ...]:
    """Return the zones of a kind; their shares are in ``zones.csv``.

    Power: the seven levels of Coggan. Heart rate by threshold: Friel's shares for cycling, five zones. By
    reserve: Karvonen at 50, 60, .. 90 %.
    """
    text = files("vault.analysis").joinpath("zones.csv").read_text("utf-8")
    return tuple(
        Row(int(row["zone"]), row["name"], _share(row["low"]), _share(row["high"]))
        for row in csv.DictReader(text.splitlines())
        if (row["kind"], row["method"]) == (kind, method)
    )


def _share(cell: str) -> float | None:
    return float(cell) if cell else None


def limits(table: Iterable[Row], whole: float, rest: float = 0.0) -> tuple[Limits, ...]:
    """Return zones in whole beats or watts: rest + share x (whole - rest); none where a number is unknown."""
    if not (math.isfinite(whole) and math.isfinite(rest) and whole > rest >= 0):
        return ()

    def at(share: float | None) -> float | None:
        return None if share is None else float(round(rest + share * (whole - rest)))

    return tuple(Limits(row.zone, row.name, at(row.low), at(row.high)) for row in table)


def sustained(traces: Traces) -> NDArray[np.bool_]:
    """Return in which sessions the heart stayed within 10 % of its highest for three minutes.

    So a peak that nothing led up to, which an optical sensor may invent, is no maximum.
    """
    near = RULE.near_share * traces.peak[:, None] <= BEATS
    return np.asarray((traces.beats_s * near).sum(axis=-1) >= RULE.near_s)


def hard(traces: Traces) -> NDArray[np.bool_]:
    """Return which of the sessions were hard: sustained, and a fifth above the usual beat of them all.

    By the person's own sessions: a steady run never shows what the heart can do, however long it was.
    """
    total = np.cumsum(traces.beats_s.sum(axis=0))
    usual = BEATS[np.searchsorted(total, total[-1] / 2)]
    return np.asarray(sustained(traces) & (traces.peak >= RULE.above_usual * usual))


def ceiling(band: str | None, advice: str | None) -> int | None:
    """Return the highest zone of today by readiness, None for no ceiling.

    A low band, or an advice to ease or rest, ends at zone 2; else the day is as planned.
    """
    return RULE.ease_zone if band == "low" or advice in _EASY else None
