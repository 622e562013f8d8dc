"""The check-in: compared with the person's own, one more exact line, never overruled by a device."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from vault.analysis import Inputs, readiness_at
from vault.analysis.felt import feel

START = date(2025, 6, 1)
DAYS = 40
NAN = np.nan


def _inputs(
    checkin: dict[str, list[float] | np.ndarray], *, hrv_today: float = 4.1, weight: float = 0.5
) -> Inputs:
    rng = np.random.default_rng(2)
    hrv = 4.1 + 0.1 * rng.standard_normal(DAYS)
    hrv[-1] = hrv_today
    nothing = np.full(DAYS, NAN)
    return Inputs(
        days=np.datetime64(START) + np.arange(DAYS),
        lnrmssd=hrv,
        rhr=54 + 2 * rng.standard_normal(DAYS),
        tst_min=430 + 30 * rng.standard_normal(DAYS),
        resp=nothing,
        temp=nothing,
        load=nothing,
        checkin={name: np.asarray(answers, float) for name, answers in checkin.items()},
        felt_weight=weight,
    )


def _today(inputs: Inputs):
    return readiness_at(inputs, START + timedelta(DAYS - 1))


def _same(value: float, today: float) -> np.ndarray:
    return np.r_[np.full(DAYS - 1, value), today]


def test_soreness_and_stress_are_turned():
    """Soreness and stress are stored with 5 as the worst; 1 of both is a good morning."""
    good = feel(_inputs({"soreness": _same(3, 1), "stress": _same(3, 1)}))
    assert good.mean[-1] == 5
    assert good.u[-1] > 0


def test_one_item_is_not_a_checkin():
    """Under two answers there is no felt score; answers outside of 1-5 are no answers."""
    assert np.isnan(feel(_inputs({"energy": _same(3, 4)})).u).all()
    assert np.isnan(feel(_inputs({"energy": _same(3, 4), "mood": _same(3, 9)})).u[-1])
    assert _today(_inputs({"energy": _same(3, 4)})).felt is None


def test_first_checkins_stand_beside_the_neutral_answer():
    """Before seven check-ins u is (mean - 3) / 0.8."""
    answers = np.full(DAYS, NAN)
    answers[-3:] = [3, 3, 5]
    felt = feel(_inputs({"energy": answers, "mood": answers}))
    assert felt.earlier[-1] == 2
    assert felt.u[-1] == 2.0  # (5 - 3) / .8 is cut at 2
    answers[-1] = 2
    assert feel(_inputs({"energy": answers, "mood": answers})).u[-1] == pytest.approx(-1.25)


def test_later_checkins_stand_beside_the_own_usual():
    """Somebody who always answers 4 feels usual at 4, and low with one answer of four at 3."""
    four = dict.fromkeys(("energy", "mood", "sleep_quality"), _same(4, 4))
    assert feel(_inputs(four | {"soreness": _same(2, 2)})).u[-1] == 0
    lower = feel(_inputs(four | {"soreness": _same(2, 3)}))
    assert lower.u[-1] == pytest.approx(-0.25 / np.sqrt(7 * 0.6**2 / (39 + 7)))


def test_three_numbers_are_always_there():
    """With a check-in there are device, felt and combined, and the score is the combined one."""
    result = _today(_inputs({"energy": _same(3, 4), "mood": _same(3, 4)}))
    assert result.device.score != result.felt.score
    assert result.score == result.combined.score
    assert result.felt.items == {"energy": 4, "mood": 4}
    assert result.felt.n == DAYS - 1
    d, u = result.device.s, feel(_inputs({"energy": _same(3, 4), "mood": _same(3, 4)})).u[-1]
    assert result.combined.s == pytest.approx((0.5 * d + 0.5 * u) / np.sqrt(0.25 + 0.25 + 0.05))


def test_feeling_is_its_own_line():
    """The check-in is one contribution more, and the lines still add up exactly."""
    result = _today(_inputs({"energy": _same(3, 1), "mood": _same(3, 1)}))
    felt = next(line for line in result.contributions if line.term == "felt")
    assert felt.points < -5
    assert "You feel 1.0 of 5" in felt.text
    assert sum(line.points for line in result.contributions) == pytest.approx(result.score - 60, abs=1e-9)
    assert 60 + sum(line.shown for line in result.contributions) == round(result.score)


def test_weight_zero_leaves_the_device_score():
    """A person who gives the check-in no weight gets the device's score, and still sees the felt one."""
    result = _today(_inputs({"energy": _same(3, 1), "mood": _same(3, 1)}, weight=0.0))
    assert result.score == pytest.approx(result.device.score)
    assert result.felt.score < 20


def test_disagreement_is_said():
    """A device and a person 25 points apart both stand, with a sentence."""
    result = _today(_inputs({"energy": _same(3, 1), "mood": _same(3, 1)}, hrv_today=4.3))
    assert result.disagreement.device - result.disagreement.felt >= 25
    assert str(round(result.device.score)) in result.disagreement.text
    agreed = _today(_inputs({"energy": _same(3, 3), "mood": _same(3, 3)}))
    assert agreed.disagreement is None


def test_feeling_alone_is_no_score():
    """Without HRV and heart rate the felt number is given, but no combined one and no score."""
    answers = {"energy": _same(3, 4), "mood": _same(3, 4)}
    inputs = _inputs(answers)
    inputs.lnrmssd[:] = inputs.rhr[:] = NAN
    result = _today(inputs)
    assert result.score is result.combined is None
    assert result.felt.score > 60
    assert result.sleep_only is not None
