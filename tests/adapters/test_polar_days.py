"""Polar's days, nights and tests: what is a measurement, what is Polar's word, when it was."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.polar import ADAPTER
from vault.errors import MalformedFile
from vault.records import Rejection, Samples, Score, SleepSession
from vault.time import HOUR_NS, MINUTE_NS, UNKNOWN_OFFSET, day_of_date, parse_instant

NIGHT = "2025-03-30"
HYPNOGRAM = {
    "sleepStart": "2025-03-29T23:00:00+01:00",
    "sleepEnd": "2025-03-30T08:00:00+02:00",
    "sleepStateChanges": [
        {"offsetFromStart": "PT1H", "state": "NONREM2"},
        {"offsetFromStart": "PT0S", "state": "WAKE"},
        {"offsetFromStart": "PT2H", "state": "NONREM3"},
        {"offsetFromStart": "PT3H", "state": "REM"},
        {"offsetFromStart": "PT4H", "state": "NONREM1"},
        {"offsetFromStart": "PT5H", "state": "WS_UNKNOWN"},
        {"offsetFromStart": "PT9H", "state": "WAKE"},
    ],
}
SLEEP = [{"night": NIGHT, "evaluation": {}, "sleepResult": {"hypnogram": HYPNOGRAM}}]
RECOVERY = [
    {
        "night": NIGHT,
        "meanNightlyRecoveryRri": 1000,
        "meanNightlyRecoveryRmssd": 44,
        "meanNightlyRecoveryRespirationInterval": 4000,
        "ansStatus": -1.5,
        "recoveryIndicator": 4,
        "tips": ["sleep"],
    }
]
ACTIVITY = {
    "exportVersion": "1.0",
    "date": NIGHT,
    "samples": {
        "steps": [{"localTime": "08:00:00", "value": 40}, {"localTime": "late", "value": 1}],
        "mets": [],
    },
}


@pytest.fixture
def read(tmp_path):
    """Return the records of documents, by name: ``read(zone, a=..., b=...)``."""

    def records(zone=None, home=None, **documents):
        for name, document in documents.items():
            (tmp_path / f"{name}.json").write_text(
                document if isinstance(document, str) else json.dumps(document)
            )
        timezone, home = (ZoneInfo(name) if name else None for name in (zone, home))
        options = Options(timezone, home=home)
        found = list(ADAPTER.read(tmp_path, options))
        return [record for record in found if type(record).__name__ != "SourceFile"]

    return records


def samples(records):
    return {record.metric: record for record in records if isinstance(record, Samples)}


def scores(records):
    return {record.score: (record.value, record.unit) for record in records if isinstance(record, Score)}


def test_sleep_stages_last_until_the_next_and_end_with_the_sleep(read):
    """Stages come in order; a change after the span is clipped; NONREM1 and 2 are light, NONREM3 is deep."""
    (sleep,) = read(a=SLEEP)
    assert isinstance(sleep, SleepSession)
    start = parse_instant(HYPNOGRAM["sleepStart"])[0]
    assert (sleep.start, sleep.end, sleep.offset_min) == (start, start + 8 * HOUR_NS, 120)
    hours = [
        ((begin - start) // HOUR_NS, (end - start) // HOUR_NS, stage) for begin, end, stage in sleep.stages
    ]
    assert hours == [
        (0, 1, "awake"),
        (1, 2, "light"),
        (2, 3, "deep"),
        (3, 4, "rem"),
        (4, 5, "light"),
        (5, 8, "unknown"),
    ]


def test_sleep_is_known_by_its_night(read):
    """A corrected start is the same night, not another one."""
    (sleep,) = read(a=SLEEP)
    assert sleep.key == NIGHT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sleepEnd": HYPNOGRAM["sleepStart"]}, "end-before-start"),
        ({"sleepStart": None}, "bad-date"),
        ({"sleepStart": "1999-01-01T00:00:00+00:00"}, "bad-date"),
    ],
)
def test_sleep_that_is_none_is_counted(read, changes, reason):
    """A night without times, that ends before it begins, or that lasts for years."""
    (rejection,) = read(a=[{"night": NIGHT, "sleepResult": {"hypnogram": HYPNOGRAM | changes}}])
    assert (rejection.reason, rejection.position) == (reason, 1)


def test_recovery_lies_on_the_wake_dates_part_of_the_sleep(read):
    """RMSSD is RMSSD, breathing is 60000 by the interval; they carry the window and the night."""
    found = samples(read(a_recovery=RECOVERY, b_sleep=SLEEP))  # read in the other order than by name
    rmssd = found["hrv_rmssd"]
    assert rmssd.value.tolist() == [44.0]
    assert rmssd.start.tolist() == [parse_instant("2025-03-30T00:00:00+02:00")[0]]
    assert rmssd.end.tolist() == [parse_instant("2025-03-30T08:00:00+02:00")[0]]
    assert rmssd.notes == ('{"night":"2025-03-30","window":"night"}',)
    assert found["respiratory_rate_sleep_avg"].value.tolist() == [15.0]
    assert (found["polar:nightly_rri"].value.tolist(), found["polar:nightly_rri"].unit) == ([1000.0], "ms")
    assert "hrv_sdnn" not in found


def test_recovery_without_its_sleep_stands_at_the_dates_start(read):
    """The date is all that is known then."""
    rmssd = samples(read("Europe/Berlin", a=RECOVERY))["hrv_rmssd"]
    assert rmssd.start.tolist() == rmssd.end.tolist() == [parse_instant("2025-03-30T00:00:00+01:00")[0]]


def test_recovery_scores_are_polars(read):
    """ANS charge and nightly recharge are kept under Polar's names, of the wake date."""
    found = read(a=RECOVERY)
    assert scores(found) == {"polar_ans_charge": (-1.5, ""), "polar_nightly_recharge": (4.0, "")}
    assert {record.day for record in found if isinstance(record, Score)} == {day_of_date(date(2025, 3, 30))}


def test_sleep_score_keeps_every_number(read):
    """What the table does not know is kept under its key."""
    document = [
        {"night": NIGHT, "sleepScoreResult": {"sleepScore": 81.5, "groupDurationScore": 70, "text": "x"}}
    ]
    assert scores(read(a=document)) == {
        "polar_sleep_score": (81.5, ""),
        "polar_group_duration_score": (70.0, ""),
    }


def test_activity_without_a_summary_has_no_totals(read):
    """Absent is not zero."""
    found = read(a=ACTIVITY)
    assert samples(found).keys() == {"steps"}
    assert not scores(found)


def test_activity_totals_are_of_the_local_day(read):
    """Steps are samples of a minute, the count of the day is another metric; a day of 23 hours has 23."""
    summary = {"stepCount": 9000, "calories": 2400, "stepsDistance": 6500.0, "sleepDuration": "PT7H"}
    levels = {"activityLevels": [{"level": "VERY_LOW", "duration": "PT8H"}]}
    found = read("Europe/Berlin", a=ACTIVITY | {"summary": summary | levels})
    steps, daily = samples(found)["steps"], samples(found)["steps_daily"]
    assert (steps.end - steps.start).tolist() == [MINUTE_NS]
    assert steps.start.tolist() == [parse_instant("2025-03-30T08:00:00+02:00")[0]]
    assert (daily.end - daily.start).tolist() == [23 * HOUR_NS]
    assert scores(found) == {
        "polar_steps_distance": (6500.0, "m"),
        "polar_sleep_duration": (420.0, "min"),
        "polar_activity_level_very_low": (480.0, "min"),
    }


def test_pulse_is_of_the_wall_clock(read):
    """Seconds count from midnight on the wall; zero is no pulse."""
    listed = [(55, 0), (0, 60), (56, 4 * 3600), (57, 90_000), ("NaN", 5)]
    day = {"date": NIGHT, "samples": [{"heartRate": rate, "secondsFromDayStart": at} for rate, at in listed]}
    pulse = samples(read("Europe/Berlin", a={"deviceDays": [day]}))["heart_rate"]
    assert pulse.value.tolist() == [55.0, 56.0]
    assert pulse.start.tolist() == [
        parse_instant(text)[0] for text in ("2025-03-30T00:00:00+01:00", "2025-03-30T04:00:00+02:00")
    ]
    assert pulse.offset_min.tolist() == [60, 120]


@pytest.mark.parametrize(
    ("zone", "instant", "offset_min"),
    [(None, "2025-03-30T08:00:00+02:00", UNKNOWN_OFFSET), ("Asia/Tokyo", "2025-03-30T08:00:00+09:00", 540)],
)
def test_wall_clocks_are_those_of_home_unless_a_zone_is_told(read, zone, instant, offset_min):
    """Home is assumed, so no offset is recorded; a zone told of this export is one."""
    steps = samples(read(zone, home="Europe/Berlin", activity=ACTIVITY))["steps"]
    assert (steps.start.tolist(), steps.offset_min.tolist()) == ([parse_instant(instant)[0]], [offset_min])


def test_beats_of_the_day_are_rr_intervals(read):
    """Each begins at its time and lasts as long as it says."""
    listed = [("2025-03-29T00:00:00.000", 900), ("2025-03-29T00:00:01.000", 0), ("when", 900)]
    beats = [{"sampleDateTime": time, "pulseLength": length} for time, length in listed]
    document = [{"date": "2025-03-29", "devicePpiSamplesList": [{"deviceId": "D", "ppiSamples": beats}]}]
    rr = samples(read(a=document))["rr_interval"]
    assert rr.value.tolist() == [900.0]
    assert (rr.end - rr.start).tolist() == [900_000_000]


def test_tests_are_moments(read):
    """OwnIndex is VO2max; RMSSD of an orthostatic test is not the night's; oxygen and skin temperature."""
    fitness = {"ownIndex": 47, "fitnessClass": "GOOD", "timezoneOffsetMinutes": 120}
    orthostatic = {"rmssdSupine": 60, "rrAvgStand": 700, "timezoneOffsetMinutes": 120}
    oxygen = {"testTime": 1_748_930_400, "timeZoneOffset": 120, "bloodOxygenPercent": 97}
    delta = [{"recordingTimeDeltaMilliseconds": "60000", "temperatureCelsius": 34.5}]
    found = samples(
        read(
            a={"startTime": "2025-06-01T10:00:00", "fitnessTestResult": fitness},
            b={"startTime": "2025-06-01T10:00:00", "orthostaticTestResult": orthostatic},
            c={"meta": {"type": 3}, "data": oxygen},
            d={
                "meta": {"id": {"startTimeSeconds": "1748930400"}},
                "data": {"temperatureMeasurementSamples": delta},
            },
            e={"physicalInformations": [], "weights": [{"date": "2025-06-01T10:00:00", "weight": 70.5}]},
        )
    )
    values = {metric: (batch.value.tolist(), batch.unit) for metric, batch in found.items()}
    assert values == {
        "vo2_max": ([47.0], ""),
        "polar:orthostatic_rmssd_supine": ([60.0], "ms"),
        "polar:orthostatic_rr_avg_stand": ([700.0], "ms"),
        "spo2": ([97.0], ""),
        "skin_temperature": ([34.5], ""),
        "body_mass": ([70.5], ""),
    }
    assert found["vo2_max"].start.tolist() == [parse_instant("2025-06-01T10:00:00+02:00")[0]]
    assert found["spo2"].offset_min.tolist() == [120]
    assert found["skin_temperature"].start.tolist() == [parse_instant("2025-06-03T06:01:00Z")[0]]


def test_a_broken_document_costs_itself(read):
    """The others are read, and of the broken one what came before the break."""
    cut = json.dumps(SLEEP * 2)[:-30]
    found = read(a_cut=cut, b=RECOVERY, c="[]", d={"who": "knows"}, **{"account-data-1": {"username": "x"}})
    rejections = [(one.reason, one.file, one.position) for one in found if isinstance(one, Rejection)]
    assert ("malformed-json", "a_cut.json", 1) in rejections
    assert {reason for reason, *_ in rejections} == {"malformed-json", "unknown-document"}
    assert sum(isinstance(record, SleepSession) for record in found) == 1
    assert "hrv_rmssd" in samples(found)


def test_every_reason_of_polar_is_documented():
    """The reference page lists each reason a rejection may have."""
    root = Path(__file__).parents[2]
    code = "".join(path.read_text("utf-8") for path in (root / "adapters" / "polar").glob("*.py"))
    found = set(re.findall(r'(?:Rejection\(|return |else |= )"([a-z]+(?:-[a-z]+)+)"', code))
    page = (root / "docs" / "reference" / "polar.md").read_text("utf-8")
    assert found >= {"bad-date", "end-before-start", "malformed-json", "unknown-document", "too-large"}
    assert not {reason for reason in found if f"`{reason}`" not in page}


def test_a_folder_without_polars_documents_is_refused(read):
    """Nothing to read is an error, not an empty import."""
    with pytest.raises(MalformedFile):
        read(a={"who": "knows"})
