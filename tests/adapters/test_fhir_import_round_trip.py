"""What VitalVault exports as FHIR comes back through the adapter: values, instants, offsets and sources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Options
from adapters.fhir import ADAPTER
from vault.fhir import ndjson, observations, problems
from vault.fhir.identity import Identity
from vault.fhir.shape import Context
from vault.metrics import catalogue, find
from vault.opening import create
from vault.records import Device, Origin, Samples, SleepSession, StrengthSet, Workout
from vault.store.columns import Columns
from vault.time import NO_INSTANT, SECOND_NS, UNKNOWN_OFFSET, instant_ns, parse_instant

BERLIN = ZoneInfo("Europe/Berlin")
WATCH = Origin("Pat's Watch", "apple_health", device=Device("Watch", "Apple Inc.", "Watch7,1", "W7", "11.4"))
PHONE = Origin("Télé 100 %s", "apple_health", version="3.1")
AT = parse_instant("2026-03-28T22:00:00+01:00")[0]
HOUR = 3_600 * SECOND_NS

NUMBERS = sorted(name for name, entry in catalogue().items() if entry.kind in ("Q", "SD") and name != "ecg")
CODED = {
    "sleep_stage": "rem",
    "workout_intensity": "vigorous",
    "ecg_classification": "sinus rhythm",
    "menstrual_flow": "light",
    "ovulation_test": "positive",
    "pregnancy_status": "not pregnant",
    "apple:some_category": "notApplicable",
}

rows = st.tuples(
    st.integers(0, 40 * 365 * 86_400).map(lambda second: second * SECOND_NS + 123_456_789),
    st.integers(0, 26 * 3_600).map(lambda second: second * SECOND_NS),
    st.one_of(st.integers(-14 * 60, 14 * 60), st.just(UNKNOWN_OFFSET)),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.integers(0, 1),
)


def columns_of(said: list[tuple], *, unit: str = "") -> Columns:
    start, length, offset, value, origin = (np.array(column) for column in zip(*said))
    return Columns(
        start=start.astype(np.int64),
        end=(start + length).astype(np.int64),
        recorded=np.full(len(said), NO_INSTANT, np.int64),
        offset_min=offset.astype(np.int16),
        value=value.astype(np.float64),
        origin=origin.astype(np.int32),
        note=np.full(len(said), -1, np.int32),
        imported=np.zeros(len(said), np.int32),
        origins=[WATCH, PHONE],
        notes=[],
        codes=None,
        unit=unit,
    )


def exported(name: str, columns: Columns) -> bytes:
    """Return one series as our export writes it, its Devices last."""
    context = Context(Identity(b"k" * 32), BERLIN)
    lines = b"".join(observations.series(context, name, columns))
    devices = [json.dumps(device).encode() for device in context.devices.values()]
    return lines + b"\n".join(devices) + b"\n"


def samples_of(records: Iterable[object]) -> list[tuple]:
    """Return (metric, unit, start, end, offset, value, source) of every sample, in order."""
    found = []
    for batch in records:
        if isinstance(batch, Samples):
            values = (
                batch.value.tolist() if batch.codes is None else [batch.codes[code] for code in batch.value]
            )
            times = zip(batch.start.tolist(), batch.end.tolist(), batch.offset_min.tolist())
            who = (batch.origins[origin] for origin in batch.origin)
            for time, value, origin in zip(times, values, who):
                found.append((batch.metric, batch.unit, *time, value, origin.source))
    return sorted(found, key=str)


@settings(max_examples=80)
@given(name=st.sampled_from(NUMBERS), said=st.lists(rows, min_size=1, max_size=6))
def test_fhir_import_of_any_series_says_the_same(tmp_path_factory, name, said):
    """Every metric's samples come back: value and instants exactly, offset as recorded, source by name."""
    if find(name).time == "day":  # a moment of these goes out as its day, see the reference page
        said = [(start, max(length, SECOND_NS), *rest) for start, length, *rest in said]
    path = tmp_path_factory.mktemp("fhir") / "Observation.ndjson"
    path.write_bytes(exported(name, columns_of(said)))
    expected = [
        (name, "", start, start + length, offset, value, (WATCH, PHONE)[who].source)
        for start, length, offset, value, who in said
    ]
    assert samples_of(ADAPTER.read(path, Options())) == sorted(expected, key=str)


@given(unit=st.sampled_from(["kg", "points", "", "mL/min/kg"]), value=st.floats(-1e9, 1e9, allow_nan=False))
@settings(max_examples=20)
def test_fhir_import_of_a_vendors_series_keeps_its_name_and_unit(tmp_path_factory, unit, value):
    """What is a vendor's own comes back as the vendor's own."""
    path = tmp_path_factory.mktemp("fhir") / "Observation.ndjson"
    path.write_bytes(exported("oura:average_breath", columns_of([(AT, 0, 60, value, 0)], unit=unit)))
    expected = [("oura:average_breath", unit, AT, AT, 60, value, "Pat's Watch")]
    assert samples_of(ADAPTER.read(path, Options())) == expected


def test_fhir_import_of_a_series_knows_the_device(tmp_path):
    """Manufacturer, model and versions come back; a version without a device is the source's."""
    path = tmp_path / "Observation.ndjson"
    path.write_bytes(exported("heart_rate", columns_of([(AT, 0, 60, 58.0, 0), (AT + 1, 0, 60, 58.0, 1)])))
    (batch,) = (one for one in ADAPTER.read(path, Options()) if isinstance(one, Samples))
    assert [(one.device, one.version) for one in batch.origins] == [(WATCH.device, ""), (None, "3.1")]


@pytest.mark.parametrize("name", ["Pat’s Apple\u00a0Watch", "Zoë\tWatch", " \u2003 ", "Watch ", '"'])
def test_fhir_import_of_a_source_that_fhir_has_no_string_for(tmp_path, name):
    """A no-break space, as Apple writes, is no part of FHIR's strings; the name comes back as it was."""
    columns = replace(columns_of([(AT, 0, 60, 58.0, 0)]), origins=[replace(WATCH, source=name)])
    path = tmp_path / "Observation.ndjson"
    path.write_bytes(exported("heart_rate", columns))
    device = json.loads(path.read_text("utf-8").splitlines()[-1])
    assert all(re.fullmatch(r"[ \r\n\t\S]+", one["name"]) for one in device["deviceName"])
    assert [row[-1] for row in samples_of(ADAPTER.read(path, Options()))] == [name]


def test_fhir_import_of_what_was_typed_in_says_so_again(tmp_path):
    """A value of a person's own and the zone it was taken in are written the same way a second time."""
    note = '{"metadata":{"HKWasUserEntered":"1","HKTimeZone":"Europe/Berlin"}}'
    columns = replace(columns_of([(AT, 0, 60, 70.5, 0)]), note=np.zeros(1, np.int32), notes=[note])
    path = tmp_path / "Observation.ndjson"
    path.write_bytes(exported("body_mass", columns))
    (batch,) = (one for one in ADAPTER.read(path, Options()) if isinstance(one, Samples))
    again = exported("body_mass", replace(columns, notes=batch.notes, note=batch.note))
    assert again == path.read_bytes()
    assert b'"provided"' in again


def sample(metric: str, value: float | str, start: int, end: int, offset_min: int = 60) -> Samples:
    codes = None if isinstance(value, float) else (value,)
    return Samples(
        metric,
        np.array([start], np.int64),
        np.array([end], np.int64),
        np.array([offset_min], np.int16),
        np.array([value]) if codes is None else np.array([0], np.int32),
        np.array([0], np.int32),
        (WATCH,),
        codes=codes,
    )


@pytest.fixture
def trip(tmp_path, cheap_keys, clock):
    """Put records into a vault, export it, and read the export into a vault that is fresh."""

    def travel(records):
        first = create(tmp_path / "first", "a long passphrase", home_zone="Europe/Berlin", clock=clock)
        first.ingest(records)
        path = tmp_path / "export.ndjson"
        path.write_bytes(b"".join(block for _, block in ndjson(first)))
        lines = path.read_bytes().splitlines()
        assert not [one for line in lines for one in problems(json.loads(line))]
        second = create(tmp_path / "second", "a long passphrase", home_zone="Europe/Berlin", clock=clock)
        second.ingest(ADAPTER.read(path, Options()))
        return first, second

    return travel


def test_fhir_import_of_coded_values_and_pressures(trip):
    """Coded values come back as their codes, the two numbers of a blood pressure as two series."""
    records = [
        sample(metric, code, AT, AT + HOUR) for metric, code in CODED.items() if metric != "sleep_stage"
    ]
    records += [
        sample("blood_pressure.systolic", 121.0, AT, AT),
        sample("blood_pressure.diastolic", 77.0, AT, AT),
    ]
    first, second = trip(records)
    said = [sorted(vault.metrics()["metric"]) for vault in (first, second)]
    assert said[0] == said[1]
    for metric in said[0]:
        before, after = (vault.samples(metric) for vault in (first, second))
        shared = ["start", "end", "value", "source"]
        assert before[shared].equals(after[shared])


def test_fhir_import_of_sleeps(trip):
    """A sleep comes back with its stages, whether they came with it or were samples of their own."""
    stages = [
        (AT, AT + HOUR, "light"),
        (AT + HOUR, AT + 3 * HOUR, "deep"),
        (AT + 3 * HOUR, AT + 4 * HOUR, "rem"),
    ]
    later = AT + 48 * HOUR
    own = SleepSession("own", AT, AT + 4 * HOUR, 60, WATCH, stages)
    told = SleepSession(
        "told", later, later + 6 * HOUR, 120, WATCH, details={"asleep_min": 300.0, "rem_min": 60.0}
    )
    from_samples = AT + 96 * HOUR
    records = [own, told]
    for start, end, stage in stages:
        shift = from_samples - AT
        records.append(sample("sleep_stage", stage, start + shift, end + shift, 120))
    first, second = trip(records)
    columns = ["start", "end", "utc_offset_min", "asleep_min", "deep_min", "light_min", "rem_min", "source"]
    before, after = (vault.sleep()[columns].reset_index(drop=True) for vault in (first, second))
    assert len(before) == 3
    assert before.equals(after)
    assert len(second.samples("sleep_stage")) == 3


def test_fhir_import_of_workouts_and_sets(trip):
    """A workout comes back whole, with its sets in order."""
    workout = Workout(
        *("w", AT, AT + HOUR, 60, "strength_training", WATCH, 3_000.0, 1_200.0, 310.0),
        hr_mean=121.0,
        hr_max=161.0,
        elevation_gain_m=12.0,
    )
    sets = [
        StrengthSet("w", WATCH, index, "Bench Press", AT + index, 60, repetitions=8, load_kg=60.0, rpe=8.0)
        for index in (1, 2)
    ]
    first, second = trip([workout, *sets])
    columns = [
        "start",
        "end",
        "utc_offset_min",
        "activity",
        "duration_min",
        "distance_m",
        "energy_kcal",
        "hr_mean",
        "hr_max",
        "source",
    ]
    before, after = (vault.workouts()[columns] for vault in (first, second))
    assert len(before) == 1
    assert before.equals(after)
    columns = ["start", "index", "exercise", "repetitions", "load_kg", "rpe"]
    before, after = (vault.sets()[columns] for vault in (first, second))
    assert len(before) == 2
    assert before.equals(after)
    assert not [name for name in second.metrics()["metric"] if name in ("distance", "workout_energy")]


def test_fhir_import_of_a_member_whose_workout_is_broken(tmp_path, trip):
    """What a workout that can't be read had measured stands alone, and is not lost."""
    trip([Workout("w", AT, AT + HOUR, 60, "running", WATCH, 3_000.0, 1_200.0)])
    path = tmp_path / "export.ndjson"
    path.write_text(path.read_text().replace('"code":"running"', '"code":""'))
    assert sorted(row[0] for row in samples_of(ADAPTER.read(path, Options()))) == [
        "distance",
        "workout_duration",
    ]


def test_fhir_import_into_the_same_vault_adds_no_sample(tmp_path, cheap_keys, clock):
    """A vault that reads its own export learns nothing new: samples are one by what they say."""
    vault = create(tmp_path / "vault", "a long passphrase", clock=clock)
    vault.ingest([sample("heart_rate", 58.0, instant_ns(clock()), instant_ns(clock()))])
    path = tmp_path / "export.ndjson"
    path.write_bytes(b"".join(block for _, block in ndjson(vault)))
    vault.ingest(ADAPTER.read(path, Options()))
    assert len(vault.samples("heart_rate")) == 1
