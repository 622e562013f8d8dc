"""The overtraining-risk pattern: which signs there are, and that a device alone never raises it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from vault.analysis import Inputs, readiness_at
from vault.analysis.columns import compute
from vault.analysis.overtraining import OVERTRAINING, Lifts, Sign, declined, pattern

DAYS = 120
START = date(2026, 1, 1)


def worn(*, feels_it=True):
    """Somebody who trains as hard every day, sleeps too little, and whose HRV falls for two weeks."""
    rng = np.random.default_rng(4)
    hrv, rhr = 4.1 + 0.05 * rng.standard_normal(DAYS), 52 + rng.standard_normal(DAYS)
    hrv[-14:] -= 0.25
    rhr[-8:] += 5
    load = np.where(np.arange(DAYS) % 3 == 0, 0.0, 60.0)
    load[-9:] = 120 + rng.standard_normal(9)
    energy = 4 + 0.2 * rng.standard_normal(DAYS)
    energy[-6:] -= 2 if feels_it else 0
    sleep = np.where(np.arange(DAYS) < DAYS - 14, 480.0, 380.0)
    return Inputs(
        days=np.datetime64(START) + np.arange(DAYS),
        lnrmssd=hrv,
        rhr=rhr,
        tst_min=sleep,
        resp=np.full(DAYS, np.nan),
        temp=np.full(DAYS, np.nan),
        load=load,
        checkin={"energy": energy, "mood": energy},
    )


def flags_of(inputs):
    return {flag.id: flag for flag in readiness_at(inputs, inputs.days[-1].item()).flags}


def test_pattern_names_every_sign_that_is_there_with_its_number():
    """Low HRV, a high pulse, a hard even week, a debt and feeling low make the pattern, in numbers."""
    inputs = worn()
    found = {name: bool(sign.there[-1]) for name, sign in compute(inputs).signs.items()}
    assert [name for name, there in found.items() if not there] == ["performance"]
    flag = flags_of(inputs)["overtraining"]
    assert len(flag.evidence) == 5
    assert "coach or doctor" in flag.text
    assert any("of the last 14 mornings" in line for line in flag.evidence)


def test_device_alone_never_raises_it():
    """Four signs of the device are no pattern while the person neither feels it nor performs worse."""
    inputs = worn(feels_it=False)
    signs = compute(inputs).signs
    assert sum(sign.there[-1] for sign in signs.values()) >= OVERTRAINING.signs
    assert "overtraining" not in flags_of(inputs)
    weaker = replace(inputs, performance_down=np.arange(DAYS) == DAYS - 1)
    assert "overtraining" in flags_of(weaker)


def test_pattern_bars_a_push():
    """While the pattern is there, nothing is offered on top, however high the score."""
    inputs = worn()
    hrv = inputs.lnrmssd.copy()
    hrv[-1] = 4.9
    told = readiness_at(replace(inputs, lnrmssd=hrv), inputs.days[-1].item())
    assert told.advice is not None
    assert told.advice.rule != "A4"


@pytest.mark.parametrize("count", range(7))
def test_pattern_takes_three_signs_and_a_personal_one(count):
    """Enough signs are needed, and the person's own among them."""
    names = ["hrv", "rhr", "monotony", "debt", "felt", "performance"]
    there = [at < count for at in range(6)]
    found = {name: Sign(np.array([yes]), np.array([np.nan])) for name, yes in zip(names, there)}
    assert bool(pattern(found)[0]) == (count >= 5)


def lifts(*rows):
    day, e1rm, rpe = (np.array(column, float) for column in zip(*rows))
    return Lifts(day.astype(np.int64), np.full(len(rows), "squat", object), e1rm, rpe)


@pytest.mark.parametrize(
    ("rows", "down"),
    [
        ([(0, 100, 8), (7, 94, 8), (10, 95, 9)], range(11, 25)),
        ([(0, 100, 8), (7, 96, 8), (10, 94, 8)], []),
        ([(0, 100, 8), (7, 94, 7), (10, 94, 8)], []),
        ([(0, 100, 8), (7, 94, np.nan), (10, 94, 8)], []),
        ([(0, 100, 8), (50, 90, 8), (55, 90, 8)], []),
        ([(0, 100, 8)], []),
    ],
    ids=["twice", "once", "less effort", "effort untold", "too long ago", "one session"],
)
def test_lift_is_down_after_two_weaker_sessions_at_no_less_effort(rows, down):
    """Both sessions lie 5 % under the best of six weeks, at an RPE told and no lower; for two weeks.

    The day of the second begins with a morning that does not know of it.
    """
    days = np.arange(60)
    assert np.flatnonzero(declined(lifts(*rows), days)).tolist() == list(down)


def test_nothing_lifted_is_nothing_down():
    """No row is no decline."""
    none = Lifts(np.empty(0, np.int64), np.empty(0, object), np.empty(0), np.empty(0))
    assert not declined(none, np.arange(5)).any()
