"""Check-ins: what is taken as an answer, and for which days."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

import vault
from vault.checkin import SCALED, TICKS
from vault.errors import InputError
from vault.records import Origin, Samples
from vault.time import instant_ns

pytestmark = pytest.mark.usefixtures("cheap_keys")


@pytest.fixture
def opened(tmp_path, clock):
    """An empty vault, on 5 April 2026."""
    with vault.create(tmp_path / "a.vault", "correct horse", clock=clock) as made:
        yield made


@pytest.mark.parametrize("four", [4, 4.0, np.int64(4), np.float32(4)])
def test_answer_may_be_any_number(opened, four):
    """Whole or not, of Python or of numpy: a number on the scale is kept as one."""
    opened.checkin("2026-04-05", energy=four)
    assert opened.checkins()["energy"].tolist() == [4.0]
    assert opened.events("checkin")[0].body["items"] == {"energy": 4.0}


@pytest.mark.parametrize("wrong", ["4", None, True, float("nan"), 6, [4]])
def test_answer_that_is_no_number_on_the_scale_is_refused(opened, wrong):
    """Text, nothing, yes and no, NaN and a six are an InputError, and nothing is kept."""
    with pytest.raises(InputError):
        opened.checkin("2026-04-05", energy=wrong)
    assert not len(opened.checkins())


def test_checkin_is_for_a_day_from_1970_to_tomorrow(opened):
    """Tomorrow may have begun further east; what is beyond, or before 1970, would stay for ever."""
    opened.checkin("1970-01-01", energy=3)
    opened.checkin("2026-04-06", energy=3)
    for day in ("1926-04-05", "1969-12-31", "2026-04-07", None):
        with pytest.raises(InputError):
            opened.checkin(day, energy=3)
    assert len(opened.checkins()) == 2


def imported(metric, day, value, hour=7):
    """Return one imported answer of a day in April 2026."""
    at = np.array([instant_ns(datetime(2026, 4, day, hour, tzinfo=UTC))], np.int64)
    origin = Origin("Check-ins", "checkin")
    return Samples(metric, at, at, np.zeros(1, np.int16), np.array([value]), np.zeros(1, np.int32), [origin])


def test_imported_answers_are_put_on_the_scale_of_checkins(opened):
    """Hooper's 1 is the best of all four items; more energy and sleep is better here, as is mood."""
    best_to_worst = {
        "energy": ("wellness_fatigue", [1, 4, 7], [5, 3, 1]),
        "sleep_quality": ("wellness_sleep_quality", [1, 4, 7], [5, 3, 1]),
        "soreness": ("wellness_soreness", [1, 4, 7], [1, 3, 5]),
        "stress": ("wellness_stress", [1, 4, 7], [1, 3, 5]),
        "mood": ("mood", [-1, 0, 1], [1, 3, 5]),
        "pain": ("pain", [0, 1, 10], [0, 1, 1]),
        "illness": ("checkin:illness", [0, 1, 1], [0, 1, 1]),
    }
    opened.ingest(
        imported(metric, day, float(value))
        for metric, values, _ in best_to_worst.values()
        for day, value in enumerate(values, 1)
    )
    found = opened.checkins()
    assert {item: found[item].tolist() for item in found} == {
        item: told for item, (_, _, told) in best_to_worst.items()
    }
    assert [f"{day:%Y-%m-%d}" for day in found.index] == ["2026-04-01", "2026-04-02", "2026-04-03"]
    assert len(opened.checkins("2026-04-02", "2026-04-02")) == 1


def test_answer_given_here_counts_before_an_imported_one(opened):
    """Item by item: what was not answered here is as imported."""
    opened.ingest([imported("wellness_fatigue", 5, 7.0), imported("wellness_stress", 5, 7.0)])
    opened.checkin("2026-04-05", energy=4)
    found = opened.checkins()
    assert (found["energy"].tolist(), found["stress"].tolist()) == ([4.0], [5.0])
    assert list(found.columns) == [*SCALED, *TICKS]
    assert found.index.name == "date"
    assert found["mood"].isna().all()
