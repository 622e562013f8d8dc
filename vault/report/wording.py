"""The words of the page (``words.toml``), and how it writes numbers, days and times."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["hours", "long_day", "say", "sentence", "signed", "whole", "words"]


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files("vault.report").joinpath("words.toml").read_text("utf-8"))


def words(group: str) -> dict[str, Any]:
    """Return a table of words, ``origins.rows`` being one within another; shared, so not to be changed."""
    found = _document()
    for name in group.split("."):
        found = found[name]
    return found


def say(group: str, key: str, **values: object) -> str:
    """Return one text with its values filled in."""
    return str(words(group)[key]).format(**values)


def sentence(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def signed(value: float) -> str:
    """Write a change as a whole number with its sign: +3, −12, 0."""
    return f"{round(value):+d}".replace("-", "−") if round(value) else "0"


def whole(value: float) -> str:
    """Write a whole number with a true minus."""
    return f"{round(value):,}".replace("-", "−")


def hours(minutes: float) -> str:
    """Write a length of time, which a line's end does not part: 7 h 26, 46 min."""
    count, rest = divmod(round(minutes), 60)
    return f"{count}\u00a0h\u00a0{rest:02d}" if count else f"{rest}\u00a0min"


def long_day(day: date) -> str:
    """Write a day: 5 April 2026."""
    return f"{day.day} {day:%B %Y}"
