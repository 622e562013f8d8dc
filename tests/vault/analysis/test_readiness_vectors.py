"""The published reference vectors of readiness-1 and the worked example, to the digits they are given in."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from vault.analysis import Inputs, Readiness, readiness_at, readiness_history
from vault.analysis.parameters import document, term_rules
from vault.analysis.score import on_scale, parts, score_terms, shown_integers
from vault.analysis.terms import terms

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "readiness-1.json").read_text("utf-8"))
CASES = {case["name"]: case for case in VECTORS["cases"]}
EXPECTED = [(name, row) for name, case in CASES.items() for row in case["expected"] if row]
START = date(2025, 1, 1)
TOLERANCE = 1e-6


def _inputs(name: str) -> Inputs:
    columns = {
        key: np.array([np.nan if value is None else value for value in values])
        for key, values in CASES[name]["inputs"].items()
    }
    days = np.datetime64(START) + np.arange(len(columns["rhr"]))
    return Inputs(days=days, tst_min=columns.pop("tst"), **columns)


def _lines(result: Readiness) -> dict[str, tuple[float, int]]:
    lines = result.contributions or (result.sleep_only.contributions if result.sleep_only else ())
    return {line.term: (line.points, line.shown) for line in lines}


def _ids(row: tuple[str, dict[str, int]]) -> str:
    return f"{row[0]}, day {row[1]['day']}".replace(" ", "-")


@pytest.mark.parametrize("expected", EXPECTED, ids=_ids)
def test_vectors_terms(expected):
    """Every term, and the learned sleep need, is the published one; what is absent there is absent here."""
    name, row = expected
    found = terms(_inputs(name))
    day = {term: values.value[row["day"]] for term, values in found.each.items()}
    assert {term for term, value in day.items() if np.isfinite(value)} == set(row["terms"])
    for term, value in row["terms"].items():
        assert day[term] == pytest.approx(value, abs=TOLERANCE)
    assert found.need_min[row["day"]] == pytest.approx(row["need_min"], abs=TOLERANCE)


@pytest.mark.parametrize("expected", EXPECTED, ids=_ids)
def test_vectors_score(expected):
    """Score, coverage, confidence, contributions and shown integers are the published ones."""
    name, row = expected
    result = readiness_at(_inputs(name), START + timedelta(row["day"]))
    scored = "hrv" in row["terms"] or "rhr" in row["terms"]
    assert (result.score is None) is not scored
    number = result.device if scored else result.sleep_only
    assert number is not None
    assert number.score == pytest.approx(row["score"], abs=TOLERANCE)
    assert number.s == pytest.approx(row["s"], abs=TOLERANCE)
    assert number.coverage == pytest.approx(row["coverage"], abs=TOLERANCE)
    confidence = result.confidence if scored else result.sleep_only.confidence
    assert confidence == pytest.approx(row["confidence"], abs=TOLERANCE)
    lines = _lines(result)
    assert {term: shown for term, (_, shown) in lines.items()} == row["shown"]
    for term, points in row["contributions"].items():
        assert lines[term][0] == pytest.approx(points, abs=TOLERANCE)
    assert sum(points for points, _ in lines.values()) == pytest.approx(number.score - 60, abs=1e-9)


@pytest.mark.parametrize("day", [55, 119])
def test_vectors_null_is_no_score_at_all(day):
    """A night without HRV, heart rate and sleep has neither a score nor an estimate, and says why."""
    case = "a fifth missing, and an 18-day gap"
    assert CASES[case]["expected"].count(None) == 2
    result = readiness_at(_inputs(case), START + timedelta(day))
    assert result.score is result.band is result.device is result.sleep_only is None
    assert result.confidence == 0
    assert result.label == "no score"
    assert result.reasons == ("No score: neither HRV nor resting heart rate has a value for this night.",)


@pytest.mark.parametrize("name", CASES)
def test_vectors_history_equals_single_days(name):
    """A history is the single days, to the last bit and word."""
    inputs = _inputs(name)
    history = readiness_history(inputs, START, START + timedelta(len(inputs.days) - 1))
    for day in (0, 6, 10, 30, 59):
        assert history[day] == readiness_at(inputs, START + timedelta(day))


def test_vectors_parameters_are_the_published_ones():
    """Weights and correlations of the table are those the vectors were made with."""
    assert {name: rule.weight for name, rule in term_rules().items()} == VECTORS["weights"]
    pairs = document("parameters.toml")["correlations"]["pairs"]
    assert sorted((*sorted(pair[:2]), pair[2]) for pair in pairs) == sorted(
        (*sorted(pair[:2]), pair[2]) for pair in VECTORS["correlations"]
    )


def test_score_worked_example():
    """The design's worked night: 60 - 25.64 - 9.54 - 11.19 - 2.40 - 1.72 + .21 = 9.73, shown as 10."""
    values = {"hrv": -1.97, "rhr": -1.88, "hrv_trend": -0.79, "sleep": -1.72, "debt": -0.55, "load": 0.07}
    column = np.array([[values.get(name, 0.0)] for name in term_rules()])
    scored = score_terms(column)
    score = float(on_scale(scored.s)[0])
    points = dict(zip(term_rules(), parts(scored.inputs, scored.s)[:, 0].tolist()))
    assert score == pytest.approx(9.73, abs=0.05)  # the terms are given to two digits
    published = {
        "hrv": -25.64,
        "rhr": -9.54,
        "sleep": -11.19,
        "debt": -2.40,
        "hrv_trend": -1.72,
        "load": 0.21,
    }
    for term, value in published.items():
        assert points[term] == pytest.approx(value, abs=0.03)
    shown = dict(zip(points, shown_integers(list(points.values()), score)))
    assert shown == {
        "hrv": -26,
        "rhr": -9,
        "sleep": -11,
        "debt": -2,
        "hrv_trend": -2,
        "load": 0,
        "resp": 0,
        "temp": 0,
    }
    assert 60 + sum(shown.values()) == round(score) == 10
