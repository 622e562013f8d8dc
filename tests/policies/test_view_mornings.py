"""The analysis of one day through a view of a real vault: zones, sleep, flags and offers."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import policies
from vault.errors import AccessDenied

pytest.importorskip("cedarpy")

T = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("analysis_vault.py"))))


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The vault; its data stay as they are."""
    with T.opened(tmp_path_factory.mktemp("analysis") / "v") as opened:
        yield opened


def test_zones_of_everything_granted_are_the_owners(held):
    """Whole beats as they are, watts to five; what they are from is not said."""
    told, whole = T.see(held).zones(), held.zones()
    assert list(told) == ["kind", "zone", "name", "low", "high", "unit", "estimated", "today"]
    assert set(told["kind"]) == {"heart_rate", "power"}
    assert told["today"].tolist() == whole["today"].tolist()
    for kind, step in (("heart_rate", 1), ("power", 5)):
        mine, theirs = told[told["kind"] == kind], whole[whole["kind"] == kind]
        assert [one is None for one in mine["high"]] == [one is None for one in theirs["high"]]
        np.testing.assert_array_equal(T.coarse(mine["low"], 1), T.coarse(theirs["low"], step))


NOT_FAR_ENOUGH = [
    ("zones", {"data_from": date(2025, 5, 1)}),  # a threshold holds until the next, whenever it was told
    ("sleep_debt", {"data_from": date(2026, 1, 6)}),
    ("sleep_rhythm", {"data_from": date(2026, 1, 6)}),
    ("flags", {"data_from": date(2026, 1, 6)}),
    ("strength_offers", {"data_from": date(2020, 1, 1)}),
]


@pytest.mark.parametrize(("name", "window"), NOT_FAR_ENOUGH)
def test_result_of_a_day_takes_all_of_its_past(held, name, window):
    """A day short of what is looked at is a no, which says so and has no number of the vault in it."""
    with pytest.raises(AccessDenied, match="not everything behind this is granted") as caught:
        T.READS[name][0](T.see(held, **window))
    assert "grant" in caught.value.hint


def test_zones_of_a_year_are_those_of_heart_rate_alone_where_scores_go_back_further(held):
    """Heart rates of a year, and whatever a profile stated before: no power, no ceiling."""
    view = T.see(held, T.only(*T.HEART[2:], "workout_hr_max"), data_from=date(2025, 4, 5))
    policies.grant(
        held,
        policies.Grant(
            grantee=view.grantee, kind="clinician", purpose="treatment", metrics=T.only("vendor_scores")
        ),
    )
    told = view.zones()
    assert set(told["kind"]) == {"heart_rate"}
    assert "today" not in told
    with pytest.raises(AccessDenied):
        view.zones("2026-04-04")  # whose year begins a day earlier


def test_zones_do_not_tell_what_a_profile_states_of_something_withheld(held):
    """A stated maximum is a score that tells of the day's highest heart rate."""
    metrics = {name: how for name, how in T.EVERYTHING.items() if name != "functional_threshold_power"}
    assert len(T.see(held, metrics).zones()) == 5
    with pytest.raises(AccessDenied):
        T.see(held, metrics, withhold=("heart_rate_max_24h",)).zones()


def test_sleep_debt_is_rounded_and_said_anew(held):
    """Minutes to five, hours to a tenth, and a sentence of these."""
    told, whole = T.see(held).sleep_debt(), held.sleep_debt()
    assert told.debt_h == round(whole.debt_h, 1) != whole.debt_h
    assert (told.need_min % 5, told.asleep_min % 5) == (0, 0)
    assert told.need_min == T.coarse(whole.need_min, 5)
    assert (told.date, told.nights, told.missing) == (whole.date, whole.nights, whole.missing)
    assert told.text
    assert told.text[:20] == whole.text[:20]


def test_sleep_rhythm_is_told_to_the_quarter_hour(held):
    """Every hour of the clock, and the sentences of them; caffeine where it is granted by the hour."""
    told, whole = T.see(held).sleep_rhythm(), held.sleep_rhythm()
    assert told.midsleep_h == T.coarse(whole.midsleep_h, 0.25)
    assert told.bedtime_earliest[3:] in ("00", "15", "30", "45")
    assert told.caffeine_mg == T.coarse(whole.caffeine_mg, 10)
    assert len(told.texts) == len(whole.texts)
    assert any("affeine" in line for line in told.texts)


@pytest.mark.parametrize("caffeine", [{}, {"caffeine": "daily"}])
def test_sleep_rhythm_without_caffeine_is_that_of_somebody_without(held, caffeine):
    """Neither a drink, nor its hour, nor that none is known: daily sums do not tell those either."""
    metrics = {name: how for name, how in T.EVERYTHING.items() if name != "caffeine"} | caffeine
    told = T.see(held, metrics).sleep_rhythm()
    assert told.caffeine_dose_mg != held.sleep_rhythm().caffeine_dose_mg
    assert told.caffeine_cutoff is told.caffeine_mg is told.caffeine_residual_mg is None
    assert "caffeine" not in " ".join(told.texts).lower()
    assert not [one for one in (*told.missing, *told.suspended) if "caffeine" in one.term]
    assert told.texts


def test_readiness_of_everything_granted_has_every_line(held):
    """Contributions, flags and advice stand in it; a grant with a first day has no line of what is felt."""
    told, whole = T.see(held).readiness(), held.readiness()
    assert [one.term for one in told.contributions] == [one.term for one in whole.contributions]
    assert {"felt", "reaction"} <= {one.term for one in told.contributions}
    assert told.advice == whole.advice
    later = T.see(held, data_from=date(2025, 1, 1)).readiness()
    assert {one.term for one in told.contributions} - {one.term for one in later.contributions} == {
        "felt",
        "reaction",
    }
    assert (later.advice, later.flags) == (None, ())


@pytest.mark.parametrize("without", ["pain", "illness", "sleep_times", "strength_set"])
def test_advice_takes_all_that_it_may_tell_of(held, without):
    """A tick at illness, a night shift or a lift that is down shows in advice and flags."""
    told = T.see(held, {name: how for name, how in T.EVERYTHING.items() if name != without}).readiness()
    assert (told.advice, told.flags) == (None, ())


def test_readiness_of_days_that_are_over_is_that_of_the_last(held):
    """Whether anything is known of later days does not show."""
    view = T.see(held, {"readiness_score": "daily"}, data_to=date(2026, 3, 30))
    assert view.readiness().date == date(2026, 3, 30)


def test_flags_and_offers_are_the_owners_without_evidence(held):
    """That there is one is told, the numbers are not."""
    view = T.see(held)
    assert [flag.id for flag in view.flags()] == [flag.id for flag in held.flags()] != []
    assert all(flag.evidence == () for flag in view.flags())
    on = "2026-04-03"
    assert (
        [one.text for one in view.strength_offers(on)] == [one.text for one in held.strength_offers(on)] != []
    )
    assert all(one.evidence == () for one in view.strength_offers(on))
