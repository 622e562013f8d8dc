"""Reads the tables beside an adapter: what its vendor calls things, as data.

The idea: what an adapter knows of a vendor's words stands in CSV files in its folder ``tables``, one row a
word, where it can be read, tested and mended without reading code.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

__all__ = ["table"]


@cache
def table(package: str, name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``tables/<name>`` of a package such as ``adapters.polar``, by column."""
    text = files(package).joinpath("tables", name).read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
