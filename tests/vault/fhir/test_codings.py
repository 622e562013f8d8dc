"""Codes: LOINC first where exact, the local code always, nothing invented."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from vault.fhir import codings
from vault.fhir.check import loinc_check_digit
from vault.metrics import catalogue, find

NAMES = sorted(catalogue()) + sorted(
    f"{name}.{part}" for name, entry in catalogue().items() for part in entry.components
)
SNOMED = "http://snomed.info/sct"
MDC = "urn:iso:std:iso:11073:10101"


def second_codings():
    """Read the table as a file, independently of the room."""
    return list(csv.DictReader(files("vault.fhir").joinpath("codings.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("name", NAMES)
def test_term_always_holds_the_local_code(name):
    """Whatever else a metric is coded with, its own name is among the codings, defined by this project."""
    local = [one["code"] for one in codings.term(name).code["coding"] if one["system"] == codings.METRIC]
    assert local == ["vo2_max_estimate" if name == "vo2_max" else name]


@pytest.mark.parametrize("name", NAMES)
def test_term_loinc_is_the_catalogues_or_none(name):
    """A LOINC code is the catalogue's for exactly this metric; never a neighbour's, never a guess."""
    entry = find(name)
    allowed = {code for code in (entry.loinc, entry.loinc_second) if code}
    found = [one["code"] for one in codings.term(name).code["coding"] if one["system"] == codings.LOINC]
    assert set(found) <= allowed
    if allowed and name not in {"ecg", "rr_interval", "vo2_max"}:
        assert found[0] == entry.loinc


def test_term_loinc_stands_first_except_where_it_says_less():
    """LOINC leads; only where it can't tell active from total, the local code does."""
    local_first = {
        name
        for name in NAMES
        if len(codings.term(name).code["coding"]) > 1
        and codings.term(name).code["coding"][0]["system"] == codings.METRIC
    }
    assert local_first == {"active_energy", "active_minutes"}


def test_term_of_unconfirmed_loinc_is_local_only():
    """A code that was never confirmed against LOINC (U) does not go out."""
    unconfirmed = [name for name, entry in catalogue().items() if entry.verification == "U"]
    assert unconfirmed
    for name in unconfirmed:
        assert all(one["system"] != codings.LOINC for one in codings.term(name).code["coding"])


def test_term_of_a_vo2_max_estimate_is_not_the_measured_code():
    """LOINC 94122-9 is a measured peak: a watch's estimate gets the local code, a maximal test gets both."""
    estimate = codings.term("vo2_max").code["coding"]
    assert [(one["system"], one["code"]) for one in estimate] == [(codings.METRIC, "vo2_max_estimate")]
    measured = codings.term("vo2_max", measured=True).code["coding"]
    assert [one["code"] for one in measured] == ["94122-9", "vo2_max"]


def test_term_of_a_vendors_metric_is_the_vendors_code_alone():
    """What the catalogue lacks goes out under the vendor's system; only a UCUM unit is called UCUM."""
    term = codings.term("apple:HKQuantityTypeIdentifierInhalerUsage", "count")
    assert term.code["coding"] == [
        {"system": "urn:vitalvault:vendor:apple", "code": "HKQuantityTypeIdentifierInhalerUsage"}
    ]
    assert (term.is_ucum, term.profile, term.category) == (False, "", ())
    assert codings.term("apple:Something", "mg/dL").is_ucum


def test_profiles_belong_to_metrics_whose_shape_fulfils_them():
    """A profile is claimed only for a vital sign that carries the profile's code and unit."""
    for name, profile in codings.PROFILES.items():
        assert catalogue()[name].category == "vital-signs", name
        assert codings.term(name).profile == profile
    assert sum(bool(codings.term(name).profile) for name in NAMES) == len(codings.PROFILES)


@pytest.mark.parametrize("row", second_codings(), ids=lambda row: f"{row['metric']} {row['value']}")
def test_second_codings_row_is_sound(row):
    """Every row of the table names a metric, a known system and a code of that system's form."""
    assert find(row["metric"]) is not None
    assert row["system"] in {SNOMED, MDC}
    assert row["code"].isdigit()
    if row["system"] == SNOMED:
        assert verhoeff(row["code"])
    assert bool(row["value"]) == catalogue().get(row["metric"], find(row["metric"])).is_coded


def dihedral(a: int, b: int) -> int:
    """Multiply in the dihedral group of the pentagon: 0-4 turn it, 5-9 flip it."""
    turned = a % 5 + (b if a < 5 else -b)
    return turned % 5 + 5 * ((a >= 5) != (b >= 5))


def verhoeff(code: str) -> bool:
    """Check a SNOMED CT identifier's check digit (Verhoeff's scheme)."""
    permuted = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(permuted) < 8:
        permuted.append([permuted[-1][digit] for digit in permuted[1]])
    check = 0
    for at, digit in enumerate(reversed(code)):
        check = dihedral(check, permuted[at % 8][int(digit)])
    return check == 0


def test_verhoeff_knows_a_right_code_from_a_wrong_one():
    """The check used above tells a published identifier from the same with two digits swapped."""
    assert verhoeff("248220008")
    assert not verhoeff("248220080")


@pytest.mark.parametrize(
    ("code", "right"), [("8867-4", True), ("8867-5", False), ("93832-4", True), ("LP1-2", False)]
)
def test_loinc_check_digit(code, right):
    """The check digit tells a LOINC code from a typing error."""
    assert loinc_check_digit(code) is right


@pytest.mark.parametrize(
    ("ucum", "text"),
    [("/min", "/min"), ("{steps}/d", "steps/d"), ("Cel", "°C"), ("mm[Hg]", "mmHg"), ("1", "1")],
)
def test_readable_unit(ucum, text):
    """People read units without UCUM's brackets."""
    assert codings.readable_unit(ucum) == text


def test_concept_adds_snomed_only_where_exact():
    """REM has a SNOMED code; deep sleep has only a broader one, and so none."""
    assert [one["code"] for one in codings.concept("sleep_stage", "rem")["coding"]] == ["89129007", "rem"]
    assert [one["code"] for one in codings.concept("sleep_stage", "deep")["coding"]] == ["deep"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("resting_heart_rate", "Resting heart rate"),
        ("hrv_sdnn", "HRV SDNN"),
        ("blood_pressure.systolic", "Blood pressure: systolic"),
        ("workout_hr_mean", "Workout HR mean"),
        ("blood_pressure.hr", "Blood pressure: HR"),
        ("T.R.X row_1", "T.R.X row_1"),
    ],
)
def test_words(name, said):
    """Names become words, and acronyms stay acronyms."""
    assert codings.words(name) == said
