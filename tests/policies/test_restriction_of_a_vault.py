"""Restriction in a real vault: what lies on the restricted days changes no answer of any reader."""

from __future__ import annotations

import runpy
import shutil
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import policies
import vault
from vault.errors import AccessDenied, VaultError
from vault.records import Score, SleepSession, StrengthSet
from vault.time import day_of_date

pytest.importorskip("cedarpy")

T = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("analysis_vault.py"))))
FIRST, LAST, DAY = date(2026, 3, 10), date(2026, 3, 12), timedelta(days=1)
BACKS = np.arange((T.TODAY - LAST).days, (T.TODAY - FIRST).days + 1)
AFTER = LAST + DAY, LAST + 2 * DAY
METRICS = {
    **T.EVERYTHING,
    "heart_rate": "raw",
    "steps": "hourly",
    "sleep_stage": "raw",
    "body_mass": "weekly",
}
TABLES = (
    "sleep",
    "workouts",
    "sets",
    "scores",
    "checkins",
    "load",
    "efforts",
    "reaction",
    "readiness_history",
)
TERMS = ("hrv", "rhr", "sleep", "resp", "temp", "felt")
MORNINGS = ("readiness", "zones", "sleep_debt", "sleep_rhythm", "flags", "strength_offers")


def noon(metric, value):
    """Make a sample at noon of each restricted day."""
    return [T.samples(metric, T.at(BACKS[::-1], 12), [value] * len(BACKS))]


def of(kind, records):
    """Return the records of a kind."""
    return [one for one in records if isinstance(one, kind)]


RESTRICTED = {
    "heart_rate": lambda: noon("heart_rate", 190),
    "resting_heart_rate": lambda: noon("resting_heart_rate", 71),
    "sleep_stage": lambda: of(SleepSession, T.nights(BACKS, T.RING, 60)),
    "workouts": lambda: [*T.training(BACKS, T.RING, 20.0, 3)],
    "strength_set": lambda: of(StrengthSet, T.training(BACKS, T.WATCH, 20.0)),
    "reaction_time": lambda: [*T.taps(BACKS, T.WATCH, 90.0)],
    "caffeine": lambda: noon("caffeine", 300),
    "vendor_scores": lambda: [
        Score(day_of_date(LAST), T.WATCH, "polar_profile_anaerobic_threshold", 150.0),
        Score(day_of_date(FIRST), T.WATCH, "recovery", 15.0),
    ],
}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The folder of a vault with a grant of nearly everything."""
    folder = tmp_path_factory.mktemp("restricted") / "v"
    with T.opened(folder) as held:
        fields = {"grantee": "doc", "kind": "clinician", "purpose": "treatment", "metrics": METRICS}
        policies.grant(held, policies.Grant(**fields))
    return folder


@pytest.fixture
def another(first, tmp_path, cheap_keys):
    """A copy of the vault, opened."""
    with vault.open(shutil.copytree(first, tmp_path / "copy"), T.PASSPHRASE, clock=lambda: T.NOW) as held:
        yield held


def seen(held):
    return policies.view(held, "doc", "treatment")


def answers(view):
    """Return whatever the view can be asked for, refusals among it, by what was asked."""
    told = {"metrics": answer(view.metrics), "strength": answer(view.strength)}
    for days in ((FIRST, LAST), AFTER):
        told |= {(name, days): answer(getattr(view, name), *days) for name in TABLES}
        told |= {("trend", term, days): answer(view.trend, term, *days) for term in TERMS}
        told["document", days] = answer(policies.document, view, *days)
    for day in (FIRST, AFTER[0]):
        told |= {(name, day): answer(getattr(view, name), day) for name in MORNINGS}
    return told


def answer(read, *asked):
    try:
        found = read(*asked)
    except VaultError as error:
        return type(error).__name__, str(error)
    return found.reset_index().to_csv() if isinstance(found, pd.DataFrame) else repr(found)


@pytest.mark.parametrize("category", RESTRICTED)
def test_what_is_restricted_changes_no_answer(another, category):
    """With other data of the category on the restricted days, every reader says the same of all days."""
    policies.restrict(another, category, FIRST, LAST)
    before = answers(seen(another))
    another.ingest(RESTRICTED[category]())
    after = answers(seen(another))
    assert [what for what in before if before[what] != after[what]] == []
    assert sum(told[0] != "AccessDenied" for told in before.values()) > len(before) / 4


def test_what_is_not_restricted_does_change_it(another):
    """The test above can fail: without a restriction the same data are seen."""
    before = answers(seen(another))
    for records in RESTRICTED.values():
        another.ingest(records())
    after = answers(seen(another))
    changed = {what[0] for what in before if before[what] != after[what]}
    assert changed >= {"sleep", "sets", "scores", "workouts", "trend", "reaction", "document", "load"}


def test_restriction_by_another_process_holds_in_a_view_already_open(another, tmp_path):
    """Who looks has not to look anew: the next question is refused."""
    view = seen(another)
    assert len(view.samples("caffeine"))
    with vault.open(tmp_path / "copy", T.PASSPHRASE, clock=lambda: T.NOW) as owner:
        policies.restrict(owner, "caffeine")
    with pytest.raises(AccessDenied, match="restricted"):
        view.samples("caffeine")


@pytest.mark.parametrize(
    "change", ["DELETE FROM event", "UPDATE event SET body = replace(body, '2026', '2025')"]
)
def test_restriction_that_was_taken_out_of_a_vault_denies_all(another, tmp_path, change):
    """Without all restrictions that were written nobody decides, about nothing."""
    policies.restrict(another, "caffeine", FIRST, LAST)
    another._store.connection.execute(f"{change} WHERE kind = 'restriction'")
    with (
        vault.open(tmp_path / "copy", T.PASSPHRASE, clock=lambda: T.NOW) as owner,
        pytest.raises(AccessDenied, match="could not be made"),
    ):
        seen(owner).daily("sleep_duration")
