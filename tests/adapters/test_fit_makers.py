"""Zwift, Suunto and COROS: whose FIT files are whose, and what each maker does in its own way.

The exports of the contract suite are written by this file: ``write_exports`` makes them again.
"""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import adapters
from adapters.base import Options, adapters_by_name
from adapters.formats.fit.crc import crc16
from adapters.formats.fit.profile import fields_of, message_number
from vault.records import Rejection, Samples, Stream, Workout
from vault.time import SECOND_NS, UNKNOWN_OFFSET

EXPORTS = Path(__file__).parents[1] / "contract" / "exports"
MAKERS = {"zwift": 260, "suunto": 23, "coros": 294, "garmin": 1}
BASES = {"B": 0x02, "H": 0x84, "I": 0x86, "i": 0x85, "s": 0x07}
START = 1_141_061_400
"""2026-02-26T17:30:00Z in FIT's seconds."""
UNIX = 631_065_600
ISLAND = (-11.6, 166.9)
"""Where Zwift's Watopia lies, in the middle of an ocean."""


def message(kind: str, base: int | None = None, **values: object) -> bytes:
    """Write one message with its definition; a value is (struct letter, raw) or a text.

    ``base`` is declared for fields of one byte instead of their own base type.
    """
    fields, data = b"", b""
    for name, value in values.items():
        letter, raw = value if isinstance(value, tuple) else ("s", str(value).encode() + b"\0")
        packed = raw if letter == "s" else struct.pack("<" + letter, raw)
        said = base if base is not None and letter == "B" else BASES[letter[-1]]
        fields += bytes((fields_of(message_number(kind))[name].number, len(packed), said))
        data += packed
    head = struct.pack("<BBBHB", 0x40, 0, 0, message_number(kind), len(values))
    return head + fields + b"\0" + data


def fit_file(*messages: bytes) -> bytes:
    """Write a FIT file around messages."""
    body = b"".join(messages)
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", crc16(head))
    return head + body + struct.pack("<H", crc16(head + body))


def file_id(maker: str, **more: object) -> bytes:
    """Write who made a file, and when it was uploaded, hours after the ride."""
    said = {"type": ("B", 4), "manufacturer": ("H", MAKERS[maker]), "product": ("H", 1)}
    return message("file_id", **said, time_created=("I", START + 36_000), **more)


def records(
    count: int, place: tuple[float, float], *, base: int | None = None, heart: int = 0
) -> list[bytes]:
    """Write records, one a second, that climb a metre each."""
    latitude, longitude = (round(degrees * 2**31 / 180) for degrees in place)
    return [
        message(
            "record",
            base,
            timestamp=("I", START + second),
            position_lat=("i", latitude + 100 * second),
            position_long=("i", longitude),
            altitude=("H", (100 + second + 500) * 5),
            distance=("I", second * 800),
            speed=("H", 8000),
            power=("H", 0 if base else 150 + second),
            heart_rate=("B", heart and heart + second),
            cadence=("B", 0 if base else 80),
        )
        for second in range(count)
    ]


def session(count: int, sport: int, sub_sport: int = 0) -> bytes:
    """Write the summary of so many seconds."""
    return message(
        "session",
        timestamp=("I", START + count),
        start_time=("I", START),
        total_elapsed_time=("I", count * 1000),
        total_timer_time=("I", count * 1000),
        total_distance=("I", count * 800),
        total_ascent=("H", count),
        avg_power=("H", 0),
        avg_heart_rate=("B", 0),
        sport=("B", sport),
        sub_sport=("B", sub_sport),
    )


def activity(count: int, local: int) -> bytes:
    """Write the last message of a file, with the clock on the wrist."""
    return message("activity", timestamp=("I", START + count), local_timestamp=("I", local))


def zwift_ride(maker: str = "zwift") -> bytes:
    return fit_file(file_id(maker), *records(20, ISLAND), session(20, 2, 58), activity(20, 0))


def zwift_in_progress() -> bytes:
    return fit_file(file_id("zwift"), *records(10, ISLAND, heart=120))[:-15]


def suunto_run() -> bytes:
    beats = [message("hrv", time=("H", 800 + 10 * beat)) for beat in range(5)]
    run = records(10, (60.17, 24.94), heart=140)
    return fit_file(file_id("suunto"), *run, *beats, session(10, 1), activity(10, START + 10 + 7200))


def coros_ride() -> bytes:
    name = {"product_name": "COROS PACE 2"}
    ride = records(10, (52.5, 13.4), base=BASES["I"], heart=130)
    return fit_file(file_id("coros", **name), *ride, session(10, 2), activity(10, START + 10))


FILES = {
    "zwift/2026-02-26-18-30-00.fit": zwift_ride,
    "zwift/inProgressActivity.fit": zwift_in_progress,
    "suunto/run.fit": suunto_run,
    "coros/ride.fit": coros_ride,
}


def write_exports() -> None:
    """Write the exports of the contract suite."""
    for name, make in FILES.items():
        (EXPORTS / name).parent.mkdir(parents=True, exist_ok=True)
        (EXPORTS / name).write_bytes(make())


@pytest.fixture
def read(tmp_path):
    """Read the bytes of one file by a detected adapter; returns its records by type."""

    def read(data: bytes, **options: object) -> dict[type, list]:
        path = tmp_path / "any.fit"
        path.write_bytes(data)
        (found,) = adapters.detect(path)
        by_type: dict[type, list] = {}
        for record in adapters_by_name()[found.adapter].read(path, Options(**options)):
            by_type.setdefault(type(record), []).append(record)
        return by_type

    return read


@pytest.fixture
def folder(tmp_path):
    """Write files into a folder."""

    def write(files: dict[str, bytes]) -> Path:
        for name, data in files.items():
            (tmp_path / "folder").mkdir(exist_ok=True)
            (tmp_path / "folder" / name).write_bytes(data)
        return tmp_path / "folder"

    return write


@pytest.mark.parametrize("name", FILES)
def test_export_of_the_contract_suite_is_written_here(name):
    """What the contract suite reads is no file of anybody."""
    assert (EXPORTS / name).read_bytes() == FILES[name]()


@pytest.mark.parametrize("maker", ["zwift", "suunto", "coros"])
@pytest.mark.parametrize("wrapping", ["file", "folder", "zip", "gz"])
def test_files_of_one_maker_belong_to_its_adapter(tmp_path, maker, wrapping):
    """The maker is in the file, not in its name, however the file is wrapped; no second adapter claims it."""
    data = next(make for name, make in FILES.items() if name.startswith(maker))()
    path = tmp_path / "export"
    if wrapping == "folder":
        path.mkdir()
        (path / "a.fit").write_bytes(data)
    elif wrapping == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("deep/a.FIT", data)
            packed.writestr("deep/b.fit", data)
    else:
        path.write_bytes(gzip.compress(data) if wrapping == "gz" else data)
    assert [found.adapter for found in adapters.detect(path)] == [maker]


@pytest.mark.parametrize(
    ("others", "adapter"),
    [
        ({}, "zwift"),
        ({"empty.fit": b""}, "zwift"),
        ({"noise.fit": b"noise" * 9}, "zwift"),
        ({"notes.txt": b"a ride"}, "zwift"),
        ({"b.fit": coros_ride()}, "fit"),
        ({"b.fit": zwift_ride("garmin")}, "fit"),
        ({"b.fit": fit_file(*records(2, ISLAND))}, "fit"),
    ],
    ids=["alone", "empty", "noise", "text", "coros", "garmin", "nobody"],
)
def test_folder_of_several_makers_is_read_as_fit(folder, others, adapter):
    """Then no maker's adapter would read all of it; a file that is no FIT file is nobody's."""
    path = folder({"a.fit": zwift_ride(), **others})
    assert [found.adapter for found in adapters.detect(path)] == [adapter]


@pytest.mark.parametrize("others", [{}, {"b.fit": coros_ride()}], ids=["alone", "mixed"])
def test_source_of_a_ride_is_the_same_alone_and_among_others(folder, others):
    """Else a folder that another maker's file was put into would be a second ride."""
    path = folder({"a.fit": zwift_ride(), **others})
    workouts = [record for record in adapters.read(path) if isinstance(record, Workout)]
    assert (workouts[0].origin.source, workouts[0].origin.app) == ("Zwift", "zwift")


@pytest.mark.parametrize("maker", ["zwift", "garmin"], ids=["zwift", "copy in Garmin Connect"])
def test_zwift_places_and_hills_are_nowhere(read, maker):
    """Latitude, longitude, altitude and climbing are for the real world, also in another service's copy."""
    said = read(zwift_ride(maker))
    (stream,), (workout,) = said[Stream], said[Workout]
    assert set(stream.columns) == {"distance", "speed", "power", "cadence", "virtual_altitude"}
    assert stream.columns["virtual_altitude"].tolist() == list(range(100, 120))
    assert (workout.elevation_gain_m, workout.details["virtual_ascent"]) == (None, 20)
    assert workout.activity == "indoor_cycling"
    assert not any(str(degrees) in str(workout) for degrees in ISLAND)


def test_zwift_heart_rate_of_zero_is_none(read):
    """Nobody wore a strap; power of zero in the summary says no more than the records do."""
    (workout,) = read(zwift_ride())[Workout]
    assert (workout.hr_mean, workout.hr_max) == (None, None)
    assert not {"avg_heart_rate", "avg_power"} & workout.details.keys()


def test_zwift_ride_in_progress_gives_what_is_whole(read):
    """The game was closed: there is no summary, and the last record is not whole."""
    said = read(zwift_in_progress())
    (workout,), (stream,) = said[Workout], said[Stream]
    assert (len(stream.time), workout.duration_s, workout.hr_max) == (9, 8, 128)
    assert not {"latitude", "longitude", "altitude"} & stream.columns.keys()
    assert [rejection.reason for rejection in said[Rejection]] == ["truncated"]


@pytest.mark.parametrize(("home", "offset"), [(None, UNKNOWN_OFFSET), ("Europe/Berlin", 60)])
def test_coros_clock_that_shows_utc_says_nothing(read, home, offset):
    """COROS writes UTC where FIT has the clock on the wrist, on every continent."""
    said = read(coros_ride(), timezone=home and ZoneInfo(home))
    assert said[Workout][0].offset_min == offset


def test_coros_fields_that_do_not_fit_their_type_are_read_by_size(read):
    """A heart rate declared as 32 bits in one byte is a byte; what stands around it is in its place."""
    said = read(coros_ride())
    (stream,), (workout,) = said[Stream], said[Workout]
    assert stream.columns["heart_rate"].tolist() == list(range(130, 140))
    assert stream.columns["distance"].tolist() == [8.0 * second for second in range(10)]
    assert stream.columns["latitude"][0] == pytest.approx(52.5)
    assert Rejection not in said
    assert not {"power", "cadence"} & stream.columns.keys()
    assert workout.origin.source == "COROS PACE 2"


def test_coros_ride_was_when_it_was_ridden(read):
    """Not when it was uploaded."""
    (workout,) = read(coros_ride())[Workout]
    assert (workout.start, workout.end) == tuple((UNIX + START + second) * SECOND_NS for second in (0, 10))


def test_suunto_run_has_its_clock_and_its_beats(read):
    """The difference to UTC is two hours; RR intervals run on from the record before them."""
    said = read(suunto_run())
    (workout,), (beats,) = said[Workout], said[Samples]
    assert (workout.activity, workout.offset_min) == ("running", 120)
    assert workout.elevation_gain_m == 10
    assert (beats.metric, beats.value.tolist()) == ("rr_interval", [800, 810, 820, 830, 840])
    assert workout.origin.adapter == "suunto"


@pytest.mark.parametrize(
    ("name", "adapter"),
    [
        ("zwift/set-a/dtcooper__python-fitparse__null_compressed_speed_dist.fit", "zwift"),
        ("coros/set-a/tests/files/coros-pace-2-cycling-misaligned-fields.fit", "coros"),
    ],
)
def test_sample_says_what_another_reader_reads(samples, name, adapter):
    """As many records as fitdecode reads, and the same times, heart rates, speeds, distances and powers."""
    fitdecode = pytest.importorskip("fitdecode")
    export = adapters.read(samples / name)
    assert export.adapter == adapter
    (stream,) = (record for record in export if isinstance(record, Stream))
    with fitdecode.FitReader(str(samples / name), error_handling=fitdecode.ErrorHandling.IGNORE) as reader:
        frames = [frame for frame in reader if isinstance(frame, fitdecode.FitDataMessage)]
    frames = [frame for frame in frames if frame.name == "record"]
    frames.sort(key=lambda frame: frame.get_value("timestamp"))
    seconds = [frame.get_value("timestamp").timestamp() for frame in frames]
    assert (stream.time == np.array(seconds).astype(np.int64) * SECOND_NS).all()
    for field in ("heart_rate", "power", "cadence", "enhanced_speed", "distance", "enhanced_altitude"):
        said = np.array([frame.get_value(field, fallback=None) for frame in frames], np.float64)
        name = field.removeprefix("enhanced_")
        column = stream.columns.get(name, stream.columns.get(f"virtual_{name}"))
        if column is None:
            assert not np.nan_to_num(said).any()
        else:
            np.testing.assert_allclose(column, said, rtol=1e-9)
