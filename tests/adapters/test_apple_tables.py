"""Properties of every row of Apple Health's tables."""

from __future__ import annotations

import re

import pytest

from adapters.apple_health import tables
from adapters.apple_health.tables import (
    activity_word,
    app_of,
    convert,
    covered_metrics,
    is_ambiguous,
    meaning_of,
)
from vault.merge.activities import activities
from vault.metrics import catalogue, find, is_vendor_coded

UNITS = {metric.ucum for metric in catalogue().values()} | {"mm[Hg]", "s"}
ROWS = {
    name: list(tables._table(f"{name}.csv"))
    for name in ("units", "types", "categories", "activities", "apps", "ecg")
}
HEALTHKIT = re.findall(
    r"\w+",
    """
    AmericanFootball Archery AustralianFootball Badminton Barre Baseball Basketball Bowling Boxing
    CardioDance Climbing Cooldown CoreTraining Cricket CrossCountrySkiing CrossTraining Curling Cycling
    Dance DanceInspiredTraining DiscSports DownhillSkiing Elliptical EquestrianSports Fencing Fishing
    FitnessGaming Flexibility FunctionalStrengthTraining Golf Gymnastics HandCycling Handball
    HighIntensityIntervalTraining Hiking Hockey Hunting JumpRope Kickboxing Lacrosse MartialArts
    MindAndBody MixedCardio MixedMetabolicCardioTraining Other PaddleSports Pickleball Pilates Play
    PreparationAndRecovery Racquetball Rowing Rugby Running Sailing SkatingSports SnowSports
    Snowboarding Soccer SocialDance Softball Squash StairClimbing Stairs StepTraining SurfingSports
    SwimBikeRun Swimming TableTennis TaiChi Tennis TrackAndField TraditionalStrengthTraining Transition
    UnderwaterDiving Volleyball Walking WaterFitness WaterPolo WaterSports WheelchairRunPace
    WheelchairWalkPace Wrestling Yoga
    """,
)
SLUG = re.compile(r"[a-z][a-z0-9_]*")


@pytest.mark.parametrize(
    ("name", "keys"),
    [("units", 2), ("types", 1), ("categories", 2), ("activities", 1), ("apps", 1), ("ecg", 1)],
)
def test_table_has_no_row_twice(name, keys):
    """What a row is found by stands once in its table."""
    found = [tuple(row.values())[:keys] for row in ROWS[name]]
    assert len(found) == len(set(found)) > 0
    assert not any(cell != cell.strip() for row in ROWS[name] for cell in row.values())


@pytest.mark.parametrize("row", ROWS["units"], ids=lambda row: f"{row['unit']}->{row['ucum']}")
def test_unit_leads_to_a_unit_of_the_catalogue(row):
    """Every conversion ends in a unit some metric has, with a factor above zero."""
    assert row["ucum"] in UNITS
    assert float(row["factor"]) > 0


@pytest.mark.parametrize(
    ("value", "unit", "ucum", "expected"),
    [
        (98.6, "degF", "Cel", 37.0),
        (310.15, "K", "Cel", 37.0),
        (0.97, "%", "%", 97.0),
        (172.402, "lb", "kg", 78.200232),
        (11, "st", "kg", 69.853225),
        (1, "mi", "m", 1609.344),
        (10.8, "km/hr", "m/s", 3.0),
        (4.184, "kJ", "kcal", 1.0),
        (350, "Cal", "kcal", 350),
        (2000, "cal", "kcal", 2.0),
        (8, "fl_oz_us", "mL", 236.588236),
        (5, "ft", "cm", 152.4),
        (2, "hr", "min", 120),
        (16, "kPa", "mm[Hg]", 120.00985),
        (1, "oz", "g", 28.349523),
    ],
)
def test_units_convert_as_their_definitions_say(value, unit, ucum, expected):
    """Each conversion gives what the definition of the unit says, to six decimals."""
    assert convert(value, unit, ucum) == pytest.approx(expected, abs=1e-6)


def test_units_that_are_unknown_are_not_guessed():
    """A unit nobody has mapped converts to nothing."""
    assert convert(1.0, "furlong", "m") is None


def test_units_do_not_convert_to_infinity():
    """A number that is too large in the catalogue's unit is none."""
    assert convert(1e306, "km", "m") is None
    assert convert(1e306, "m", "m") == 1e306


def test_types_name_metrics_of_the_catalogue():
    """Every metric the adapter says it covers exists, and numbers among them have a unit it can reach."""
    for name in covered_metrics():
        assert find(name) is not None
    reached = {ucum for _, ucum in tables._units()}
    for metrics in tables._metrics_by_type().values():
        assert all(metric.is_coded or metric.ucum in reached for metric in metrics)


@pytest.mark.parametrize("row", ROWS["categories"], ids=lambda row: row["value"])
def test_category_values_belong_to_coded_metrics(row):
    """A value with a code is one of a type that becomes a coded metric."""
    meaning = meaning_of("HKCategoryTypeIdentifier" + row["type"], "")
    assert meaning.shape == "code"
    assert find(meaning.metric).is_coded
    assert SLUG.fullmatch(row["code"])


def test_sleep_stages_are_the_words_the_catalogue_lists():
    """The stages are among those every adapter uses."""
    stages = {row["code"] for row in ROWS["categories"] if row["type"] == "SleepAnalysis"}
    assert stages == {"in_bed", "asleep", "light", "deep", "rem", "awake"}


@pytest.mark.parametrize("row", ROWS["activities"], ids=lambda row: row["activity"])
def test_activities_become_plain_words(row):
    """Every activity has a word of the project; an unknown one is "other"."""
    assert SLUG.fullmatch(row["word"])
    assert activity_word("HKWorkoutActivityType" + row["activity"]) == row["word"]
    assert activity_word("HKWorkoutActivityTypeQuidditch") == "other"


def test_activities_are_words_the_project_knows():
    """Every word the adapter can write has its row, and so its family, in the vault's table."""
    assert {row["word"] for row in ROWS["activities"]} | {"other"} <= activities().keys()


def test_activities_of_healthkit_have_a_row():
    """Every activity HealthKit has is in the table."""
    assert {row["activity"] for row in ROWS["activities"]} == set(HEALTHKIT)


def test_types_nobody_maps_keep_their_name():
    """A new type, or a known one in an unknown unit, is kept under Apple's full identifier."""
    for type_, unit in (
        ("HKQuantityTypeIdentifierNew", "m"),
        ("HKQuantityTypeIdentifierBodyMass", "furlong"),
        ("HKCategoryTypeIdentifierBodyMass", ""),
        ("BodyMass", "kg"),
    ):
        meaning = meaning_of(type_, unit)
        assert (meaning.metric, meaning.unit) == ("apple:" + type_, unit)
        assert is_vendor_coded(meaning.metric)
        assert meaning.is_as_given


def test_types_of_two_metrics_are_told_apart_by_unit_or_code():
    """Glucose goes by its unit; sleep is read as stages, not as the durations derived from them."""
    glucose = "HKQuantityTypeIdentifierBloodGlucose"
    assert meaning_of(glucose, "mg/dL").metric == "blood_glucose_mass"
    assert meaning_of(glucose, "mmol<180.1558800000541>/L").metric == "blood_glucose_molar"
    assert meaning_of("HKCategoryTypeIdentifierSleepAnalysis", "").metric == "sleep_stage"
    assert meaning_of("HKCategoryTypeIdentifierMindfulSession", "").shape == "minutes"
    assert (
        meaning_of("HKQuantityTypeIdentifierBloodPressureSystolic", "mmHg").metric
        == "blood_pressure.systolic"
    )


@pytest.mark.parametrize("name", ["Health Mate", "health mate", "Health\u00a0Mate"])
def test_apps_are_known_however_the_phone_writes_them(name):
    """Case and no-break blanks do not hide an app."""
    assert app_of(name, {}) == "withings"


def test_apps_of_one_name_are_asked_about():
    """Several apps are called Tempo; only the owner's word decides, and it wins over the table."""
    assert is_ambiguous("Tempo")
    assert app_of("Tempo", {}) == ""
    assert app_of("Tempo", {"Tempo": "tempo"}) == "tempo"
    assert app_of("Strava", {"Strava": "something_else"}) == "something_else"
    assert not is_ambiguous("Strava")
    assert not is_ambiguous("Pat’s iPhone")
