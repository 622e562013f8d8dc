"""The analysis through a view: what lies outside of a grant changes nothing, a narrower one adds nothing.

Load and readiness are granted by their names and made of days before those granted: they are left out here.
"""

from __future__ import annotations

import runpy
import shutil
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import policies
import vault
from vault.errors import AccessDenied, UnknownRecord
from vault.records import Score
from vault.time import day_of_date

pytest.importorskip("cedarpy")

T = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("analysis_vault.py"))))
FIRST, LAST = date(2025, 12, 28), date(2026, 4, 2)
INSIDE = T.only(*T.HEART, "sleep_duration", "sleep_times", "sleep_latency", "strength_set", "reaction_time")
BEFORE, AFTER = range((T.TODAY - FIRST).days + 1, 130), range((T.TODAY - LAST).days)
FRAMES = {
    "trend": lambda one: one.trend("hrv"),
    "pulse": lambda one: one.trend("rhr"),
    "strength": lambda one: one.strength(),
    "squat": lambda one: one.strength("squat", "2026-03-01"),
    "reaction": lambda one: one.reaction(),
}
RESULTS = {
    "debt": lambda one: one.sleep_debt(),
    "rhythm": lambda one: one.sleep_rhythm(),
    "earlier rhythm": lambda one: one.sleep_rhythm("2026-03-30"),
}
OUTSIDE = {
    "other nights before": lambda: T.nights(BEFORE, T.RING, 40),
    "other nights after": lambda: T.nights(AFTER, T.RING, 40),
    "other training before": lambda: T.training(BEFORE, T.RING, 20.0, 3),
    "other training after": lambda: T.training(AFTER, T.RING, 20.0, 3),
    "tests before": lambda: T.taps(BEFORE, T.WATCH, 90.0),
    "tests after": lambda: T.taps(AFTER, T.WATCH, 90.0),
    "drinks": lambda: [T.samples("caffeine", T.at(range(60), 19), [200] * 60)],
    "weight": lambda: [T.samples("body_mass", T.at(range(60), 9), [70] * 60)],
    "ratings": lambda: [T.samples("rpe_session", T.at(range(1, 60, 2), 12.9), [9] * 30)],
    "a profile": lambda: [Score(day_of_date(LAST), T.WATCH, "polar_profile_anaerobic_threshold", 165.0)],
}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The folder of the vault with a grant of some days, and what its view tells."""
    folder = tmp_path_factory.mktemp("analysis") / "v"
    fields = {"grantee": "doc", "kind": "clinician", "purpose": "treatment", "metrics": INSIDE}
    with T.opened(folder) as held:
        policies.grant(held, policies.Grant(**fields, data_from=FIRST, data_to=LAST))
        told = told_by(held)
    return folder, told


def told_by(held):
    view = policies.view(held, "doc", "treatment")
    return {name: read(view) for name, read in (FRAMES | RESULTS).items()}


@pytest.fixture
def another(first, tmp_path, cheap_keys):
    """A copy of the vault, opened, to put something into."""
    folder = shutil.copytree(first[0], tmp_path / "copy")
    with vault.open(folder, T.PASSPHRASE, clock=lambda: T.NOW) as held:
        yield held


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_outside_of_a_grant_changes_nothing(first, another, name):
    """Days before and after the granted ones, and categories that are not granted, change no answer."""
    another.ingest(list(OUTSIDE[name]()))
    for what, told in told_by(another).items():
        if what in FRAMES:
            pd.testing.assert_frame_equal(told, first[1][what], obj=what)
        else:
            assert told == first[1][what], what


def test_what_is_inside_of_a_grant_does_change_it(first, another):
    """The test above can fail: other values on granted days change every answer."""
    another.ingest([*T.nights(range(4, 50), T.RING, 90), *T.training(range(4, 60), T.RING, 20.0, 3)])
    another.ingest(
        [*T.taps(range(10, 20), T.WATCH, 90.0), T.samples("hrv_rmssd", T.at(range(3, 9), 2), [90] * 6)]
    )
    another.ingest([T.samples("resting_heart_rate", T.at(range(3, 9), 5.5), [61] * 6)])
    told = told_by(another)
    assert [what for what in FRAMES if told[what].equals(first[1][what])] == []
    assert [what for what in RESULTS if told[what] == first[1][what]] == []


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """The vault, whose data stay as they are."""
    with T.opened(tmp_path_factory.mktemp("narrower") / "v") as opened:
        yield opened


ON = "2026-03-14"
READS = {name: read for name, (read, _) in T.READS.items()} | {
    name: lambda one, name=name: getattr(one, name)(ON)
    for name in ("zones", "sleep_debt", "sleep_rhythm", "flags", "strength_offers")
}


def answers(view):
    """Return every number and word that the analysis tells a view, by what it is of."""
    found = {}
    for name, read in READS.items():
        try:
            told = read(view)
        except (AccessDenied, UnknownRecord):
            continue
        found |= cells(name, told) if isinstance(told, pd.DataFrame) else {(name, "whole"): told}
    return found


def cells(name, told):
    """Return the known values of a table; the trend of strength is of the granted sets alone."""
    whole = told.reset_index() if told.index.name else told
    whole = whole.drop(columns=["workout_id", "trend_kg_per_28d"], errors="ignore")
    keys = [one for one in ("date", "movement", "kind", "zone", "activity") if one in whole]
    rows = whole.assign(nth=whole.groupby(keys).cumcount() if len(whole) else 0)
    return {
        (name, column, *(str(row[key]) for key in [*keys, "nth"])): row[column]
        for row in rows.to_dict("records")
        for column in whole.columns
        if pd.notna(row[column])
    }


STARTS = st.sampled_from([None, date(2025, 3, 1), date(2025, 12, 20), date(2026, 1, 20), date(2026, 3, 25)])


@pytest.fixture(scope="module")
def whole(held):
    """What is told to whom everything is granted."""
    return answers(T.see(held))


@settings(max_examples=8, deadline=None)
@given(STARTS, st.sampled_from([0, 1, 20]), st.sets(st.sampled_from(sorted(T.EVERYTHING)), max_size=3))
def test_narrower_grant_never_tells_more(held, whole, start, sooner, without):
    """Fewer days and fewer categories: whatever is told is told to the wider grant too."""
    assume(start is None or start <= T.TODAY - timedelta(days=sooner))
    metrics = {name: how for name, how in T.EVERYTHING.items() if name not in without}
    told = answers(T.see(held, metrics, data_from=start, data_to=T.TODAY - timedelta(days=sooner)))
    if "caffeine" in without:
        told.pop(("sleep_rhythm", "whole"), None)  # a cup stands in for the drinks
    assert told == {key: whole.get(key) for key in told}


@pytest.mark.parametrize("name", ["strength", "reaction"])
def test_coarser_rung_never_tells_more(held, name):
    """Daily has the columns and rows of raw, or fewer of both."""
    whole, told = (
        FRAMES[name](T.see(held, dict.fromkeys(("strength_set", "reaction_time"), rung)))
        for rung in ("raw", "daily")
    )
    assert set(told) <= set(whole)
    assert len(told) < len(whole)


def test_weekly_is_not_enough(held):
    """What stands beside its usual has no weekly form, so a grant of weeks is a no."""
    view = T.see(held, dict.fromkeys((*T.HEART, *T.LOAD, "sleep_duration"), "weekly"))
    for read in (lambda: view.trend("hrv"), view.load, view.sleep_debt):
        with pytest.raises(AccessDenied, match="granted is"):
            read()
