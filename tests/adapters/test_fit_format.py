"""How FIT is read: headers, checksums, definitions, times, developers' fields, and what is not whole."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.formats.fit import MAX_BYTES, decode, instants_of
from adapters.formats.fit.crc import crc16
from adapters.formats.fit.profile import fields_of, message_name, message_number, word
from adapters.formats.fit.times import EPOCH_S, Timeline
from vault.errors import MalformedFile, TooLarge
from vault.time import NO_INSTANT, SECOND_NS

W = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("fit_writer.py"))))
HEART_RATE, RECORD = (3, "uint8", 60), 20


def only(writer):
    (fit,) = decode(writer.bytes())
    assert fit.faults == ()
    return fit


def seconds(instants) -> list[int]:
    """Instants as seconds from the writer's epoch."""
    return [(int(instant) // SECOND_NS) - EPOCH_S - W.EPOCH for instant in instants]


@given(st.binary(max_size=300))
def test_crc16_is_the_protocols(data):
    """Folding gives what shifting bit by bit gives; a message and its checksum come to nothing."""
    assert crc16(data) == W.crc(data)
    assert crc16(data + W.crc(data).to_bytes(2, "little")) == 0


def test_decode_reads_fields_by_their_scale():
    """Scale and offset are the profile's; what stands for "no value" is NaN, and so is a field not there."""
    writer = W.FitWriter()
    writer.add(RECORD, (2, "uint16", 2600), (3, "uint8", 255), (13, "sint8", 127))
    writer.add(RECORD, (2, "uint16", 65535), (3, "uint8", 60), (13, "sint8", -3))
    records = only(writer).messages("record")
    np.testing.assert_array_equal(records.number("altitude"), [20.0, np.nan])
    np.testing.assert_array_equal(records.number("heart_rate"), [np.nan, 60.0])
    np.testing.assert_array_equal(records.number("temperature"), [np.nan, -3.0])
    assert np.isnan(records.number("power")).all()
    assert "power" not in records


@pytest.mark.parametrize("big_endian", [False, True])
def test_decode_reads_both_byte_orders(big_endian):
    """The definition says in which order the bytes are."""
    writer = W.FitWriter(big_endian=big_endian).add(RECORD, (253, "uint32", W.EPOCH), (7, "uint16", 258))
    fit = only(writer)
    assert fit.messages("record").number("power").tolist() == [258.0]
    assert seconds(fit.time(fit.messages("record"))) == [0]


def test_columns_keep_the_order_of_the_file():
    """Messages of several layouts are one column each, in the order they were written."""
    writer = W.FitWriter()
    for number in range(6):
        fields = ((3, "uint8", number), (7, "uint16", 200)) if number % 2 else ((3, "uint8", number),)
        writer.add(RECORD, *fields, local=number % 2)
    records = only(writer).messages("record")
    assert records.number("heart_rate").tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(records.number("power"), [np.nan, 200] * 3)
    assert (np.diff(records.order) > 0).all()


def test_columns_read_texts_words_and_arrays():
    """Text ends at its NUL, enumerations have names, arrays keep their length."""
    writer = W.file_id(W.FitWriter(), 4).add(0, (8, "string", "Rück"), (0, "enum", 200), local=1)
    writer.add(78, (0, "uint16", [800, 65535, 900]), local=2)
    fit = only(writer)
    said = fit.messages("file_id")
    assert said.text("product_name") == ["", "Rück"]
    assert said.words("type") == ["activity", "200"]
    assert said.words("manufacturer") == ["garmin", ""]
    np.testing.assert_array_equal(fit.messages("hrv").array("time"), [[0.8, np.nan, 0.9]])


def test_decode_reads_a_size_that_fits_no_type_as_bytes():
    """Some recorders give four-byte types a size of one; what follows is still in its place."""
    writer = W.FitWriter().add(RECORD, (5, "uint8", 7), HEART_RATE)
    writer.body = writer.body.replace(bytes((5, 1, 2)), bytes((5, 1, 0x86)))
    records = only(writer).messages("record")
    assert records.number("heart_rate").tolist() == [60.0]
    assert records.number("distance").tolist() == [0.07]


def test_decode_reads_developers_fields_by_their_description():
    """A description gives name, type and units; a field without one is passed over by its size."""
    writer = W.FitWriter()
    described = ((0, "uint8", 0), (1, "uint8", 4), (2, "uint8", 0x84), (3, "string", "Form Power"))
    writer.add(206, *described, (8, "string", "W"), local=1)
    writer.add(RECORD, HEART_RATE, local=2, developer=[(0, 4, "uint16", 70), (1, 9, "uint32", 1)])
    writer.add(RECORD, (3, "uint8", 61), local=2, developer=[(0, 4, "uint16", 65535), (1, 9, "uint32", 1)])
    records = only(writer).messages("record")
    assert records.developer() == {"Form Power": "W"}
    np.testing.assert_array_equal(records.number("Form Power"), [70.0, np.nan])
    assert records.number("heart_rate").tolist() == [60.0, 61.0]


def test_time_of_compressed_headers_runs_on():
    """Five bits say the time: the first after the one before that ends in them."""
    writer = W.FitWriter().add(RECORD, (253, "uint32", W.EPOCH), HEART_RATE, local=1)
    for second in (1, 5, 33, 34, 65):
        writer.add(RECORD, HEART_RATE, local=2, offset=(W.EPOCH + second) & 31)
    fit = only(writer)
    assert seconds(fit.time(fit.messages("record"))) == [0, 1, 5, 33, 34, 65]


def test_time_of_monitoring_rolls_over():
    """Sixteen bits say the time, and start again after 18 hours; a whole time in between sets them right."""
    writer = W.FitWriter().add(55, (253, "uint32", W.EPOCH), (27, "uint8", 50), local=1)
    steps = (60, 50_000, 100_000, 160_000)
    for second in steps:
        writer.add(55, (26, "uint16", (W.EPOCH + second) & 0xFFFF), (27, "uint8", 51), local=2)
    writer.add(55, (253, "uint32", W.EPOCH + 900_000), (27, "uint8", 52), local=1)
    writer.add(55, (26, "uint16", (W.EPOCH + 900_060) & 0xFFFF), (27, "uint8", 53), local=2)
    fit = only(writer)
    assert seconds(fit.time(fit.messages("monitoring"))) == [0, *steps, 900_000, 900_060]


def test_time_of_monitoring_steps_back_behind_an_event():
    """An event's whole time may lie a minute after the monitoring that follows it: a step back."""
    writer = W.FitWriter().add(21, (253, "uint32", W.EPOCH + 60), (0, "enum", 0), local=1)
    for second in (0, 60, 30):
        writer.add(55, (26, "uint16", (W.EPOCH + second) & 0xFFFF), (27, "uint8", 51), local=2)
    fit = only(writer)
    assert seconds(fit.time(fit.messages("monitoring"))) == [0, 60, 30]


@given(st.lists(st.integers(-3_600, 0xFFFF - 3_600), min_size=1, max_size=50))
def test_timeline_takes_small_steps_back_as_such(steps):
    """With an hour of the sixteen bits' range given to steps back, all steps in it are exact, either way."""
    times = W.EPOCH + np.cumsum(steps)
    order = np.arange(1, len(times) + 1)
    whole = Timeline.of(np.array([0]), np.array([W.EPOCH]))
    assert whole.with_low_bits(order, times & 0xFFFF, 16, 3_600).second.tolist() == [W.EPOCH, *times.tolist()]


@given(st.lists(st.integers(1, 31), min_size=1, max_size=50))
def test_timeline_finds_every_step_below_its_range(steps):
    """As long as steps are shorter than what the bits can count, the running time is exact."""
    times = W.EPOCH + np.cumsum(steps)
    order = np.arange(1, len(times) + 1)
    whole = Timeline.of(np.array([0]), np.array([W.EPOCH]))
    assert whole.with_low_bits(order, times & 31, 5).second.tolist() == [W.EPOCH, *times.tolist()]


def test_instants_below_the_first_date_are_none():
    """A clock that counts from when the device was switched on gives no date."""
    found = instants_of(np.array([16_000_000.0, np.nan, 2**32 - 1.0, float(W.EPOCH)]))
    assert found.tolist() == [NO_INSTANT] * 3 + [(W.EPOCH + EPOCH_S) * SECOND_NS]


def test_decode_names_a_wrong_checksum():
    """The content counts all the same."""
    (fit,) = decode(W.activity().bytes(crc_right=False))
    assert fit.faults == ("bad-crc",)
    assert len(fit.messages("record")) == 20


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_decode_keeps_what_is_whole_of_a_truncated_file(cut):
    """Wherever it was cut, what came before the cut is there."""
    data = W.activity(session=False).bytes()
    (whole,), (fit,) = decode(data), decode(data[:-cut])
    assert "truncated" in fit.faults
    said = fit.messages("record").number("heart_rate")
    assert said.tolist() == whole.messages("record").number("heart_rate")[: len(said)].tolist()
    assert len(said) >= 20 - cut // 20 - 1


def test_decode_reads_chained_files():
    """A file may follow on a file; what follows and is none is named."""
    one, other = W.activity(records=3).bytes(), W.activity(records=5).bytes()
    assert [len(fit.messages("record")) for fit in decode(one + other)] == [3, 5]
    assert [fit.faults for fit in decode(one + b"noise" * 5)] == [("trailing-bytes",)]


def test_decode_stops_at_a_message_nobody_defined():
    """Its length is not known, so nothing behind it can be found."""
    writer = W.FitWriter().add(RECORD, HEART_RATE)
    writer.body += bytes((9, 1, 2, 3))
    (fit,) = decode(writer.bytes())
    assert fit.faults == ("undefined-message",)
    assert len(fit.messages("record")) == 1


@pytest.mark.parametrize("data", [b"", b"\x0e", b"\x0e" + bytes(20), b"PK\x03\x04" + bytes(40)])
def test_decode_refuses_what_is_not_fit(data):
    """No header, no file."""
    with pytest.raises(MalformedFile):
        decode(data)


def test_decode_refuses_more_than_is_sane():
    """A file is held in memory, so its size has an end."""
    with pytest.raises(TooLarge):
        decode(bytes(MAX_BYTES + 1))


def test_profile_knows_messages_fields_and_words():
    """Numbers have names both ways; what fitdecode lacks stands in a table that adds and never overrides."""
    from fitdecode.profile import MESSAGE_TYPES

    assert (message_number("record"), message_name(20), message_name(9_999)) == (20, "record", "unknown_9999")
    assert (fields_of(20)["altitude"].scale, fields_of(20)["altitude"].offset) == (5.0, 500.0)
    assert fields_of(9_999) == {}
    assert (word("sport", 1), word("sport", 251)) == ("running", "251")
    assert message_number("nap_event") not in MESSAGE_TYPES
    assert fields_of(message_number("nap_event"))["end_time"].number == 2
