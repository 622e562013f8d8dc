"""Nothing of a person's data is on disk in plain: not after an import, and not while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.demo.export import write_export
from cli.demo.person import days

MARKERS = [
    "Alex’s Apple Watch".encode(),
    b"iPhone15,4",
    b"Tonal",
    b"Strava",
    b"HKQuantityTypeIdentifier",
    b"heart_rate",
    b"sleep_stage",
    b"strength_training",
    str(days()[0].hrv[0]).encode(),
]


def plain(*folders: Path) -> set[bytes]:
    """Return the markers that stand in any file below these folders."""
    found: set[bytes] = set()
    for folder in folders:
        for file in folder.rglob("*"):
            try:
                content = file.read_bytes() if file.is_file() else b""
            except FileNotFoundError:
                continue
            found.update(marker for marker in MARKERS if marker in content)
    return found


@pytest.fixture
def places(tmp_path):
    """An export, and empty folders for the vault, for temporary files and to work in."""
    made = {name: tmp_path / name for name in ("export", "vaults", "tmp", "cwd")}
    for folder in made.values():
        folder.mkdir()
    write_export(made["export"] / "export.zip")
    return made


def vitalvault(places: dict[str, Path], *words: str) -> subprocess.Popen[bytes]:
    """Start the command with its own vault, temporary folder and working directory."""
    env = os.environ | {
        "VITALVAULT_PATH": str(places["vaults"] / "alex.vault"),
        "VITALVAULT_PASSPHRASE": "correct horse battery",
        "TMPDIR": str(places["tmp"]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", "from cli.main import main; main()", *words]
    return subprocess.Popen(
        command, env=env, cwd=places["cwd"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_import_leaves_and_shows_no_plaintext(places):
    """A byte search of the vault, the temporary and the working folder finds nothing at any moment."""
    watched = [places[name] for name in ("vaults", "tmp", "cwd")]
    assert vitalvault(places, "init").wait() == 0
    running = vitalvault(
        places, "import", str(places["export"] / "export.zip"), "--timezone", "Europe/Berlin"
    )
    looks = 0
    while running.poll() is None:
        assert plain(*watched) == set()
        looks += 1
        time.sleep(0.01)
    assert running.returncode == 0
    assert looks > 5, "the import was too quick to be watched"
    assert plain(*watched) == set()
    assert list(places["tmp"].iterdir()) == list(places["cwd"].iterdir()) == []


def test_search_finds_what_is_plain(places):
    """The search itself works: the unpacked export shows every kind of marker but our own words."""
    import zipfile

    with zipfile.ZipFile(places["export"] / "export.zip") as archive:
        archive.extractall(places["cwd"])
    own_words = {b"heart_rate", b"sleep_stage", b"strength_training"}
    assert plain(places["cwd"]) == set(MARKERS) - own_words
