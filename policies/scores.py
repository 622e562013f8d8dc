"""Vendors' own scores for a grantee: none that tells what the grant withholds, and none finer than its like.

A score is known by its name (``categories.toml`` [scores]), which says of which categories it tells. What
the table does not know may be made of anything, so a grant that withholds something does not tell it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from policies import tables
from policies.precision import round_to

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from policies.gate import Permit

__all__ = ["DIGITS", "is_withheld", "kept_back", "meaning", "rounded", "told"]

DIGITS = 2
"""The significant digits of a score that is like no category."""


def meaning(score: str) -> tuple[str, ...]:
    """Return the categories a score tells of, the one it is like first; none for an unknown score."""
    rows = tables.data("categories")["scores"].items()
    return tuple(next((names for pattern, names in rows if fnmatchcase(score, pattern)), ()))


def is_withheld(score: str, withheld: Collection[str]) -> bool:
    """Whether a score tells what is withheld, or may."""
    known = meaning(score)
    told_of = {*known, *(name for one in known for name in tables.category(one).inputs)}
    return bool(withheld) and (not known or not told_of.isdisjoint(withheld))


def rounded(score: str, value: float, unit: str) -> float:
    """Return a score's value as coarse as that of its category, or to two significant digits."""
    step = _step(score, unit)
    return float(f"{value:.{DIGITS}g}") if step is None else float(round_to(value, step))


def _step(score: str, unit: str) -> float | None:
    known = meaning(score)
    if not known:
        return None
    like = tables.category(known[0])
    found = like.rounding if like.unit == unit else tables.data("precision")["steps"]["unit"].get(unit)
    return None if found is None else float(found)


def kept_back(permit: Permit) -> set[str]:
    """Return what scores may not tell: what a grant withholds, and what is restricted on whichever days."""
    return {*permit.record.grant.withhold, *(one.category for one in permit.record.restricted)}


def told(rows: pd.DataFrame, withheld: Collection[str]) -> pd.DataFrame:
    """Return the scores that may be told, rounded; ``rows`` has score, value and unit."""
    kept = rows[np.array([not is_withheld(name, withheld) for name in rows["score"].astype(str)], bool)]
    columns = (kept["score"].astype(str), kept["value"].astype(float), kept["unit"].astype(str))
    return kept.assign(value=np.array([rounded(*one) for one in zip(*columns)], float))
