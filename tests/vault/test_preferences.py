"""The owner's choices in a vault: kept there, felt in every number they are about, and taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

import vault
from vault.errors import InputError, UnknownMetric, UnknownRecord
from vault.merge.overlap import merged_daily
from vault.records import Device, Origin, Samples, SleepSession, Workout
from vault.store import daily
from vault.time import SECOND_NS

WATCH = Origin("Pat’s Watch", "apple_health", device=Device("Apple Watch"))
PHONE = Origin("Pat’s Phone", "apple_health", device=Device("iPhone"))
HOUR = 3600 * SECOND_NS


def at(day, hour=0.0):
    """Return an instant of UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * SECOND_NS + round(hour * HOUR)


def told(metric, unit, origin, rows):
    """Return samples of (day, hour, hours, value), recorded in UTC."""
    start = np.array([at(day, hour) for day, hour, _, _ in rows], np.int64)
    return Samples(
        metric,
        start,
        start + np.array([round(hours * HOUR) for _, _, hours, _ in rows], np.int64),
        np.zeros(len(rows), np.int16),
        np.array([value for *_, value in rows], np.float64),
        np.zeros(len(rows), np.int32),
        [origin],
        unit=unit,
    )


DAYS = ("2024-01-15", "2024-02-15", "2024-03-15")


def exports():
    """Return what a watch and a phone say of three days in three months."""
    night = at("2024-02-14", 23), at("2024-02-15", 7)
    run = at("2024-02-15", 10), at("2024-02-15", 11), 0, "running"
    for origin, steps, beats, asleep, km in ((WATCH, 1000, 60, 440, 10.0), (PHONE, 1500, 70, 400, 9.0)):
        yield told("steps", "{steps}", origin, [(day, 8, 1, steps) for day in DAYS])
        yield told("heart_rate", "/min", origin, [(day, hour, 0, beats) for day in DAYS for hour in range(9)])
        yield SleepSession(
            f"{asleep}", *night, 0, origin, [(night[0], night[0] + asleep * 60 * SECOND_NS, "light")]
        )
        yield Workout(
            f"{km}", *run, origin, 3600.0, km * 1000, *([500.0, 150.0] if km == 10 else [None, None])
        )


@pytest.fixture
def held(tmp_path, cheap_keys, clock):
    """A vault of both, in UTC."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=clock) as held:
        held.ingest(exports())
        yield held


def of(held, metric):
    """Return the daily values of a metric in order."""
    return held.daily(metric)["value"].tolist()


def test_choice_of_a_period_changes_its_days_only(held):
    """From one day to another the chosen source is believed; before and after all stays as it was."""
    assert of(held, "steps") == [1000, 1000, 1000]
    held.prefer("pat's phone", "steps", "2024-02-01", "2024-02-29")
    assert of(held, "steps") == [1000, 1500, 1000]
    assert of(held, "heart_rate") == [60, 60, 60]
    assert held.why("steps", "2024-02-15")["counted"].tolist() == [1500, 0]
    held.verify()


def test_choice_of_everything(held):
    """Without a metric, steps, rates, sleeps and workouts are all the chosen source's."""
    held.prefer("Pat’s Phone")
    assert of(held, "steps") == [1500, 1500, 1500]
    assert of(held, "heart_rate") == [70, 70, 70]
    assert of(held, "sleep_duration") == [400]
    assert held.workouts()["source"].tolist() == ["Pat’s Phone"]
    assert held.sleep()["left_out"].tolist() == ["Pat’s Watch"]
    held.verify()


@pytest.mark.parametrize("metric", ["sleep", "sleep_deep", "time_in_bed"])
def test_choice_of_a_number_of_sleep_is_of_the_sleep(held, metric):
    """A sleep is believed as a whole."""
    held.prefer("Pat’s Phone", metric)
    assert held.preferences()["metric"].tolist() == ["sleep"]
    assert of(held, "sleep_duration") == [400]
    assert of(held, "steps") == [1000, 1000, 1000]


def test_choice_of_workouts_by_period(held):
    """The workouts of a period are told by the chosen source, however much the other knows of them."""
    held.prefer("Pat’s Phone", "workouts", end="2024-02-14")
    assert held.workouts()["distance_m"].tolist() == [10_000]
    held.prefer("Pat’s Phone", "workouts", start="2024-02-15")
    assert held.workouts()["distance_m"].tolist() == [9_000]


def test_newest_choice_comes_first_and_the_metrics_own_before_it(held):
    """A choice that is said again is the newest; one that names the metric comes before one of all."""
    for source in ("Pat’s Phone", "Pat’s Watch"):
        held.prefer(source, "steps")
    assert of(held, "steps") == [1000, 1000, 1000]
    held.prefer("Pat’s Phone", "steps")
    held.prefer("Pat’s Watch")
    assert of(held, "steps") == [1500, 1500, 1500]
    assert held.preferences()["source"].tolist() == ["Pat’s Watch", "Pat’s Phone", "Pat’s Watch"]


def test_forgotten_choices_are_as_if_they_had_never_been(held):
    """What is given says which choices are meant; the days they were about are as before."""
    before = {metric: of(held, metric) for metric in ("steps", "heart_rate")}
    held.prefer("Pat’s Phone")
    held.prefer("Pat’s Phone", "steps", "2024-02-01")
    assert held.forget_preferences("Pat’s Phone", "steps") == 1
    assert held.forget_preferences("pat's phone") == 1
    assert {metric: of(held, metric) for metric in before} == before
    assert held.preferences().empty
    held.verify()
    with pytest.raises(UnknownRecord, match="no such choice"):
        held.forget_preferences("Pat’s Phone")


def test_choices_are_told_as_a_table(held):
    """One row a choice: its source as the vault calls it, and None and NaT where nothing was said."""
    held.prefer("PAT'S PHONE", "steps", date(2024, 1, 1), "2024-06-30")
    held.prefer("Pat’s Watch")
    rows = held.preferences().to_dict("records")
    assert rows[0] == {
        "source": "Pat’s Phone",
        "metric": "steps",
        "start": pd.Timestamp("2024-01-01"),
        "end": pd.Timestamp("2024-06-30"),
    }
    assert (rows[1]["source"], rows[1]["metric"]) == ("Pat’s Watch", None)
    assert pd.isna(rows[1]["start"])
    assert pd.isna(rows[1]["end"])


def test_choice_of_nobody_names_those_there_are(held):
    """A slip of the pen is an error that lists the sources of this vault, and nothing is kept."""
    with pytest.raises(UnknownRecord) as caught:
        held.prefer("Pat’s Wach", "steps")
    assert caught.value.hint == "known: Pat’s Phone, Pat’s Watch"
    assert held.preferences().empty


@pytest.mark.parametrize(
    ("metric", "error"),
    [
        ("stpes", UnknownMetric),
        ("ecg", InputError),
        ("readiness_score", InputError),
        ("fitbit:x", UnknownMetric),
    ],
)
def test_choice_of_what_is_not_merged(held, metric, error):
    """Where all that sources told is shown, or one number is made of others, there is nothing to choose."""
    with pytest.raises(error):
        held.prefer("Pat’s Phone", metric)


def test_choice_of_a_period_that_ends_before_it_begins(held):
    """It is refused."""
    with pytest.raises(InputError, match="ends before it begins"):
        held.prefer("Pat’s Phone", start="2024-02-01", end="2024-01-01")


def test_only_the_days_of_a_choice_are_made_anew(held, monkeypatch):
    """Of the metric, and of months in which its source recorded what can touch the days; no others."""
    made = []

    def watched(start, *columns, **options):
        made.append((options["rollup"], int(start.min()), int(start.max())))
        return merged_daily(start, *columns, **options)

    monkeypatch.setattr(daily, "merged_daily", watched)
    held.prefer("Pat’s Phone", "steps", "2024-02-15", "2024-02-20")
    assert {rollup for rollup, *_ in made} == {"sum"}
    assert min(first for _, first, _ in made) >= at("2024-01-01")  # a number of steps may be of a month
    assert max(last for *_, last in made) < at("2024-02-16")
    made.clear()
    held.prefer("Pat’s Phone", "body_mass")
    assert made == []


def test_choice_holds_for_what_is_imported_after_it(held):
    """Whether the choice or the export came first makes no difference."""
    held.prefer("Pat’s Phone", "steps", "2024-02-01")
    held.ingest(
        [told("steps", "{steps}", one, [("2024-04-01", 8, 1, n)]) for one, n in ((WATCH, 5), (PHONE, 9))]
    )
    assert of(held, "steps") == [1000, 1500, 1500, 9]
    held.verify()


def test_choice_outlives_the_closing_of_the_vault(tmp_path, cheap_keys, clock):
    """It is kept in the encrypted database, and nowhere in clear."""
    with vault.create(tmp_path / "v", "a long passphrase", clock=clock) as first:
        first.ingest(exports())
        first.prefer("Pat’s Phone", "steps")
    with vault.open(tmp_path / "v", "a long passphrase", clock=clock) as again:
        assert of(again, "steps") == [1500, 1500, 1500]
        assert again.preferences()["source"].tolist() == ["Pat’s Phone"]
    assert not any(b"Phone" in file.read_bytes() for file in (tmp_path / "v").rglob("*") if file.is_file())


def test_erased_source_is_not_named_by_a_choice(held):
    """Whose data went for good is told by no choice either; what was chosen of others stays."""
    held.prefer("Pat’s Phone", "steps")
    held.prefer("Pat’s Watch", "sleep")
    held.erase(source="Pat’s Phone", metric="heart_rate")
    assert len(held.preferences()) == 2
    held.erase(source="Pat’s Phone")
    assert held.preferences()["source"].tolist() == ["Pat’s Watch"]
    assert of(held, "steps") == [1000, 1000, 1000]
    held.verify()


def test_choice_of_an_import_that_is_taken_back(held):
    """A choice waits for its source to come again, and changes nothing until then."""
    tablet = told("steps", "{steps}", Origin("Tablet", "apple_health"), [(DAYS[0], 8, 1, 7)])
    report = held.ingest([tablet])
    held.prefer("Tablet")
    assert of(held, "steps") == [7, 1000, 1000]
    held.undo_import(report.import_id)
    assert of(held, "steps") == [1000, 1000, 1000]
    held.ingest([tablet])
    assert of(held, "steps") == [7, 1000, 1000]
    held.verify()
