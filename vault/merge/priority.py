"""Who is believed first when devices overlap: the rank of a source for a metric, from what is known of it.

Two tables, both asked from the top, the first row that matches deciding: ``kinds.csv`` says what a source is,
``priority.csv`` in which order kinds are believed of a metric. Kinds that a row does not name follow in the
order of the last row, which is of any metric. The owner's choices (``vault.merge.preference``) come first.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from vault.records import Device, Origin

__all__ = [
    "Order",
    "Rule",
    "kind_of",
    "order_of",
    "orders",
    "plain",
    "rank_of",
    "ranking",
    "rule_of",
    "rules",
]

_OTHER = "app"
"""What no row knows."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``kinds.csv``; ``pattern`` is searched in the ``fields``, joined by " | "."""

    kind: str
    fields: tuple[str, ...]
    pattern: re.Pattern[str]
    example: str
    counterexample: str
    why: str

    def matches(self, origin: Origin) -> bool:
        """Whether the rule is about this origin."""
        return self.pattern.search(" | ".join(_text(origin, field) for field in self.fields)) is not None


@dataclass(frozen=True, slots=True)
class Order:
    """One row of ``priority.csv``: the rank of each kind of source for metrics whose whole name matches."""

    pattern: re.Pattern[str]
    first: tuple[str, ...]
    ranks: dict[str, int]
    example: str
    counterexample: str
    why: str


def _rows(table: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(files("vault.merge").joinpath(table).read_text("utf-8").splitlines())


@cache
def rules() -> tuple[Rule, ...]:
    """Return what sources are, in the table's order."""
    return tuple(
        Rule(
            row["kind"],
            tuple(row["fields"].split()),
            re.compile(row["pattern"]),
            row["example"],
            row["counterexample"],
            row["why"],
        )
        for row in _rows("kinds.csv")
    )


@cache
def orders() -> tuple[Order, ...]:
    """Return in which order kinds are believed, in the table's order; the last is of any metric."""
    rows = list(_rows("priority.csv"))
    usual = rows[-1]["order"].split()
    found = []
    for row in rows:
        first = tuple(row["order"].split())
        ranks = {kind: rank for rank, kind in enumerate(dict.fromkeys([*first, *usual]))}
        pattern = re.compile(row["metric"])
        found.append(Order(pattern, first, ranks, row["example"], row["counterexample"], row["why"]))
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def rule_of(origin: Origin) -> Rule | None:
    """Return the rule that says what an origin is, None if it is some app."""
    return next((rule for rule in rules() if rule.matches(origin)), None)


def kind_of(origin: Origin) -> str:
    """Return what an origin is: watch, phone, scale and so on, as in ``kinds.csv``."""
    rule = rule_of(origin)
    return _OTHER if rule is None else rule.kind


@cache
def order_of(metric: str) -> Order:
    """Return the order in which kinds are believed of a metric, "sleep" or "workouts"."""
    return next(order for order in orders() if order.pattern.fullmatch(metric))


def rank_of(origin: Origin, metric: str) -> int:
    """Return the rank of an origin for a metric, "sleep" or "workouts"; from 0, lower is better."""
    return order_of(metric).ranks[kind_of(origin)]


def ranking(origins: Sequence[Origin], metric: str) -> list[int]:
    """Return the place of each origin among all, without ties, whatever the order they came in."""
    order = sorted(range(len(origins)), key=lambda at: _place(origins[at], metric))
    places = [0] * len(origins)
    for place, at in enumerate(order):
        places[at] = place
    return places


def _place(origin: Origin, metric: str) -> tuple[int, str, str, str, str, str]:
    rank, own = rank_of(origin, metric), plain(origin.source)
    return rank, own, origin.adapter, _text(origin, "device"), origin.version, origin.app


def _text(origin: Origin, field: str) -> str:
    if field == "device":
        device = origin.device or Device()
        return plain(" ".join((device.name, device.manufacturer, device.model, device.hardware)))
    return plain(str(getattr(origin, field)))


def plain(text: str) -> str:
    """Fold case, and what exports write in several ways: no-break spaces, typographic apostrophes."""
    return unicodedata.normalize("NFKC", text).replace("’", "'").casefold().strip()
