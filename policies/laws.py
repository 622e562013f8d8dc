"""What laws ask for, what answers to it here, and which tests show it: ``data/laws.toml``, read.

The table claims no more than its tests: a duty is shown, partly shown with what is missing, or not here.
It is this project's reading, not legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from policies import tables

__all__ = ["STATUSES", "Duty", "duties", "titles"]

STATUSES = ("shown", "partly", "not here")


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one law.

    ``asks`` is the duty and ``answer`` what is done about it, in words; ``by`` are the commands and functions
    that do it, ``missing`` is what they leave open, and ``tests`` (file::name) show it.
    """

    law: str
    article: str
    asks: str
    answer: str
    status: str
    by: tuple[str, ...] = ()
    missing: str = ""
    tests: tuple[str, ...] = ()


@cache
def duties() -> tuple[Duty, ...]:
    """Return every duty, law by law."""
    return tuple(map(_duty, tables.data("laws")["duty"]))


def _duty(row: dict[str, Any]) -> Duty:
    lists: dict[str, Any] = {name: tuple(row.get(name, ())) for name in ("by", "tests")}
    words = {name: row[name] for name in ("law", "article", "asks", "answer", "status")}
    return Duty(**words, **lists, missing=row.get("open", ""))


def titles() -> dict[str, str]:
    """Return short name -> full name of every law."""
    return dict(tables.data("laws")["laws"])
