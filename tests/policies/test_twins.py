"""The twins: Cedar and the planner, which share no rule, agree on thousands of random cases."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from policies import planner

pytest.importorskip("cedarpy")

T = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("twin_cases.py"))))
CASES = 4_000
MANY = 24_000


@pytest.fixture(scope="module")
def cases():
    """The same random cases for every test of this file."""
    return T.drawn(CASES, seed=20261122)


def test_twins_agree(cases):
    """On four thousand cases, of which a good share is allowed, the two never differ."""
    verdicts = T.by_cedar(cases)
    assert verdicts == T.by_planner(cases)
    assert CASES // 10 < sum(verdicts) < CASES * 9 // 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_twins_agree_on_many_more(seed):
    """Nor on other cases, twenty-four thousand for each of three seeds."""
    many = T.drawn(MANY, seed)
    assert T.by_cedar(many) == T.by_planner(many)


def test_twins_meet_every_reason(cases):
    """The cases reach every refusal the planner knows for one grant, each more than a few times."""
    met = Counter(planner.judge(asked, record) for asked, record in cases)
    outside = {"no-grant", "no-cedar", "error", "disagreement"}
    assert met.keys() == set(planner._WORDS) - outside
    assert min(met.values()) >= 10, met


def test_twins_meet_every_kind_with_a_yes_and_a_no(cases):
    """Each kind of grantee is refused something, and whoever may be given anything is given something."""
    told = Counter((record.grant.kind, yes) for (_, record), yes in zip(cases, T.by_planner(cases)))
    kinds = {kind for kind, _ in told}
    assert all(told[kind, False] for kind in kinds)
    assert {kind for kind in kinds if not told[kind, True]} == {"insurer", "advertiser"}
