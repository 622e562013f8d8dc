"""Answers of WHOOP's API: milliseconds, kilojoules, what has no time of its own, and the tables' nights."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.whoop import ADAPTER
from vault.merge.nights import Segments, assemble
from vault.merge.workouts import fold
from vault.records import Rejection, Samples, Score, SleepSession, Tally, Workout
from vault.time import UNKNOWN_OFFSET, day_of_date, parse_instant

SLEEP = {
    "id": "00000000-0000-4000-8000-000000000001",
    "cycle_id": 7,
    "user_id": 1,
    "start": "2025-03-29T21:10:00.520Z",
    "end": "2025-03-30T05:30:00.100Z",
    "timezone_offset": "+02:00",
    "nap": False,
    "score_state": "SCORED",
    "score": {
        "stage_summary": {
            "total_in_bed_time_milli": 28_800_000,
            "total_awake_time_milli": 3_000_000,
            "total_no_data_time_milli": 0,
            "total_light_sleep_time_milli": 13_800_000,
            "total_slow_wave_sleep_time_milli": 5_700_000,
            "total_rem_sleep_time_milli": 6_300_000,
            "sleep_cycle_count": 4,
            "disturbance_count": 9,
        },
        "sleep_needed": {
            "baseline_milli": 27_000_000,
            "need_from_sleep_debt_milli": 1_200_000,
            "need_from_recent_strain_milli": 600_000,
            "need_from_recent_nap_milli": -300_000,
        },
        "respiratory_rate": 14.8,
        "sleep_performance_percentage": 88.0,
        "sleep_efficiency_percentage": 89.5,
    },
}
CYCLE = {
    "id": 7,
    "start": "2025-03-29T21:10:00.520Z",
    "end": "2025-03-30T21:20:00.000Z",
    "timezone_offset": "+02:00",
    "score_state": "SCORED",
    "score": {"strain": 11.4, "kilojoule": 9665.04, "average_heart_rate": 66, "max_heart_rate": 162},
}
RECOVERY = {
    "cycle_id": 7,
    "sleep_id": SLEEP["id"],
    "created_at": "2025-03-30T05:40:00.000Z",
    "score_state": "SCORED",
    "score": {
        "user_calibrating": True,
        "recovery_score": 71.0,
        "resting_heart_rate": 51.0,
        "hrv_rmssd_milli": 62.25,
        "spo2_percentage": 96.8,
        "skin_temp_celsius": 33.4,
    },
}
RUN = {
    "id": "00000000-0000-4000-8000-000000000002",
    "start": "2025-03-30T15:00:00.300Z",
    "end": "2025-03-30T15:45:00.300Z",
    "timezone_offset": "+02:00",
    "sport_name": "running",
    "score_state": "SCORED",
    "score": {
        "strain": 10.2,
        "average_heart_rate": 148,
        "max_heart_rate": 171,
        "kilojoule": 1757.28,
        "distance_meter": 8000.5,
        "altitude_gain_meter": 42.0,
        "zone_durations": {"zone_zero_milli": 0, "zone_one_milli": 150_000},
    },
}
UNSCORED = {"score_state": "PENDING_SCORE", "score": None}
DAY = day_of_date(date(2025, 3, 30))


def ns(text):
    return parse_instant(text)[0]


@pytest.fixture
def read(tmp_path):
    """Return the records of a document: ``read(document, zone, home)``."""

    def records(document, zone=None, home=None):
        (tmp_path / "answer.json").write_text(json.dumps(document), "utf-8")
        return list(ADAPTER.read(tmp_path, Options(zone, home=home)))

    return records


def answer(*items):
    return {"records": list(items), "next_token": None}


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def rows(records, metric):
    return [
        (
            int(batch.start[row]),
            int(batch.end[row]),
            int(batch.offset_min[row]),
            float(batch.value[row]),
            None if batch.note is None else json.loads(batch.notes[batch.note[row]]),
        )
        for batch in of(Samples, records)
        if batch.metric == metric
        for row in range(len(batch))
    ]


def test_sleep_in_milliseconds_is_the_sleep_of_the_table(read):
    """Whole seconds, as the table has them; need is the sum of its parts."""
    found = read(answer(SLEEP))
    (session,) = of(SleepSession, found)
    assert (session.key, session.offset_min) == ("2025-03-29T21:10:00Z|api", 120)
    assert session.end == ns("2025-03-30T07:30:00+02:00")
    assert session.details == {
        "asleep_min": 430.0, "in_bed_min": 480.0, "light_min": 230.0, "deep_min": 95.0, "rem_min": 105.0,
        "awake_min": 50.0, "no_data_min": 0.0, "sleep_cycles": 4.0, "disturbances": 9.0,
    }  # fmt: skip
    assert {one.score: (one.day, one.value) for one in of(Score, found)} == {
        "whoop_sleep_performance": (DAY, 88.0),
        "whoop_sleep_need": (DAY, 475.0),
        "whoop_sleep_debt": (DAY, 20.0),
    }


@pytest.mark.parametrize(
    "document",
    [
        {"recovery": answer(RECOVERY), "cycle": answer(CYCLE), "sleep": answer(SLEEP)},
        answer(RECOVERY, CYCLE, SLEEP),
        [answer(RECOVERY), answer(CYCLE, SLEEP)],
        [RECOVERY, SLEEP, CYCLE],
        {"recoveries": [RECOVERY], "cycles": [CYCLE], "sleeps": [SLEEP]},
    ],
)
def test_recovery_lies_on_its_sleep_in_whatever_order_they_come(read, document):
    """It has no time of its own; what was measured while calibrating says so."""
    found = read(document)
    midnight, end = ns("2025-03-30T00:00:00+02:00"), ns("2025-03-30T07:30:00+02:00")
    note = {"night": "2025-03-30", "window": "night", "calibrating": True}
    assert rows(found, "hrv_rmssd") == [(midnight, end, 120, 62.25, note)]
    assert rows(found, "resting_heart_rate") == [(midnight, end, 120, 51.0, note)]
    assert ("whoop_recovery", DAY, 71.0) in [(one.score, one.day, one.value) for one in of(Score, found)]
    assert of(Tally, found) == [Tally("answer.json", 3, 3, 0, 0)]


def test_cycle_comes_in_kilojoules(read):
    """9,665.04 kJ are 2,310 kcal."""
    found = read(answer(CYCLE))
    assert [row[3] for row in rows(found, "total_energy_daily")] == [2310.0]
    assert [row[3] for row in rows(found, "heart_rate_max_24h")] == [162.0]
    assert [(one.score, one.day, one.value) for one in of(Score, found)] == [("whoop_strain", DAY, 11.4)]


def test_recovery_alone_is_of_the_day_it_was_made(read):
    """At home, if nobody says where."""
    late = RECOVERY | {"created_at": "2025-03-30T13:40:00.000Z"}
    for name, day in (("Europe/Berlin", DAY), ("Pacific/Auckland", DAY + 1)):
        (score,) = of(Score, read(answer(late), home=ZoneInfo(name)))
        assert score.day == day
    told = read(answer(late), ZoneInfo("Pacific/Auckland"))
    assert [row[1:3] for row in rows(told, "hrv_rmssd")] == [(ns("2025-03-30T13:40:00Z"), 780)]


def test_workout_of_both_versions(read):
    """The older has a number for the sport; energy is 1,757.28 kJ or 420 kcal."""
    older = {key: value for key, value in RUN.items() if key != "sport_name"} | {"sport_id": 0, "id": 5}
    for item, name in ((RUN, "running"), (older, "Running")):
        (one,) = of(Workout, read(answer(item)))
        assert (one.key, one.activity, one.energy_kcal) == ("2025-03-30T15:00:00Z|api", "running", 420.0)
        assert (one.distance_m, one.hr_mean, one.elevation_gain_m) == (8000.5, 148.0, 42.0)
        assert one.details == {"strain": 10.2, "hr_zone_0_min": 0.0, "hr_zone_1_min": 2.5, "activity": name}
    again = read(answer(RUN, older))
    assert of(Tally, again) == [Tally("answer.json", 2, 1, 1, 0)]


def test_what_is_not_scored_is_left_but_a_workout_was_done(read):
    """Nothing of it is zero."""
    found = read(answer(SLEEP | UNSCORED, CYCLE | UNSCORED, RECOVERY | UNSCORED, RUN | UNSCORED))
    assert of(Tally, found) == [Tally("answer.json", 4, 1, 0, 0, {"unscored": 3})]
    (one,) = of(Workout, found)
    assert (one.energy_kcal, one.hr_mean) == (None, None)


def test_offset_that_is_not_said_is_unknown(read):
    """The instants are right all the same."""
    bare = {key: value for key, value in SLEEP.items() if key != "timezone_offset"}
    (session,) = of(SleepSession, read(answer(bare)))
    assert (session.end, session.offset_min) == (ns("2025-03-30T05:30:00Z"), UNKNOWN_OFFSET)


def test_flight_of_nine_hours_counts_on_the_day_of_waking(read):
    """Asleep over Asia; WHOOP writes down the offset of Tokyo, where it is the 10th already."""
    flight = SLEEP | {
        "start": "2025-06-09T20:00:00Z", "end": "2025-06-10T03:00:00Z", "timezone_offset": "+09:00"
    }  # fmt: skip
    found = read(answer(flight))
    assert {one.day for one in of(Score, found)} == {day_of_date(date(2025, 6, 10))}
    assert rows(found, "respiratory_rate_sleep_avg")[0][:3] == (
        ns("2025-06-10T05:00:00+09:00"), ns("2025-06-10T12:00:00+09:00"), 540
    )  # fmt: skip


def test_odd_items_are_counted(read):
    """Settings are left, what nobody knows is rejected by its place, bad times too."""
    settings = {"height_meter": 1.8, "weight_kilogram": 80.0, "max_heart_rate": 190}
    found = read(
        answer(SLEEP, settings, {"x": 1}, 7, RUN | {"end": "soon"}, RUN | {"end": "2025-03-30T14:00:00Z"})
    )
    assert of(Rejection, found) == [
        Rejection("unknown-document", "answer.json", 3),
        Rejection("unknown-document", "answer.json", 4),
        Rejection("bad-date", "answer.json", 5),
        Rejection("end-before-start", "answer.json", 6),
    ]
    assert of(Tally, found) == [Tally("answer.json", 6, 1, 0, 4, {"settings": 1})]


def test_scores_have_the_digits_of_the_table(read):
    """A day has each score once, so the table and the API must say the same."""
    needed = {"baseline_milli": 27_012_345, "need_from_sleep_debt_milli": 1_234_567}
    sleep = SLEEP | {"score": SLEEP["score"] | {"sleep_needed": needed}}
    cycle = CYCLE | {"score": CYCLE["score"] | {"strain": 11.3812}}
    assert {one.score: one.value for one in of(Score, read(answer(sleep, cycle)))} == {
        "whoop_sleep_performance": 88.0,
        "whoop_sleep_need": 471.0,
        "whoop_sleep_debt": 21.0,
        "whoop_strain": 11.4,
    }


_NONE = np.empty(0, np.int64)
NO_SEGMENTS = Segments(_NONE, _NONE, _NONE.astype(np.int16), [], _NONE.astype(np.int32), [])
TABLES = {
    "sleeps.csv": "Cycle start time,Cycle end time,Cycle timezone,Sleep onset,Wake onset,"
    "Asleep duration (min),Light sleep duration (min),Nap\n"
    "2025-03-29 23:10:00,,UTC+02:00,2025-03-29 23:10:00,2025-03-30 07:30:00,429,229,false\n",
    "workouts.csv": "Cycle start time,Cycle end time,Cycle timezone,Workout start time,Workout end time,"
    "Duration (min),Activity name,Activity Strain,Energy burned (cal)\n"
    "2025-03-29 23:10:00,,UTC+02:00,2025-03-30 17:00:00,2025-03-30 17:45:00,45,Running,10.2,421\n",
}


def test_night_and_workout_of_tables_and_api_are_kept_beside_each_other_and_read_as_one(read, tmp_path):
    """Neither corrects the other, so it does not matter which of them is imported last."""
    for name, content in TABLES.items():
        (tmp_path / name).write_text(content, "utf-8")
    found = read(answer(SLEEP, RUN))
    sleeps, workouts = of(SleepSession, found), of(Workout, found)
    assert sorted(one.key for one in sleeps) == ["2025-03-29T21:10:00Z", "2025-03-29T21:10:00Z|api"]
    assert sorted(one.key for one in workouts) == ["2025-03-30T15:00:00Z", "2025-03-30T15:00:00Z|api"]
    assert {one.duration_s for one in workouts} == {2700.0}
    (night,) = assemble(NO_SEGMENTS, sleeps, ZoneInfo("Europe/Berlin"))
    assert night.asleep_min == 430.0
    assert len(fold(workouts)) == 1
