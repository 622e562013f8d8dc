"""What readiness says: numbers beside the usual range, sums people can follow, no orders, nothing medical."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import numpy as np
import pytest

from vault.analysis import Inputs, readiness_history
from vault.analysis.felt import PERSON
from vault.analysis.parameters import document, params_sha256, term_rules
from vault.analysis.reasons import contribution_text, number

START = date(2025, 1, 1)
KEYS = [
    "date", "score", "band", "confidence", "label", "anchor", "device", "felt", "combined", "disagreement",
    "sleep_only", "contributions", "reasons", "missing", "flags", "context", "advice", "algorithm",
    "params_sha256", "inputs_sha256",
]  # fmt: skip
FORBIDDEN = re.compile(
    r"diagnos|injury risk|\bmust\b|you have to|\bdisease|\bsick\b|\bnever\b|!", re.IGNORECASE
)


def _history(days: int = 90):
    """A restless person with gaps, check-ins, ticks and a bad week: every rule and reason turns up."""
    rng = np.random.default_rng(21)
    bad = (np.arange(days) > 60) & (np.arange(days) < 67)
    answers = np.where(rng.random(days) < 0.4, np.nan, rng.integers(1, 6, days))

    def with_gaps(values: np.ndarray) -> np.ndarray:
        return np.where(rng.random(days) < 0.1, np.nan, values)

    inputs = Inputs(
        days=np.datetime64(START) + np.arange(days),
        lnrmssd=with_gaps(4.1 + 0.15 * rng.standard_normal(days) - 0.5 * bad),
        rhr=with_gaps(54 + 2 * rng.standard_normal(days) + 9 * bad),
        tst_min=with_gaps(400 + 60 * rng.standard_normal(days)),
        resp=with_gaps(14 + 0.3 * rng.standard_normal(days) + 2 * bad),
        temp=with_gaps(0.2 * rng.standard_normal(days) + bad),
        load=np.maximum(60 * rng.standard_normal(days), 0),
        checkin={"energy": answers, "soreness": answers[::-1]},
        pain=rng.random(days) < 0.05,
        illness=rng.random(days) < 0.03,
        load_estimated=rng.random(days) < 0.3,
        need_min=480.0,
    )
    return readiness_history(inputs, START, START + timedelta(days - 1))


HISTORY = _history()


def _texts(result) -> list[str]:
    lines = [*result.reasons, *(line.text for line in result.contributions)]
    lines += [absent.reason for absent in result.missing]
    lines += [line for flag in result.flags for line in flag.evidence]
    lines += [result.advice.text, result.advice.undo] if result.advice else []
    lines += [result.disagreement.text] if result.disagreement else []
    return lines + ([result.context.acwr_note] if result.context.acwr_note else [])


def test_no_text_orders_or_claims_anything_medical():
    """No sentence says diagnosis, injury risk, "you must" or the like, in the table or when filled in."""
    told = [text for result in HISTORY for text in _texts(result)]
    assert {result.advice.rule for result in HISTORY if result.advice} >= {
        "A1",
        "A3",
        "A5",
        "pain",
        "illness",
    }
    for text in told:
        assert not FORBIDDEN.search(text), text
        assert "{" not in text

    def leaves(value):
        return (
            [leaf for one in value.values() for leaf in leaves(one)] if isinstance(value, dict) else [value]
        )

    for text in leaves(document("wording.toml")):
        assert not FORBIDDEN.search(str(text)), text


def test_reason_holds_value_and_usual_range():
    """Every contribution says its number, the low and the high end of the usual, and its points."""
    for result in HISTORY:
        for line in result.contributions:
            for value in (line.value, line.low, line.high):
                assert number(line.term, value) in line.text
            assert re.search(r"[-+]?\d+ points?\.$", line.text)


def test_reasons_are_sorted_folded_and_summed():
    """Largest effect first, those under a point folded, and the integers people read add up to the total."""
    for result in (one for one in HISTORY if one.score is not None):
        large = sorted(
            (line for line in result.contributions if abs(line.points) >= 1), key=lambda x: -abs(x.points)
        )
        assert list(result.reasons[: len(large)]) == [line.text for line in large]
        points = [
            int(found[1])
            for found in (re.search(r"([-+]?\d+) points?[ .]", x) for x in result.reasons)
            if found
        ]
        assert 60 + sum(points) == round(result.score)
        assert result.reasons[-1].endswith(f"= {round(result.score)}.")


@pytest.mark.parametrize(
    ("term", "shown", "beside", "text"),
    [
        ("hrv", -26, (46, 60, 52.4, 68.7), "HRV 46 ms, below your usual 52-69: -26 points."),
        ("hrv", 1, (68.9, 60, 52.4, 68.7), "HRV 69 ms, just above your usual 52-69: +1 point."),
        ("rhr", 0, (54, 53, 50, 56), "Resting heart rate 54, within your usual 50-56: 0 points."),
        (
            "sleep",
            -11,
            (365, 440, 380, 500),
            "Slept 6 h 05, 1 h 15 under your usual 7 h 20 (6 h 20 to 8 h 20): -11 points.",
        ),
        (
            "debt",
            -2,
            (0.8, 0.5, 0, 1),
            "Two-week sleep debt 0.8 h a night, within the even 0.0-1.0: -2 points.",
        ),
        (
            "debt",
            5,
            (-0.04, 0.5, 0, 1),
            "Two-week sleep debt 0.0 h a night, just below the even 0.0-1.0: +5 points.",
        ),
        (
            "temp",
            -3,
            (0.9, 0, -0.3, 0.3),
            "Skin temperature +0.9 °C, above your usual -0.3 to +0.3: -3 points.",
        ),
    ],
)
def test_reason_reads_like_this(term, shown, beside, text):
    """The sentences of the design, to the letter."""
    assert contribution_text(term, shown, beside) == text


def test_stand_in_is_not_called_your_usual():
    """Before a baseline of sleep the sentence says that a stand-in is compared with."""
    early = HISTORY[3].sleep_only.contributions[0]
    assert early.term == "sleep"
    assert "stand in until your usual is known" in early.text
    assert "under your usual" not in early.text


def test_document_has_stable_keys_and_is_json():
    """Every result has the same keys in the same order and no NaN; the date is ISO 8601."""
    for result in HISTORY:
        document_ = result.to_dict()
        assert list(document_) == KEYS
        again = json.loads(json.dumps(document_, allow_nan=False))
        assert again == document_
        assert date.fromisoformat(document_["date"]) == result.date
    scored = next(one.to_dict() for one in reversed(HISTORY) if one.combined and one.advice)
    assert list(scored["device"]) == ["score", "s", "coverage", "stream", "baseline_nights"]
    assert list(scored["device"]["stream"]) == ["source", "device", "metric", "window"]
    assert list(scored["contributions"][0]) == [
        "term", "points", "shown", "value", "usual", "low", "high", "unit", "text",
    ]  # fmt: skip
    assert list(scored["advice"]) == ["kind", "text", "because", "rule", "undo", "overridable"]


def test_band_and_shown_score_never_disagree():
    """The band follows the integer people see: low under 40, high from 70."""
    for result in (one for one in HISTORY if one.score is not None):
        shown = round(result.score)
        assert result.band == ("low" if shown < 40 else "usual" if shown < 70 else "high")


def test_hashes_name_parameters_and_inputs():
    """All days of one algorithm carry one parameter hash, and no two days the same input hash."""
    assert {result.params_sha256 for result in HISTORY} == {params_sha256()}
    assert len({result.inputs_sha256 for result in HISTORY}) == len(HISTORY)
    assert {result.algorithm for result in HISTORY} == {"readiness-1"}


def test_tables_fit_each_other():
    """Weights sum to one, every correlation and word names a term, and every pair of terms is given once."""
    rules, words = term_rules(), document("wording.toml")["terms"]
    assert sum(rule.weight for rule in rules.values()) == pytest.approx(1)
    assert set(words) == {*rules, *PERSON}
    pairs = [frozenset(pair[:2]) for pair in document("parameters.toml")["correlations"]["pairs"]]
    assert len(pairs) == len(set(pairs))
    assert all(len(pair) == 2 and pair <= set(rules) for pair in pairs)
    assert all(rule.low < 0 <= rule.high for rule in rules.values())


def test_context_says_how_load_is_known():
    """The basis of the load is told, and the regularity index is honestly absent."""
    assert {result.context.load_basis for result in HISTORY[30:]} == {"mixed"}
    assert all(result.context.sri is None for result in HISTORY)
    assert HISTORY[-1].context.need_min == 480
