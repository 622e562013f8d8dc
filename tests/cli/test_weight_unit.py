"""Whoever knows what the weights of an older table are in says it, also after the import."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import vault

PASSPHRASE = "correct horse battery staple"
TABLE = (
    "Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,"
    "Workout Notes,RPE\n"
    '2025-01-10 18:05:00,"Push",1h 11m,"Bench Press (Barbell)",1,100,5,0,0,,,8.5\n'
)


def test_weight_unit_is_told_after_the_import(shell):
    """Without a unit a set has no load; the same table with one gives it its load and adds no set."""
    Path("strong.csv").write_text(TABLE, "utf-8")
    loads = []
    for words in ([], ["--weight-unit", "lb"]):
        assert shell.run("import", "strong.csv", *words).code == 0
        with vault.open("my.vault", PASSPHRASE) as opened:
            (load,) = opened.sets().load_kg
        loads.append(load)
    assert loads == pytest.approx([math.nan, 45.359237], nan_ok=True)


def test_weight_unit_is_one_of_two(shell):
    """A stone is no unit of a barbell."""
    Path("strong.csv").write_text(TABLE, "utf-8")
    assert shell.run("import", "strong.csv", "--weight-unit", "st").code == 2
