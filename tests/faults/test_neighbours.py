"""Several processes at one vault: readers see whole imports, one writes, and a second one waits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

NEIGHBOURS = Path(__file__).with_name("neighbours.py")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    """A vault with a passphrase that costs nothing."""
    script = (
        "import sys, operations, vault; operations.make_keys_cheap(); "
        "vault.create(sys.argv[1], operations.OLD, clock=operations.clock).close()"
    )
    path = tmp_path / "a.vault"
    subprocess.run([sys.executable, "-c", script, path], env=environment(), check=True)
    return path


def environment() -> dict[str, str]:
    """Return where the neighbours find what they import."""
    return os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{NEIGHBOURS.parent}"}


@contextmanager
def neighbour(role, folder):
    """Start a neighbour; it is told to stop at the end, if not before, and must do so without an error."""
    command = [sys.executable, NEIGHBOURS, role, folder]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment(), text=True, **pipes) as running:
        try:
            yield running
            running.stdin.close()
            assert running.wait(timeout=60) == 0
        finally:
            running.kill()


def test_four_readers_see_whole_imports_only(folder):
    """While a million samples come in, four processes see none of them, or all, and never an error."""
    with ExitStack() as stack:
        readers = [stack.enter_context(neighbour("read", folder)) for _ in range(4)]
        for reader in readers:
            assert reader.stdout.readline() == "0 0\n"
        with neighbour("write", folder) as writer:
            assert writer.stdout.readline() == "importing\n"
            assert writer.stdout.readline() == "1000000\n"
        for reader in readers:
            seen = list(iter(reader.stdout.readline, f"1000000 {total()}\n"))
            assert len(seen) > 5, "the import was too quick to be watched"
            assert set(seen) == {"0 0\n"}


def total() -> float:
    """Return the sum of the million's values."""
    return sum(50.0 + number * 7_919 % 97 for number in range(1_000_000))


def test_second_writer_waits_then_says_it_is_busy(folder):
    """A writer that is kept waiting for five seconds gives up, and says why."""
    with neighbour("hold", folder) as first:
        assert first.stdout.readline() == "holding\n"
        began = time.monotonic()
        with neighbour("checkin", folder) as second:
            assert second.stdout.readline() == "busy: another process is writing to this vault\n"
        assert time.monotonic() - began > 4


def test_second_writer_gets_its_turn(folder):
    """A writer that waits gets through as soon as the first is done."""
    with neighbour("hold", folder) as first:
        assert first.stdout.readline() == "holding\n"
        with neighbour("checkin", folder) as second:
            time.sleep(1)
            first.stdin.close()
            assert second.stdout.readline() == "written\n"
