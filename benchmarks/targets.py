"""What each benchmark is held to (``targets.toml``), and what its last figures say of that.

The idea: a target that is missed stays in the table with the true number and the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["TARGETS", "verdicts"]

TARGETS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("targets.toml").read_text("utf-8"))[
    "target"
]


def verdicts(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row a target: what is asked for, what was reached, whether that is enough, and why not."""
    return [_verdict(target, figures.get(target["part"])) for target in TARGETS]


def reached(target: Mapping[str, Any], figures: Any) -> float:
    """Return the number a target speaks of."""
    value = min(cell(figures, path) for path in target["of"])
    value -= cell(figures, target["minus"]) if "minus" in target else 0
    return value / (cell(figures, target["per"]) if "per" in target else 1)


def cell(figures: Any, path: str) -> float:
    """Return one number, of a list the median; a path without a row names it as it stands.

    Raises:
        LookupError: There is no such table, row or column.
    """
    place, *inside = path.split("/", 2)
    for key in place.split("."):
        figures = next((value for told, value in figures.items() if told.startswith(key)), None)
        if figures is None:
            raise LookupError(f"nothing is called {key}")
    if inside:
        name, column = inside
        row = next((row for row in figures if str(row[""]).startswith(name)), None)
        if row is None:
            raise LookupError(f"no row {name} in {place}")
        figures = row[column]
    return float(median(figures)) if isinstance(figures, list) else float(figures)


def _verdict(target: Mapping[str, Any], figures: Any) -> dict[str, Any]:
    row = {"work": target["work"], "to reach": target["reach"], "reached": "not measured yet", "": ""}
    if figures is None:
        return row
    value = reached(target, figures)
    held = value >= target["at_least"] if "at_least" in target else value <= target["at_most"]
    return row | {"reached": f"{value:.2f}", "": "yes" if held else f"no: {target.get('why', 'see below')}"}
