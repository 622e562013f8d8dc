"""The analysis day by day through a view of a real vault: the owner's numbers made coarser, or a no."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import policies
from policies import tables
from vault.errors import AccessDenied, UnknownRecord

pytest.importorskip("cedarpy")

T = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("analysis_vault.py"))))


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The vault; its data stay as they are."""
    with T.opened(tmp_path_factory.mktemp("analysis") / "v") as opened:
        yield opened


@pytest.mark.parametrize("term", ["hrv", "rhr", "sleep", "resp", "temp", "felt"])
def test_trend_of_everything_granted_is_the_owners_rounded(held, term):
    """Each number is the owner's to the step of its category; today stands there only for nights."""
    told, whole = T.see(held).trend(term), held.trend(term)
    steps = {"hrv": 1, "rhr": 1, "sleep": 5, "resp": 1, "temp": 0.1, "felt": 1}
    whole = whole if term in ("rhr", "sleep") else whole[whole.index < pd.Timestamp(T.TODAY)]
    assert len(told) == len(whole) > 30
    for column in ("value", "usual", "band_high"):
        np.testing.assert_array_equal(told[column], T.coarse(whole[column], steps[term]))
    assert told["usual"].notna().any()
    assert told.attrs == {}


def test_load_of_everything_granted_is_the_owners_rounded(held):
    """Load and what adds up are the owner's, up to yesterday; which data say so is not told."""
    told, whole = T.see(held).load(), held.load()[:-1]
    assert list(told) == ["load", "ctl", "atl", "tsb", "monotony", "strain", "change"]
    np.testing.assert_array_equal(told["load"], T.coarse(whole["load"], 1))
    np.testing.assert_array_equal(told["ctl"], T.coarse(whole["ctl"], 1))
    np.testing.assert_array_equal(told["monotony"], T.coarse(whole["monotony"], 0.1))


def test_load_of_a_few_days_is_without_what_adds_up(held):
    """Without the past there is no fitness, and no row of a day without a workout, rest or unknown."""
    told = T.see(held, data_from=date(2026, 3, 10)).load()
    whole = held.load("2026-03-10", "2026-04-04")
    trained = (whole["load"] > 0).to_numpy()
    assert trained.any()
    assert told["ctl"].isna().all()
    assert told["change"].isna().all()
    np.testing.assert_array_equal(told["load"], T.coarse(whole["load"], 1)[trained])


def test_efforts_join_the_workouts_of_the_same_view(held):
    """Ids are those of this reader's workouts, and nobody else's."""
    view, other = T.see(held), T.see(held)
    told = view.efforts()
    assert list(told) == ["workout_id", "date", "activity", "duration_min", "load"]
    assert set(told["workout_id"]) <= set(view.workouts()["workout_id"])
    assert not set(told["workout_id"]) & (
        set(held.efforts()["workout_id"]) | set(other.efforts()["workout_id"])
    )
    np.testing.assert_array_equal(told["load"], T.coarse(held.efforts(None, "2026-04-04")["load"], 1))


def test_strength_follows_from_the_granted_sets(held):
    """As the owner's where all sets are granted; the trend of a few days is that of those days."""
    told, whole = T.see(held).strength(), held.strength()
    assert told["volume_kg"].tolist() == T.coarse(whole["volume_kg"], 5).tolist()
    np.testing.assert_array_equal(told["trend_kg_per_28d"], T.coarse(whole["trend_kg_per_28d"], 0.5))
    few = T.see(held, data_from=date(2026, 3, 20)).strength()
    assert 0 < len(few) < len(told)
    assert few["trend_kg_per_28d"].isna().sum() > told["trend_kg_per_28d"].tail(len(few)).isna().sum()


def test_strength_of_fewer_days_asked_for_is_part_of_all(held):
    """The first day asked for cuts rows, not what the trend looks at."""
    view = T.see(held, data_from=date(2026, 1, 20))
    whole, part = view.strength(), view.strength("squat", "2026-03-10", "2026-03-30")
    inside = whole["date"].between("2026-03-10", "2026-03-30")
    pd.testing.assert_frame_equal(part, whole[inside].reset_index(drop=True))


def test_strength_without_times_is_not_told_of_a_running_day(held):
    """Today's sets, which may be the morning's, wait for tomorrow unless single values are granted."""
    daily, raw = (T.see(held, {"strength_set": how}).strength() for how in ("daily", "raw"))
    assert raw["date"].max() == pd.Timestamp(T.TODAY) > daily["date"].max()


def test_strength_of_an_exercise_outside_of_the_grant_is_unknown(held):
    """What was lifted on other days, or recorded by others, is no hint."""
    view = T.see(held, T.only("strength_set"), data_from=T.TODAY)
    with pytest.raises(UnknownRecord) as caught:
        view.strength("Bench")
    elsewhere = T.see(held, T.only("strength_set"), sources=("Ring",))
    with pytest.raises(UnknownRecord) as other:
        elsewhere.strength("Squat")
    assert "squat" not in str(other.value).lower() + other.value.hint.lower()
    assert str(caught.value) == str(other.value)


def test_reaction_is_the_owners(held):
    """All sessions with their times and usual; daily without times, rounded, and not of today."""
    raw, whole = T.see(held).reaction(), held.reaction()
    pd.testing.assert_frame_equal(raw[list(whole)], whole)
    daily = T.see(held, {"reaction_time": "daily"}).reaction()
    assert {"start", "device", "source"}.isdisjoint(daily)
    past = whole[whole["date"] < pd.Timestamp(T.TODAY)]
    np.testing.assert_array_equal(daily["mean_speed"], T.coarse(past["mean_speed"], 0.1))
    np.testing.assert_array_equal(daily["usual"], T.coarse(past["usual"], 0.1))


@pytest.mark.parametrize("limits", [{"data_from": date(2025, 1, 1)}, {"sources": ("Watch",)}])
def test_reaction_has_no_usual_of_what_is_not_granted(held, limits):
    """The usual is of the last sixty sessions whenever they were, so a first day, or one device, has none."""
    told = T.see(held, T.only("reaction_time"), **limits).reaction()
    assert {"usual", "low", "high"}.isdisjoint(told)
    assert len(told) == len(held.reaction()) - 2 * ("sources" in limits)


@pytest.mark.parametrize("name", T.READS)
def test_reader_without_a_grant_says_so(held, name):
    """Nothing granted, or one of the needed categories missing: a no in words, with what to do."""
    read, needed = T.READS[name]
    for granted in ({"body_mass": "raw"}, {k: v for k, v in T.EVERYTHING.items() if k != needed[0]}):
        granted = {k: v for k, v in granted.items() if name != "zones" or k != "vendor_scores"}
        with pytest.raises(AccessDenied, match=r"not granted|not everything") as caught:
            read(T.see(held, granted))
        assert caught.value.hint


@pytest.mark.parametrize("name", sorted(set(T.READS) - {"strength", "reaction", "load", "efforts"}))
def test_reader_of_all_devices_is_not_limited_to_some(held, name):
    """What is computed of all devices is not told where one input is granted of some only."""
    computed = (*T.LOAD, "readiness_score", "workouts")
    view = T.see(held, T.only(*computed))
    rest = {k: v for k, v in T.EVERYTHING.items() if k not in computed}
    terms = {"grantee": view.grantee, "kind": "clinician", "purpose": "treatment", "metrics": rest}
    policies.grant(held, policies.Grant(**terms, sources=("Watch",)))
    with pytest.raises(AccessDenied):
        T.READS[name][0](view)


WITHHELD = {
    "heart_rate": ("load", "efforts", "flags", "strength_offers"),
    "rpe_session": ("load", "efforts", "flags", "strength_offers"),
    "reaction_time": ("reaction", "flags", "strength_offers"),
    "strength_set": ("strength", "load", "efforts", "flags"),
    "sleep_stage": ("sleep_debt", "sleep_rhythm", "flags"),
    "rr_interval": ("trend", "flags"),
}


@pytest.mark.parametrize("withheld", WITHHELD)
def test_withheld_input_takes_what_is_made_of_it(held, withheld):
    """Whatever is made of something withheld is refused, and the words say that."""
    metrics = {k: v for k, v in T.EVERYTHING.items() if withheld not in {k, *tables.category(k).inputs}}
    view = T.see(held, metrics, withhold=(withheld,))
    for name in WITHHELD[withheld]:
        with pytest.raises(AccessDenied, match="withheld"):
            T.READS[name][0](view)
