"""Tables of days and nights of a Fitbit archive: whose date it is, what is a score, what is no value."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.fitbit import ADAPTER
from vault.records import Rejection, Samples, Score, Tally
from vault.time import UNKNOWN_OFFSET, date_of_day, day_of_date, parse_instant

FOLDER = "Takeout/Fitbit"
AUCKLAND = ZoneInfo("Pacific/Auckland")
NIGHT = {"night": "2026-03-29", "window": "night"}


@pytest.fixture
def read(tmp_path):
    """Return the records of an archive of some files: ``read({name: text}, zone)``."""

    def records(files, zone=None, home=None):
        for name, text in files.items():
            path = tmp_path / FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return list(ADAPTER.read(tmp_path, Options(timezone=zone, home=home)))

    return records


def at(text):
    return parse_instant(text)[0]


def table_of(row):
    return ",".join(row) + "\n" + ",".join(row.values()) + "\n"


def scores(records):
    return {
        (date_of_day(one.day).isoformat(), one.score, one.value, one.unit)
        for one in records
        if isinstance(one, Score)
    }


def samples(records):
    """Return (metric, start, end, value, note, source, unit) of every sample, by metric."""
    found = []
    for batch in records:
        if isinstance(batch, Samples):
            for row in range(len(batch)):
                note = (
                    None
                    if batch.note is None or batch.note[row] < 0
                    else json.loads(batch.notes[batch.note[row]])
                )
                span = int(batch.start[row]), int(batch.end[row])
                source = batch.origins[batch.origin[row]].source
                found.append((batch.metric, *span, float(batch.value[row]), note, source, batch.unit))
    return sorted(found, key=lambda row: row[:2])


def tally_of(records, file):
    return next(one for one in records if isinstance(one, Tally) and one.file.endswith(file))


SLEEP_SCORE = (
    "sleep_log_entry_id,timestamp,overall_score,composition_score,revitalization_score,duration_score,"
    "deep_sleep_in_minutes,resting_heart_rate,restlessness\n"
    "31415926535897,2026-03-29T07:30:30Z,78,,20,,89,58,0.12\n"
)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_sleep_score_belongs_to_the_date_it_says(read, zone):
    """Its Z is false: it is the wall clock at waking, so no zone moves the day."""
    assert scores(read({"Sleep Score/sleep_score.csv": SLEEP_SCORE}, ZoneInfo(zone))) == {
        ("2026-03-29", "fitbit_sleep_score", 78.0, ""),
        ("2026-03-29", "fitbit_sleep_score_revitalization", 20.0, ""),
        ("2026-03-29", "fitbit_sleep_resting_heart_rate", 58.0, "/min"),
        ("2026-03-29", "fitbit_sleep_restlessness", 0.12, ""),
    }


def test_hrv_summary_is_of_the_date_inside(read):
    """The file is named after the day before, and of a month's first day after no day at all."""
    text = "timestamp,rmssd,nremhr,entropy\n2026-03-29T00:00:00,41.5,54.2,2.9\n"
    name = "Heart Rate Variability/Daily Heart Rate Variability Summary - 2026-03-(28).csv"
    records = read({name: text}, AUCKLAND)
    start = at("2026-03-28T11:00:00Z")
    assert samples(records) == [
        ("fitbit:hrv_entropy", start, start, 2.9, NIGHT, "Fitbit", ""),
        ("fitbit:non_rem_heart_rate", start, start, 54.2, NIGHT, "Fitbit", "/min"),
        ("hrv_rmssd", start, start, 41.5, NIGHT, "Fitbit", ""),
    ]


def test_daily_family_of_google_is_a_local_date_whatever_its_zone(read):
    """A resting heart rate of midnight in UTC is one of that date, from its first moment to its last."""
    text = "timestamp,beats per minute,data source\n2026-03-29T00:00:00Z,53.7,Fitbit App\n"
    records = read(
        {"Physical Activity_GoogleData/daily_resting_heart_rate.csv": text}, ZoneInfo("Europe/Berlin")
    )
    span = at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")
    assert samples(records) == [("resting_heart_rate", *span, 53.7, None, "Fitbit App", "")]


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        (
            "daily_heart_rate_variability.csv",
            {
                "timestamp": "2026-03-29",
                "average heart rate variability milliseconds": "41.5",
                "non rem heart rate beats per minute": "54.2",
                "entropy": "2.9",
                "deep sleep root mean square of successive differences milliseconds": "0.0",
            },
            {("hrv_rmssd", 41.5), ("fitbit:non_rem_heart_rate", 54.2), ("fitbit:hrv_entropy", 2.9)},
        ),
        (
            "daily_oxygen_saturation.csv",
            {
                "timestamp": "2026-03-29T00:00:00Z",
                "average percentage": "95.1",
                "lower bound percentage": "93.2",
                "upper bound percentage": "97.5",
                "baseline percentage": "0.0",
                "standard deviation percentage": "0.0",
            },
            {("spo2_avg", 95.1), ("fitbit:spo2_lower_bound", 93.2), ("fitbit:spo2_upper_bound", 97.5)},
        ),
        (
            "daily_respiratory_rate.csv",
            {"timestamp": "2026-03-29T12:00:00Z", "breaths per minute": "14.2"},
            {("respiratory_rate_sleep_avg", 14.2)},
        ),
        (
            "daily_sleep_temperature_derivations.csv",
            {
                "timestamp": "2026-03-29",
                "nightly temperature celsius": "34.1",
                "baseline temperature celsius": "33.8",
                "relative nightly stddev 30d celsius": "NaN",
            },
            {
                ("skin_temperature", 34.1),
                ("fitbit:skin_temperature_baseline", 33.8),
                ("skin_temperature_deviation", 0.3),
            },
        ),
        (
            "respiratory_rate_sleep_summary_2026-03-01.csv",
            {
                "timestamp": "2026-03-29T05:30:00Z",
                "full sleep stats - milli breaths per minute": "14200",
                "deep sleep stats - milli breaths per minute": "13800",
                "rem sleep stats - milli breaths per minute": "-1.0",
            },
            {("respiratory_rate_sleep_avg", 14.2), ("fitbit:respiratory_rate_deep", 13.8)},
        ),
        (
            "respiratory_rate_sleep_summary_2026-03-01.csv",
            {"timestamp": "2026-03-29T05:30:00Z", "full sleep stats - milli breaths per minute": "14.2"},
            {("respiratory_rate_sleep_avg", 14.2)},
        ),
    ],
)
def test_night_of_a_google_family_has_its_metrics(read, name, row, expected):
    """Values of a night carry its note; 0 and -1 are none; what is called milli is so only if it can be."""
    records = read({f"Physical Activity_GoogleData/{name}": table_of(row)})
    assert {(metric, value) for metric, _, _, value, *_ in samples(records)} == expected
    assert all(note == NIGHT for *_, note, _, _ in samples(records))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "Daily SpO2 - 2026-03-01-2026-03-31.csv",
            "timestamp,average_value,lower_bound,upper_bound\n2026-03-29T00:00:00Z,95.1,93.2,97.5\n",
            {("spo2_avg", 95.1), ("fitbit:spo2_lower_bound", 93.2), ("fitbit:spo2_upper_bound", 97.5)},
        ),
        (
            "Daily Respiratory Rate Summary - 2026-03-29.csv",
            "timestamp,daily_respiratory_rate\n2026-03-29T00:00:00,14.2\n",
            {("respiratory_rate_sleep_avg", 14.2)},
        ),
        (
            "Respiratory Rate Summary - 2026-03-29.csv",
            "timestamp,full_sleep_breathing_rate,full_sleep_standard_deviation\n2026-03-29T07:30:30,14.2,0.9\n",
            {("respiratory_rate_sleep_avg", 14.2), ("fitbit:respiratory_rate_sd", 0.9)},
        ),
    ],
)
def test_night_of_an_older_folder_has_its_metrics(read, name, text, expected):
    """The same nights in the folders by topic."""
    assert {(metric, value) for metric, _, _, value, *_ in samples(read({name: text}))} == expected


def test_computed_temperature_is_of_the_sleep_it_names(read):
    """The deviation is the mean of the samples' differences from the baseline; the night is of waking."""
    text = (
        "type,sleep_start,sleep_end,temperature_samples,nightly_temperature,baseline_relative_sample_sum,"
        "baseline_relative_sample_sum_of_squares,baseline_relative_nightly_standard_deviation,"
        "baseline_relative_sample_standard_deviation\n"
        "IDT,2026-03-28T23:00,2026-03-29T07:30:30,500,34.1,-250.0,400.0,NaN,NaN\n"
    )
    records = read({"Temperature/Computed Temperature - 2026-03-01.csv": text}, ZoneInfo("Europe/Berlin"))
    span = at("2026-03-28T22:00:00Z"), at("2026-03-29T05:30:30Z")
    assert samples(records) == [
        ("skin_temperature", *span, 34.1, NIGHT, "Fitbit", ""),
        ("skin_temperature_deviation", *span, -0.5, NIGHT, "Fitbit", ""),
    ]


def test_night_that_google_told_is_a_mirror_in_the_older_folders(read):
    """One mean of a night is enough."""
    older = "timestamp,rmssd,nremhr,entropy\n2026-03-29T00:00:00,41.5,54.2,2.9\n2026-03-30T00:00:00,44.0,,\n"
    files = {
        "Daily Heart Rate Variability Summary - 2026-03-.csv": older,
        "daily_heart_rate_variability.csv": (
            "timestamp,average heart rate variability milliseconds,data source\n2026-03-29,41.5,Fitbit App\n"
        ),
    }
    records = read(files)
    found = [(value, source) for _, _, _, value, _, source, _ in samples(records)]
    assert found == [(41.5, "Fitbit App"), (44.0, "Fitbit")]
    assert tally_of(records, "03-.csv").left == {"mirror": 1}


@pytest.mark.parametrize("home", [None, AUCKLAND])
def test_day_that_the_json_tells_is_a_mirror(read, home):
    """Resting heart rates and estimates of VO2max are told once a day, and as the JSON has them."""
    fitness = {"demographicVO2Max": 44.5, "demographicVO2MaxError": 3.0}
    files = {
        "resting_heart_rate-2026-01-01.json": json.dumps([
            {"dateTime": "03/29/26 00:00:00", "value": {"date": "03/29/26", "value": 53.7, "error": 6.8}},
            {"dateTime": "03/30/26 00:00:00", "value": {"date": None, "value": 0.0, "error": 0.0}},
        ]),
        "demographic_vo2_max-2026-01-01.json": json.dumps([
            {"dateTime": "03/29/26 00:00:00", "value": fitness}
        ]),
        "daily_resting_heart_rate.csv": (
            "timestamp,beats per minute,data source\n2026-03-29,54.0,Versa 4\n2026-03-30,55.0,Versa 4\n"
        ),
        "demographic_vo2max.csv": "timestamp,demographic vo2max\n2026-03-29T08:00:00Z,44.5\n",
    }  # fmt: skip
    records = read(files, home=home)
    found = [(metric, value) for metric, _, _, value, *_ in samples(records)]
    assert found == [("resting_heart_rate", 53.7), ("resting_heart_rate", 55.0), ("vo2_max", 44.5)]
    assert tally_of(records, "daily_resting_heart_rate.csv").left == {"mirror": 1}
    assert tally_of(records, "demographic_vo2max.csv").left == {"mirror": 1}


STRESS = (
    "DATE,UPDATED_AT,STRESS_SCORE,SLEEP_POINTS,MAX_SLEEP_POINTS,RESPONSIVENESS_POINTS,MAX_RESPONSIVENESS_POINTS,"
    "EXERTION_POINTS,MAX_EXERTION_POINTS,STATUS,CALCULATION_FAILED\n"
    "2026-03-29T00:00:00,2026-03-29T11:48:16.898,81,25,30,23,30,33,40,READY,false\n"
    "2026-03-30T00:00:00,2026-03-30T11:48:16.898,0,0,30,0,30,0,40,READY,true\n"
    "2026-03-31T00:00:00,2026-03-31T11:48:16.898,0,0,30,0,30,0,40,NO_DATA,false\n"
    "2026-04-01T00:00:00,2026-04-01T11:48:16.898,0,0,30,0,30,0,40,READY,false\n"
    "2026-04-02T00:00:00,2026-04-02T11:48:16.898,70,25,30,0,30,33,40,READY,false\n"
)


def test_stress_score_that_was_not_calculated_is_none(read):
    """A zero of a day that could not be calculated is no calm day; a zero among points is one."""
    records = read({"Stress Score/Stress Score.csv": STRESS})
    assert scores(records) == {
        ("2026-03-29", "fitbit_stress_score", 81.0, ""),
        ("2026-03-29", "fitbit_stress_sleep_points", 25.0, ""),
        ("2026-03-29", "fitbit_stress_responsiveness_points", 23.0, ""),
        ("2026-03-29", "fitbit_stress_exertion_points", 33.0, ""),
        ("2026-04-02", "fitbit_stress_score", 70.0, ""),
        ("2026-04-02", "fitbit_stress_sleep_points", 25.0, ""),
        ("2026-04-02", "fitbit_stress_responsiveness_points", 0.0, ""),
        ("2026-04-02", "fitbit_stress_exertion_points", 33.0, ""),
    }
    tally = tally_of(records, "Stress Score.csv")
    assert (tally.rows, tally.used, tally.left) == (5, 2, {"not-calculated": 2, "no-value": 1})


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        (
            "Daily Readiness/Daily Readiness Score - 2026-03-01.csv",
            {
                "date": "2026-03-29",
                "readiness_score_value": "72",
                "readiness_state": "MEDIUM",
                "activity_subcomponent": "30",
                "sleep_subcomponent": "28",
                "hrv_subcomponent": "14",
                "hrv_state": "LOW",
            },
            {"daily_readiness": 72, "readiness_activity": 30, "readiness_sleep": 28, "readiness_hrv": 14},
        ),
        (
            "Daily Readiness/Daily Readiness Score - 2021-11-01.csv",
            {
                "date": "2026-03-29",
                "readiness_score_value": "72",
                "srl_normalized_score": "30",
                "ff_normalized_score": "28",
                "hrv_normalized_score": "14",
            },
            {"daily_readiness": 72, "readiness_srl": 30, "readiness_ff": 28, "readiness_hrv": 14},
        ),
        (
            "Physical Activity_GoogleData/daily_readiness.csv",
            {
                "timestamp": "2026-03-29",
                "score": "76",
                "type": "HIGH",
                "readiness level": "TYPE_UNSPECIFIED",
                "sleep readiness": "VERY_HIGH",
                "data source": "Fitbit App",
            },
            {"daily_readiness": 76},
        ),
        (
            "Physical Activity_GoogleData/cardio_acute_chronic_workload_ratio.csv",
            {"timestamp": "2026-03-29", "ratio": "0.9", "label": "OPTIMAL", "data source": "Fitbit App"},
            {"acute_chronic_ratio": 0.9},
        ),
        (
            "Physical Activity_GoogleData/cardio_load_observed_interval.csv",
            {"timestamp": "2026-03-29T00:00:00Z", "min observed load": "12.5", "max observed load": "169.6"},
            {"cardio_load_observed_min": 12.5, "cardio_load_observed_max": 169.6},
        ),
    ],
)
def test_score_of_a_day_stays_fitbits(read, name, row, expected):
    """Readiness in its three forms and loads are scores of their date, none of them a measurement."""
    records = read({name: table_of(row)}, AUCKLAND)
    found = {one.score: one.value for one in records if isinstance(one, Score)}
    assert found == {f"fitbit_{score}": value for score, value in expected.items()}
    assert {one.day for one in records if isinstance(one, Score)} == {day_of_date(date(2026, 3, 29))}
    assert samples(records) == []


def test_day_without_a_zone_says_no_offset(read):
    """Without a zone a date begins at midnight in UTC, and nobody claims to know where."""
    text = "timestamp,daily_respiratory_rate\n2026-03-29T00:00:00,14.2\n"
    (batch,) = [
        one
        for one in read({"Daily Respiratory Rate Summary - 2026-03-29.csv": text})
        if isinstance(one, Samples)
    ]
    assert (batch.start[0], batch.offset_min[0]) == (at("2026-03-29T00:00:00Z"), UNKNOWN_OFFSET)


def test_days_with_broken_rows_lose_only_them(read):
    """A date that is none and a value that is none cost their row, an empty one is left."""
    text = "timestamp,daily_respiratory_rate\nsoon,14.2\n2026-03-29,deep\n2026-03-30,\n2026-03-31,14.2\n"
    records = read({"Daily Respiratory Rate Summary - 2026-03-29.csv": text})
    rejected = [(one.reason, one.position) for one in records if isinstance(one, Rejection)]
    assert rejected == [("bad-date", 2), ("bad-value", 3)]
    tally = tally_of(records, "03-29.csv")
    assert (tally.rows, tally.used, tally.rejected, tally.left) == (4, 1, 2, {"no-value": 1})


@pytest.mark.parametrize(
    "name",
    [
        "Heart Rate Variability/Heart Rate Variability Histogram - 2026-03-29.csv",
        "Menstrual Health/menstrual_health_cycles.csv",
        "Mindfulness/Mindfulness Eda Data Sessions - 2026-03-29.csv",
        "Biometrics/Glucose 202603.csv",
        "Physical Activity_GoogleData/live_pace_2026-03-29.csv",
        "Physical Activity_GoogleData/calories_in_heart_rate_zone_2026-03-29.csv",
        "Your Profile/Profile.csv",
        "Paired Devices/Devices.csv",
        "Mindfulness/Mindfulness Sessions.csv",
        "Health Fitness Data_GoogleData/UserAppSettingData.csv",
    ],
)
def test_file_that_is_knowingly_left_is_counted_once(read, name):
    """What nobody verified, or what repeats other files, is named and not opened."""
    records = read({name: "anything,at all\n1,2\n", "Sleep Score/sleep_score.csv": SLEEP_SCORE})
    tally = tally_of(records, name)
    assert (tally.rows, tally.used, sum(tally.left.values())) == (1, 0, 1)
    assert not [one for one in records if isinstance(one, Rejection)]
