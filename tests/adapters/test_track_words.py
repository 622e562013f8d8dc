"""The tables of sports, programs and laps: every row means something, and no two contradict."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path

import pytest

from adapters.formats.words import activity_word, creator_of, is_virtual
from vault.merge.activities import activities


def rows(package, name):
    text = files(package).joinpath("tables", name).read_text("utf-8")
    return [pytest.param(row, id=next(iter(row.values()))) for row in csv.DictReader(text.splitlines())]


SPORTS = rows("adapters.formats", "activities.csv")
CREATORS = rows("adapters.formats", "creators.csv")
LAPS = rows("adapters.tcx", "laps.csv")
MACHINES = rows("adapters.concept2", "machines.csv")


@pytest.mark.parametrize("row", SPORTS)
def test_sport_is_a_word_of_the_project(row):
    """Every sport is found, in any spelling, as a word that has a family."""
    assert row["word"] in activities()
    camel = "".join(part.capitalize() for part in row["said"].split("_"))
    for said in (row["said"], row["said"].upper(), row["said"].replace("_", " "), camel):
        assert activity_word(said) == row["word"]


def test_unknown_sport_is_other():
    """A sport nobody has mapped is not guessed."""
    assert activity_word("Quidditch") == activity_word("") == "other"


@pytest.mark.parametrize("row", CREATORS)
def test_creator_is_known_by_how_its_name_begins(row):
    """A version or a model after the name does not matter; case does not either."""
    assert row["virtual"] in ("yes", "no")
    assert re.fullmatch(r"[a-z][a-z0-9_]*", row["app"])
    found = creator_of(f"{row['begins'].upper()} 2.1")
    assert (found.app, found.is_virtual) == (row["app"], row["virtual"] == "yes")


def test_virtual_places_are_known_by_the_sport_or_the_creator():
    """A virtual ride says so itself, or was written by a game."""
    assert is_virtual("VirtualRide", "StravaGPX")
    assert is_virtual("cycling", "Zwift Build: 1.40")
    assert not is_virtual("cycling", "Garmin Connect")
    assert creator_of("OruxMaps").app == ""


@pytest.mark.parametrize("row", LAPS)
def test_lap_field_has_a_word(row):
    """Fields of a lap are named as the project names things, with their unit."""
    assert re.fullmatch(r"[A-Z][A-Za-z]+", row["field"])
    assert re.fullmatch(r"[a-z][a-z_]*", row["detail"])
    units = {
        "_s": "s",
        "_m": "m",
        "_kcal": "kcal",
        "speed": "m/s",
        "power": "W",
        "hr_": "1/min",
        "cadence": "1/min",
    }
    for part, unit in units.items():
        if row["detail"].endswith(part) or (part[0] != "_" and part in row["detail"]):
            assert row["unit"] == unit


@pytest.mark.parametrize("row", MACHINES)
def test_machine_is_a_word_of_the_project(row):
    """Every Concept2 machine has a sport with a family."""
    assert row["word"] in activities()


@pytest.mark.parametrize("table", [SPORTS, CREATORS, LAPS, MACHINES])
def test_no_row_is_there_twice(table):
    """One spelling, one meaning."""
    plain = [re.sub(r"[\W_]", "", next(iter(row.values[0].values()))).casefold() for row in table]
    assert len(plain) == len(set(plain))


@pytest.mark.parametrize("adapter", ["gpx", "tcx", "concept2"])
def test_every_reason_is_documented(adapter):
    """The reference page of an adapter lists each reason that its own files give a rejection."""
    root = Path(__file__).parents[2]
    code = "".join(path.read_text("utf-8") for path in (root / "adapters" / adapter).rglob("*.py"))
    found = set(re.findall(r'(?:Rejection\(|(?:reason =|fault =|else|return) )"([a-z]+-[a-z-]+)"', code))
    page = (root / "docs" / "reference" / f"{adapter}.md").read_text("utf-8")
    assert len(found) > 2
    assert not {reason for reason in found if f"`{reason}`" not in page}
