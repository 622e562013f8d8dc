"""The commands of the analysis with ``--as``: what was granted is printed, the rest is refused in words."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

pytest.importorskip("cedarpy")

STAGE = runpy.run_path(str(Path(__file__).parents[1] / "cli" / "conftest.py"))
stocked, bare, shell = (STAGE[name] for name in ("stocked", "bare", "shell"))
AS = "--as coach-anna --for coaching"
COMMANDS = (
    "load",
    "load --workouts",
    "zones",
    "sleep --debt",
    "sleep --rhythm",
    "strength",
    "reaction",
    "flags",
)


@pytest.fixture
def typed(shell):
    """Type a command in the folder of somebody whose vault holds four months of a watch and a phone."""
    return lambda line: shell.line(f"vitalvault {line}")


@pytest.mark.parametrize("command", [*COMMANDS, "strength --offers", "readiness"])
def test_command_of_a_grantee_without_a_grant_is_refused(typed, command):
    """Nothing on stdout, a reason and what to do on stderr, and the exit code of a refusal."""
    ran = typed(f"{command} {AS}")
    assert (ran.code, ran.out) == (3, "")
    assert "nothing is granted to coach-anna" in ran.err
    assert "consent grant" in ran.err


def test_coach_with_a_plan_to_make_sees_load_and_sleep_debt(typed):
    """The preset for that opens load, what a workout cost, readiness and sleep debt, and nothing besides."""
    typed("consent grant coach-anna --preset training-plan --yes-i-saw SEEN")
    days = json.loads(typed(f"load {AS} --json").out)
    assert days
    assert set(days[-1]) == {"date", "load", "ctl", "atl", "tsb", "monotony", "strain", "change"}
    debt, own = (json.loads(typed(f"sleep --debt {more} --json").out) for more in (AS, ""))
    assert debt["need_min"] % 5 == 0
    assert abs(debt["need_min"] - own["need_min"]) <= 2.5
    assert debt["text"]
    for command in COMMANDS:
        shown = command in ("load", "load --workouts", "sleep --debt")
        assert typed(f"{command} {AS}").code == (0 if shown else 3), command
    assert typed(f"readiness --explain {AS}").code == 0
