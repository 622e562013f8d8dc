"""The tables of consent, loaded once: what can be granted, how finely, for what, to whom.

Everything a lawyer, a coach or a translator may want to change is in ``data/*.toml``; what is here only
gives the rows a type. The metric catalogue supplies most categories, ``categories.toml`` the rest.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from vault.errors import InputError, UnknownMetric
from vault.metrics import Metric, catalogue, find

__all__ = [
    "Band",
    "Category",
    "Floor",
    "Pack",
    "Preset",
    "Purpose",
    "actions",
    "bands",
    "categories",
    "category",
    "columns",
    "data",
    "days_before",
    "floors",
    "is_country",
    "ladder",
    "packs",
    "presets",
    "purpose",
    "purposes",
    "read_text",
    "regions",
    "step",
    "terms",
    "unused",
    "words",
]


@dataclass(frozen=True, slots=True)
class Category:
    """Something that can be granted: a metric of the catalogue, or one of ``categories.toml``.

    ``actions`` are those there is a transform for; ``inputs`` what it is made of, to the end, and what it
    shows along with itself: withholding one of them withholds it; ``rounding`` the step of its numbers (None:
    they can't be rounded); ``guess`` what it tells beyond itself; ``never`` why it is released to nobody,
    empty for all others. What ``looks_back`` is computed here, of days before its own too.
    """

    name: str
    words: str
    unit: str
    actions: frozenset[str]
    inputs: frozenset[str]
    rounding: float | None
    when: str
    sensitivity: str
    guess: str
    never: str = ""
    looks_back: bool = False


@dataclass(frozen=True, slots=True)
class Purpose:
    """One row of the closed list, with its codes in DPV, HL7 v3-ActReason and DUO."""

    name: str
    words: str
    dpv: str
    act_reason: str
    duo: str = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """What a kind of grantee may ever be given, and the legal reason for it."""

    kind: str
    actions: frozenset[str]
    reason: str
    own_sources_only: frozenset[str] = frozenset()
    blocked_regions: tuple[str, ...] = ()
    research_purpose: bool = False
    last_day: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """A ready-made set of metrics."""

    name: str
    words: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A grant to start from; ``days`` is how long it runs."""

    name: str
    words: str
    kind: str
    purpose: str
    days: int
    metrics: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Band:
    """Words between edges, and which of the words are a yes."""

    edges: tuple[float, ...]
    words: tuple[str, ...]
    yes: frozenset[str]


def read_text(name: str) -> str:
    """Return a file of this package."""
    return files("policies").joinpath(name).read_text("utf-8")


@cache
def data(name: str) -> dict[str, Any]:
    """Return a table of ``data/`` as it stands in the file."""
    return tomllib.loads(read_text(f"data/{name}.toml"))


@cache
def ladder() -> tuple[str, ...]:
    """Return the rungs from the finest to the coarsest."""
    return tuple(row["name"] for row in data("ladder")["rung"])


@cache
def actions() -> tuple[str, ...]:
    """Return all actions: the rungs, then those beside the ladder."""
    return (*ladder(), *(row["name"] for row in data("ladder")["beside"]))


def words(action: str) -> str:
    """Return an action in words; one that is not in the table is said as it is."""
    rows = [*data("ladder")["rung"], *data("ladder")["beside"]]
    return str(next((row["words"] for row in rows if row["name"] == action), action))


def unused(action: str) -> str:
    """Return what does not come of an action yet although it can be granted; empty for all others."""
    return str(next((row.get("unused", "") for row in data("ladder")["beside"] if row["name"] == action), ""))


@cache
def purposes() -> dict[str, Purpose]:
    """Return the closed list of purposes."""
    return {name: Purpose(name, **row) for name, row in data("purposes").items()}


def purpose(name: str) -> Purpose:
    """Return a purpose of the closed list; raises InputError for what is none."""
    if name not in purposes():
        raise InputError("not a purpose on the list", hint=f"one of: {', '.join(purposes())}")
    return purposes()[name]


@cache
def floors() -> dict[str, Floor]:
    """Return the floor of every kind of grantee."""
    return {kind: _floor(kind, row) for kind, row in data("floors")["kinds"].items()}


def _floor(kind: str, row: dict[str, Any]) -> Floor:
    return Floor(
        kind=kind,
        actions=frozenset(row["actions"]),
        reason=row["reason"],
        own_sources_only=frozenset(row.get("own_sources_only", ())),
        blocked_regions=tuple(row.get("blocked_regions", ())),
        research_purpose=row.get("research_purpose", False),
        last_day=row.get("last_day", False),
    )


def regions(country: str) -> frozenset[str]:
    """Return the regions of ``floors.toml`` a country (ISO 3166 alpha-2) lies in, or belongs to."""
    table = data("floors")
    return frozenset(
        name for name, codes in table["regions"].items() if country in (*codes, *table["territories"][name])
    )


def is_country(code: str) -> bool:
    """Whether a code is some country's (ISO 3166-1 alpha-2, officially assigned)."""
    return code in data("floors")["countries"]["assigned"]


@cache
def packs() -> dict[str, Pack]:
    """Return the ready-made sets of metrics."""
    return {name: Pack(name, row["words"], tuple(row["metrics"])) for name, row in data("packs").items()}


@cache
def presets() -> dict[str, Preset]:
    """Return the grants to start from."""
    return {name: Preset(name, **row) for name, row in data("presets").items()}


@cache
def bands() -> dict[str, Band]:
    """Return the bands of the metrics that have some."""
    return {
        name: Band(tuple(row["edges"]), tuple(row["words"]), frozenset(row["yes"]))
        for name, row in data("precision")["bands"].items()
    }


def step(metric: Metric) -> float | None:
    """Return what a metric's numbers are rounded to, None when its unit has no step."""
    table = data("precision")["steps"]
    found = table["metric"].get(metric.name, table["unit"].get(metric.ucum))
    return None if found is None else float(found)


@cache
def columns(table: str) -> dict[str, tuple[str, ...]]:
    """Return, for a readers' table, the categories each of its columns needs."""
    return {name: tuple(needs) for name, needs in data("categories")["columns"][table].items()}


@cache
def terms() -> dict[str, frozenset[str]]:
    """Return the inputs of each term of readiness."""
    return {term: frozenset(inputs) for term, inputs in data("categories")["terms"].items()}


def days_before(name: str) -> int | None:
    """Return how many days before a number that stands beside its usual are granted with it; None is all."""
    table = data("categories")["contributions"]
    return None if name in table["ever"] else int(table["days_before"])


@cache
def categories() -> dict[str, Category]:
    """Return everything that can be granted, by name."""
    table = data("categories")
    found = {name: _of_metric(metric) for name, metric in catalogue().items()}
    for name, row in table["own"].items():
        found[name] = Category(
            name=name,
            words=row["words"],
            unit="",
            actions=frozenset(row["actions"]),
            inputs=_inputs_of(name),
            rounding=None,
            when="",
            sensitivity="",
            guess=table["guesses"].get(name, ""),
            never=table["never"].get(name, ""),
        )
    return found


def _of_metric(metric: Metric) -> Category:
    table = data("categories")
    stated = table["actions"].get(metric.name)
    return Category(
        name=metric.name,
        words=metric.display,
        unit=metric.ucum,
        actions=frozenset(_actions_of(metric) if stated is None else stated),
        inputs=_inputs_of(metric.name),
        rounding=step(metric),
        when=metric.time,
        sensitivity=metric.sensitivity,
        guess=table["guesses"].get(metric.name, ""),
        looks_back=metric.name in table["computed"]["here"],
    )


def _inputs_of(name: str) -> frozenset[str]:
    """Return what withholds a category: what it is made of, through every step, and what it shows."""
    table = data("categories")
    found: set[str] = set()
    left = [name]
    while left:
        more = set(table["inputs"].get(left.pop(), ())) - found
        found |= more
        left += more
    return frozenset(found.union(table["shows"].get(name, ())) - {name})


def _actions_of(metric: Metric) -> set[str]:
    """Return what the kind of a metric allows: codes and curves have no mean, so only raw."""
    found = {"raw", "export", "write"}
    if metric.kind != "Q" or metric.rollup == "none" or step(metric) is None:
        return found
    found |= {"daily", "weekly", "aggregate"}
    if metric.time in ("dt", "period"):
        found.add("hourly")
    if metric.name in bands():
        found |= {"band", "yes_no"}
    return found


def category(name: str) -> Category:
    """Return the category of a metric, a component series or a name of ``categories.toml``.

    Raises:
        UnknownMetric: there is none of that name; a vendor's own name is none either.
    """
    found = categories().get(name)
    if found is None and find(name) is not None:
        found = categories().get(name.partition(".")[0])
    if found is None:
        raise UnknownMetric(
            "nothing of that name can be granted",
            hint="use a metric of the catalogue, such as sleep_duration; 'any' and '*' are refused",
        )
    return found
