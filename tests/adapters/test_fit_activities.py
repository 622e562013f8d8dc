"""What becomes of an activity file: workouts, streams, strength sets, RR intervals."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from adapters.fit.records import records_of
from adapters.fit.tables import sport_word
from adapters.formats.fit import decode
from vault.records import Rejection, Samples, Stream, StrengthSet, Workout
from vault.time import UNKNOWN_OFFSET, format_instant

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("fit_writer.py"))))
START = 1_743_285_600_000_000_000
SECOND = 1_000_000_000


def read(writer, **options):
    data = writer if isinstance(writer, bytes) else writer.bytes()
    return [record for fit in decode(data) for record in records_of(fit, file="a.fit", **options)]


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def session(writer, start, seconds, sport, sub_sport=0, *more):
    """Add a session; ``start`` counts from the epoch."""
    return writer.add(
        18,
        (253, "uint32", W.EPOCH + start + seconds),
        (2, "uint32", W.EPOCH + start),
        (5, "enum", sport),
        (6, "enum", sub_sport),
        (7, "uint32", seconds * 1000),
        *more,
        local=4,
    )


def test_records_of_makes_a_workout_of_a_session():
    """The session's own totals; the offset is the difference between the wrist's clock and UTC."""
    (workout,) = of(Workout, read(W.activity()))
    assert (workout.key, workout.activity) == ("running|2025-03-29T22:00:00Z", "running")
    assert (workout.start, workout.end, workout.offset_min) == (START, START + 20 * SECOND, 60)
    assert (workout.duration_s, workout.distance_m, workout.energy_kcal) == (20.0, 60.0, 7.0)
    assert (workout.hr_mean, workout.hr_max, workout.elevation_gain_m) == (109.0, 119.0, 3.0)
    assert workout.origin.source == "garmin fr965"
    json.dumps(dict(workout.details))


def test_records_of_makes_a_stream_of_records():
    """Columns by their vault's names, places in degrees."""
    (stream,) = of(Stream, read(W.activity()))
    assert stream.workout == "running|2025-03-29T22:00:00Z"
    assert ((stream.time - START) // SECOND).tolist() == list(range(20))
    assert stream.columns["heart_rate"].tolist() == list(range(100, 120))
    assert set(stream.columns) == {
        *("heart_rate", "speed", "altitude", "distance", "latitude", "longitude"),
    }
    np.testing.assert_allclose(stream.columns["latitude"], 50.0, atol=1e-5)
    assert (stream.columns["speed"] == 3.0).all()
    assert (stream.columns["altitude"] == 40.0).all()


def test_records_of_takes_the_callers_word_for_the_origin():
    """An export that knows who recorded says so; the file's device stays."""
    (workout,) = of(Workout, read(W.activity(), source="Pat's watch", adapter="garmin"))
    assert (workout.origin.source, workout.origin.adapter) == ("Pat's watch", "garmin")
    assert workout.origin.device.model == "fr965"


def test_records_of_makes_a_workout_of_records_alone():
    """A file that was cut short has no session; distance, time and heart rate come from its records."""
    (workout,) = of(Workout, read(W.activity(session=False), home=ZoneInfo("Europe/Berlin")))
    assert (workout.start, workout.end, workout.offset_min) == (START, START + 19 * SECOND, 60)
    assert (workout.duration_s, workout.distance_m, workout.hr_max) == (19.0, 57.0, 119.0)
    (unknown,) = of(Workout, read(W.activity(session=False)))
    assert unknown.offset_min == UNKNOWN_OFFSET


def test_records_of_names_what_is_left_of_a_damaged_file_by_its_end():
    """The whole one's record is never theirs, nor one's another's; the part ends where its records do."""
    whole = W.activity().bytes()
    summary_first = W.FitWriter()
    summary_first.body = session(W.file_id(W.FitWriter(), 4), 0, 20, 1).body + W.activity(session=False).body
    cut = [whole[:-150], whole[:-200], summary_first.bytes()[:-100], W.activity().bytes(crc_right=False)]
    found = [of(Workout, read(data))[0] for data in cut]
    keys = [workout.key.split("|") for workout in found]
    assert {key[1] for key in keys} == {"2025-03-29T22:00:00Z"}
    assert len({workout.key for workout in found} | {of(Workout, read(whole))[0].key}) == 5
    for workout, data in zip(found, cut):
        (stream,) = of(Stream, read(data))
        assert stream.workout == workout.key
        assert stream.time[-1] == workout.end < START + 20 * SECOND
        assert workout.key.endswith(f"|until {format_instant(workout.end)}")


def test_records_of_tells_recordings_without_a_session_apart():
    """Two that began in the same second on watches of one kind are two workouts."""
    short, long = (of(Workout, read(W.activity(session=False, records=n)))[0] for n in (10, 20))
    assert short.key == "unknown|2025-03-29T22:00:00Z|until 2025-03-29T22:00:09Z"
    assert long.key == "unknown|2025-03-29T22:00:00Z|until 2025-03-29T22:00:19Z"


def test_records_of_takes_the_sport_of_the_first_lap_where_there_is_no_other():
    """What is left of a ride that was cut short is a ride."""
    writer = W.activity(session=False).add(19, (2, "uint32", W.EPOCH), (25, "enum", 2), local=6)
    (workout,) = of(Workout, read(writer))
    assert (workout.activity, workout.key.split("|")[0]) == ("cycling", "cycling")


def test_records_of_keeps_made_up_places_out():
    """A virtual ride has no places, no height and no climb; what the game made up keeps a name of its own."""
    for records in (read(W.activity(manufacturer=260)), read(W.activity(), virtual=True)):
        (workout,), (stream,) = of(Workout, records), of(Stream, records)
        assert not {"latitude", "longitude", "altitude"} & set(stream.columns)
        assert (stream.columns["virtual_altitude"] == 40.0).all()
        assert (workout.elevation_gain_m, workout.details["virtual_ascent"]) == (None, 3.0)


def test_records_of_parts_the_records_of_multisport():
    """Every session is a workout with the records from its start to the next one's, wherever it stands."""
    writer = W.file_id(W.FitWriter(), 4)
    session(writer, 0, 10, 5, 18)
    for second in range(30):
        writer.add(20, (253, "uint32", W.EPOCH + second), (3, "uint8", 100 + second), local=1)
    session(writer, 10, 5, 3, 0)
    session(writer, 15, 15, 2, 0)
    records = read(writer)
    workouts, streams = of(Workout, records), of(Stream, records)
    assert [workout.activity for workout in workouts] == ["open_water_swimming", "transition", "cycling"]
    assert [len(stream.time) for stream in streams] == [10, 5, 15]
    assert [stream.workout for stream in streams] == [workout.key for workout in workouts]


def test_records_of_keeps_laps_and_pauses():
    """Laps under FIT's names without places; a pause is from a stop to the next start."""
    writer = W.activity()
    for second, kind in ((0, 0), (5, 4), (9, 0), (20, 4)):
        writer.add(21, (253, "uint32", W.EPOCH + second), (0, "enum", 0), (1, "enum", kind), local=5)
    writer.add(19, (2, "uint32", W.EPOCH), (9, "uint32", 3000), (3, "sint32", 5), local=6)
    (workout,) = of(Workout, read(writer))
    assert workout.details["pauses"] == [{"start": "2025-03-29T22:00:05Z", "end": "2025-03-29T22:00:09Z"}]
    assert workout.details["laps"] == [{"start": "2025-03-29T22:00:00Z", "total_distance": 30.0}]


def test_records_of_drops_sensors_that_were_not_there():
    """A heart rate of 0 is none, power of 0 throughout is no power meter, no place is no place."""
    writer = W.file_id(W.FitWriter(), 4)
    for second, rate in enumerate((0, 90, 0)):
        fields = ((3, "uint8", rate), (7, "uint16", 0), (0, "sint32", 0), (1, "sint32", 0))
        writer.add(20, (253, "uint32", W.EPOCH + second), *fields, local=1)
    (stream,) = of(Stream, read(writer))
    assert set(stream.columns) == {"heart_rate"}
    np.testing.assert_array_equal(stream.columns["heart_rate"], [np.nan, 90, np.nan])


def test_records_of_unpacks_speed_and_distance():
    """Twelve bits each in three bytes; the distance starts again at 256 m and runs on."""
    writer = W.file_id(W.FitWriter(), 4)
    for second, metres in enumerate((0, 200, 300, 500)):
        packed = 250 | (metres * 16 & 0xFFF) << 12
        writer.add(
            20, (253, "uint32", W.EPOCH + second), (8, "byte", list(packed.to_bytes(3, "little"))), local=1
        )
    (stream,) = of(Stream, read(writer))
    assert stream.columns["distance"].tolist() == [0, 200, 300, 500]
    assert stream.columns["speed"].tolist() == [2.5] * 4


def test_records_of_reads_strength_sets():
    """Active sets with the first guess that is one; the rest after a set belongs to it."""
    writer = session(W.file_id(W.FitWriter(), 4), 0, 300, 10, 20)
    for start, kind, times, load, guess in (
        (0, 1, 8, 60 * 16, 28),
        (40, 0, 65535, 65535, 65535),
        (150, 1, 5, 65535, 7),
    ):
        writer.add(
            225,
            (0, "uint32", 40_000),
            (3, "uint16", times),
            (4, "uint16", load),
            (5, "uint8", kind),
            (6, "uint32", W.EPOCH + start),
            (7, "uint16", [65534, guess]),
            (8, "uint16", [65535, 65535]),
            local=5,
        )
    records = read(writer)
    first, second = of(StrengthSet, records)
    assert of(Workout, records)[0].activity == "strength_training"
    assert (first.exercise, first.repetitions, first.load_kg, first.duration_s) == ("squat", 8, 60.0, 40.0)
    assert first.details == {"guesses": ["unknown", "squat"], "rest_s": 40.0}
    assert (second.index, second.exercise, second.load_kg, second.start) == (
        1,
        "curl",
        None,
        START + 150 * SECOND,
    )


def test_records_of_anchors_rr_intervals_to_the_record_before():
    """Beats run on from the record before them, and start anew after a pause."""
    writer = W.file_id(W.FitWriter(), 4)
    for second in (0, 1, 2, 100):
        writer.add(20, (253, "uint32", W.EPOCH + second), (3, "uint8", 60), local=1)
        writer.add(78, (0, "uint16", [500, 500, 65535]), local=2)
    (intervals,) = [record for record in of(Samples, read(writer)) if record.metric == "rr_interval"]
    assert intervals.value.tolist() == [500.0] * 8
    starts = [0, 500, 1000, 1500, 2000, 2500, 100_000, 100_500]
    assert ((intervals.start - START) // 1_000_000).tolist() == starts
    assert (intervals.end - intervals.start == 500_000_000).all()


def test_records_of_merges_what_a_strap_sends_later():
    """Heart rates that come after a swim are put where the records of the swim are."""
    writer = W.file_id(W.FitWriter(), 4)
    for second in range(6):
        writer.add(20, (253, "uint32", W.EPOCH + second), (5, "uint32", second), local=1)
    anchor = (253, "uint32", W.EPOCH), (9, "uint32", 4096), (6, "uint8", 80)
    writer.add(132, *anchor, local=2)
    packed = (4096 + 1024 & 0xFFF) | (4096 + 3072 & 0xFFF) << 12
    writer.add(132, (10, "byte", list(packed.to_bytes(3, "little"))), (6, "uint8", [90, 120]), local=3)
    (stream,) = of(Stream, read(writer))
    assert stream.columns["heart_rate"].tolist()[:4] == [80.0, 83.0, 90.0, 98.0]


def test_records_of_merges_what_a_strap_sends_in_files_that_follow():
    """The strap's beats stand behind the swim, as files without records and often without a maker."""
    swim = W.file_id(W.FitWriter(), 4)
    for second in range(3):
        swim.add(20, (253, "uint32", W.EPOCH + second), (5, "uint32", second), local=1)
    straps = [
        W.FitWriter().add(132, (253, "uint32", W.EPOCH + at), (9, "uint32", counter), (6, "uint8", rate))
        for at, counter, rate in ((0, 4096, 80), (1, 9, 90), (2, 5_000, 100))
    ]
    records = read(b"".join(writer.bytes() for writer in (swim, *straps, W.activity())))
    first, other = of(Stream, records)
    assert first.columns["heart_rate"].tolist() == [80.0, 83.0, 93.0]
    assert other.columns["heart_rate"].tolist() == list(range(100, 120))
    assert not of(Rejection, records)


def test_records_of_takes_a_swim_for_damaged_if_what_the_strap_sent_is():
    """Its heart rates are not all there, so its record is not that of the whole file."""
    strap = W.FitWriter().add(132, (253, "uint32", W.EPOCH), (9, "uint32", 4096), (6, "uint8", 80))
    whole = W.activity().bytes() + strap.bytes()
    keys = [of(Workout, read(data))[0].key for data in (whole, whole[:-5])]
    assert keys[1] == f"{keys[0]}|until 2025-03-29T22:00:19Z"


def test_records_of_counts_what_is_wrong():
    """A plan is no workout, an activity without anything is said, and so is every fault of the file."""
    course = W.file_id(W.FitWriter(), 6).add(20, (253, "uint32", W.EPOCH), (3, "uint8", 60), local=1)
    assert [record.reason for record in read(course)] == ["planned-route"]
    assert [record.reason for record in read(W.file_id(W.FitWriter(), 4))] == ["no-activity"]
    assert [r.reason for r in of(Rejection, read(W.activity().bytes(crc_right=False)))] == ["bad-crc"]
    undated = W.file_id(W.FitWriter(), 4).add(20, (253, "uint32", 5_000), (3, "uint8", 60), local=1)
    assert [(record.reason, record.count) for record in read(undated)] == [("no-time", 1)]


@pytest.mark.parametrize(
    ("sport", "sub_sport", "word"),
    [
        ("cycling", "virtual_activity", "indoor_cycling"),
        ("running", "street", "running"),
        ("training", "yoga", "yoga"),
        ("new_sport", "generic", "other"),
    ],
)
def test_sport_word_looks_for_the_exact_one_first(sport, sub_sport, word):
    """Then for the sport alone; an unknown one is other."""
    assert sport_word(sport, sub_sport) == word
