"""The tables of the page: every word is used, every name is one of ours, every colour has a job."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import vault.report
from vault.metrics import find
from vault.report.charts.nights import STAGES
from vault.report.colours import colours
from vault.report.wording import say, words

FOLDER = Path(vault.report.__file__).parent
CODE = "\n".join(path.read_text("utf-8") for path in [*FOLDER.rglob("*.py"), *FOLDER.glob("*.j2")])


def texts(table=None, at=()):
    """Yield every text with where it stands."""
    for key, value in (
        tomllib.loads((FOLDER / "words.toml").read_text("utf-8")) if table is None else table
    ).items():
        if isinstance(value, dict):
            yield from texts(value, (*at, key))
        else:
            yield from ((".".join(at), key, text) for text in ([value] if isinstance(value, str) else value))


TEXTS = list(texts())


@pytest.mark.parametrize("group", sorted({group for group, _, _ in TEXTS}))
def test_words_are_those_of_the_code(group):
    """A group of words that no code asks for is a leftover."""
    top = group.split(".")[0]
    assert f'"{group}"' in CODE or f'"{top}"' in CODE


def test_words_promise_nothing_medical():
    """No text orders, diagnoses or warns of injury."""
    for _, key, text in TEXTS:
        assert not re.search(r"\b(must|should|diagnosed|injury risk|dangerous|treat)\b", text), key


def test_rows_of_the_coverage_are_metrics():
    """Each row of the coverage is a metric of the catalogue, or one computed of sleeps and workouts."""
    for metric in words("origins.rows"):
        assert find(metric) is not None, metric


@pytest.mark.parametrize("zones", [{}, {"low": 1}, {"high": 2}, {"low": 1, "high": 2}], ids=str)
def test_range_of_a_zone_has_words(zones):
    """Closed, open to one side or to both: each kind of range can be said."""
    said = say("training.zones", "_".join(zones) or "open", **zones)
    assert all(str(edge) in said for edge in zones.values())


def test_colours_have_a_job():
    """Each colour is asked for by a chart, the style or the template, and each has a known role."""
    style = (FOLDER / "style.css").read_text("utf-8")
    for colour in colours().values():
        assert colour.role in {"ground", "text", "rule", "mark", "fill"}
        assert f'"{colour.name}"' in CODE or f"--{colour.name}" in style, colour.name
        assert all(re.fullmatch("#[0-9a-f]{6}", value) for value in (colour.light, colour.dark))


def test_colours_of_the_style_are_those_of_the_table():
    """The style names no colour that the table lacks, and none by value but white for paper."""
    style = (FOLDER / "style.css").read_text("utf-8")
    assert set(re.findall(r"var\(--(\w+)\)", style)) <= set(colours())
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", style)) <= {"#ffffff"}
    assert set(STAGES.values()) <= set(colours())
