"""Series of a Fitbit archive: columns and rows say the same; units, zones, changes of clocks."""

from __future__ import annotations

import io
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.fitbit import ADAPTER
from adapters.fitbit.columns import columns_of
from adapters.fitbit.documents import clock_of_stamp
from adapters.fitbit.rows import rows_of
from adapters.formats.counting import Count
from vault.errors import InputError
from vault.records import Rejection, Samples, Tally
from vault.time import HOUR_NS, UNKNOWN_OFFSET, format_instant, parse_instant

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def beat(time: str, bpm: object, confidence: object = 3) -> dict[str, object]:
    return {"dateTime": time, "value": {"bpm": bpm, "confidence": confidence}}


def minute(time: str, value: object) -> dict[str, object]:
    return {"dateTime": time, "value": value}


def printed(rows: list[dict[str, object]]) -> str:
    """Print a list as Fitbit does: objects at the margin, one behind the other."""
    return "[" + ",".join(json.dumps(row, indent=2, separators=(",", " : ")) for row in rows) + "]"


def write(folder: Path, files: dict[str, list[dict[str, object]] | str]) -> Path:
    for name, rows in files.items():
        path = folder / "Takeout" / "Fitbit" / "Global Export Data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rows if isinstance(rows, str) else printed(rows))
    return folder


def records(folder: Path, home: ZoneInfo | None = None, told: ZoneInfo | None = None):
    return list(ADAPTER.read(folder, Options(timezone=told, home=home)))


def samples(found) -> list[tuple[str, str, str, float]]:
    """Return (metric, start, end, value) of every sample, times as they are recorded."""
    return [
        (
            batch.metric,
            format_instant(batch.start[row], batch.offset_min[row]),
            format_instant(batch.end[row], batch.offset_min[row])[11:],
            float(batch.value[row]),
        )
        for batch in found
        if isinstance(batch, Samples)
        for row in range(len(batch))
    ]


def by_rows(text: bytes) -> tuple[list[tuple[int, float, float]], int]:
    """Return what the slow lane makes of a document, and how many rows it could not use."""
    found, rejected = [], 0
    try:
        for part in rows_of(io.BytesIO(text), Count("x")):
            if isinstance(part, Rejection):
                rejected += 1
            else:
                sure = np.full(len(part.clock), np.inf) if part.confidence is None else part.confidence
                found += zip(part.clock.tolist(), part.value.tolist(), sure.tolist())
    except InputError:
        rejected += 1
    return found, rejected


def by_columns(text: bytes) -> list[tuple[int, float, float]] | None:
    columns = columns_of(text)
    if columns is None:
        return None
    sure = np.full(len(columns.clock), np.inf) if columns.confidence is None else columns.confidence
    return list(zip(columns.clock.tolist(), columns.value.tolist(), sure.tolist()))


stamps = st.datetimes().map(lambda time: time.strftime("%m/%d/%y %H:%M:%S"))
beats = st.builds(beat, stamps, st.integers(0, 400), st.integers(0, 9))
minutes = st.builds(
    minute,
    stamps,
    st.one_of(st.integers(0, 10**7).map(str), st.decimals(0, 5000, places=4).map("{:f}".format)),
)
layouts = st.sampled_from([None, 0, 2, "\t"])
documents = st.builds(
    lambda rows, indent, end: json.dumps(rows, indent=indent) + end,
    st.one_of(st.lists(beats, min_size=1, max_size=12), st.lists(minutes, min_size=1, max_size=12)),
    layouts,
    st.sampled_from(["", "\n", " \r\n"]),
)


@given(documents)
@settings(deadline=None)
def test_columns_read_every_regular_layout(text):
    """However a list of rows is printed, it is read as columns, and the same as row by row."""
    found, rejected = by_rows(text.encode())
    assert by_columns(text.encode()) == found
    assert rejected == 0


@given(documents, st.data())
@settings(deadline=None, max_examples=300)
def test_columns_and_rows_agree_on_damaged_documents(text, data):
    """One byte changed, lost or put in: columns leave the document to the rows, or say what they say."""
    raw = text.encode()
    at = data.draw(st.integers(0, len(raw) - 1))
    new = data.draw(
        st.sampled_from([b"", b"7", b".", b" ", b"v", b"x", b'"', b"-", b"/", b":", b"}", b",", b"\0"])
    )
    cut = data.draw(st.integers(0, 1))
    damaged = raw[:at] + new + raw[at + cut :]
    fast = by_columns(damaged)
    if fast is not None:
        found, rejected = by_rows(damaged)
        assert (fast, 0) == (found, rejected)


def test_columns_print_of_fitbit_is_regular():
    """What Fitbit prints is read as columns."""
    text = printed([beat("02/29/20 05:00:03", 60), beat("02/29/20 05:00:08", 101, 2)])
    clock = parse_instant("2020-02-29T05:00:03")[0]
    assert by_columns(text.encode()) == [(clock, 60.0, 3.0), (clock + 5 * 10**9, 101.0, 2.0)]


@pytest.mark.parametrize(
    ("stamp", "iso"),
    [
        ("03/19/20 03:40:00", "2020-03-19T03:40:00"),
        ("02/29/20 23:59:59", "2020-02-29T23:59:59"),
        ("11/01/19", "2019-11-01T00:00:00"),
        ("2020-03-08T01:30:30.000", "2020-03-08T01:30:30"),
    ],
)
def test_stamp_is_month_first_or_iso(stamp, iso):
    """A stamp begins with the month; sleep writes ISO."""
    assert clock_of_stamp(stamp) == parse_instant(iso)[0]


@pytest.mark.parametrize(
    "stamp", ["13/01/20 00:00:00", "02/30/20 00:00:00", "02/28/20 24:00:00", "", None, 7]
)
def test_stamp_that_is_none(stamp):
    """A date or time that is none is None, and no row of columns."""
    assert clock_of_stamp(stamp) is None
    assert columns_of(printed([minute(str(stamp), "1")]).encode()) is None


def test_series_units_and_spans(tmp_path):
    """Steps and distance are of a minute in UTC, distance in centimetres; heart rate is a moment."""
    write(
        tmp_path,
        {
            "steps-2020-03-19.json": [minute("03/19/20 03:40:00", "12"), minute("03/19/20 03:41:00", "0")],
            "distance-2020-03-19.json": [minute("03/19/20 03:40:00", "810")],
            "heart_rate-2020-03-19.json": [beat("03/19/20 03:40:07", 61)],
        },
    )
    assert samples(records(tmp_path)) == [
        ("heart_rate", "2020-03-19T03:40:07Z", "03:40:07Z", 61.0),
        ("steps", "2020-03-19T03:40:00Z", "03:41:00Z", 12.0),
        ("steps", "2020-03-19T03:41:00Z", "03:42:00Z", 0.0),
        ("distance", "2020-03-19T03:40:00Z", "03:41:00Z", 8.1),
    ]


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("Europe/Berlin", "2020-03-19T06:30:00+01:00"),
        ("America/New_York", "2020-03-19T06:30:00-04:00"),
        ("Asia/Kolkata", "2020-03-19T06:30:00+05:30"),
        ("Pacific/Auckland", "2020-03-19T06:30:00+13:00"),
    ],
)
def test_calories_are_local(tmp_path, zone, utc):
    """Calories show the wall clock: told, its offset is recorded; at home it is assumed and stays unknown."""
    write(tmp_path, {"calories-2020-03-19.json": [minute("03/19/20 06:30:00", "1.23")]})
    (told,) = (one for one in records(tmp_path, told=ZoneInfo(zone)) if isinstance(one, Samples))
    (home,) = (one for one in records(tmp_path, home=ZoneInfo(zone)) if isinstance(one, Samples))
    assert (told.metric, told.unit) == ("fitbit:calories", "kcal")
    assert told.start.tolist() == home.start.tolist() == [parse_instant(utc)[0]]
    assert format_instant(told.start[0], told.offset_min[0]) == utc
    assert home.offset_min.tolist() == [UNKNOWN_OFFSET]
    assert told.note is None
    assert home.note is None


def test_autumn_hour_of_calories_is_there_twice(tmp_path):
    """What a wall clock shows twice in a file was an hour later the second time."""
    rows = [
        minute("10/25/20 02:30:00", "1.1"),
        minute("10/25/20 02:30:00", "1.2"),
        minute("10/25/20 03:30:00", "1.3"),
    ]
    write(tmp_path, {"calories-2020-10-25.json": rows})
    (found,) = (one for one in records(tmp_path, told=BERLIN) if isinstance(one, Samples))
    assert found.offset_min.tolist() == [120, 60, 60]
    assert np.diff(found.start).tolist() == [HOUR_NS, HOUR_NS]


def test_heart_rates_of_an_autumn_day_are_sorted(tmp_path):
    """Rows that stand by local time come out by time, 25 hours of them."""
    rows = [beat("11/01/20 04:00:05", 55), beat("11/01/20 06:00:14", 54), beat("11/01/20 05:00:17", 53)]
    write(tmp_path, {"heart_rate-2020-11-01.json": [*rows, beat("11/02/20 04:59:58", 57)]})
    (found,) = (one for one in records(tmp_path) if isinstance(one, Samples))
    assert found.value.tolist() == [55.0, 53.0, 54.0, 57.0]
    assert (np.diff(found.start) > 0).all()


def test_heart_rates_without_confidence_are_left(tmp_path):
    """A confidence of 0 is a guess, a rate of 0 none; both are counted."""
    rows = [
        beat("03/19/20 03:40:07", 70, 0),
        beat("03/19/20 03:40:12", 0, 1),
        beat("03/19/20 03:40:17", 61, 1),
    ]
    name = "Takeout/Fitbit/Global Export Data/heart_rate-2020-03-19.json"
    write(tmp_path, {"heart_rate-2020-03-19.json": rows})
    found = records(tmp_path)
    assert [value for *_, value in samples(found)] == [61.0]
    assert [one for one in found if isinstance(one, Tally)] == [
        Tally(name, 3, 1, 0, 0, {"no-confidence": 1, "no-value": 1})
    ]


def test_damaged_series_keeps_what_is_whole(tmp_path):
    """Bad rows are rejected by their place; where a file breaks off, what came before stays."""
    rows = [
        minute("03/19/20 03:40:00", "12"),
        minute("99/19/20 03:41:00", "3"),
        minute("03/19/20 03:42:00", "x"),
        7,
    ]
    text = printed(rows)[:-1] + ',{"dateTime" : "03/19/20 03:43:00", "value" : "5"},{"dateT'
    write(tmp_path, {"steps-2020-03-19.json": text})
    found = records(tmp_path)
    assert [value for *_, value in samples(found)] == [12.0, 5.0]
    rejections = [(one.reason, one.position) for one in found if isinstance(one, Rejection)]
    assert rejections == [("bad-date", 2), ("bad-value", 3), ("not-an-object", 4), ("malformed-json", 5)]
    (tally,) = (one for one in found if isinstance(one, Tally))
    assert (tally.rows, tally.used, tally.rejected) == (6, 2, 4)


def test_months_are_handed_over_whole(tmp_path):
    """However many files a series has, no month of it is in two batches once there are enough rows."""
    files: dict[str, list[dict[str, object]] | str] = {}
    for month in range(1, 8):
        times = np.arange(f"2021-{month:02}-01", f"2021-{month + 1:02}-01", 60, "M8[s]").astype(str)
        rows = (f'{{"dateTime":"{one[5:7]}/{one[8:10]}/{one[2:4]} {one[11:]}","value":"7"}}' for one in times)
        files[f"steps-2021-{month:02}-01.json"] = "[" + ",".join(rows) + "]"
    write(tmp_path, files)
    batches = [one for one in records(tmp_path, told=NEW_YORK) if isinstance(one, Samples)]
    months = [set(batch.start.astype("M8[ns]").astype("M8[M]").tolist()) for batch in batches]
    assert len(months) == 2
    assert not months[0] & months[1]
    assert sum(map(len, batches)) == 212 * 24 * 60


def test_calories_that_the_json_tells_are_a_mirror(tmp_path):
    """A minute is not burned twice: the JSON, by the wall clock, is read before Google's file in UTC."""
    write(
        tmp_path,
        {
            "calories-2026-05-06.json": [
                minute("05/06/26 14:49:00", "1.07"),
                minute("05/06/26 14:50:00", "1.2"),
            ],
            "../calories_2026-05-01.csv": (
                "timestamp,calories\n2026-05-06T12:49:00Z,1.07\n2026-05-06T12:50:00Z,1.2\n"
                "2026-05-06T12:51:00Z,3.5\n"
            ),
        },
    )
    found = records(tmp_path, told=BERLIN)
    assert samples(found) == [
        ("fitbit:calories", f"2026-05-06T14:{at}:00+02:00", f"14:{at + 1}:00+02:00", kcal)
        for at, kcal in ((49, 1.07), (50, 1.2), (51, 3.5))
    ]
    assert [one.left for one in found if isinstance(one, Tally)] == [{}, {"mirror": 2}]
