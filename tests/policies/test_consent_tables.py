"""The tables of consent: what every row has to be, whoever edits it."""

from __future__ import annotations

import re

import pytest

from policies import tables
from policies.consent import Grant
from vault.errors import InputError, UnknownMetric
from vault.metrics import catalogue

SENSITIVE = {name for name, metric in catalogue().items() if metric.sensitivity}
OWN = set(tables.data("categories")["own"])


def test_ladder_goes_from_raw_to_yes_no():
    """The rungs are the six of the design, the finest first."""
    assert tables.ladder() == ("raw", "hourly", "daily", "weekly", "band", "yes_no")
    assert set(tables.actions()) - set(tables.ladder()) == {"aggregate", "export", "write"}


@pytest.mark.parametrize("name", tables.purposes())
def test_purpose_has_codes(name):
    """Every purpose has words, a DPV purpose and an HL7 reason; a DUO code exactly for research."""
    purpose = tables.purposes()[name]
    assert purpose.words
    assert re.fullmatch(r"[A-Z][A-Za-z]+", purpose.dpv)
    assert purpose.act_reason in {"PATRQT", "TREAT", "CAREMGT", "FAMRQT", "HRESCH"}
    assert bool(purpose.duo) == name.startswith("research-")
    assert not purpose.duo or re.fullmatch(r"DUO:\d{7}", purpose.duo)


@pytest.mark.parametrize(
    "name", ["any", "*", "marketing", "underwriting", "sale", "advertising", "insurance"]
)
def test_purpose_that_is_void_is_not_on_the_list(name):
    """There is no generic purpose and none that sells."""
    assert name not in tables.purposes()


@pytest.mark.parametrize("kind", tables.floors())
def test_floor_names_actions_and_a_reason(kind):
    """Every floor is made of known actions and regions, and says why."""
    floor = tables.floors()[kind]
    assert floor.actions <= set(tables.actions())
    assert floor.own_sources_only <= floor.actions
    assert set(floor.blocked_regions) <= set(tables.data("floors")["regions"])
    assert len(floor.reason) > 10


def test_regions_are_the_27_and_the_4():
    """27 member states, three more in the EEA, and the United Kingdom, without overlap."""
    regions = tables.data("floors")["regions"]
    assert [len(regions[name]) for name in ("EU", "EEA", "UK")] == [27, 3, 1]
    assert len({code for codes in regions.values() for code in codes}) == 31
    assert tables.regions("DE") == {"EU"}
    assert tables.regions("US") == frozenset()


def test_regions_hold_their_territories():
    """What has a code of its own counts with the state it belongs to, and is some country's code itself."""
    territories = tables.data("floors")["territories"]
    for code in ("RE", "GP", "MQ", "GF", "YT", "MF", "AX"):
        assert tables.regions(code) == {"EU"}
    assert tables.regions("SJ") == {"EEA"}
    for code in ("GI", "GG", "JE", "IM"):
        assert tables.regions(code) == {"UK"}
    assert all(tables.is_country(code) for codes in territories.values() for code in codes)
    assert not {code for codes in territories.values() for code in codes} & {"CH", "US", "UA", "TR"}


def test_countries_are_the_249_assigned():
    """The list has every assigned code once; what is taken for a code is none, and means one."""
    table = tables.data("floors")["countries"]
    assert len(table["assigned"]) == len(set(table["assigned"])) == 249
    assert all(re.fullmatch("[A-Z]{2}", code) for code in table["assigned"])
    assert not any(tables.is_country(code) for code in ("", "UK", "EL", "EU", "XK", "ZZ", "AN", "SU", "de"))
    assert set(map(tables.is_country, table["mistaken"].values())) == {True}


@pytest.mark.parametrize("name", tables.packs())
def test_pack_is_harmless(name):
    """A pack holds metrics that can be given daily, none of them sensitive, none of the own categories."""
    metrics = set(tables.packs()[name].metrics)
    assert metrics
    assert not metrics & (SENSITIVE | OWN)
    assert all("daily" in tables.category(metric).actions for metric in metrics)
    assert name not in tables.categories()


@pytest.mark.parametrize("name", tables.presets())
def test_preset_makes_a_grant(name):
    """Every preset is a valid grant once somebody is named, and no longer than a year."""
    preset = tables.presets()[name]
    grant = Grant(grantee="somebody", kind=preset.kind, purpose=preset.purpose, metrics=dict(preset.metrics))
    assert grant.metrics
    assert 0 < preset.days <= 365


@pytest.mark.parametrize("name", tables.categories())
def test_category_is_whole(name):
    """Every category has words, known actions, known inputs, and a rounding wherever it needs one."""
    category = tables.categories()[name]
    assert category.words
    assert category.actions <= set(tables.actions())
    assert category.inputs <= set(tables.categories())
    if name not in OWN and category.actions & {"hourly", "weekly"}:
        assert category.rounding is not None
        assert category.rounding > 0
    if category.actions & {"band", "yes_no"}:
        assert name in tables.bands()


@pytest.mark.parametrize("name", [one for one, metric in catalogue().items() if metric.kind != "Q"])
def test_category_of_codes_or_curves_has_no_mean(name):
    """Codes and curves are given raw or not at all, unless a transform is stated for them."""
    stated = tables.data("categories")["actions"].get(name, [])
    assert tables.category(name).actions & {"hourly", "daily", "weekly", "band", "yes_no"} <= set(stated)


@pytest.mark.parametrize("name", tables.categories())
def test_category_is_released_in_some_way_or_says_why_never(name):
    """Whatever no action is for has a reason in the table, in a sentence, and nothing else has one."""
    category = tables.category(name)
    assert bool(category.actions) != bool(category.never)
    assert not category.never or len(category.never.split()) > 10


def test_category_that_is_never_released():
    """Notes and serial numbers are released to nobody, and a grant of them is refused with the reason."""
    assert {name for name, one in tables.categories().items() if one.never} == {"notes", "device_serials"}
    assert set(tables.data("categories")["never"]) == {"notes", "device_serials"}
    for name in ("notes", "device_serials"):
        with pytest.raises(InputError) as refused:
            Grant(grantee="somebody", kind="clinician", purpose="treatment", metrics={name: "raw"})
        assert refused.value.hint == tables.category(name).never


def test_places_are_given_raw_only():
    """A place has no mean and no rounding beyond its ten metres, so there is no coarser rung."""
    category = tables.category("gps_position")
    assert category.actions == {"raw", "export", "write"}
    assert category.guess
    assert "altitude" not in tables.columns("streams")


@pytest.mark.parametrize("action", tables.actions())
def test_action_nothing_comes_of_says_so(action):
    """Taking part in totals and handing in are decided, and the table says that nothing is done yet."""
    assert bool(tables.unused(action)) == (action in ("aggregate", "write"))
    assert not tables.unused(action) or "so far" in tables.unused(action)


@pytest.mark.parametrize("name", tables.bands())
def test_band_covers_the_line(name):
    """Edges ascend, there is one word more than edges, and yes is some of the words but not all."""
    band = tables.bands()[name]
    assert list(band.edges) == sorted(set(band.edges))
    assert len(band.words) == len(band.edges) + 1
    assert band.yes
    assert band.yes < set(band.words)


@pytest.mark.parametrize("table", ["sleep", "workouts", "streams", "checkins"])
def test_column_needs_a_category_that_exists(table):
    """Each column of a readers' table names at least one category."""
    for needs in tables.columns(table).values():
        assert needs
        assert all(tables.category(name) for name in needs)


def test_terms_are_those_of_readiness():
    """Each term of the score, and each line of the person's side, says which inputs it shows."""
    from vault.analysis.felt import PERSON
    from vault.analysis.terms import TERMS

    assert set(tables.terms()) == {*TERMS, *PERSON}
    assert all(inputs <= set(tables.categories()) for inputs in tables.terms().values())


def test_terms_of_readiness_can_be_rounded():
    """Each term's numbers have a step, or a readiness of which it is told would be none."""
    from vault.analysis.reasons import unit

    assert {unit(term) for term in tables.terms()} <= set(tables.data("precision")["steps"]["unit"])


def test_lists_of_what_is_looked_at_name_categories():
    """What advice tells of, what is compared with all there is, and what zones are made of can be granted."""
    rules, zones = tables.data("categories")["contributions"], tables.data("categories")["zones"]
    named = [*rules["ever"], *rules["advice"]]
    named += [name for span in ("year", "ever") for needs in zones[span].values() for name in needs]
    assert all("daily" in tables.category(name).actions for name in named)
    assert [tables.days_before(name) for name in ("mood", "hrv_rmssd")] == [None, rules["days_before"]]


def test_guesses_are_about_categories():
    """What can be guessed is said of things that can be granted."""
    assert set(tables.data("categories")["guesses"]) <= set(tables.categories())


@pytest.mark.parametrize(
    "name", ["any", "*", "", "apple:HKQuantityTypeIdentifierUnknown", "readiness-basics"]
)
def test_category_unknown(name):
    """Wildcards, vendors' own names and packs are no categories."""
    with pytest.raises(UnknownMetric):
        tables.category(name)


def test_category_of_a_component_is_that_of_the_whole():
    """A component series is granted with its metric."""
    assert tables.category("blood_pressure.systolic").name == "blood_pressure"
