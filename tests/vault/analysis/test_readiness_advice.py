"""Advice: which rule decides, that feeling is never overruled, and that a plan is not tossed about."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.analysis import Inputs, readiness_history
from vault.analysis.advice import ADVICE, Morning, Plan, advise
from vault.analysis.parameters import document

USUAL = Morning(
    device=60,
    felt=None,
    combined=None,
    disagree=False,
    trend="inside",
    debt_h=0.4,
    strained=(),
    paused=False,
    pain=False,
    illness=False,
)
STEPS = ("rest_suggested", "ease", "as_planned", "room_to_push")


def _morning(**changes: object) -> Morning:
    return dataclasses.replace(USUAL, **changes)


def _rules(*mornings: Morning) -> list[str | None]:
    plan, told = Plan(), []
    for morning in mornings:
        plan = advise(morning, plan)
        told.append(plan.advice.rule if plan.advice else None)
    return told


@pytest.mark.parametrize(
    ("changes", "rule", "kind"),
    [
        ({}, "A3", "as_planned"),
        ({"device": 24}, "A1", "ease"),
        ({"device": 35}, "A3", "as_planned"),
        ({"trend": "below"}, "A2", "ease"),
        ({"device": 75}, "A4", "room_to_push"),
        ({"strained": ("rhr", "resp")}, "A5", "rest_suggested"),
        ({"debt_h": 1.2}, "A6", "as_planned"),
        ({"trend": "above", "felt": 30, "combined": 52}, "A7", "as_planned"),
        ({"trend": "below", "unsettled": "travel"}, "A8", "as_planned"),
        ({"trend": "above", "felt": 30, "combined": 52, "unsettled": "shift"}, "A8", "as_planned"),
        ({"trend": "inside", "unsettled": "shift"}, "A3", "as_planned"),
        ({"trend": "below", "unsettled": "travel", "device": 24}, "A1", "ease"),
        ({"device": 90, "pain": True}, "pain", "ease"),
        ({"device": 90, "illness": True}, "illness", "rest_suggested"),
    ],
)
def test_rule_fires_on_its_condition(changes, rule, kind):
    """Each rule decides on the morning it is written for."""
    advice = advise(_morning(**changes), Plan()).advice
    assert (advice.rule, advice.kind) == (rule, kind)
    assert advice.overridable


def test_two_low_mornings_running_call_for_ease():
    """One morning under 40 changes nothing, the second in a row does, and one in between undoes it."""
    low = _morning(device=35)
    assert _rules(low, low) == ["A3", "A1"]
    assert _rules(low, USUAL, low) == ["A3", "A3", "A3"]


@pytest.mark.parametrize(
    "barred",
    [{"felt": 35, "combined": 72}, {"paused": True}, {"debt_h": 1.5}, {"trend": "below"}, {"pain": True}],
)
def test_push_is_barred(barred):
    """A high score is no push for who feels low, owes sleep, was flagged lately or trends down."""
    assert advise(_morning(device=90, **barred), Plan()).advice.kind != "room_to_push"


def test_device_never_overrules_a_bad_morning():
    """Where the two disagree, the felt score decides about rest and the lower one about pushing."""
    glad_device = _morning(device=80, felt=20, combined=55, disagree=True)
    assert _rules(glad_device) == ["A1"]
    glad_person = _morning(device=20, felt=80, combined=50, disagree=True)
    assert _rules(glad_person, glad_person) == ["A3", "A3"]


def test_debt_is_told_before_a_training_change():
    """With more than an hour of debt a night, an easing begins with the bedtime."""
    advice = advise(_morning(device=20, debt_h=1.4), Plan()).advice
    assert advice.rule == "A1"
    assert advice.text.startswith("Sleep first: 1.4 h")
    assert advice.because[-1] == "debt"


def test_step_up_waits_a_day():
    """The day after the plan changed it does not step up; the day after that it may."""
    told = []
    plan = Plan()
    for morning in (USUAL, _morning(device=20), USUAL, USUAL):
        plan = advise(morning, plan)
        told.append(plan.advice)
    assert [advice.kind for advice in told] == ["as_planned", "ease", "ease", "as_planned"]
    assert told[2].rule == "A1"
    assert "one more day" in told[2].text


def test_step_down_never_waits():
    """Illness, strain and very low mornings are answered the same day, whatever changed yesterday."""
    high, ill = _morning(device=90), _morning(illness=True)
    assert _rules(USUAL, high, ill) == ["A3", "A4", "illness"]
    assert _rules(USUAL, high, _morning(device=10)) == ["A3", "A4", "A1"]


def test_morning_without_any_number_has_no_advice():
    """Nothing known, nothing said; the next morning starts afresh."""
    nothing = _morning(device=None, trend=None, debt_h=None)
    assert _rules(nothing, USUAL) == [None, "A3"]
    felt_only = _morning(device=None, felt=20, trend=None, debt_h=None)
    assert _rules(felt_only) == ["A1"]


mornings = st.builds(
    Morning,
    device=st.none() | st.integers(0, 100),
    felt=st.none() | st.integers(0, 100),
    combined=st.none() | st.integers(0, 100),
    disagree=st.just(False),
    trend=st.sampled_from([None, "below", "inside", "above"]),
    debt_h=st.none() | st.floats(-1, 4),
    strained=st.sampled_from([(), ("rhr", "resp", "temp")]),
    paused=st.booleans(),
    pain=st.booleans(),
    illness=st.booleans(),
)


@given(days=st.lists(mornings, max_size=12))
def test_plan_steps_up_at_most_once_in_two_days(days):
    """Whatever the mornings: no step up directly after a change, and a tick always means easy or rest."""
    plan, kinds = Plan(), []
    for morning in days:
        plan = advise(morning, plan)
        kinds.append(plan.advice.kind if plan.advice else None)
        if morning.pain or morning.illness:
            assert kinds[-1] in ("ease", "rest_suggested")
    for one, two, three, morning in zip(kinds, kinds[1:], kinds[2:], days[2:]):
        if None not in (one, two, three) and one != two and not (morning.pain or morning.illness):
            assert STEPS.index(three) <= STEPS.index(two)


def test_every_rule_has_words():
    """The rules of the parameters and the words for them are the same set, and each says what undoes it."""
    words = document("wording.toml")["advice"]
    told = {key.removesuffix("_low") for key, text in words.items() if isinstance(text, dict)}
    assert {"A8_travel", "A8_shift"} <= told
    assert set(ADVICE.rules) == {key.partition("_")[0] for key in told}
    assert set(ADVICE.rules.values()) <= set(STEPS)
    changing = [rule for rule, kind in ADVICE.rules.items() if kind in ("ease", "rest_suggested")]
    assert all(words[rule]["undo"] for rule in changing)


def test_strain_flag_pauses_pushing_and_shows_its_numbers():
    """Three signals away at once raise the flag with its numbers, and bar a push for two days."""
    days = 60
    rng = np.random.default_rng(8)
    rhr, resp = 54 + 2 * rng.standard_normal(days), 14 + 0.2 * rng.standard_normal(days)
    temp, hrv = 0.2 * rng.standard_normal(days), 4.1 + 0.1 * rng.standard_normal(days)
    rhr[55], resp[55], temp[55] = 70, 17, 1.5
    hrv[56:58] = 4.5
    start = date(2025, 1, 1)
    inputs = Inputs(
        days=np.datetime64(start) + np.arange(days),
        lnrmssd=hrv,
        rhr=rhr,
        tst_min=430 + 20 * rng.standard_normal(days),
        resp=resp,
        temp=temp,
        load=np.full(days, np.nan),
    )
    flagged, *after = readiness_history(inputs, start + timedelta(55), start + timedelta(57))
    assert [flag.id for flag in flagged.flags] == ["body_strain"]
    assert "Resting heart rate 70 (usual 5" in " ".join(flagged.flags[0].evidence)
    assert flagged.advice.rule == "A5"
    assert set(flagged.advice.because) == {"rhr", "resp", "temp"}
    for result in after:
        assert result.score > 70
        assert result.advice.kind != "room_to_push"
