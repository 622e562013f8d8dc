"""What is made of what: withholding takes all of it, through every step, and both deciders say so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import cedar_core, tables
from policies.consent import Grant
from policies.decision import Decider
from policies.grants import made
from policies.request import Request
from policies.validity import settle
from vault.analysis import inputs_from
from vault.errors import UnknownMetric
from vault.metrics import catalogue
from vault.reading.derived import DAILY

pytest.importorskip("cedarpy")

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NAMES = sorted(tables.categories())
TABLE = tables.data("categories")

# What a device measures or a person says; everything else in the catalogue is computed, or shows more than
# itself. By hand, so that a new metric has to be thought about.
# fmt: off
MEASURED = {
    "heart_rate", "respiratory_rate", "spo2", "body_temperature", "basal_body_temperature",
    "skin_temperature", "distance", "distance_cycling", "distance_swimming", "basal_energy",
    "flights_climbed", "elevation_gain", "moderate_minutes", "vigorous_minutes", "stand_minutes", "met",
    "body_mass", "body_fat_percentage", "muscle_mass", "bone_mass", "body_water_mass", "height",
    "waist_circumference", "blood_pressure", "hydration", "caffeine", "carbohydrate_intake",
    "protein_intake", "fat_intake", "alcohol_drinks", "power", "cadence_cycling", "cadence_running",
    "walking_speed", "ground_contact_time", "vertical_oscillation", "swim_stroke_count", "six_minute_walk",
    "stair_ascent_speed", "stair_descent_speed", "walking_asymmetry", "walking_double_support",
    "rpe_session", "mindfulness", "mood", "wellness_fatigue", "wellness_sleep_quality", "wellness_stress",
    "wellness_soreness", "pain", "phq9_score", "gad7_score", "menstrual_flow", "ovulation_test",
    "pregnancy_status", "reaction_time", "electrodermal_activity", "environmental_sound",
    "time_in_daylight", "peak_expiratory_flow", "fev1", "fvc",
}
# fmt: on


def test_catalogue_is_measured_or_says_what_it_is_made_of():
    """Every metric is one a device measures or a person says, or has inputs in the table; none is both."""
    assert set(catalogue()) - MEASURED == {name for name in catalogue() if tables.category(name).inputs}
    assert set(catalogue()) >= MEASURED


@pytest.mark.parametrize("table", ["inputs", "shows", "scores"])
def test_table_of_ingredients_names_categories(table):
    """Each row names categories, none of them itself; each row of inputs and shows is one, too."""
    for name, row in TABLE[table].items():
        assert row
        assert name not in row
        assert set(row) <= set(NAMES)
        assert table == "scores" or name in NAMES


def test_inputs_are_followed_to_the_end():
    """What goes into an input goes in as well, what a category shows goes no further, nothing is its own."""
    pairs = {(name, one) for name, row in TABLE["inputs"].items() for one in row}
    while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
        pairs |= more
    pairs |= {(name, one) for name, row in TABLE["shows"].items() for one in row}
    pairs = {(name, one) for name, one in pairs if name != one}
    assert pairs == {(name, one) for name in NAMES for one in tables.category(name).inputs}


class Spy:
    """A reader without data that notes which metrics it is asked for."""

    def __init__(self):
        self.asked = set()

    def samples(self, metric):
        self.asked.add(metric)
        raise UnknownMetric(metric)

    daily = samples

    def sleep(self):
        return pd.DataFrame()

    efforts = checkins = sleep


def test_inputs_of_readiness_are_all_that_it_reads():
    """Each metric the score asks for, each answer of a check-in and each term is an input of it."""
    spy, inputs = Spy(), tables.category("readiness_score").inputs
    inputs_from(spy, date(2026, 11, 22))
    assert len(spy.asked) >= 6
    assert spy.asked <= inputs
    assert frozenset[str]().union(*tables.terms().values()) <= inputs
    assert {needs[0] for needs in tables.columns("checkins").values()} <= inputs
    assert {"sleep_duration", "sleep_stage", "workouts", "workout_hr_mean", "workout_hr_max"} <= inputs


def test_inputs_of_what_is_made_of_nights_are_the_stages():
    """Whatever the vault works out of sleeps, and the times of bed, goes with the stages."""
    made = {*DAILY, "sleep_times", *(needs[0] for needs in tables.columns("sleep").values())}
    assert all("sleep_stage" in tables.category(name).inputs for name in made)


def decide(withheld: str, names: list[str]) -> dict[str, str]:
    """Return what both deciders say of categories, all granted under a grant that withholds one."""
    named = {name: next(iter(sorted(tables.category(name).actions))) for name in names}
    harmless = "pain" if withheld == "mood" else "mood"
    fields = {"grantee": "me", "kind": "self", "purpose": "own-use", "withhold": (withheld,)}
    whole = settle(Grant(**fields, metrics={harmless: "raw"}), NOW, ZoneInfo("UTC"))
    # Past the check of a grant, which is refused when it names what it withholds.
    record = made(whole.model_copy(update={"metrics": named}), NOW)
    asked = [Request("me", name, action, "own-use", NOW, k=10) for name, action in named.items()]
    return {one.request.category: one.reason for one in Decider(lambda: [record]).decide_all(asked)}


@given(st.sampled_from(NAMES))
def test_withholding_takes_all_that_is_made_of_it(withheld):
    """Of everything there is, both deciders refuse exactly what is withheld, made of it or shows it."""
    names = [name for name in NAMES if tables.category(name).actions]
    gone = {name for name in names if withheld in {name, *tables.category(name).inputs}}
    told = decide(withheld, names)
    assert {name for name, reason in told.items() if reason == "withheld"} == gone
    assert set(told.values()) <= {"withheld", "granted"}


def test_withholding_heart_rate_takes_readiness():
    """Three steps away: readiness is made of load, load of heart rate."""
    told = decide(
        "heart_rate", ["readiness_score", "acute_chronic_ratio", "workout_hr_max", "stress_score", "steps"]
    )
    assert told.pop("steps") == "granted"
    assert set(told.values()) == {"withheld"}


def test_cedar_knows_every_step():
    """The entities of Cedar have the inputs to the end, as the planner has them."""
    for entity in cedar_core.entities([]):
        told = {link["__entity"]["id"] for link in entity["attrs"]["inputs"]}
        assert told == tables.category(entity["uid"]["id"]).inputs
