"""Several paths in one import: one that can't be read is named, and costs the others nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

EXPORTS = Path(__file__).parents[1] / "contract" / "exports"


@pytest.fixture
def rides(shell):
    """A shell where run.fit and ride.gpx are exports of one workout each and empty.fit is none."""
    for name in ("fit/run.fit", "gpx/ride.gpx"):
        shutil.copy(EXPORTS / name, Path(name).name)
    Path("empty.fit").write_bytes(b"")
    return shell


def test_path_that_cannot_be_read_is_named_and_the_others_are_read(rides):
    """The code says that not everything was read."""
    ran = rides.run("import", "empty.fit", "run.fit")
    assert ran.code == 6
    assert "error: empty.fit: no adapter recognises this file or folder" in ran.err
    assert "run.fit" in rides.run("imports").out


def test_json_says_what_became_of_each_path(rides):
    """In the order in which they were given, by their base names."""
    ran = rides.run("import", "empty.fit", str(rides.folder / "ride.gpx"), "run.fit", "--json")
    said = json.loads(ran.out)
    assert ran.code == 6
    assert [(one["path"], one["error"]) for one in said["paths"]] == [
        ("empty.fit", "unknown-format"),
        ("ride.gpx", None),
        ("run.fit", None),
    ]
    assert said["paths"][0]["added"] == 0
    assert sum(one["added"] for one in said["paths"]) == said["added"] > 0
    assert len(said["import_ids"]) == 2


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_that_can_be_read_is_an_error(rides, form):
    """Each path is named, nothing is printed, and no alias is remembered."""
    Path("words.txt").write_text("just words", "utf-8")
    ran = rides.run("import", "empty.fit", "words.txt", "--alias", "Tempo=studio", *form)
    assert (ran.code, ran.out) == (1, "")
    assert all(name in ran.err for name in ("empty.fit", "words.txt"))


@pytest.mark.parametrize(
    ("option", "word", "says"),
    [("--source", "nope", "apple_health"), ("--timezone", "Mars/Olympus", "Europe/Berlin")],
)
def test_option_that_names_nothing_is_a_usage_error(rides, option, word, says):
    """Said before anything is read, with what would do."""
    ran = rides.run("import", "run.fit", option, word)
    assert ran.code == 2
    assert says in ran.err


def test_summary_counts_workouts(rides):
    """A track has no metric of its own, and was added all the same."""
    assert "workouts            1" in rides.run("import", "ride.gpx", "--dry-run").out


def test_collection_is_read_in_one_command(rides):
    """Files of several formats; what nobody knows is named."""
    Path("mixed").mkdir()
    for name in ("run.fit", "ride.gpx"):
        Path(name).rename(Path("mixed", name))
    Path("mixed", "notes.csv").write_text("a,b\n1,2\n", "utf-8")
    ran = rides.run("import", "mixed")
    assert ran.code == 6
    assert "rejected 1 (not-recognised), e.g. at notes.csv\n" in ran.err
    assert "collection" in rides.run("imports").out


def test_import_of_many_files_is_one_line_of_the_ledger(rides):
    """People see the first name and how many more; machines see all."""
    rides.run("import", ".")
    shown, told = rides.run("imports").out, json.loads(rides.run("imports", "--json").out)
    assert len(told[-1]["files"].split(", ")) == 4
    assert "and 3 more" in shown
    assert max(map(len, shown.splitlines())) < 300
