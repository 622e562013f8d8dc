"""Who is believed first when devices overlap: the rank of a source, from what is known of it.

The rules are data (``priority.csv``), asked from the top; the first that matches decides. What is worn on
the wrist comes before the phone, the phone before other apps, and entries by hand come last. The owner's own
list (``preferred``) would come before all of them; nothing sets it yet.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from vault.records import Device, Origin

__all__ = ["Rule", "rank_of", "ranking", "rule_of", "rules"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; ``pattern`` is searched in the ``fields``, joined by " | "."""

    kind: str
    rank: int
    fields: tuple[str, ...]
    pattern: re.Pattern[str]
    example: str
    counterexample: str
    why: str

    def matches(self, origin: Origin) -> bool:
        """Whether the rule is about this origin."""
        return self.pattern.search(" | ".join(_text(origin, field) for field in self.fields)) is not None


_ANY = Rule("app", 30, (), re.compile(""), "", "", "another app")


@cache
def rules() -> tuple[Rule, ...]:
    """Return the table in its order."""
    text = files("vault.merge").joinpath("priority.csv").read_text("utf-8")
    return tuple(
        Rule(
            row["kind"],
            int(row["rank"]),
            tuple(row["fields"].split()),
            re.compile(row["pattern"]),
            row["example"],
            row["counterexample"],
            row["why"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@lru_cache(maxsize=1024)
def rule_of(origin: Origin) -> Rule:
    """Return the rule that decides an origin's rank."""
    return next((rule for rule in rules() if rule.matches(origin)), _ANY)


def rank_of(origin: Origin, preferred: Sequence[str] = ()) -> int:
    """Return the rank of an origin, lower is better; sources the owner prefers are below zero.

    Args:
        origin: Who measured.
        preferred: The owner's list of source names, best first.
    """
    names = [_plain(name) for name in preferred]
    own = _plain(origin.source)
    return names.index(own) - len(names) if own in names else rule_of(origin).rank


def ranking(origins: Sequence[Origin], preferred: Sequence[str] = ()) -> list[int]:
    """Return the place of each origin among all, without ties, whatever the order they came in."""
    order = sorted(range(len(origins)), key=lambda at: _order(origins[at], preferred))
    places = [0] * len(origins)
    for place, at in enumerate(order):
        places[at] = place
    return places


def _order(origin: Origin, preferred: Sequence[str]) -> tuple[int, str, str, str, str, str]:
    device = _text(origin, "device")
    own = _plain(origin.source)
    return rank_of(origin, preferred), own, origin.adapter, device, origin.version, origin.app


def _text(origin: Origin, field: str) -> str:
    if field == "device":
        device = origin.device or Device()
        return _plain(" ".join((device.name, device.manufacturer, device.model, device.hardware)))
    return _plain(str(getattr(origin, field)))


def _plain(text: str) -> str:
    """Fold case, and what exports write in several ways: no-break spaces, typographic apostrophes."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").casefold().strip()
