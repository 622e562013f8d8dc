"""The curves along one workout, each from the source that has it best: strap, power meter, GPS.

A channel is one source's throughout: two heart rates woven together would jump at every seam. What belongs
together (a position and how good it is) comes from one source together. Which sensors are trusted is a table
(``channels.csv``).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from vault.time import MINUTE_NS, SECOND_NS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST", "Channel", "Curve", "Told", "channels", "richest"]

MOST = 0.85
"""Who has at least this share of what the fullest has, has it as well as that one."""

_LEAD = {"place": ("latitude", "longitude")}
"""What a group is nothing without."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One row of the table; ``trusted`` is searched in names of source and device, None trusts all alike."""

    name: str
    group: str
    trusted: re.Pattern[str] | None
    example: str
    counterexample: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Values (float64 [n]) at instants (int64 [n], UTC ns)."""

    time: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self.time)

    def take(self, rows: NDArray[np.bool_]) -> Curve:
        """Return some of it."""
        return Curve(self.time[rows], self.value[rows])

    def known(self) -> Curve:
        """Return it without gaps."""
        return self.take(np.isfinite(self.value))

    def within(self, start: int, end: int) -> Curve:
        """Return what lies in [start, end]."""
        return self.take((self.time >= start) & (self.time <= end))


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one device of one source tells of a workout: ``source``, names of the ``device``, its curves."""

    source: str
    device: str
    curves: Mapping[str, Curve]


@cache
def channels() -> dict[str, Channel]:
    """Return the table by channel."""
    text = files("vault.merge").joinpath("channels.csv").read_text("utf-8")
    return {
        row["channel"]: Channel(
            row["channel"],
            row["group"] or row["channel"],
            re.compile(row["trusted"]) if row["trusted"] else None,
            row["example"],
            row["counterexample"],
            row["why"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def richest(
    told: Sequence[Told],
    start: int,
    end: int,
    place: Callable[[str, str], int] = lambda _name, _source: 0,
) -> dict[str, Told]:
    """Return for each channel who tells it, in the order in which channels are first told.

    Of those who saw the most minutes of the workout (nearly as many will do) the trusted sensor, of those
    the densest (nearly as dense will do), of those the first.

    Args:
        told: Whoever recorded the workout, best first; no curve is empty.
        start: Of the workout, UTC ns.
        end: Of the workout, UTC ns.
        place: Of a source the owner chose for a channel, below 0, lower is better: it comes before all.
    """
    names = {name: None for one in told for name in one.curves}
    leads = {_group(name): _LEAD.get(_group(name), (_group(name),)) for name in names}
    chosen = {group: _best(told, group, lead, (start, end), place) for group, lead in leads.items()}
    return {name: chosen[_group(name)] for name in names if name in chosen[_group(name)].curves}


def _group(name: str) -> str:
    known = channels().get(name)
    return known.group if known else name


def _best(
    told: Sequence[Told],
    group: str,
    lead: Sequence[str],
    time: tuple[int, int],
    place: Callable[[str, str], int],
) -> Told:
    having = [one for one in told if all(name in one.curves for name in lead)]
    if not having:
        return next(one for one in told if any(_group(name) == group for name in one.curves))
    if len(having) == 1:
        return having[0]
    places = [place(lead[0], one.source) for one in having]
    having = [one for one, at in zip(having, places) if at == min(places)]
    seen = [one.curves[lead[0]].within(*time) for one in having]
    left = _nearly_most(range(len(having)), [_distinct(curve, MINUTE_NS) for curve in seen])
    left = [at for at in left if _is_trusted(lead[0], having[at])] or left
    return having[_nearly_most(left, [_distinct(curve, SECOND_NS) for curve in seen])[0]]


def _nearly_most(among: Sequence[int], counts: Sequence[int]) -> list[int]:
    most = max(counts[at] for at in among)
    return [at for at in among if counts[at] >= MOST * most]


def _distinct(curve: Curve, unit: int) -> int:
    return len(np.unique(curve.time // unit))


def _is_trusted(name: str, told: Told) -> bool:
    known = channels().get(name)
    if known is None or known.trusted is None:
        return False
    names = unicodedata.normalize("NFKC", f"{told.source} | {told.device}").casefold()
    return known.trusted.search(names) is not None
