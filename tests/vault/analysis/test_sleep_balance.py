"""Need and debt: readiness's own numbers, with what they rest on."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis import Inputs, readiness_at
from vault.analysis.sleep.balance import sleep_debt
from vault.time import date_of_day

FIRST = 20_000
MINUTES = st.floats(0, 1200) | st.sampled_from([math.nan, math.inf, -1.0, 60.0, 960.0])


def inputs(tst_min, need_min=None):
    """Return inputs in which nothing but sleep is known."""
    none = np.full(len(tst_min), np.nan)
    days = np.arange(FIRST, FIRST + len(tst_min)).astype("datetime64[D]")
    return Inputs(days, none, none, np.array(tst_min, float), none, none, none, need_min=need_min)


@given(st.lists(MINUTES, min_size=1, max_size=120), st.none() | st.floats(300, 600))
def test_debt_and_need_are_those_of_readiness(tst_min, need_min):
    """Whatever the nights, readiness and the sleep page never disagree, to the last bit."""
    day = FIRST + len(tst_min) - 1
    found = sleep_debt(np.array(tst_min, float), day, need_min)
    context = readiness_at(inputs(tst_min, need_min), date_of_day(day)).context
    assert (found.debt_h, found.need_min) == (context.debt_h, context.need_min)


def test_debt_of_an_hour_short_every_night():
    """A need of eight hours and nights of seven: one hour a night."""
    found = sleep_debt(np.full(30, 420.0), FIRST, stated_min=480.0)
    assert found.debt_h == pytest.approx(1.0)
    assert (found.need_basis, found.nights, found.asleep_min, found.missing) == ("stated", 14, 420.0, None)
    assert "debt 1.0 h a night (even: 0.0 to 1.0)" in found.text


def test_need_is_learned_from_two_weeks():
    """Thirteen nights before today leave the stand-in, fourteen teach the need."""
    assert sleep_debt(np.full(14, 450.0), FIRST).need_basis == "default"
    assert sleep_debt(np.full(14, 450.0), FIRST).need_min == 465.0
    learned = sleep_debt(np.full(15, 450.0), FIRST)
    assert (learned.need_basis, learned.need_min) == ("learned", 450.0)


@pytest.mark.parametrize("tst_min", [[], [math.nan] * 20, [400.0] * 4, [5.0] * 20, [math.inf] * 20])
def test_debt_of_too_few_nights_has_a_reason(tst_min):
    """Below five plausible nights of fourteen the debt is missing, never zero."""
    found = sleep_debt(np.array([math.nan, *tst_min]), FIRST)
    assert found.debt_h is None
    assert found.missing == f"needs 5 of the last 14 nights, has {found.nights}"
    assert found.nights < 5


def test_debt_is_json():
    """The result is plain JSON, empty fields as null."""
    told = json.loads(json.dumps(sleep_debt(np.array([math.nan]), FIRST).to_dict(), allow_nan=False))
    assert told["date"] == str(date_of_day(FIRST))
    assert told["debt_h"] is None
