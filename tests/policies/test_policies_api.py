"""The room from outside: its names, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import policies

ROOT = Path(__file__).parents[2]


def test_import_is_light():
    """Importing the room loads neither pydantic nor cedarpy nor pandas, nor cryptography."""
    code = (
        "import sys, policies\n"
        "heavy = {'pydantic', 'cedarpy', 'pandas', 'cryptography', 'fhir'} & set(sys.modules)\n"
        "print(' '.join(sorted(heavy)), end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_public_names_are_there_and_callable():
    """Each public name is what it says, also after every room behind it was loaded."""
    from policies.grants import GrantRecord
    from policies.view import View

    assert (policies.GrantRecord, policies.View) == (GrantRecord, View)
    for name in policies.__all__:
        found = getattr(policies, name)
        assert callable(found) or name.isupper(), name


def test_name_nobody_offers():
    """There is no other name."""
    with pytest.raises(AttributeError, match="Everything"):
        _ = policies.Everything


def test_readers_of_a_view_run_for_the_owner_too(owner, coach):
    """Code written for the owner's vault runs on a view of it."""

    def mean_sleep(readable):
        return readable.daily("sleep_duration", "2026-11-10", "2026-11-20")["value"].mean()

    policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    assert abs(mean_sleep(view) - mean_sleep(owner)) < 2.5
