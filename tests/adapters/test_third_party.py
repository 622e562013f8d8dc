"""An adapter of somebody else's, as docs/how-to/write-an-adapter.md shows it, is as good as one of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import adapters
import vault
from adapters.base import ENTRY_POINT_GROUP, adapters_by_name
from vault.records import Rejection

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "write-an-adapter.md"
SUITE = ROOT / "tests" / "contract" / "test_adapter_contract.py"
FILE = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = "morning_pulse"


@pytest.fixture
def project(tmp_path) -> Path:
    """The files that the page shows, and what an installer makes of its pyproject.toml."""
    for name, text in FILE.findall(PAGE.read_text("utf-8")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    said = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    info = tmp_path / f"{NAME}-{said['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {said['name']}\nVersion: {said['version']}\n", "utf-8"
    )
    points = "".join(f"{name} = {place}\n" for name, place in said["entry-points"][ENTRY_POINT_GROUP].items())
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\n{points}", "utf-8")
    return tmp_path


@pytest.fixture
def installed(project, monkeypatch):
    """The same, where Python looks for packages; forgotten afterwards."""
    monkeypatch.syspath_prepend(str(project))
    adapters_by_name.cache_clear()
    yield project
    adapters_by_name.cache_clear()
    sys.modules.pop(NAME, None)


def test_adapter_of_others_is_found_by_its_entry_point(installed):
    """Nothing here names it, and it stands among the others with what it reads."""
    assert adapters.sources()[NAME].title == "Morning Pulse"
    assert [found.adapter for found in adapters.detect(installed / "export")] == [NAME]


def test_adapter_of_others_is_gone_when_it_is_not_installed():
    """Only installed packages are asked."""
    assert NAME not in adapters.sources()


def test_adapter_of_others_fills_a_vault(installed, cheap_keys):
    """What the page's export says is read, zeros are not, and of bad rows the reason and line are kept."""
    with vault.create(installed / "my.vault", "correct horse battery staple", home_zone="Europe/Berlin") as v:
        export = adapters.read(installed / "export")
        report = v.ingest(export)
        assert v.samples("resting_heart_rate")["value"].tolist() == [52, 49]
        assert v.samples("hrv_rmssd")["utc_offset_min"].tolist() == [60, 120]
        assert v.samples("morning_pulse:calm")["value"].tolist() == [7, 9]
    assert report.added == 6
    rejected = [record for record in export if isinstance(record, Rejection)]
    assert [(row.reason, row.position) for row in rejected] == [("bad-date", 5), ("bad-value", 6)]


def test_adapter_of_others_passes_the_contract_suite(project):
    """The suite is one file, copied beside an export, as the page says."""
    shutil.copy(SUITE, project)
    (project / "exports").mkdir()
    (project / "export").rename(project / "exports" / NAME)
    path = os.pathsep.join((str(project), str(ROOT)))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE.name, "-k", NAME],
        cwd=project,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert re.search(r"\b1\d passed", ran.stdout), ran.stdout
