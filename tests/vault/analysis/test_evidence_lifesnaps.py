"""The bars of readiness on real people: 71 wearers of one watch, with their sex and age band beside them."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

_HERE = Path(__file__).parent
BARS, LIFESNAPS = (
    SimpleNamespace(**runpy.run_path(str(_HERE / f"{name}.py"))) for name in ("bars", "lifesnaps")
)

MOST_POINTS = 7.0
LEAST_RESPONSIVENESS = 0.35
PAIRED_DAYS = 18
FLAGS_A_MONTH = 1.0


@pytest.fixture(scope="module")
def rows(samples):
    if not (samples / LIFESNAPS.TABLE).is_file():
        pytest.skip("the LifeSnaps sample is not here")
    return LIFESNAPS.table(samples)


@pytest.fixture(scope="module")
def wearers(rows):
    return LIFESNAPS.participants(rows)


def test_lifesnaps_contributions_add_up(wearers):
    """Anchor and contributions are the score to 1e-9, and the integers shown add up, on every day (B5)."""
    found = [BARS.additivity(one.inputs) for one in wearers]
    assert sum(days for _, _, days in found) > 2_000
    assert max(error for error, _, _ in found) < 1e-9
    assert sum(wrong for _, wrong, _ in found) == 0


@pytest.mark.parametrize(("by", "groups"), [("sex", 2), ("age", 2)])
def test_lifesnaps_groups_score_alike(wearers, by, groups):
    """The mean of the persons' median scores differs by at most seven points between the groups (B9)."""
    means = BARS.group_means(wearers, by)
    assert len(means) == groups
    assert min(count for _, count in means.values()) >= 10
    assert BARS.gap(means) <= MOST_POINTS


def test_lifesnaps_score_follows_responsiveness(wearers):
    """The median person's score goes with the maker's responsiveness points, rank for rank (B4)."""
    found = BARS.within(wearers, "responsiveness", PAIRED_DAYS)
    assert len(found) >= 20
    assert np.median(found) >= LEAST_RESPONSIVENESS


def test_lifesnaps_body_strain_is_rare(wearers):
    """The flag is raised on at most one of thirty nights of people not chosen for being ill (B10)."""
    raised, nights = np.sum([BARS.strain_flags(one.inputs) for one in wearers], axis=0)
    assert 0 < 30 * raised / nights <= FLAGS_A_MONTH


def test_lifesnaps_who_somebody_is_changes_nothing(rows, wearers):
    """With sex, age and body mass dealt out anew every score is the same, bit for bit."""
    told = list(LIFESNAPS.GROUPS.values())
    people = rows.groupby("id")[told].first()
    dealt = people.set_axis(np.random.default_rng(9).permutation(people.index))
    mixed = LIFESNAPS.participants(rows.drop(columns=told).join(dealt, on="id"))
    assert [one.groups for one in mixed] != [one.groups for one in wearers]
    for one, other in zip(wearers, mixed, strict=True):
        assert BARS.scores(one.inputs).tobytes() == BARS.scores(other.inputs).tobytes()
