"""Reaction time tests and aim logs: figures by hand, sessions over midnight, and what is no run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import adapters
from adapters.kovaaks.run import Run, run_of
from vault.records import Rejection, Samples, Tally
from vault.time import format_instant

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "reaction-time"
HEAD = "session_id,started_at,trial,isi_ms,rt_ms,outcome\n"
RUN = """Kill #,Timestamp,Bot,Weapon,TTK,Shots,Hits,Accuracy,Damage Done,Damage Possible,Efficiency,Cheated
1,{first},bot,gun,0.210000s,2,1,0.5,1,2,0.5,false
2,{second},bot,gun,0.420000s,1,1,1,1,1,1,false

Weapon,Shots,Hits,Damage Done,Damage Possible,,Sens Scale
gun,3,2,2,3,,cm/360
knife,1,1,2,3,,cm/360

Kills:,2
Fight Time:,0.63
Score:,812.5
Scenario:,Close - Long
Hash:,abc
Challenge Start:,{start}
"""


def said(records, metric):
    """Return (start, end, value) of each sample of a metric."""
    return [
        (format_instant(start, offset), format_instant(end, offset), value)
        for batch in records
        if isinstance(batch, Samples) and batch.metric == metric
        for start, end, offset, value in zip(
            batch.start.tolist(), batch.end.tolist(), batch.offset_min.tolist(), batch.value.tolist()
        )
    ]


def values(records, metric):
    return [value for _, _, value in said(records, metric)]


@pytest.fixture
def trials(tmp_path):
    """Read a table of trials."""

    def read(rows, **told):
        (tmp_path / "trials.csv").write_text(HEAD + rows, "utf-8")
        return list(adapters.read(tmp_path / "trials.csv", **told))

    return read


def test_session_in_figures(trials):
    """By hand: 250 and 400 ms are valid, 72 a false start; 400 and no answer are lapses of a short test."""
    start = "2026-03-29T01:58:00+01:00"
    rows = ["1,2400,250,hit", "2,3000,72,false_start", "3,2000,400,hit", "4,5000,,timeout"]
    records = trials("".join(f"a,{start},{row}\n" for row in rows))
    end = "2026-03-29T01:58:13.122+01:00"
    assert said(records, "reaction_time") == [
        ("2026-03-29T01:58:02.65+01:00", "2026-03-29T01:58:02.65+01:00", 250.0),
        ("2026-03-29T01:58:08.122+01:00", "2026-03-29T01:58:08.122+01:00", 400.0),
    ]
    assert said(records, "pvt:lapses") == [(start, end, 2.0)]
    assert said(records, "pvt:false_starts") == [(start, end, 1.0)]
    assert said(records, "pvt:response_speed") == [(start, end, 3.25)]
    assert said(records, "pvt:median") == [(start, end, 325.0)]


def test_answer_faster_than_100_ms_is_a_false_start_whatever_it_is_called(trials):
    """It came before the stimulus could be seen; a session of only such has no speed."""
    records = trials("a,2026-03-29T08:00:00Z,1,2000,99,hit\n")
    assert (values(records, "reaction_time"), values(records, "pvt:false_starts")) == ([], [1.0])
    assert values(records, "pvt:response_speed") == []


def test_lapse_of_the_long_test_begins_at_500_ms(trials):
    """60 trials of ten seconds are the test of ten minutes."""
    rows = "".join(f"a,2026-03-29T08:00:00Z,{n},9600,400,hit\n" for n in range(59))
    records = trials(rows + "a,2026-03-29T08:00:00Z,59,9500,500,hit\n")
    assert values(records, "pvt:lapses") == [1.0]


def test_trials_of_each_session_and_device_are_apart(trials, tmp_path):
    """Sessions compare within one device only."""
    path = tmp_path / "two.csv"
    path.write_text(
        HEAD.replace("outcome", "outcome,device")
        + "a,2026-03-29T08:00:00,1,0,200,hit,desk\nb,2026-03-30T08:00:00,1,0,300,hit,laptop\n",
        "utf-8",
    )
    records = list(adapters.read(path, timezone="Asia/Kolkata"))
    (batch,) = [one for one in records if isinstance(one, Samples) and one.metric == "reaction_time"]
    assert [batch.origins[number].device.name for number in batch.origin] == ["desk", "laptop"]
    assert said(records, "reaction_time")[0][0] == "2026-03-29T08:00:00.2+05:30"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,yesterday,1,0,200,hit", "bad-date"),
        ("a,2026-03-29T08:00:00Z,1,0,200,miss", "bad-outcome"),
        ("a,2026-03-29T08:00:00Z,1,0,,hit", "bad-value"),
        ("a,2026-03-29T08:00:00Z,1,0,-5,hit", "bad-value"),
        ("a,2026-03-29T08:00:00Z,1,1e300,200,hit", "bad-value"),
    ],
)
def test_trial_that_cannot_be_used_says_why(trials, row, reason):
    """The others of the session count."""
    records = trials(f"a,2026-03-29T08:00:00Z,0,0,200,hit\n{row}\n")
    assert [one for one in records if isinstance(one, Rejection)] == [Rejection(reason, "trials.csv", 3)]
    assert values(records, "reaction_time") == [200.0]
    assert [one for one in records if isinstance(one, Tally)] == [Tally("trials.csv", 2, 1, 0, 1)]


def run(folder, name="Close - Long - Challenge - 2026.03.29-00.00.30 Stats.csv", **clocks):
    clocks = {"start": "23:59:30.250", "first": "23:59:45.500", "second": "00:00:10.250"} | clocks
    (folder / name).write_text(RUN.format(**clocks), "utf-8")
    return list(adapters.read(folder / name, timezone="Europe/Berlin"))


def test_run_over_midnight_into_the_day_of_a_clock_change(tmp_path):
    """The name has the date of the end; what is later in the day than that was the day before."""
    records = run(tmp_path)
    start, end = "2026-03-28T23:59:30.25+01:00", "2026-03-29T00:00:30+01:00"
    assert said(records, "kovaaks:score") == [(start, end, 812.5)]
    assert said(records, "kovaaks:accuracy") == [(start, end, 75.0)]
    assert [at for at, _, _ in said(records, "kovaaks:ttk")] == [
        "2026-03-28T23:59:45.5+01:00",
        "2026-03-29T00:00:10.25+01:00",
    ]
    assert values(records, "kovaaks:ttk") == [0.21, 0.42]
    assert not said(records, "reaction_time")
    (tally,) = [one for one in records if isinstance(one, Tally)]
    assert (tally.rows, tally.used, tally.left) == (5, 3, {"by-weapon": 2})


@pytest.mark.parametrize(
    ("day", "start", "offset"),
    [("2026.10.25", "02:59:30.000", "+01:00"), ("2026.03.29", "01:59:30.000", "+01:00")],
)
def test_run_over_the_change_of_the_clocks_lasts_a_minute(tmp_path, day, start, offset):
    """A run that ends at three began a minute before, not in the first of two hours of that name."""
    records = run(tmp_path, f"Close - Challenge - {day}-03.00.30 Stats.csv", start=start, first=start)
    began = f"{day.replace('.', '-')}T{start[:8]}{offset}"
    assert [one[0] for one in said(records, "kovaaks:score")] == [began]
    assert said(records, "kovaaks:ttk")[0][0] == began


def test_scenario_may_hold_the_separator_and_the_note_tells_its_version(tmp_path):
    """The name is taken apart from the right."""
    (batch,) = [one for one in run(tmp_path) if isinstance(one, Samples) and one.metric == "kovaaks:score"]
    assert batch.notes == ('{"hash":"abc","scenario":"Close - Long"}',)


def test_old_files_part_the_milliseconds_by_a_colon(tmp_path):
    """And a kill without a readable time costs itself."""
    records = run(tmp_path, first="23:59:45:5", second="soon")
    assert values(records, "kovaaks:ttk") == [0.21]
    assert [one.reason for one in records if isinstance(one, Rejection)] == ["bad-value"]


def test_run_without_a_score_was_not_finished(tmp_path):
    """The game writes while it plays; a name without a date has no time."""
    text = RUN.format(start="", first="", second="")
    assert run_of(text.replace("Score:", "Scores:"), "A - Challenge - 2026.03.29-00.00.30 Stats.csv") == (
        "not-finished"
    )
    assert run_of(text, "A Stats.csv") == "no-date-in-name"
    assert run_of(text, "A - Challenge - 2026.13.29-00.00.30 Stats.csv") == "no-date-in-name"
    assert isinstance(run_of(text, "A - Challenge - 2026.03.29-00.00.30 Stats.csv"), Run)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_samples_are_read_whole():
    """Each trial, counted and averaged with the csv module."""
    for path in sorted((SAMPLES / "constructed").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        records = list(adapters.read(path))
        valid = [
            float(row["rt_ms"]) for row in rows if row["outcome"] == "hit" and float(row["rt_ms"]) >= 100
        ]
        assert values(records, "reaction_time") == valid
        (tally,) = [one for one in records if isinstance(one, Tally)]
        assert (tally.rows, tally.used) == (len(rows), len(rows))
