"""What came from a file of somebody else never steers the terminal it is printed on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.output import printable

EVIL = "Anna\x1b[2J\x9b31m\u202egreB\r\n\x07\u2028"


@given(st.text())
def test_printable_text_has_nothing_that_steers(text):
    """Whatever comes in, each letter that comes out is one that can be seen; what could be seen stays."""
    told = printable(text)
    assert told.isprintable()
    assert printable(told) == told
    assert text == told or not text.isprintable()


def test_printable_names_stay_as_they_are():
    """Names in any script are names."""
    for name in ("Anna Berg", "Ünïcödé", "李小龍", "Şükrü 🏃", ""):
        assert printable(name) == name


@pytest.fixture
def card(shell):
    """A contact card whose name and contact are not what they seem."""
    shell.line("vitalvault share keygen --out anna.key")
    told = json.loads(Path("anna.key.card").read_text("utf-8")) | {"name": EVIL, "contact": EVIL}
    Path("evil.card").write_text(json.dumps(told), "utf-8")
    return "evil.card"


COMMANDS = (
    "share fingerprint evil.card",
    "share fingerprint evil.card --json",
    "consent preview coach-anna --preset coach --card evil.card",
    "consent preview coach-anna --preset coach --card evil.card --json",
    "consent show {}",
    "consent show {} --json",
    "consent list",
    "consent receipt {}",
    "audit log",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_card_does_not_steer_the_terminal(shell, card, command):
    """The name on a card is printed as escapes wherever it is shown, and as JSON it still is that name."""
    grant = f"vitalvault consent grant coach-anna --preset coach --card {card} --yes-i-saw SEEN"
    ran = shell.line(f"vitalvault {command.format(shell.line(grant).out.strip())}")
    assert ran.code == 0
    assert all(line.isprintable() for line in (ran.out + ran.err).split("\n"))
    if "--json" in command:
        assert json.dumps(EVIL)[1:-1] in json.dumps(json.loads(ran.out))
