"""A reaction test in readiness: a line of its own beside a check-in, nothing without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

import adapters
import vault
from vault.analysis import Inputs, readiness_at

START, DAYS = date(2025, 6, 1), 40
LAST = START + timedelta(DAYS - 1)


@pytest.fixture
def inputs():
    """Forty mornings with HRV, heart rate, sleep and a usual check-in."""
    rng = np.random.default_rng(3)
    nothing = np.full(DAYS, np.nan)
    return Inputs(
        days=np.datetime64(START) + np.arange(DAYS),
        lnrmssd=4.1 + 0.1 * rng.standard_normal(DAYS),
        rhr=54 + 2 * rng.standard_normal(DAYS),
        tst_min=430 + 30 * rng.standard_normal(DAYS),
        resp=nothing,
        temp=nothing,
        load=nothing,
        checkin=dict.fromkeys(("energy", "mood"), np.full(DAYS, 3.0)),
    )


def speed_today(speed: float):
    """Return the tests of the days: on the last one, beside a usual of 4.0 with a sd of 0.2."""
    rows = np.full((3, DAYS), np.nan)
    rows[:, -1] = speed, 4.0, 0.2
    return rows


@pytest.mark.parametrize(("speed", "sign"), [(3.6, -1), (4.4, 1)])
def test_test_is_an_exact_line(inputs, speed, sign):
    """A slow test lowers and a fast one raises; the parts and what is shown of them still add up."""
    told = readiness_at(replace(inputs, reaction=speed_today(speed)), LAST)
    plain = readiness_at(inputs, LAST)
    line = told.contributions[-1]
    assert (line.term, line.value, line.usual, line.unit) == ("reaction", speed, 4.0, "/s")
    assert np.sign(line.points) == sign
    assert np.sign(told.score - plain.score) == sign
    assert sum(one.points for one in told.contributions) == pytest.approx(told.score - 60, abs=1e-9)
    assert sum(one.shown for one in told.contributions) == round(told.score) - 60
    assert f"{speed:.2f} per second" in " ".join(told.reasons)
    assert told.inputs_sha256 != plain.inputs_sha256


def test_device_and_feeling_stay_what_they_are(inputs):
    """The test is in neither of them, only in the combined score."""
    told, plain = (readiness_at(one, LAST) for one in (replace(inputs, reaction=speed_today(3.0)), inputs))
    assert (told.device, told.felt) == (plain.device, plain.felt)
    assert told.combined.score < plain.combined.score


def test_test_without_a_checkin_says_nothing(inputs):
    """The score, its lines and its confidence are those of a day without a test."""
    alone = replace(inputs, checkin={})
    told, plain = (readiness_at(one, LAST) for one in (replace(alone, reaction=speed_today(3.0)), alone))
    assert replace(told, inputs_sha256="") == replace(plain, inputs_sha256="")


def test_vault_reads_its_tests(tmp_path, cheap_keys, clock):
    """Six sessions on one device reach the inputs of readiness; five do not."""
    from vault.reading.derived import inputs_of
    from vault.time import day_of_date

    path = tmp_path / "trials.csv"
    starts = [datetime(2026, 3, day, 7, tzinfo=UTC).isoformat() for day in range(1, 7)]
    rows = [f"{start},{start},1,3000,250,hit,desk\n" for start in starts]
    path.write_text("session_id,started_at,trial,isi_ms,rt_ms,outcome,device\n" + "".join(rows), "utf-8")
    with vault.create(tmp_path / "a.vault", "correct horse", home_zone="UTC", clock=clock) as one:
        one.ingest(adapters.read(path))
        assert inputs_of(one, one._store, day_of_date(date(2026, 3, 5))).reaction is None
        found = inputs_of(one, one._store, day_of_date(date(2026, 3, 6))).reaction
    assert found[:, -1] == pytest.approx([4.0, 4.0, 0.1])
