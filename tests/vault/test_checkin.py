"""Check-ins: what is taken as an answer, and for which days."""

from __future__ import annotations

import numpy as np
import pytest

import vault
from vault.errors import InputError

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
