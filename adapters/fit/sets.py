"""Strength sets: what was lifted, how often, and how long the rest after it was.

The idea: a watch guesses the exercise, and may write several guesses; the first that is one is taken, all are
kept. A set's own time may be written late, so it is told by its start and its duration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from adapters.formats.fit import instants_of
from adapters.formats.fit.profile import word
from vault.records import StrengthSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from adapters.fit.recording import Recording
    from vault.records import Workout

__all__ = ["strength_sets"]

_REST, _ACTIVE = 0, 1
_UNKNOWN = "unknown"
_MOST = 10_000


def strength_sets(recording: Recording, workout: Workout, until: int) -> Iterator[StrengthSet]:
    """Yield the sets that began in a workout, or after it but before ``until``."""
    said = recording.fit.messages("set")
    start, kind = instants_of(said.number("start_time")), said.number("set_type")
    active = np.flatnonzero((kind == _ACTIVE) & (start >= workout.start) & (start < until))[:_MOST]
    repetitions, load, duration = (said.number(name) for name in ("repetitions", "weight", "duration"))
    categories, subtypes = said.array("category"), said.array("category_subtype")
    for index, row in enumerate(active.tolist()):
        guesses = _guesses(categories[row], subtypes[row])
        details: dict[str, object] = {"guesses": guesses} if len(guesses) > 1 else {}
        if row + 1 < len(kind) and kind[row + 1] == _REST and not np.isnan(duration[row + 1]):
            details["rest_s"] = float(duration[row + 1])
        yield StrengthSet(
            workout=workout.key,
            origin=workout.origin,
            index=index,
            exercise=next((guess for guess in guesses if guess != _UNKNOWN), _UNKNOWN),
            start=int(start[row]),
            offset_min=recording.offset(int(start[row])),
            repetitions=None if np.isnan(repetitions[row]) else int(repetitions[row]),
            load_kg=_known(load[row]),
            duration_s=_known(duration[row]),
            details=details,
        )


def _guesses(categories: NDArray[np.float64], subtypes: NDArray[np.float64]) -> list[str]:
    """Return the exercises a watch thinks of: the exact one where it names it, else its kind."""
    found = []
    for place, category in enumerate(categories.tolist()):
        if category == category:  # NaN is not equal to itself
            kind = word("exercise_category", int(category))
            subtype = subtypes[place] if place < len(subtypes) else float("nan")
            exact = _UNKNOWN if subtype != subtype else _exercise(kind, int(subtype))
            found.append(kind if exact == _UNKNOWN else exact)
    return found


def _exercise(kind: str, subtype: int) -> str:
    try:
        name = word(f"{kind}_exercise_name", subtype)
    except KeyError:
        return _UNKNOWN
    return _UNKNOWN if name == str(subtype) else name


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
