"""Google Fit's streams, sessions and tracks: one copy of each thing, by the place's clock."""

from __future__ import annotations

import json
import random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Options
from adapters.google_fit import ADAPTER
from adapters.google_fit.streams import chosen, type_of
from vault.errors import InputError, MalformedFile
from vault.records import Rejection, Samples, SleepSession, Stream, Tally, Workout
from vault.time import UNKNOWN_OFFSET, parse_instant

GMS = "com.google.android.gms"
STEPS = f"derived:com.google.step_count.delta:{GMS}:"
DAY = (
    "Start time,End time,Step count\n"
    "09:00:00.000+09:00,09:15:00.000+09:00,100\n09:15:00.000+09:00,09:30:00.000+09:00,\n"
)
TCX = (
    '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
    '<Activity Sport="Walking"><Id>{0}</Id><Lap StartTime="{0}"><Track><Trackpoint><DistanceMeters>0'
    "</DistanceMeters><Time>{0}</Time></Trackpoint></Track><TotalTimeSeconds>60</TotalTimeSeconds></Lap>"
    "</Activity></Activities></TrainingCenterDatabase>"
)


def ns(text):
    return parse_instant(text)[0]


def point(value, start, end=None, **more):
    value = (
        {"intVal": value}
        if isinstance(value, int)
        else {"fpVal": value}
        if isinstance(value, float)
        else value
    )
    return {
        "fitValue": [{"value": value}] if isinstance(value, dict) else [{"value": one} for one in value],
        "startTimeNanos": ns(start),
        "endTimeNanos": ns(end or start),
    } | more


def stream(source, *points):
    return json.dumps({"Data Source": source, "Data Points": list(points)})


def session(activity, start, end, **more):
    return json.dumps({"fitnessActivity": activity, "startTime": start, "endTime": end} | more)


def write(folder, documents):
    for name, text in documents.items():
        path = folder / "Takeout" / "Fit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def read(folder, documents, zone=None):
    options = Options(timezone=None if zone is None else ZoneInfo(zone))
    return list(ADAPTER.read(write(folder, documents), options))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def values(name, records):
    return [value for one in of(Samples, records) if one.metric == name for value in one.value.tolist()]


def left(records, part):
    return next(one for one in of(Tally, records) if part in one.file).left


def test_of_the_copies_of_the_steps_one_is_read(tmp_path):
    """Two points lie in quarter hours that are told, one does not; other streams are mirrors whole."""
    points = [
        point(60, "2025-04-02T09:01+09:00", "2025-04-02T09:05+09:00"),
        point(40, "2025-04-02T09:20+09:00", "2025-04-02T09:25+09:00"),
        point(30, "2025-04-02T09:30+09:00", "2025-04-02T09:35+09:00"),
    ]
    records = read(
        tmp_path,
        {
            "Daily activity metrics/2025-04-02.csv": DAY,
            "All Data/a.json": stream(STEPS + "estimated_steps", *points),
            "All Data/a(1).json": stream(STEPS + "merge_step_deltas", *points),
            "All Data/raw.json": stream("raw:com.google.step_count.delta:x:LGE:Watch:1:", *points),
        },
    )
    assert sorted(values("steps", records)) == [30.0, 100.0]
    assert left(records, "a.json") == {"mirror": 2}
    assert left(records, "a(1).json") == left(records, "raw.json") == {"mirror": 3}


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([STEPS + "merge_step_deltas", STEPS + "estimated_steps", "raw:com.google.step_count.delta:x:"],
         {STEPS + "estimated_steps": "Google Fit streams"}),
        (["raw:com.google.weight:org.scale:", "raw:com.google.weight:com.other:"],
         {"raw:com.google.weight:org.scale:": "org.scale", "raw:com.google.weight:com.other:": "com.other"}),
        (["derived:com.google.heart_rate.bpm:com.ouraring:", "raw:com.google.heart_rate.bpm:x:"],
         {"derived:com.google.heart_rate.bpm:com.ouraring:": "com.ouraring"}),
    ],
)  # fmt: skip
def test_one_source_of_each_type_is_chosen(sources, expected):
    """Google's own first; without it what apps derived, else what they wrote, each a source of its own."""
    assert {source: origin.source for source, origin in chosen(sources).items()} == expected


def test_a_merged_stream_without_points_has_no_mirrors(tmp_path):
    """Where Google merged nothing, what an app wrote is all there is."""
    documents = {
        "All Data/merged.json": stream(f"derived:com.google.weight:{GMS}:merge_weight"),
        "All Data/raw.json": stream("raw:com.google.weight:x:", point(80.5, "2025-04-02T09:01+09:00")),
    }
    assert values("body_mass", read(tmp_path, documents)) == [80.5]


def test_resting_heart_rate_is_no_mirror_of_the_heart_rate():
    """It is called a heart rate there, but is another quantity."""
    resting = f"derived:com.google.heart_rate.bpm:{GMS}:resting_heart_rate<-merge_heart_rate_bpm"
    merged = f"derived:com.google.heart_rate.bpm:{GMS}:merge_heart_rate_bpm"
    assert type_of(resting) == "com.google.resting_heart_rate"
    assert set(chosen([resting, merged])) == {resting, merged}


def test_tables_and_streams_of_two_takeouts_are_two_sources(tmp_path):
    """The vault adds up what one source says; the tables' name goes first, so that they are believed."""
    points = stream(STEPS + "estimated_steps", point(60, "2025-04-02T09:01+09:00", "2025-04-02T09:05+09:00"))
    names = []
    for at, documents in enumerate(({"Daily/2025-04-02.csv": DAY}, {"All Data/a.json": points})):
        (batch,) = of(Samples, read(tmp_path / str(at), documents))
        names.append(batch.origins[batch.origin[0]].source)
    assert names == sorted(names) == ["Google Fit", "Google Fit streams"]


def test_values_that_are_none_are_left(tmp_path):
    """A number no quantity is as large as, and a food's name that is a list, say nothing."""
    food = {"mapVal": [{"key": ["calories"], "value": {"fpVal": 1.0}}, {"key": "protein", "value": 5}]}
    names = {"a": ("com.google.hydration", 1e308), "b": ("com.google.nutrition", food)}
    records = read(
        tmp_path,
        {
            f"All Data/{at}.json": stream(f"raw:{name}:x:", point(value, "2025-04-02T09:01+09:00"))
            for at, (name, value) in names.items()
        },
    )
    assert of(Samples, records) == []
    assert left(records, "a.json") == left(records, "b.json") == {"no-value": 1}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("height", 1.79, {"height": 179.0}),
        ("hydration", 0.25, {"hydration": 250.0}),
        ("weight", 78.4, {"body_mass": 78.4}),
        ("weight", 0.0, {}),
        ("speed", 0.0, {"speed": 0.0}),
        ("calories.bmr", 1650.5, {"google_fit:calories_bmr": 1650.5}),
        ("blood_pressure", [{"fpVal": 121.0}, {"fpVal": 79.0}, {"intVal": 2}],
         {"blood_pressure.systolic": 121.0, "blood_pressure.diastolic": 79.0}),
        ("blood_glucose", [{"fpVal": 5.8}], {"blood_glucose_molar": 5.8}),
        ("blood_glucose", [{"fpVal": 5.0}, {}, {}, {}, {"intVal": 1}], {"glucose_interstitial": 90.07794}),
        ("oxygen_saturation", [{"fpVal": 96.5}, {"fpVal": 0.0}], {"spo2": 96.5}),
        ("nutrition", [{"mapVal": [{"key": "calories", "value": {"fpVal": 500.0}},
                                   {"key": "sodium", "value": {"fpVal": 900.0}},
                                   {"key": "dust", "value": {"fpVal": 1.0}}]}],
         {"energy_intake": 500.0, "google_fit:sodium": 900.0}),
        ("menstruation", 3, {"menstrual_flow": "medium"}),
        ("made_up", 3, {}),
    ],
)  # fmt: skip
def test_points_are_in_the_metrics_units(tmp_path, name, value, expected):
    """Metres, litres, mmol/L, codes and maps become what the catalogue has; 0 of a body is nothing."""
    source = f"derived:com.google.{name}:{GMS}:merged"
    records = read(tmp_path, {"All Data/a.json": stream(source, point(value, "2025-04-02T09:00+09:00"))})
    found = {
        one.metric: one.codes[one.value[0]] if one.codes else float(one.value[0])
        for one in of(Samples, records)
    }
    assert found == pytest.approx(expected)


def test_points_take_the_clock_of_the_quarter_hour_they_lie_in(tmp_path):
    """A stream is in UTC; the day's table knows the offset; elsewhere it is not known, or told."""
    documents = {
        "Daily activity metrics/2025-04-02.csv": DAY,
        "All Data/h.json": stream(
            f"derived:com.google.heart_rate.bpm:{GMS}:merge_heart_rate_bpm",
            point(61.0, "2025-04-02T09:10+09:00"),
            point(62.0, "2025-04-02T12:00+09:00"),
        ),
    }
    for zone, expected in ((None, [540, UNKNOWN_OFFSET]), ("Europe/Berlin", [540, 120])):
        (batch,) = [one for one in of(Samples, read(tmp_path, documents, zone)) if one.metric == "heart_rate"]
        assert batch.offset_min.tolist() == expected


def test_points_that_are_none_are_rejected_by_their_number(tmp_path):
    """Times that are no times, that run backwards or are too long; older documents write values otherwise."""
    good = {"value": [{"fpVal": 78.0}], "startTimeNanos": str(ns("2025-04-02T09:00+09:00"))}
    good["endTimeNanos"] = good["startTimeNanos"]
    bad = point(78.0, "2025-04-02T09:00+09:00", "2025-04-01T09:00+09:00")
    source = f"derived:com.google.weight:{GMS}:merge_weight"
    text = stream(
        source,
        good,
        bad,
        {"startTimeNanos": "x"},
        point(78.0, "2025-04-02T09:00+09:00", "2025-05-02T09:00+09:00"),
    )
    records = read(tmp_path, {"All Data/a.json": text})
    assert values("body_mass", records) == [78.0]
    assert [(one.reason, one.position) for one in of(Rejection, records)] == [
        ("bad-date", at) for at in (2, 3, 4)
    ]


def test_a_night_has_the_stages_of_the_stream(tmp_path):
    """Over the change of the clocks its offset is the name's; what is in no session stays a sample."""
    source = f"derived:com.google.sleep.segment:{GMS}:merged"
    records = read(
        tmp_path,
        {
            "All Sessions/2025-03-29T23_00_00+01_00_SLEEP.json": session(
                "sleep", "2025-03-29T22:00:00Z", "2025-03-30T05:00:00Z"
            ),
            "All Data/s.json": stream(
                source,
                point(5, "2025-03-30T00:00Z", "2025-03-30T05:00Z"),
                point(4, "2025-03-29T22:00Z", "2025-03-30T00:00Z"),
                point(6, "2025-03-31T12:00Z", "2025-03-31T12:20Z"),
                point(9, "2025-03-31T12:20Z", "2025-03-31T12:40Z"),
            ),
        },
    )
    (sleep,) = of(SleepSession, records)
    assert sleep.offset_min == 60
    assert [(start, stage) for start, _, stage in sleep.stages] == [
        (ns("2025-03-29T22:00Z"), "light"),
        (ns("2025-03-30T00:00Z"), "deep"),
    ]
    (alone,) = of(Samples, records)
    assert (alone.metric, alone.codes, alone.start.tolist()) == (
        "sleep_stage",
        ("rem",),
        [ns("2025-03-31T12:00Z")],
    )
    assert left(records, "s.json") == {"no-value": 1}


def test_a_night_is_that_of_its_morning(tmp_path):
    """Where the day's table knows the clock at waking, that is the night's, not the one it began with."""
    table = "Start time,End time,Step count\n07:00:00.000+02:00,07:15:00.000+02:00,9\n"
    name = "All Sessions/2025-03-29T23_00_00+01_00_SLEEP.json"
    night = session("sleep", "2025-03-29T22:00:00Z", "2025-03-30T05:00:00Z")
    records = read(tmp_path, {"Daily activity metrics/2025-03-30.csv": table, name: night})
    assert of(SleepSession, records)[0].offset_min == 120


def test_a_night_without_a_stream_has_its_own_segments(tmp_path):
    """Sleep and wake are all that sessions know; a second copy under (1) is a repetition."""
    night = session(
        "sleep",
        "2019-06-10T20:06:00Z",
        "2019-06-11T04:48:00Z",
        segment=[
            {
                "fitnessActivity": "sleep",
                "startTime": "2019-06-10T20:06:00Z",
                "endTime": "2019-06-11T00:06:00Z",
            },
            {
                "fitnessActivity": "sleep.awake",
                "startTime": "2019-06-11T00:06:00Z",
                "endTime": "2019-06-11T00:36:00Z",
            },
            {"startTime": "2019-06-11T00:36:00Z", "endTime": "2019-06-11T04:48:00Z"},
        ],
    )
    names = (
        "Все сеансы/2019-06-10T23_06_00+03_00_SLEEP.json",
        "Все сеансы/2019-06-10T23_06_00+03_00_SLEEP(1).json",
    )
    records = read(tmp_path, dict.fromkeys(names, night))
    (sleep,) = of(SleepSession, records)
    assert (sleep.offset_min, [stage for _, _, stage in sleep.stages]) == (180, ["asleep", "awake", "asleep"])
    assert sorted((one.used, one.repeated) for one in of(Tally, records)) == [(0, 1), (1, 0)]


def test_a_session_is_a_workout_with_its_totals(tmp_path):
    """The time is what was moved, not what passed; after a flight the offset is the file name's."""
    text = session(
        "strength_training",
        "2025-04-02T09:00:00.250Z",
        "2025-04-02T10:30:00Z",
        duration="4419.876s",
        aggregate=[
            {"metricName": "com.google.calories.expended", "floatValue": 312.5},
            {"metricName": "com.google.heart_rate.summary", "floatValue": 118.0},
            {"metricName": "com.google.step_count.delta", "intValue": 812},
        ],
    )
    records = read(tmp_path, {"All Sessions/2025-04-02T18_00_00.250+09_00_STRENGTH_TRAINING.json": text})
    (workout,) = of(Workout, records)
    assert (workout.activity, workout.offset_min, workout.duration_s) == ("strength_training", 540, 4419.876)
    assert (workout.energy_kcal, workout.hr_mean, workout.distance_m) == (312.5, 118.0, None)
    assert workout.key == "strength_training|2025-04-02T09:00:00.25Z"
    assert workout.details["step_count_delta"] == 812.0


def test_a_track_gives_its_points_to_the_session_of_its_second(tmp_path):
    """Of a track whose session is there only the stream is new; one without a session is a workout."""
    records = read(
        tmp_path,
        {
            "All Sessions/2025-04-02T18_00_00.250+09_00_WALKING.json": session(
                "walking", "2025-04-02T09:00:00.250Z", "2025-04-02T09:01:00Z"
            ),
            "Activities/2025-04-02T18_00_00+09_00_PT1M_Walking.tcx": TCX.format("2025-04-02T09:00:00.000Z"),
            "Activities/2025-04-03T18_00_00+09_00_PT1M_Walking.tcx": TCX.format("2025-04-03T09:00:00.000Z"),
        },
    )
    known, new = of(Workout, records)
    assert [one.workout for one in of(Stream, records)] == [known.key, new.key]
    assert (new.activity, new.offset_min, new.origin.source) == ("walking", 540, "Google Fit")
    assert [one.used for one in of(Tally, records)] == [1, 1, 1]


def test_a_takeout_of_others_is_left_to_them(tmp_path):
    """Beside Fit lie other products, which are not counted here; in Fit what is not known is named."""
    documents = {"All Sessions/a.json": session("yoga", "2025-04-02T09:00:00Z", "2025-04-02T10:00:00Z")}
    documents |= {"All Data/odd.json": '{"a": 1}', "readme.html": "<p>"}
    write(tmp_path, documents)
    other = tmp_path / "Takeout" / "Fitbit"
    other.mkdir()
    (other / "steps.json").write_text("[]")
    records = list(ADAPTER.read(tmp_path, Options()))
    assert {one.file.removeprefix("Takeout/Fit/") for one in of(Tally, records)} == set(documents)
    assert [one.reason for one in of(Rejection, records)] == ["unknown-document"]


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1}', "Date,Distance (m)\n", "[1, 2]", TCX.format("2025-01-01T00:00:00Z")]
)
def test_what_is_not_googles_is_refused(tmp_path, text):
    """Nothing of Google Fit's is in it, also not if there is a track of anybody."""
    write(tmp_path, {"All Data/x.json": text})
    assert ADAPTER.detect(tmp_path) is None
    with pytest.raises(MalformedFile):
        list(ADAPTER.read(tmp_path, Options()))


@given(st.data())
def test_any_damage_ends_in_reasons(tmp_path_factory, data):
    """Bytes changed anywhere: records, reasons, or an error of ours; rows stay counted."""
    folder = tmp_path_factory.mktemp("damaged")
    documents = {
        "Daily activity metrics/2025-04-02.csv": DAY,
        "All Data/a.json": stream(STEPS + "estimated_steps", point(60, "2025-04-02T08:01+09:00")),
        "All Sessions/a.json": session("yoga", "2025-04-02T09:00:00Z", "2025-04-02T10:00:00Z", duration="1s"),
    }
    write(folder, documents)
    for name in documents:
        path = folder / "Takeout" / "Fit" / name
        whole = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 4))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(whole)
    try:
        records = list(ADAPTER.read(folder, Options()))
    except InputError:
        return
    for tally in of(Tally, records):
        rejected = sum(one.count for one in of(Rejection, records) if one.file == tally.file)
        assert tally.rejected == rejected


def test_noise_is_no_export(tmp_path):
    """Random bytes under a name of Google's are not recognised."""
    (tmp_path / "2025-04-02.csv").write_bytes(random.Random(2).randbytes(10_000))
    assert ADAPTER.detect(tmp_path / "2025-04-02.csv") is None
