"""Where the stories happen: Alex's folder with a vault in it, on a day that each story sets."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import vault

if TYPE_CHECKING:
    from vault.vault import Vault

STAGE = runpy.run_path(str(Path(__file__).parents[1] / "cli" / "conftest.py"))
stocked, bare, shell = (STAGE[name] for name in ("stocked", "bare", "shell"))


class Story:
    """Types commands in Alex's folder, on one day after the other; it begins on 2026-04-05."""

    def __init__(self, shell: Any, patch: pytest.MonkeyPatch) -> None:
        self._shell = shell
        self._patch = patch

    def on(self, moment: str) -> None:
        """Set the clock, of Alex and of everybody else, to a moment in ISO 8601."""
        at = datetime.fromisoformat(moment)
        STAGE["stand_at"](self._patch, lambda: at)

    def tries(self, line: str) -> Any:
        """Type a command that may be refused, and return its exit code, stdout and stderr."""
        return self._shell.line(f"vitalvault {line}")

    def does(self, line: str) -> str:
        """Type a command that works, and return what it printed."""
        ran = self.tries(line)
        assert ran.code == 0, ran.err
        return str(ran.out).strip()

    def grants(self, terms: str) -> str:
        """Grant what was looked at before, and return the id."""
        return self.does(f"consent grant {terms} --yes-i-saw SEEN")

    def card(self, name: str) -> str:
        """Let somebody make a key, and return the file of their card."""
        self.does(f"share keygen --out {name}.key --name {name}")
        return f"{name}.key.card"

    @contextmanager
    def opened(self) -> Iterator[Vault]:
        """Open the vault as a program of Alex's would."""
        with vault.open("my.vault", os.environ["VITALVAULT_PASSPHRASE"]) as opened:
            yield opened


@pytest.fixture
def alex(shell: Any, monkeypatch: pytest.MonkeyPatch) -> Story:
    """Alex, whose vault holds four months of a watch and a phone, up to 2026-04-05."""
    return Story(shell, monkeypatch)
