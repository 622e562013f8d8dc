"""Oura's sleeps: what is the night's, what a nap's, on which day, and that one night is one sleep."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.base import Options
from adapters.oura import ADAPTER
from vault.errors import MalformedFile
from vault.merge.nights import assemble
from vault.merge.segments import Segments
from vault.records import Rejection, Samples, Score, SleepSession, Tally
from vault.time import UNKNOWN_OFFSET, day_of_date, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {
    "id": "n1",
    "day": "2025-03-30",
    "type": "long_sleep",
    "bedtime_start": "2025-03-29T23:00:00.000+01:00",
    "bedtime_end": "2025-03-30T07:30:00.000+02:00",
    "total_sleep_duration": 25200,
    "time_in_bed": 27000,
    "deep_sleep_duration": 6000,
    "light_sleep_duration": 13200,
    "rem_sleep_duration": 6000,
    "awake_time": 1800,
    "latency": 600,
    "efficiency": 93,
    "average_breath": 14.5,
    "average_heart_rate": 54.25,
    "lowest_heart_rate": 48,
    "average_hrv": 61,
    "hrv": {"interval": 300.0, "items": [None, 58.0, 0, 64.0], "timestamp": "2025-03-29T23:00:00.000+01:00"},
    "sleep_phase_5_min": "4422113",
    "movement_30_sec": "11121",
}


def ns(text):
    return parse_instant(text)[0]


def day(text):
    return day_of_date(date.fromisoformat(text))


@pytest.fixture
def read(tmp_path):
    """Return the records of files, ``read({"a.json": ...}, zone, home)``; JSON unless it is a text."""

    def records(files, zone=None, home=None):
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, "utf-8")
        return list(ADAPTER.read(tmp_path, Options(zone, home=home)))

    return records


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def rows(records, metric):
    """Return (start, end, offset, value, note) of each sample of a metric."""
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


def nights(records):
    """Return the sleeps as the vault shows them."""
    none = np.empty(0, np.int64)
    segments = Segments(none, none, none.astype(np.int16), [], none.astype(np.int32), [])
    return assemble(segments, of(SleepSession, records), BERLIN)


def test_night_has_stages_and_the_offset_of_waking(read):
    """The night of the change to summer time: eight and a half hours on the clock are seven and a half."""
    (session,) = of(SleepSession, read({"sleep.json": {"data": [NIGHT]}}))
    assert (session.key, session.offset_min, session.is_nap) == ("n1", 120, False)
    assert session.end - session.start == 7.5 * 3600e9
    start = session.start
    assert list(session.stages) == [
        (start, start + 600_000_000_000, "awake"),
        (start + 600_000_000_000, start + 1_200_000_000_000, "light"),
        (start + 1_200_000_000_000, start + 1_800_000_000_000, "deep"),
        (start + 1_800_000_000_000, start + 2_100_000_000_000, "rem"),
    ]
    assert session.details["asleep_min"] == 420.0


def test_finer_stages_go_before_coarse_ones(read):
    """Newer answers have both."""
    (session,) = of(SleepSession, read({"sleep.json": {"data": [NIGHT | {"sleep_phase_30_sec": "413"}]}}))
    assert [(end - start) // 10**9 for start, end, _ in session.stages] == [30, 30, 30]
    assert [stage for *_, stage in session.stages] == ["awake", "deep", "rem"]


def test_values_of_the_night_lie_on_the_day_of_waking(read):
    """RMSSD of the whole night says so; the windows of five minutes say that they are windows."""
    found = read({"sleep.json": {"data": [NIGHT]}})
    midnight, end = ns("2025-03-30T00:00:00+02:00"), ns("2025-03-30T07:30:00+02:00")
    whole = {"night": "2025-03-30", "window": "night"}
    first = ns("2025-03-29T23:00:00+01:00")
    assert sorted(rows(found, "hrv_rmssd")) == sorted(
        [
            (midnight, end, 120, 61.0, whole),
            *(
                (first + at, first + at, 60, value, {"window": "5min"})
                for at, value in ((3e11, 58.0), (9e11, 64.0))
            ),
        ]
    )
    assert rows(found, "respiratory_rate_sleep_avg") == [(midnight, end, 120, 14.5, whole)]
    assert rows(found, "sleeping_heart_rate_min")[0][3] == 48.0
    assert rows(found, "sleep_latency")[0][3] == 10.0
    assert rows(found, "resting_heart_rate") == []


def test_nap_is_a_nap_and_no_night(read):
    """Its mean HRV is not that of the night, its breathing not the night's."""
    nap = NIGHT | {
        "id": "n2",
        "type": "late_nap",
        "bedtime_start": "2025-03-30T18:00:00+02:00",
        "bedtime_end": "2025-03-30T18:40:00+02:00",
        "hrv": None,
        "average_hrv": 40,
    }
    found = read({"sleep.json": {"data": [nap]}})
    (session,) = of(SleepSession, found)
    assert session.is_nap is True
    assert [row[3:] for row in rows(found, "hrv_rmssd")] == [(40.0, {"window": "nap"})]
    assert [row[3] for row in rows(found, "respiratory_rate")] == [14.5]
    assert rows(found, "respiratory_rate_sleep_avg") == []


@pytest.mark.parametrize("kind", ["deleted", "rest"])
def test_what_oura_does_not_count_is_left(read, kind):
    """Counted by its reason."""
    found = read({"sleep.json": {"data": [NIGHT | {"type": kind}, NIGHT]}})
    assert of(Tally, found) == [Tally("sleep.json", 2, 1, 0, 0, {kind: 1})]
    assert len(of(SleepSession, found)) == 1


def test_flight_of_nine_hours_east_counts_on_the_day_of_waking(read):
    """Asleep in Berlin on the 9th, awake in Tokyo on the 10th."""
    flight = NIGHT | {
        "day": "2025-06-10",
        "bedtime_start": "2025-06-09T22:00:00+02:00",
        "bedtime_end": "2025-06-10T12:00:00+09:00",
        "hrv": None,
    }
    found = read({"sleep.json": {"data": [flight]}})
    (session,) = of(SleepSession, found)
    assert (session.end - session.start, session.offset_min) == (7 * 3600 * 10**9, 540)
    assert rows(found, "hrv_rmssd") == [
        (ns("2025-06-10T05:00:00+09:00"), session.end, 540, 61.0, {"night": "2025-06-10", "window": "night"})
    ]
    assert nights(found)[0].date == day("2025-06-10")


TRENDS = (
    "date,Sleep Score,Average HRV,Total Bedtime ,Total Sleep Duration,Sleep Timin Score,Bedtime End,"
    "Bedtime Start\n"
    "2025-03-30,82,61,27000,25200,None,2025-03-30T07:30:00.000+02:00,2025-03-29T23:00:00.000+01:00\n"
)


def cells(document):
    """Return a document as the account's export writes it: JSON in cells that nobody quoted."""
    texts = [
        "" if one is None else one if isinstance(one, str) else json.dumps(one) for one in document.values()
    ]
    return ";".join(document) + "\n" + ";".join(texts) + "\n"


def python_cells(document):
    """Return a document as scripts write it: Python in cells, between commas."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([document, document.values()])
    return file.getvalue()


@pytest.mark.parametrize("write", [cells, python_cells])
def test_table_says_what_the_api_says(read, write):
    """The same records, whichever way a night was saved."""
    wanted = read({"sleep.json": {"data": [NIGHT]}})
    found = read({"sleep.json": "", "sleepmodel.csv": write(NIGHT)})
    assert of(SleepSession, found) == of(SleepSession, wanted)
    assert {metric: rows(found, metric) for metric in ADAPTER.coverage.metrics} == {
        metric: rows(wanted, metric) for metric in ADAPTER.coverage.metrics
    }


def test_one_night_from_every_layout_is_one_sleep(read):
    """By Oura's id in answers and App Data; the trends, which have none, begin when another did."""
    found = read({"a.json": {"data": [NIGHT]}, "sleepmodel.csv": cells(NIGHT), "oura_trends.csv": TRENDS})
    assert [session.key for session in of(SleepSession, found)] == ["n1"]
    assert {one.file: (one.used, one.repeated) for one in of(Tally, found)} == {
        "a.json": (1, 0),
        "sleepmodel.csv": (0, 1),
        "oura_trends.csv": (1, 0),
    }


def test_one_night_of_two_imports_is_one_sleep(read, tmp_path):
    """The trends alone call it by its beginning, and it folds with the one that has an id."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "trends.csv").write_text(TRENDS, "utf-8")
    later = list(ADAPTER.read(tmp_path / "t", Options()))
    assert [session.key for session in of(SleepSession, later)] == ["2025-03-29T22:00:00Z"]
    found = read({"a.json": {"data": [NIGHT]}})
    assert len(nights([*found, *later])) == 1
    night = [row for row in rows(found, "hrv_rmssd") if row[4]["window"] == "night"]
    assert rows(later, "hrv_rmssd") == night


def test_trends_without_bedtimes_lie_on_the_days_first_moment(read):
    """Of the zone that was told, which gives the offset too."""
    table = "date,Sleep Score,Readiness Score,Average HRV\n2025-03-30,82,75,61\n"
    for name, start, offset in (
        ("Europe/Berlin", "2025-03-30T00:00:00+01:00", 60),
        ("America/New_York", "2025-03-30T00:00:00-04:00", -240),
        ("Asia/Kolkata", "2025-03-30T00:00:00+05:30", 330),
        ("Pacific/Auckland", "2025-03-30T00:00:00+13:00", 780),
    ):
        found = read({"trends.csv": table}, ZoneInfo(name))
        assert [row[:4] for row in rows(found, "hrv_rmssd")] == [(ns(start), ns(start), offset, 61.0)]
        assert {one.score: one.day for one in of(Score, found)} == dict.fromkeys(
            ("oura_sleep_score", "oura_readiness_score"), day("2025-03-30")
        )
    at_home = read({"trends.csv": table}, home=BERLIN)
    assert [row[:3] for row in rows(at_home, "hrv_rmssd")] == [
        (ns("2025-03-30T00:00:00+01:00"), ns("2025-03-30T00:00:00+01:00"), UNKNOWN_OFFSET)
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bedtime_end": "soon"}, "bad-date"),
        ({"bedtime_end": "2025-03-29T22:00:00+01:00"}, "end-before-start"),
        ({"bedtime_end": "2025-04-09T22:00:00+01:00"}, "bad-date"),
        ({"bedtime_start": None}, "bad-date"),
    ],
)
def test_night_that_cannot_be_is_rejected(read, change, reason):
    """By its place in the document; the next one is read."""
    found = read({"sleep.json": {"data": [NIGHT | {"id": "x"} | change, NIGHT]}})
    assert of(Rejection, found) == [Rejection(reason, "sleep.json", 1)]
    assert [session.key for session in of(SleepSession, found)] == ["n1"]


def test_document_that_is_cut_short_keeps_what_came_before(read):
    """Also the readiness, which waited for the end."""
    text = json.dumps(
        {"sleep": {"data": [NIGHT]}, "daily_readiness": {"data": [{"day": "2025-03-30", "score": 70}]}}
    )
    found = read({"all.json": text[:-3]})
    assert len(of(SleepSession, found)) == 1
    assert [one.value for one in of(Score, found)] == [70.0]
    assert [one.reason for one in of(Rejection, found)] == ["malformed-file"]


def test_nobody_elses_documents_are_no_export(tmp_path):
    """Neither a list of numbers nor a table with a date."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.json", "[1]")
        packed.writestr("b.csv", "date,steps\n2025-03-30,1\n")
    assert ADAPTER.detect(tmp_path / "a.zip") is None
    with pytest.raises(MalformedFile):
        list(ADAPTER.read(tmp_path / "a.zip", Options()))
