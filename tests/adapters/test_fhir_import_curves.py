"""Curves of workouts come back as streams of their workouts, exactly, and never as samples as well."""

from __future__ import annotations

import json

import numpy as np
import pytest

from adapters.base import Options
from adapters.fhir import ADAPTER
from vault.fhir import ndjson
from vault.opening import create
from vault.records import Origin, Samples, Stream, Workout
from vault.time import SECOND_NS, parse_instant

WHO = Origin("Strava", "strava")
AT = parse_instant("2026-03-28T22:00:00.25+01:00")[0]


def stream(elapsed, part="", **columns):
    time = AT + np.array(elapsed, np.int64) * SECOND_NS
    return Stream("w", WHO, time, {name: np.array(told, np.float64) for name, told in columns.items()}, part)


@pytest.fixture
def exported(tmp_path, cheap_keys, clock):
    """Export a ride with streams as FHIR; returns the file."""

    def export(*streams):
        with create(tmp_path / "first", "a long passphrase", clock=clock) as vault:
            vault.ingest([Workout("w", AT, AT + 9 * SECOND_NS, 60, "cycling", WHO), *streams])
            path = tmp_path / "export.ndjson"
            path.write_bytes(b"".join(block for _, block in ndjson(vault)))
        return path

    return export


def read(path):
    """Return the streams and the samples that are read."""
    records = list(ADAPTER.read(path, Options()))
    return [[one for one in records if isinstance(one, kind)] for kind in (Stream, Samples)]


def told(streams):
    """Return what streams say: instants and numbers of each channel, without what was not measured."""
    found = {}
    for one in streams:
        for name, column in one.columns.items():
            known = ~np.isnan(column)
            pairs = zip(one.time[known].tolist(), column[known].tolist())
            found.setdefault(name, []).extend(pairs)
    return {name: sorted(pairs) for name, pairs in found.items()}


def test_fhir_import_of_a_stream_gives_it_back(exported):
    """Channels with their gaps are one stream again, of the workout that came with them."""
    before = [
        stream(
            [0, 1, 2, 5],
            heart_rate=[120, 121, 0.1 + 0.2, 119],
            power=[np.nan, 200, np.nan, 210],
            cadence=[80] * 4,
        ),
        stream([6, 7, 9], "b", heart_rate=[1 / 3, 2, 3]),
    ]
    path = exported(*before)
    after, samples = read(path)
    assert told(after) == told(before)
    assert [sorted(one.columns) for one in after] == [["cadence", "heart_rate", "power"], ["heart_rate"]]
    assert samples == []
    (workout,) = (one for one in ADAPTER.read(path, Options()) if isinstance(one, Workout))
    assert {(one.workout, one.origin) for one in after} == {(workout.key, workout.origin)}


def test_fhir_import_of_a_stream_is_the_same_when_exported_again(exported, tmp_path, clock):
    """A vault that read the export writes the same curves, byte by byte but for whose they are."""
    path = exported(stream([0, 1, 2, 5], heart_rate=[120, 121, 0.3, 119], speed=[3.7, np.nan, 0, 1e-9]))
    with create(tmp_path / "second", "a long passphrase", clock=clock) as second:
        second.ingest(ADAPTER.read(path, Options()))
        again = [json.loads(line) for _, block in ndjson(second) for line in block.splitlines()]
    lines = map(json.loads, path.read_bytes().splitlines())
    curves = [
        [(one["effectivePeriod"], one["valueSampledData"]) for one in found if "valueSampledData" in one]
        for found in (lines, again)
    ]
    assert curves[0] == curves[1]
    assert len(curves[0]) == 2


def test_fhir_import_of_a_curve_whose_workout_is_broken(exported):
    """What belongs to a workout that can't be read stands alone as samples, and is not lost."""
    path = exported(stream([0, 1], heart_rate=[120, 121]))
    path.write_text(path.read_text().replace('"code":"cycling"', '"code":""'))
    streams, samples = read(path)
    assert streams == []
    assert {one.metric: one.value.tolist() for one in samples}["heart_rate"] == [120, 121]


def test_fhir_import_of_a_curve_without_a_workout_is_samples(exported):
    """A curve that no workout names is of nobody's workout."""
    path = exported(stream([0, 1], heart_rate=[120, 121]))
    lines = [line for line in path.read_text().splitlines(keepends=True) if "hasMember" not in line]
    path.write_text("".join(lines))
    streams, samples = read(path)
    assert streams == []
    assert {one.metric: one.start.tolist() for one in samples}["heart_rate"] == [AT, AT + SECOND_NS]


def test_fhir_import_of_the_same_channel_twice_keeps_both(exported):
    """Two curves of one channel over one span are two streams, none in place of the other."""
    after, _ = read(exported(*(stream([0, 1], part, power=[10, 20 + len(part)]) for part in ("", "b"))))
    assert [one.columns["power"].tolist() for one in after] == [[10, 20], [10, 21]]
    assert len({one.part for one in after}) == 2
