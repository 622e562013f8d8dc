"""Is a value provided, observed or inferred: typed in, measured, or a judgement made from other values.

The words are those of the guidelines on portability (WP 242): what a person typed and what a device
recorded of them can be taken along (Art. 20 GDPR), what somebody worked out about them must be shown
(Art. 15) and stays behind. A mean, a total or a sleep stage is still what a device recorded; a score, an
index or an estimate of fitness is not. ``nature.csv`` says it of each; of patterns the first that fits
counts.
"""

from __future__ import annotations

import csv
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal, cast, get_args

from vault.metrics import is_vendor_coded, whole

__all__ = ["NATURES", "Nature", "nature_of_metric", "nature_of_score"]

Nature = Literal["provided", "observed", "inferred"]

NATURES: tuple[Nature, ...] = get_args(Nature)


@cache
def nature_of_metric(name: str) -> Nature:
    """Return the nature of a series, by its name in the vault; a single sample may still be typed in."""
    if is_vendor_coded(name):
        return _first_fit("series", name.partition(":")[2] if not name.startswith("checkin:") else name)
    return _table()["metric"].get(whole(name), "inferred")


@cache
def nature_of_score(name: str) -> Nature:
    """Return the nature of a vendor's own score or daily total."""
    return _first_fit("score", name)


def _first_fit(kind: str, name: str) -> Nature:
    lower = name.lower()
    return next(nature for pattern, nature in _table()[kind].items() if fnmatchcase(lower, pattern))


@cache
def _table() -> dict[str, dict[str, Nature]]:
    told: dict[str, dict[str, Nature]] = {"metric": {}, "series": {}, "score": {}}
    text = files("vault").joinpath("nature.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        told[row["of"]][row["name"]] = cast("Nature", row["nature"])
    return told
