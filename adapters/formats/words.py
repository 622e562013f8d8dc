"""What writers of track files call sports and themselves, as the project's words.

The idea: neither format has a list of sports or of programs, so the tables beside this file do. A sport is
looked up without its spelling (``MountainBikeRide``, ``mountain_bike_ride``); an unknown one is ``other``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from adapters.tables import table

__all__ = ["Creator", "activity_word", "creator_of", "is_virtual"]

_OTHER = "other"
_SPELLING = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Creator:
    """A program or a device that writes track files: the app behind it, and whether places are made up."""

    app: str = ""
    is_virtual: bool = False


def activity_word(said: str) -> str:
    """Return the project's word for a sport."""
    return _activities().get(_plain(said), _OTHER)


def creator_of(name: str) -> Creator:
    """Return what is known of a creator by how its name begins, the longest beginning first."""
    name = name.casefold()
    found = [begins for begins in _creators() if name.startswith(begins)]
    return _creators()[max(found, key=len)] if found else Creator()


def is_virtual(sport: str, *creators: str) -> bool:
    """Whether the places of a track are those of a made-up world."""
    return _plain(sport).startswith("virtual") or any(creator_of(name).is_virtual for name in creators)


@cache
def _activities() -> dict[str, str]:
    return {_plain(row["said"]): row["word"] for row in table("adapters.formats", "activities.csv")}


@cache
def _creators() -> dict[str, Creator]:
    rows = table("adapters.formats", "creators.csv")
    return {row["begins"].casefold(): Creator(row["app"], row["virtual"] == "yes") for row in rows}


def _plain(text: str) -> str:
    return _SPELLING.sub("", text).casefold()
