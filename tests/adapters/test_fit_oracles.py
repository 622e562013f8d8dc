"""Every FIT sample as two other readers have it: fitdecode, all numbers; Garmin's own SDK, all records."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from pathlib import Path

import fitdecode
import numpy as np
import pytest

from adapters.fit.streams import track_of
from adapters.formats.fit import decode
from adapters.formats.fit.profile import fields_of
from adapters.formats.fit.times import EPOCH_S
from vault.time import SECOND_NS

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
SETS = ("fit", "coros", "zwift", "polar", "gpx-tcx")
SMALL = 60_000
NAN = float("nan")


def distinct() -> list[Path]:
    """The FIT samples, each content once, and a few of each month of wellness files."""
    found = [path for name in SETS for path in sorted((SAMPLES / name).rglob("*.fit"))]
    found += sorted((SAMPLES / "garmin").rglob("*.fit"))[::150]
    return list({hashlib.sha256(path.read_bytes()).digest(): path for path in found}.values())


def marked(paths: list[Path]) -> list:
    """The big ones are for ``pytest -m slow``: the others' readers take seconds for them."""
    return [
        pytest.param(path, id=path.name, marks=() if path.stat().st_size < SMALL else pytest.mark.slow)
        for path in paths
    ] or [pytest.param(None, marks=pytest.mark.skip("no samples"))]


everybody = pytest.mark.parametrize("path", marked(distinct()))


def numbers_of(frame, field, width: int) -> list[float] | None:
    """One field of fitdecode's as numbers, padded; None for text."""
    for data in frame.fields:
        definition = data.field_def
        if definition is not None and not definition.is_dev and definition.def_num == field.number:
            raw = data.raw_value if isinstance(data.raw_value, (tuple, list)) else [data.raw_value]
            if any(isinstance(value, (str, bytes)) for value in raw):
                return None
            values = [NAN if value is None else value / field.scale - field.offset for value in raw]
            return values + [NAN] * (width - len(values))
    return [NAN] * width


@everybody
def test_decode_reads_what_fitdecode_reads(path):
    """As many messages of each kind, and in each field of the profile the same numbers, bit by bit."""
    theirs: list[dict[int, list]] = []
    options = {"check_crc": fitdecode.CrcCheck.DISABLED, "error_handling": fitdecode.ErrorHandling.IGNORE}
    try:
        for frame in fitdecode.FitReader(io.BytesIO(path.read_bytes()), processor=None, **options):
            if isinstance(frame, fitdecode.FitHeader):
                theirs.append(defaultdict(list))
            elif isinstance(frame, fitdecode.FitDataMessage):
                theirs[-1][frame.global_mesg_num].append(frame)
    except fitdecode.FitError:
        pass  # cut short or damaged: what came before counts
    ours = decode(path.read_bytes())
    assert [fit.numbers for fit in ours] == [{n: len(m) for n, m in sorted(file.items())} for file in theirs]
    for fit, file in zip(ours, theirs):
        for message, frames in file.items():
            columns = fit.messages(message)
            for name, field in fields_of(message).items():
                if name in columns:
                    values = columns.array(name)
                    rows = [numbers_of(frame, field, values.shape[1]) for frame in frames]
                    if None not in rows:
                        np.testing.assert_array_equal(values, np.array(rows, np.float64))


NAMES = {
    "heart_rate": ("heart_rate",),
    "power": ("power",),
    "speed": ("enhanced_speed", "speed"),
    "distance": ("distance",),
    "altitude": ("enhanced_altitude", "altitude"),
    "latitude": ("position_lat",),
    "longitude": ("position_long",),
}
ABSENT_ZERO = ("heart_rate", "power", "speed")
"""A heart rate of 0 is none; where a sensor says nothing but 0 there was no sensor."""
KNOWN_DIFFERENCES = {
    "compressed-speed-distance.fit": "no dates: its clock counts from when it was switched on",
    "antfs-dump.63.fit": "no dates: its clock counts from when it was switched on",
}


def sdk_records(path: Path) -> tuple[list[dict], set[str]]:
    """The records as the SDK has them, a strap's heart rates merged in, and which messages there are."""
    sdk = pytest.importorskip("garmin_fit_sdk")
    stream = sdk.Stream.from_byte_array(bytearray(path.read_bytes()))
    messages, errors = sdk.Decoder(stream).read(convert_datetimes_to_dates=False)
    if errors:
        pytest.skip("the SDK does not read it to its end")
    return messages.get("record_mesgs", []), set(messages)


@everybody
def test_track_is_what_the_sdk_reads(path):
    """The same records with the same times, heart rates, power, speed, distance, altitude and places."""
    theirs, kinds = sdk_records(path)
    if path.name in KNOWN_DIFFERENCES:
        pytest.skip(KNOWN_DIFFERENCES[path.name])
    tracks = [track_of(fit) for fit in decode(path.read_bytes())]
    if any(len(track.time) for track in tracks[1:]):
        pytest.skip("several files: the SDK puts the records of all into one list")
    assert len(theirs) == len(tracks[0].time) + tracks[0].untimed
    dated = sorted((record for record in theirs if "timestamp" in record), key=lambda r: r["timestamp"])
    if len(dated) != len(tracks[0].time):
        assert not dated or len(dated) == len(theirs) - tracks[0].untimed
        return
    times = [(record["timestamp"] + EPOCH_S) * SECOND_NS for record in dated]
    assert tracks[0].time.tolist() == times
    again = np.diff(tracks[0].time, prepend=0) == 0
    """A second record of one second: of a strap's beats the SDK gives it the last only, we the same mean."""
    for column, names in NAMES.items():
        said = np.array([next((r[n] for n in names if r.get(n) is not None), NAN) for r in dated], np.float64)
        ours = tracks[0].columns.get(column, np.full(len(said), NAN))
        if column in ABSENT_ZERO:
            said[(said == 0) & np.isnan(ours)] = NAN
        if column in ("latitude", "longitude"):
            said *= 180 / 2**31
            said[np.isnan(ours)] = NAN
            assert np.isnan(ours).sum() <= np.isnan(said).sum()
        if column == "heart_rate" and "hr_mesgs" in kinds:
            ours[again] = said[again]
        np.testing.assert_allclose(ours, said, rtol=0, atol=1e-9, err_msg=column)
