"""What sleep says: every sentence of the table is said, with its numbers, as an offer, nothing medical."""

from __future__ import annotations

import re

import numpy as np
import pytest

from vault.analysis.parameters import document
from vault.analysis.sleep import balance, rhythm, telling, words
from vault.analysis.sleep.balance import sleep_debt
from vault.analysis.sleep.caffeine import Doses
from vault.analysis.sleep.rhythm import sleep_rhythm
from vault.analysis.sleep.slept import Slept
from vault.time import DAY_NS, HOUR_NS, MINUTE_NS

LAST = 20_548
FORBIDDEN = re.compile(
    r"diagnos|insomnia|disorder|\bmust\b|you have to|\bdisease|\bnever\b|!|[{}]|\bnan\b", re.IGNORECASE
)
SETTLED = np.where(np.arange(60) >= 53, -1.0, np.arange(60) * 7 % 24)
"""Bedtimes all round the clock that settled a week ago."""
ROWS = [(group, key) for group, rows in document("sleep_wording.toml").items() for key in rows]


def slept(bed, length=8.0, offset=0, days=60):
    """Return a night a day from one local hour on; each may be a column."""
    day = np.arange(LAST - days + 1, LAST + 1)
    offset = np.broadcast_to(np.asarray(offset, np.int64), days)
    start = ((day * 24 + np.asarray(bed, float)) * HOUR_NS).astype(np.int64) - offset * MINUTE_NS
    end = start + round(length * HOUR_NS)
    no = np.zeros(days, bool)
    return Slept(start, end, offset, ~no, day, no, np.full(days, 60.0 * length))


def told(monkeypatch):
    """Return every row that was said for very different sleepers, with its words."""
    said: dict[tuple[str, str], list[str]] = {}

    def listening(group, key, **values):
        text = words.say(group, key, **values)
        said.setdefault((group, key), []).append(text)
        return text

    for room in (balance, rhythm, telling):
        monkeypatch.setattr(room, "say", listening)
    at = np.arange(60)
    coffee = Doses(np.array([LAST * DAY_NS + 12 * HOUR_NS]), np.array([180.0]))
    for night in (
        slept(-1.0),
        slept(np.where(at >= 55, 9.0, -1.0)),
        slept(-1.0, offset=np.where(at >= 57, 540, 60)),
        slept(at * 7 % 24, length=5.0),
        slept(SETTLED, length=5.0),
        slept(-1.0, days=0),
        slept(-1.0, length=5.0),
    ):
        sleep_rhythm(night, LAST, 540.0, np.full(9, 12.0), coffee)
        sleep_rhythm(night, LAST, 465.0)
    for nights, stated in ((60, None), (60, 480.0), (10, None), (1, None)):
        sleep_debt(np.full(nights, 400.0), LAST, stated)
    return said


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_every_sentence_is_said_and_claims_nothing_medical(monkeypatch, row):
    """No row of the table is idle, none is left with a gap, none gives an order or names an illness."""
    texts = told(monkeypatch)[row]
    assert not any(FORBIDDEN.search(text) for text in texts)
    if row[0] in ("texts", "debt") and row[1] != "held":
        assert all(re.search(r"\d", text) for text in texts)


@pytest.mark.parametrize(("dose", "left"), [(107.0, 33), (400.0, 64), (20.0, 20)])
def test_cutoff_tells_what_the_dose_leaves(dose, left):
    """A large dose leaves more than 33 mg at the end of the evidence, a small one never had so much."""
    doses = Doses(LAST * DAY_NS - np.arange(3) * DAY_NS, np.full(3, dose))
    texts = sleep_rhythm(slept(-1.0), LAST, 465.0, doses=doses).texts
    (cutoff,) = (text for text in texts if text.startswith("Caffeine:"))
    assert f"{dose:.0f} mg before" in cutoff
    assert f"about {left} mg at bedtime" in cutoff


def test_midsleep_without_a_usual_says_so():
    """A steady week after weeks all round the clock has a middle, and no usual range to stand beside."""
    found = sleep_rhythm(slept(SETTLED, length=5.0), LAST, 465.0)
    assert (found.midsleep_h, found.midsleep_low_h) == (1.5, None)
    (middle,) = (text for text in found.texts if text.startswith("The middle"))
    assert "01:30" in middle
    assert "no common hour" in middle
