"""What every test shares: no network, a stopped clock, cheap keys, and where the samples lie."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

# Time limits per example measure the machine, not the code. CI tries the same examples every time, so that a
# change is judged by what it changed; at a desk new ones are tried with every run.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

SAMPLES = Path(__file__).parents[1].parent / "shared" / "samples"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here reaches the network: a socket is an error in every test."""

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError("something opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def clock():
    """A clock that stands still."""
    return lambda: datetime(2026, 4, 5, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample exports; tests that need it are skipped where it is absent."""
    if not SAMPLES.is_dir():
        pytest.skip("the sample exports are not here")
    return SAMPLES


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase costs next to nothing to try in this test."""
    from vault.keys import kdf

    monkeypatch.setattr(kdf, "DEFAULT", kdf.Cost(8, 1, 1))
    monkeypatch.setattr(kdf, "FLOOR", kdf.Cost(8, 1, 1))
