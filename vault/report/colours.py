"""The colours of the page, as a table: each has a light and a dark value behind one CSS variable.

A chart is drawn in the light values. In its SVG they are then replaced by the variables, so that the same
drawing follows the reader's scheme; every light value is therefore of one colour only.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Colour", "colours", "hex_of", "style", "with_variables"]


class Colour(NamedTuple):
    """One row: what it is for (ground, text, mark, fill, rule), and its value in either scheme."""

    name: str
    role: str
    light: str
    dark: str


@cache
def colours() -> dict[str, Colour]:
    """Return the table by name."""
    text = files("vault.report").joinpath("colours.csv").read_text("utf-8")
    return {row["name"]: Colour(**row) for row in csv.DictReader(text.splitlines())}


def hex_of(name: str) -> str:
    """Return the value to draw a colour in."""
    return colours()[name].light


def with_variables(svg: str) -> str:
    """Return a drawing with the page's colours as variables."""
    names = {colour.light: name for name, colour in colours().items()}
    return re.sub(
        r"#[0-9a-f]{6}\b", lambda found: f"var(--{names[found[0]]})" if found[0] in names else found[0], svg
    )


def style() -> str:
    """Return the CSS that gives the variables their values: light, dark where asked for, light on paper."""
    light = _variables("light")
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables('dark')} }} }}\n"
    )


def _variables(scheme: str) -> str:
    return " ".join(f"--{name}: {getattr(colour, scheme)};" for name, colour in colours().items())
