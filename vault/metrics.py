"""The metric catalogue: what each name means, in which unit, within which range.

The table is data (``metrics.csv``): one row a metric with its LOINC and UCUM codes, category, plausible
ranges and how it rolls up to a day. A metric of several components (blood pressure) has a series for each,
named ``blood_pressure.systolic``. What a vendor sends beyond the catalogue is kept under
``vendor:TheirName`` in the unit they gave.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from vault.errors import UnknownMetric

__all__ = ["Metric", "catalogue", "find", "is_vendor_coded", "metric", "whole"]

Rollup = Literal["sum", "mean", "last", "min", "max", "none"]
Kind = Literal["Q", "CC", "SD", "COMP"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the catalogue.

    ``kind``: Q a number with a unit, CC a coded value, SD a sampled curve, COMP components.
    ``time``: dt a moment, period an interval, day a local day, night a sleep.
    ``rollup``: how a day is made of samples. ``low``/``high``: outside is quarantined;
    ``soft_low``/``soft_high``: outside is kept, but unusual. All in the unit ``ucum``.
    """

    name: str
    display: str
    loinc: str
    loinc_second: str
    verification: str
    ucum: str
    category: str
    kind: Kind
    time: str
    rollup: Rollup
    sensitivity: str
    low: float | None
    high: float | None
    soft_low: float | None
    soft_high: float | None
    healthkit: tuple[str, ...]
    openmhealth: str
    components: tuple[str, ...]
    note: str

    @property
    def is_coded(self) -> bool:
        """Whether its values are codes (text) instead of numbers."""
        return self.kind == "CC"

    @property
    def is_entered(self) -> bool:
        """Whether its values are entries, as of food and drink, of which one time may have several."""
        return self.category == "social-history"


def _number(text: str) -> float | None:
    return float(text) if text else None


def _row(row: dict[str, str]) -> Metric:
    return Metric(
        name=row["name"],
        display=row["display"],
        loinc=row["loinc"],
        loinc_second=row["loinc_second"],
        verification=row["verification"],
        ucum=row["ucum"],
        category=row["category"],
        kind=cast("Kind", row["kind"]),
        time=row["time"],
        rollup=cast("Rollup", row["rollup"]),
        sensitivity=row["sensitivity"],
        low=_number(row["low"]),
        high=_number(row["high"]),
        soft_low=_number(row["soft_low"]),
        soft_high=_number(row["soft_high"]),
        healthkit=tuple(row["healthkit"].split()),
        openmhealth=row["openmhealth"],
        components=tuple(part.split("|")[0] for part in row["components"].split(";") if part),
        note=row["note"],
    )


def _components(whole: Metric, cell: str) -> list[Metric]:
    parts = [part.split("|") for part in cell.split(";") if part]
    return [
        replace(
            whole,
            name=f"{whole.name}.{name}",
            display=f"{whole.display}: {name}",
            loinc=loinc,
            loinc_second="",
            ucum=ucum,
            kind="Q",
            rollup="mean",
            low=_number(low),
            high=_number(high),
            soft_low=None,
            soft_high=None,
            components=(),
        )
        for name, loinc, ucum, low, high in parts
    ]


@cache
def _tables() -> tuple[dict[str, Metric], dict[str, Metric]]:
    text = files("vault").joinpath("metrics.csv").read_text("utf-8")
    whole: dict[str, Metric] = {}
    parts: dict[str, Metric] = {}
    for row in csv.DictReader(text.splitlines()):
        entry = _row(row)
        whole[entry.name] = entry
        parts.update((part.name, part) for part in _components(entry, row["components"]))
    return whole, parts


def catalogue() -> dict[str, Metric]:
    """Return the catalogue by name, without the component series."""
    return _tables()[0]


def is_vendor_coded(name: str) -> bool:
    """Whether a name is a vendor's own (``apple:...``) and so not in the catalogue."""
    return ":" in name


def find(name: str) -> Metric | None:
    """Return a metric or component series, or None."""
    whole, parts = _tables()
    return whole.get(name) or parts.get(name)


def whole(name: str) -> str:
    """Return the metric a series is of: that whose component it holds, else itself."""
    of = name.rpartition(".")[0]
    return of if find(name) is not None and find(of) is not None else name


def metric(name: str) -> Metric:
    """Return a metric or component series; raises UnknownMetric."""
    found = find(name)
    if found is None:
        raise UnknownMetric("no metric of that name in the catalogue")
    return found
