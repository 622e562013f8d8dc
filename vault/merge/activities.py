"""What the project's activity words mean: the family a workout belongs to, and its energy cost.

The table is data (``activities.csv``). Words are those an adapter writes
(``strength_training``) and a few more that other sources have. A family is what two apps may
call the same hour of sport; MET is the 2011 Compendium of Physical Activities' value for the given code.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Activity", "activities", "family_of", "is_outdoors"]


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of the table; ``met`` in kcal/(kg h), or None; ``compendium`` is the code it comes from.

    ``outdoors`` says whether it is done there unless its word says otherwise (``indoor_running``).
    """

    name: str
    family: str
    outdoors: bool
    met: float | None
    compendium: str


@cache
def activities() -> dict[str, Activity]:
    """Return the table by activity word."""
    text = files("vault.merge").joinpath("activities.csv").read_text("utf-8")
    return {
        row["activity"]: Activity(
            row["activity"],
            row["family"],
            row["outdoors"] == "yes",
            float(row["met"]) if row["met"] else None,
            row["compendium"],
        )
        for row in csv.DictReader(text.splitlines())
    }


def family_of(activity: str) -> str:
    """Return the family of an activity; a word the table lacks is a family of its own."""
    known = activities().get(activity)
    return known.family if known else activity


def is_outdoors(activity: str) -> bool:
    """Return whether an activity is done outdoors, as far as its word says."""
    known = activities().get(activity)
    return known is not None and known.outdoors
