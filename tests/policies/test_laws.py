"""The table of laws: every answer names what gives it and the tests that show it, and nothing beyond."""

from __future__ import annotations

import ast
import importlib
import runpy
from pathlib import Path

import click
import pytest

from cli.main import cli
from policies.laws import STATUSES, duties, titles

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
EVERY = pytest.mark.parametrize("duty", duties(), ids=lambda one: f"{one.law} {one.article}")


def is_command(words: str) -> bool:
    """Whether a command of this name exists, without its program's."""
    command: click.Command | None = cli
    for word in words.split():
        if not isinstance(command, click.Group):
            return False
        command = command.get_command(click.Context(command), word)
    return command is not None


def test_laws_are_those_that_were_looked_at():
    """Every law has a full name and at least one duty, and no duty is of another law."""
    assert list(titles()) == ["GDPR", "EHDS", "LGPD", "PIPEDA", "Law 25", "PIPA", "CCPA", "MHMDA"]
    assert list(dict.fromkeys(one.law for one in duties())) == list(titles())


@EVERY
def test_duty_claims_what_it_shows(duty):
    """What is shown names tests and what does it, partly also what is open; what is not here, neither."""
    assert duty.status in STATUSES
    assert all(words.endswith(".") for words in (duty.asks, duty.answer))
    assert bool(duty.tests) == bool(duty.by) == (duty.status != "not here")
    assert bool(duty.missing) == (duty.status == "partly")


@EVERY
def test_duty_names_what_exists(duty):
    """Every command and function that a duty names is there."""
    for one in duty.by:
        program, _, words = one.partition(" ")
        if program == "vitalvault":
            assert is_command(words), one
        else:
            module, _, name = one.rpartition(".")
            assert callable(getattr(importlib.import_module(module), name)), one


@EVERY
def test_duty_names_tests_that_exist(duty):
    """Every test that a duty names is a function of that file."""
    for one in duty.tests:
        file, _, name = one.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, one


def test_duty_is_named_once():
    """No article of a law has two lines."""
    named = [(one.law, one.article) for one in duties()]
    assert len(named) == len(set(named))


def test_rights_page_is_up_to_date():
    """docs/reference/rights.md is what its generator makes of the table, and says that it is no advice."""
    text = (REFERENCE / "rights.md").read_text("utf-8")
    assert runpy.run_path(str(REFERENCE / "make_rights_page.py"))["page"]() == text
    assert "**This is not legal advice.**" in text
