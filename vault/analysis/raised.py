"""The flags of a day in words: what is raised, the numbers behind it, and how often that happens anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.mornings import strained
from vault.analysis.parameters import document
from vault.analysis.readiness import Flag
from vault.analysis.reasons import evidence, number, say

if TYPE_CHECKING:
    from vault.analysis.columns import Columns
    from vault.analysis.flags import Shift

__all__ = ["raised"]


def raised(columns: Columns, day: int) -> tuple[Flag, ...]:
    """Return the flags of one day."""
    found = {
        "body_strain": [_away(columns, name, day) for name in strained(columns, day)],
        "sensor_change": [
            _moved(name, columns.shifts, day) for name, moved in columns.moved.items() if moved[day]
        ],
        "overtraining": _worn(columns, day) if columns.overtraining[day] else [],
    }
    words = document("wording.toml")["raised"]
    return tuple(Flag(name, tuple(lines), **words[name]) for name, lines in found.items() if lines)


def _away(columns: Columns, name: str, day: int) -> str:
    term = columns.terms.each[name]
    return evidence(name, *(float(column[day]) for column in (term.observed, term.low, term.high)))


def _worn(columns: Columns, day: int) -> list[str]:
    words = document("wording.toml")["flags"]["overtraining"]
    return [
        words[name].format(number=_counted(name, float(sign.number[day])))
        for name, sign in columns.signs.items()
        if sign.there[day]
    ]


def _counted(name: str, value: float) -> str:
    return f"{value:.0f}" if name in ("hrv", "felt") else f"{value:.1f}"


def _moved(name: str, shifts: dict[str, Shift], day: int) -> str:
    recent, past = shifts[name].recent[day], shifts[name].past[day]
    if name == "hrv":
        recent, past = np.exp((recent, past))
    elif name == "temp":  # its zero differs between devices, its change does not
        recent, past = recent - past, 0.0
    rhr = shifts["rhr"]
    term = str(document("wording.toml")["terms"][name]["name"])
    return say(
        "flags",
        "sensor_change",
        name=term[0].upper() + term[1:],
        recent=number(name, recent),
        past=number(name, past),
        rhr_recent=number("rhr", rhr.recent[day]),
        rhr_past=number("rhr", rhr.past[day]),
    )
