"""What vendors call the same movement: one name for "Bench Press (Barbell)" and "Barbell Bench Press".

The idea: most spellings differ in nothing but their writing, so a rule takes that away: small letters, and
what stands in brackets at the end goes to the front. The table (``exercises.csv``) has what no rule can
know, ``hammer curls`` or ``skull crushers``, and only where a spelling can mean nothing else. A spelling
that is in no table is its own movement, so nothing is lost. Names are those of the FIT profile where it has
one.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

__all__ = ["exercises", "movement_of", "spelled"]

_BRACKETS = re.compile(r"(.*\S)\s*\(([^()]+)\)\s*", re.DOTALL)
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=s\b)")
_BETWEEN = re.compile(r"[\W_]+")


def spelled(exercise: str) -> str:
    """Return a spelling as snake case: ``Squat (Barbell)`` is ``barbell_squat``; of signs alone, itself."""
    match = _BRACKETS.fullmatch(exercise)
    text = f"{match[2]} {match[1]}" if match else exercise
    return _BETWEEN.sub("_", _APOSTROPHE.sub("", text).casefold()).strip("_") or exercise.strip()


@cache
def exercises() -> dict[str, str]:
    """Return the table: movement by spelling, as ``spelled`` gives it."""
    text = files("vault.merge").joinpath("exercises.csv").read_text("utf-8")
    return {spelled(row["spelling"]): row["movement"] for row in csv.DictReader(text.splitlines())}


def movement_of(exercise: str) -> str:
    """Return the movement of an exercise as a vendor spells it; its own spelling if nobody knows it."""
    spelling = spelled(exercise)
    return exercises().get(spelling, spelling)
