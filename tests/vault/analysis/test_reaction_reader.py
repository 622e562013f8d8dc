"""Reaction time tests of a vault: sessions, devices, days, and tables without sessions."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

import adapters
import vault
from vault.records import Device, Origin, Samples
from vault.time import SECOND_NS, UNKNOWN_OFFSET, instant_ns

COLUMNS = [
    "date", "start", "device", "n", "mean_speed", "lapses", "false_starts", "fastest10_ms", "slowest10_ms",
    "usual", "low", "high", "source",
]  # fmt: skip
HEAD = "session_id,started_at,trial,isi_ms,rt_ms,outcome,device\n"
FIRST = datetime(2026, 3, 1, 7, tzinfo=UTC)


@pytest.fixture
def opened(tmp_path, cheap_keys, clock):
    """An empty vault at home in Berlin."""
    with vault.create(tmp_path / "a.vault", "correct horse", home_zone="Europe/Berlin", clock=clock) as one:
        yield one


def taken(one, tmp_path, rows):
    path = tmp_path / "trials.csv"
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), "utf-8")
    one.ingest(adapters.read(path))
    return one.reaction()


def session(day, *ms, device="desk", wait=3_000):
    """Return the rows of a session of a day; None is a stimulus without an answer."""
    start = (FIRST + timedelta(days=day)).isoformat()
    for trial, reaction in enumerate(ms, 1):
        told = ",timeout" if reaction is None else f"{reaction},hit"
        yield f"{device}{day},{start},{trial},{wait},{told},{device}"


def test_sample_equals_a_reading_of_its_rows(opened, samples):
    """Valid trials, speed, lapses with the timeout, false starts, as the rows of the table say."""
    folder = samples / "reaction-time"
    opened.ingest(adapters.read(folder))
    found = opened.reaction()
    text = (folder / "constructed" / "pvt_b_trials.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    ms = [float(row["rt_ms"]) for row in rows if row["outcome"] == "hit"]
    assert list(found.columns) == COLUMNS
    assert len(found) == 1
    row = found.iloc[0]
    assert row["n"] == len(ms)
    assert row["mean_speed"] == pytest.approx(np.mean([1000 / one for one in ms]))
    assert row["lapses"] == sum(one >= 355 for one in ms) + sum(one["outcome"] == "timeout" for one in rows)
    assert row["false_starts"] == sum(one["outcome"] == "false_start" for one in rows)
    assert str(row["start"]) == "2026-03-02 07:05:00+00:00"


def test_session_by_hand(opened, tmp_path):
    """250 and 400 ms, one of 80 that came too early, one without an answer."""
    row = taken(opened, tmp_path, session(0, 250, 80, 400, None)).iloc[0]
    told = ("n", "mean_speed", "lapses", "false_starts", "fastest10_ms", "slowest10_ms", "device")
    assert [row[name] for name in told] == [2, 3.25, 2, 1, 250, 400, "desk"]


def test_long_test_has_another_lapse(opened, tmp_path):
    """400 ms is no lapse of a test of ten minutes."""
    found = taken(opened, tmp_path, session(0, 400, 500, wait=200_000))
    assert found["lapses"].tolist() == [1]


def test_usual_is_of_the_same_device_and_length(opened, tmp_path):
    """Five tests on the desk give the sixth a usual; the phone and the long test have none."""
    rows = [row for day in range(6) for row in session(day, 250, 250)]
    rows += [*session(6, 200, 200, device="phone"), *session(7, 250, 250, wait=200_000)]
    found = taken(opened, tmp_path, rows)
    assert found["usual"].tolist() == pytest.approx([*[np.nan] * 5, 4, np.nan, np.nan], nan_ok=True)
    assert (found["high"] - found["low"]).iloc[5] == pytest.approx(0.2)


def test_days_asked_for(opened, tmp_path):
    """Days are inclusive and local; the usual of the first knows of earlier ones; none is no error."""
    assert list(opened.reaction().columns) == COLUMNS
    whole = taken(opened, tmp_path, [row for day in range(8) for row in session(day, 250, 260)])
    found = opened.reaction("2026-03-07", "2026-03-07")
    assert len(found) == 1
    assert found["usual"].iloc[0] == whole["usual"].iloc[6]
    assert opened.reaction("2026-03-20").empty


def test_two_devices_at_once_do_not_mix(opened, tmp_path):
    """Sessions that begin at the same moment on two devices keep their own trials."""
    rows = [*session(0, 250, 250), *session(0, 500, 500, device="phone")]
    found = taken(opened, tmp_path, rows).sort_values("device")
    assert found["mean_speed"].tolist() == [4, 2]
    assert found["lapses"].tolist() == [0, 2]


def reactions(*at_s, ms=250.0, source="Lab"):
    """Return reactions without the figures of a session."""
    start = np.array([instant_ns(FIRST) + round(one * SECOND_NS) for one in at_s], np.int64)
    return Samples(
        metric="reaction_time",
        origins=[Origin(source, "table", device=Device(name="panel"))],
        origin=np.zeros(len(start), np.int32),
        start=start,
        end=start,
        offset_min=np.full(len(start), UNKNOWN_OFFSET, np.int16),
        value=np.full(len(start), ms),
    )


def test_reactions_without_sessions_are_split_by_pauses(opened):
    """Ten reactions, twenty minutes of nothing, three more: two sessions; one of 90 ms is a false start."""
    opened.ingest([reactions(*range(10)), reactions(1_200, 1_201, 1_202), reactions(1_203, ms=90.0)])
    found = opened.reaction()
    assert found["n"].tolist() == [10, 3]
    assert found["false_starts"].tolist() == [0, 1]
    assert found["device"].tolist() == ["panel", "panel"]
