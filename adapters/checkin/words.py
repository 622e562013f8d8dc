"""Reads the words of a table of check-ins: numbers and ticks."""

from __future__ import annotations

from adapters.formats.points import number_of
from vault.records import Origin

__all__ = ["ORIGIN", "number_in", "yes_or_no"]

ORIGIN = Origin("Check-ins", "checkin", app="checkin")
_YES, _NO = {"1", "yes", "y", "true", "x"}, {"0", "no", "n", "false"}


def number_in(text: str) -> float | None:
    """Return a number, also with a decimal comma."""
    return number_of(text.replace(",", "."))


def yes_or_no(text: str) -> bool | None:
    """Return a tick, or None if it is neither yes nor no."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None
