"""The metric catalogue: every row holds, one by one, and the reference page shows what it says."""

from __future__ import annotations

import csv
import json
import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from vault.errors import UnknownMetric
from vault.metrics import catalogue, find, is_vendor_coded, metric

ROOT = Path(__file__).parents[2]
DESIGN = ROOT.parent / "shared" / "design" / "metrics.json"
PAGE = ROOT / "docs" / "reference" / "metrics.md"

ROWS = list(csv.DictReader(files("vault").joinpath("metrics.csv").read_text("utf-8").splitlines()))
EVERY = pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])

CATEGORIES = {
    "social-history",
    "vital-signs",
    "imaging",
    "laboratory",
    "procedure",
    "survey",
    "exam",
    "therapy",
    "activity",
}  # http://terminology.hl7.org/CodeSystem/observation-category, all nine of it
SENSITIVITIES = {"", "SEX", "MH", "ETH", "LOCIS"}  # of v3-ActCode
ROLLUPS = {
    "Q": {"sum", "mean", "last", "min", "max"},
    "CC": {"none"},
    "SD": {"none"},
    "COMP": {"none"},
}

# The UCUM atoms the catalogue uses; metric ones take a prefix (UCUM section 4).
ATOMS = {"1", "%", "min", "h", "d", "wk", "deg"}
METRIC_ATOMS = {"m", "g", "s", "L", "W", "V", "S", "K", "Cel", "cal", "mol", "m[Hg]", "B[SPL]"}
PREFIXES = {"n", "u", "m", "c", "d", "k", "M"}
TERM = re.compile(r"(?P<unit>[^./{}\s]+?)?(?P<exponent>(?<![\d\]])[+-]?\d+)?(?P<note>\{[^{}]+\})?")


def is_ucum(text: str) -> bool:
    """Whether a text is a UCUM term of the atoms above: unit[exponent]{annotation} joined by . and /."""
    components = re.split(r"[./]", text)
    if components[0] == "" and text.startswith("/"):
        components = components[1:]
    return bool(components) and all(map(_is_component, components))


def _is_component(text: str) -> bool:
    match = TERM.fullmatch(text)
    if not text or match is None:
        return False
    unit, exponent, note = match.group("unit", "exponent", "note")
    if unit is None:
        return exponent == "1" or (note is not None and exponent is None)
    return unit in ATOMS | METRIC_ATOMS or (unit[0] in PREFIXES and unit[1:] in METRIC_ATOMS)


def loinc_digit(number: str) -> int:
    """Return the check digit of a LOINC number (LOINC Users' Guide, appendix C: mod 10, from the right)."""
    odd = str(int(number[::-1][0::2][::-1]) * 2)
    even = number[::-1][1::2]
    return -sum(map(int, odd + even)) % 10


@pytest.mark.parametrize(
    "text", ["/min", "mL/min/kg", "kg/m2", "mm[Hg]", "dB[SPL]", "{steps}/d", "1", "uS", "mg/dL"]
)
def test_is_ucum_takes_what_is_ucum(text):
    """The parser used below knows units that UCUM's own table holds."""
    assert is_ucum(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bpm",
        "mmHg",
        "minutes",
        "count/min",
        "degC",
        "dB(SPL)",
        "kcal/hr/kg",
        "IU",
        "in",
        "m//s",
        "{}",
        "min/",
        "kmin",
        "{a}{b}",
        "2",
    ],
)
def test_is_ucum_refuses_what_public_mappings_got_wrong(text):
    """The invalid codes found in other projects' mappings are refused."""
    assert not is_ucum(text)


def test_catalogue_has_every_metric_once():
    """There are 121 metrics, each name used once, by a component neither."""
    assert len(ROWS) == len(catalogue()) == 121
    parts = [f"{name}.{part}" for name, entry in catalogue().items() for part in entry.components]
    assert len(set(parts)) == len(parts)
    assert not set(parts) & set(catalogue())


@EVERY
def test_name_is_snake_case(row):
    """Names are lower snake_case, so that they are safe in files, URLs and code."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", row["name"])
    assert row["display"].strip() == row["display"] != ""


@EVERY
def test_loinc_has_its_check_digit(row):
    """Each LOINC code is well formed and its check digit is right."""
    codes = [row["loinc"], row["loinc_second"], *(part[1] for part in parts_of(row))]
    for code in filter(None, codes):
        number, digit = code.split("-")
        assert loinc_digit(number) == int(digit), code


def parts_of(row):
    """Return the component cells: name, LOINC, UCUM, low, high."""
    return [part.split("|") for part in row["components"].split(";") if part]


@EVERY
def test_verification_says_whether_there_is_a_loinc(row):
    """L means no LOINC and only L does; a second code never stands without a first."""
    assert row["verification"] in {"A", "B", "U", "L"}
    assert (row["verification"] == "L") == (row["loinc"] == "")
    assert row["loinc"] or not row["loinc_second"]


@EVERY
def test_ucum_parses(row):
    """A number has exactly one UCUM unit; a coded value has none."""
    if row["ucum"]:
        assert is_ucum(row["ucum"])
    assert bool(row["ucum"]) >= (row["kind"] in {"Q", "SD"})
    assert not (row["kind"] == "CC" and row["ucum"])


@EVERY
def test_ranges_are_nested(row):
    """Ranges: low <= soft_low <= soft_high <= high, all four or none, and only for numbers."""
    cells = [row[name] for name in ("low", "soft_low", "soft_high", "high")]
    assert all(cells) or not any(cells)
    assert any(cells) == (row["kind"] in {"Q", "SD"})
    assert all(float(one) <= float(other) for one, other in pairwise(filter(None, cells)))
    if any(cells):
        assert float(row["low"]) < float(row["high"])


@EVERY
def test_rollup_fits_kind(row):
    """Numbers roll up to a day; codes, curves and panels do not; what adds up is never a rate."""
    assert row["rollup"] in ROLLUPS[row["kind"]]
    if row["rollup"] == "sum":
        assert "/" not in row["ucum"]
        assert row["time"] in {"period", "night"}


@EVERY
def test_category_time_and_sensitivity_are_of_the_closed_lists(row):
    """Category is one of FHIR's nine, time one of four, sensitivity a known security label."""
    assert row["category"] in CATEGORIES
    assert row["time"] in {"dt", "period", "day", "night"}
    assert row["sensitivity"] in SENSITIVITIES


def test_sensitive_metrics_carry_their_label():
    """Reproduction, mind, alcohol and place are marked as what they are."""
    marked = {name: entry.sensitivity for name, entry in catalogue().items() if entry.sensitivity}
    for name, label in {
        "menstrual_flow": "SEX",
        "ovulation_test": "SEX",
        "pregnancy_status": "SEX",
        "basal_body_temperature": "SEX",
        "mood": "MH",
        "phq9_score": "MH",
        "gad7_score": "MH",
        "alcohol_drinks": "ETH",
        "gps_position": "LOCIS",
    }.items():
        assert marked[name] == label


def test_healthkit_identifiers_belong_to_one_metric():
    """An identifier names one metric; only glucose, whose unit decides, is in two."""
    used: dict[str, list[str]] = {}
    for name, entry in catalogue().items():
        for identifier in entry.healthkit:
            assert re.fullmatch(r"[A-Za-z0-9]+(\.[A-Za-z]+)?", identifier), identifier
            used.setdefault(identifier, []).append(name)
    shared = {identifier: names for identifier, names in used.items() if len(names) > 1}
    assert shared == {
        "BloodGlucose": ["blood_glucose_mass", "blood_glucose_molar"],
        "SleepAnalysis": ["sleep_duration", "sleep_stage"],
    }


def test_components_are_series_of_their_own():
    """A component has a name, a unit and a range; it is a number, and found under its whole."""
    rows = {row["name"]: parts_of(row) for row in ROWS if row["components"]}
    assert set(rows) == {name for name, entry in catalogue().items() if entry.kind == "COMP"}
    for whole, parts in rows.items():
        assert [part[0] for part in parts] == list(metric(whole).components)
        for name, _, ucum, low, high in parts:
            assert is_ucum(ucum)
            assert float(low) < float(high)
            part = metric(f"{whole}.{name}")
            assert (part.kind, part.ucum, part.low, part.high) == ("Q", ucum, float(low), float(high))
            assert part.sensitivity == metric(whole).sensitivity


@pytest.mark.parametrize("name", ["", "heart_rat", "Heart_rate", "blood_pressure.", "blood_pressure.mean"])
def test_metric_unknown_is_refused(name):
    """A name that is not in the catalogue is an error, also a component that is none."""
    assert find(name) is None
    with pytest.raises(UnknownMetric):
        metric(name)


def test_is_vendor_coded_tells_a_vendors_name():
    """Vendor names have a colon, which no name of the catalogue has."""
    assert is_vendor_coded("apple:HKQuantityTypeIdentifierInhalerUsage")
    assert not any(map(is_vendor_coded, catalogue()))


@pytest.mark.skipif(not DESIGN.is_file(), reason="the design's table is not here")
def test_catalogue_equals_the_design():
    """Names, LOINC codes, units, categories and ranges are those of the researched table."""
    designed = {row["name"]: row for row in json.loads(DESIGN.read_text("utf-8"))["metrics"]}
    assert {row["name"] for row in ROWS} == set(designed)
    for row in ROWS:
        other = designed[row["name"]]
        for ours, theirs in {
            "loinc": "loinc",
            "ucum": "ucum",
            "category": "cat",
            "kind": "kind",
            "time": "time",
            "verification": "ver",
        }.items():
            assert row[ours] == other[theirs], (row["name"], ours)
        if row["loinc"]:
            assert row["display"] == other["display"]
        if row["kind"] in {"Q", "SD"}:
            for ours, theirs in {"low": "lo", "high": "hi", "soft_low": "slo", "soft_high": "shi"}.items():
                assert float(row[ours]) == float(other[theirs]), (row["name"], ours)


HEAD = """# Metrics

What each name means. Generated from `vault/metrics.csv`; after a change there run
`python tests/vault/test_metrics.py`. Numbers are stored and given in the unit shown, in UCUM.

- **LOINC**: the code a value goes out under in FHIR; `—` where LOINC has none that says exactly the same
  (then the local code `urn:vitalvault:metric`). See [FHIR](fhir.md).
- **time**: a moment, an interval, a local day, or a night.
- **day**: how a day's value is made of samples.
- **range**: outside is refused on import with a reason; outside the range in brackets is kept, but unusual.
- **label**: SEX reproduction, MH mental health, ETH substances, LOCIS place.

A metric of components has a series for each, such as `blood_pressure.systolic`. What a vendor sends beyond
this table is kept under `vendor:TheirName`, in the unit they gave.

| metric | LOINC | unit | time | day | range | label |
|---|---|---|---|---|---|---|
"""
TIMES = {"dt": "moment", "period": "interval", "day": "day", "night": "night"}


def page() -> str:
    """Return the reference page."""
    lines = [
        f"| `{row['name']}` | {row['loinc'] or '—'} | {unit_cell(row)} | {TIMES[row['time']]} "
        f"| {row['rollup']} | {range_cell(row)} | {row['sensitivity']} |"
        for row in ROWS
    ]
    return HEAD + "\n".join(lines) + "\n"


def unit_cell(row) -> str:
    """Return the unit, the components with theirs, or that the value is a code."""
    if row["components"]:
        return ", ".join(f"{name} `{ucum}`" for name, _, ucum, _, _ in parts_of(row))
    return f"`{row['ucum']}`" if row["ucum"] else "code"


def range_cell(row) -> str:
    """Return the hard range, and the soft one where it is narrower."""
    if row["components"]:
        return ", ".join(f"{low}–{high}" for *_, low, high in parts_of(row))
    if not row["low"]:
        return ""
    hard, soft = f"{row['low']}–{row['high']}", f"{row['soft_low']}–{row['soft_high']}"
    return hard if hard == soft else f"{hard} [{soft}]"


def test_entries_are_what_is_eaten_and_drunk():
    """Of what is added up, those alone may have several values of one time; others are counters."""
    eaten = {"hydration", "caffeine", "alcohol_drinks"}
    eaten |= {f"{part}_intake" for part in ("energy", "carbohydrate", "protein", "fat")}
    assert {one.name for one in catalogue().values() if one.is_entered and one.rollup == "sum"} == eaten


def test_reference_page_is_up_to_date():
    """The page says what the catalogue says."""
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
