"""The numbers of readiness v1, and of the rooms its inputs are made in, each read once from its table.

A number that shapes a result stands in a table and nowhere in code, so that one hash, ``params_sha256``, says
which algorithm made a result. Each room states the table it reads as a small frozen dataclass and asks
``table`` for it.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from vault.canonical import canonical

__all__ = [
    "ScoreRule",
    "Spread",
    "TermRule",
    "algorithm",
    "document",
    "params_sha256",
    "spread",
    "table",
    "term_rules",
]

T = TypeVar("T")

_DOCUMENTS = ("hrv.toml", "parameters.toml", "reaction.toml", "sleep.toml", "strength.toml", "training.toml")
"""What shapes a score: its own parameters, and those of what it is made of."""


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """The logistic scale: the usual day, the steepness, and the edges of the bands."""

    anchor: float
    slope: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class TermRule:
    """What a term weighs and between which values it is cut, in own standard deviations."""

    weight: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How much a quantity is assumed to vary before the nights are known, and at least."""

    prior: float
    floor: float


@cache
def document(name: str) -> dict[str, Any]:
    """Return a TOML table of this room; shared, so not to be changed."""
    return tomllib.loads(files("vault.analysis").joinpath(name).read_text("utf-8"))


def table(name: str, kind: type[T], of: str = "parameters.toml") -> T:
    """Return one table of the parameters, or of another room's, as the dataclass that names its keys."""
    return kind(**document(of)[name])


def term_rules() -> dict[str, TermRule]:
    """Return the terms in their fixed order."""
    return {name: TermRule(**row) for name, row in document("parameters.toml")["terms"].items()}


def spread(name: str) -> Spread:
    """Return the prior spread of a quantity, in its own unit."""
    return Spread(**document("parameters.toml")["spreads"][name])


def algorithm() -> str:
    """Return the name of the algorithm these parameters belong to."""
    return str(document("parameters.toml")["algorithm"])


@cache
def params_sha256() -> str:
    """Return the hash of all parameters as canonical JSON; comments and layout do not count."""
    told = {name: document(name) for name in _DOCUMENTS}
    return hashlib.sha256(canonical(told).encode()).hexdigest()
