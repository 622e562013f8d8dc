"""The rules of the house, as tests: arrows of import, names in the wheel, sizes of files, start-up."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("vault", "adapters", "policies", "cli")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

TABLES = {".csv", ".toml", ".json", ".sql", ".cedar", ".cedarschema", ".html", ".css", ".j2"}


def test_imports_follow_the_arrows():
    """Data walks one way: import-linter finds no import against the arrows of pyproject.toml."""
    script = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_wheel_has_the_four_names_and_no_other(tmp_path):
    """The wheel installs vault, adapters, policies and cli, with their tables, and nothing else."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("vitalvault-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    for table in (path for package in PACKAGES for path in (ROOT / package).rglob("*")):
        if table.suffix in TABLES:
            assert table.relative_to(ROOT).as_posix() in names


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_file_is_short_and_says_its_idea_first(path):
    """Every file has at most 400 lines and begins with a docstring of what it is."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "a file says in its first line what it is"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_source_has_no_loose_ends(path):
    """Source holds no TODO, no print outside the command line, and no machine path."""
    text = path.read_text("utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    assert "/work/" not in text
    assert "/home/" not in text


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["import", "--help"]])
def test_help_imports_nothing_heavy(command):
    """``vitalvault --help`` answers without loading arrays, tables, models or ciphers."""
    script = (
        "import sys\n"
        "from cli.main import main\n"
        f"sys.argv = ['vitalvault', *{command!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'pydantic', 'fhir', 'cedarpy', 'sqlcipher3', 'cryptography'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_every_dependency_says_why():
    """Each dependency of the project stands on a line of its own with its reason beside it."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)["project"]
    for requirement in project["dependencies"]:
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert "#" in line, requirement
