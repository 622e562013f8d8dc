"""Imports: each sample once, nothing written that is there, all or nothing, and every row accounted for."""

from __future__ import annotations

import numpy as np
import pytest

from vault.records import Origin, Rejection, SourceFile, Workout
from vault.store import ingest as ingest_module
from vault.store.store import Store
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

S = 10**9
T = 1_774_000_000 * S


def beats(count: int, first: int = 0) -> list[tuple]:
    """A sample a second, of two sources in turn."""
    return [
        (T + i * S, T + i * S, 120, 60.0 + i % 40, i % 2, T + i * S + 5, '{"m":1}')
        for i in range(first, first + count)
    ]


@pytest.fixture
def store(new_store):
    """An empty store."""
    with new_store() as opened:
        yield opened


def test_ingest_twice_is_ingest_once(new_store, tmp_path, key, batch, clock):
    """The second import of an export adds nothing, has no id, and leaves every byte of the file alone."""
    records = [batch("heart_rate", beats(500)), SourceFile("export.xml", 10, "ab" * 32)]
    with new_store(tmp_path) as store:
        first = store.ingest(records, clock=clock)
    before = (tmp_path / "vault.db").read_bytes()
    with Store.open(tmp_path / "vault.db", key) as store:
        second = store.ingest(records, clock=clock)
    assert (first.added, first.duplicate, first.import_id) == (500, 0, "1")
    assert (second.added, second.duplicate, second.updated, second.import_id) == (0, 500, 0, None)
    assert (tmp_path / "vault.db").read_bytes() == before


def test_ingest_adds_only_what_is_new(store, batch):
    """A later export with two per cent more adds exactly these."""
    store.ingest([batch("heart_rate", beats(1000))])
    report = store.ingest([batch("heart_rate", beats(1020))])
    assert (report.added, report.duplicate, report.import_id) == (20, 1000, "2")
    (part,) = store.columns("heart_rate")
    assert len(part) == 1020
    assert [part.imports[told] for told in part.imported] == [(1, 2)] * 1000 + [(2,)] * 20


def test_ingest_does_not_mind_new_devices_notes_and_offsets(store, batch, origins):
    """Another device text, version, note, offset or recording time is no other sample, and writes nothing."""
    store.ingest([batch("heart_rate", beats(100))])
    renamed = [Origin(origin.source, "apple_health", "99") for origin in origins]
    again = [(start, end, 60, value, origin, None, None) for start, end, _, value, origin, _, _ in beats(100)]
    report = store.ingest([batch("heart_rate", again, renamed)])
    assert (report.duplicate, report.import_id) == (100, None)


def test_ingest_fills_an_unknown_offset(store, batch):
    """A sample stored without its offset gets it from a later export, once."""
    unknown = [(*row[:2], UNKNOWN_OFFSET, *row[3:]) for row in beats(10)]
    store.ingest([batch("heart_rate", unknown)])
    report = store.ingest([batch("heart_rate", beats(10))])
    assert (report.added, report.updated, report.duplicate) == (0, 10, 0)
    (part,) = store.columns("heart_rate")
    assert set(part.offset_min.tolist()) == {120}
    assert store.ingest([batch("heart_rate", unknown)]).import_id is None


def test_ingest_counts_every_row_once(store, batch, origins):
    """Added, duplicate, updated and rejected sum up to what was handed over."""
    good, bad = beats(5), T + 50 * S
    rows = [
        *good,
        good[0],
        (bad, bad, 120, np.nan, 0, None, None),
        (bad, bad, 120, 999.0, 0, None, None),
        (bad, bad - 1, 120, 60.0, 0, None, None),
        (-1, bad, 120, 60.0, 0, None, None),
        (bad, 2**62 + 2**61 + 2**60, 120, 60.0, 0, None, None),
    ]
    workout = Workout("w1", T, T + 1800 * S, 120, "running", origins[0])
    report = store.ingest(
        [
            batch("heart_rate", rows),
            batch("no_such_metric", beats(3)),
            workout,
            workout,
            Rejection("bad-row", "f", 7, 2),
        ]
    )
    assert (report.added, report.duplicate, report.updated, report.rejected) == (6, 2, 0, 10)
    assert report.rejections == {
        "bad-value": 1,
        "out-of-range": 1,
        "ends-before-start": 1,
        "bad-date": 2,
        "unknown-metric": 3,
        "bad-row": 2,
    }
    assert report.by_metric == {"heart_rate": 5}
    assert report.by_kind == {"workout": 1}
    assert report.examples == {"bad-row": [("f", 7)]}
    assert report.sources == sorted(origin.source for origin in origins)


def test_ingest_quarantines_what_no_body_does(store, batch):
    """A value outside the metric's range is kept apart, told as rejected, and written once."""
    rows = [(T, T, 120, 999.0, 0, None, None)]
    first, second = (store.ingest([batch("heart_rate", rows)]) for _ in range(2))
    assert first.rejections == second.rejections == {"out-of-range": 1}
    assert (first.added, first.import_id, second.import_id) == (0, "1", None)
    assert store.columns("heart_rate") == store.series() == []
    assert store.columns("quarantine:heart_rate")[0].value.tolist() == [999.0]


def test_ingest_keeps_at_most_twenty_examples(store):
    """Of each reason the first twenty places are told."""
    report = store.ingest(Rejection("bad-row", "export.xml", line) for line in range(30))
    assert report.examples["bad-row"] == [("export.xml", line) for line in range(20)]
    assert (report.rejected, report.import_id, store.imports()) == (30, None, [])


def test_ingest_takes_impossible_details_as_unknown(store, batch):
    """An offset of two days and a recording time before 1970 say nothing, and the sample stays."""
    store.ingest([batch("heart_rate", [(T, T, 2880, 60.0, 0, -5, None)])])
    (part,) = store.columns("heart_rate")
    assert (part.offset_min[0], part.recorded[0]) == (UNKNOWN_OFFSET, NO_INSTANT)


def test_ingest_that_fails_leaves_no_trace(new_store, tmp_path, key, batch, monkeypatch):
    """An error in the middle, after much was written, takes all of it back."""
    monkeypatch.setattr(ingest_module, "_BUFFER_ROWS", 50)
    with new_store(tmp_path) as store:
        store.ingest([batch("heart_rate", beats(100))])
    before = (tmp_path / "vault.db").read_bytes()

    def broken():
        yield batch("heart_rate", beats(300))
        yield batch("steps", beats(300))
        raise OSError("the disk was unplugged")

    with Store.open(tmp_path / "vault.db", key) as store:
        digest = store.digest()
        with pytest.raises(OSError, match="unplugged"):
            store.ingest(broken())
        assert (store.digest(), len(store.imports())) == (digest, 1)
    assert (tmp_path / "vault.db").read_bytes() == before
    with Store.open(tmp_path / "vault.db", key) as store:
        assert store.ingest([batch("steps", beats(3))]).import_id == "2"


def test_dry_run_counts_and_keeps_nothing(store, batch):
    """A dry run tells what an import would do."""
    report = store.ingest([batch("heart_rate", beats(7))], dry_run=True)
    assert (report.added, report.import_id) == (7, None)
    assert (store.series(), store.imports()) == ([], [])


def test_ledger_has_the_files_by_base_name(store, batch, clock):
    """The ledger knows when, which adapter, what came of it, and the files without their folders."""
    records = [batch("heart_rate", beats(3)), SourceFile("/home/ada/Export/export.xml", 12, "cd" * 32)]
    store.ingest(records, adapter="apple_health", version="2", clock=clock)
    (entry,) = store.imports()
    assert (entry.id, entry.adapter, entry.version, entry.duration_s) == ("1", "apple_health", "2", 0.0)
    assert entry.at == int(clock().timestamp()) * S
    assert entry.files == (("export.xml", 12, "cd" * 32),)
    assert entry.counts == {"added": 3, "duplicate": 0, "updated": 0, "rejected": 0, "rejections": {}}


def test_ingest_takes_names_that_no_text_can_hold(store, batch):
    """A source name cut within an emoji is kept as far as it goes, and found again."""
    torn = [Origin("Ada \ud83d", "vendor", device=None), Origin("b", "vendor")]
    reports = [store.ingest([batch("heart_rate", beats(2), torn)]) for _ in range(2)]
    assert [report.added for report in reports] == [2, 0]
    assert {origin.source for origin in store.columns("heart_rate")[0].origins} == {"Ada ?", "b"}


def test_ingest_rejects_a_code_that_is_none(store, batch):
    """A coded sample that points at no code is refused, and the others stay readable."""
    rows = [(*row[:3], code, *row[4:]) for row, code in zip(beats(2), (-1, 0))]
    report = store.ingest([batch("sleep_stage", rows, codes=["deep"])])
    assert (report.added, report.rejections) == (1, {"bad-value": 1})
    assert store.columns("sleep_stage")[0].value.tolist() == [0]


def test_ingest_keeps_vendor_coded_metrics_by_unit(store, batch):
    """A metric of no catalogue is kept under the vendor's name, one series a unit."""
    rows = beats(2)
    store.ingest([batch("apple:Thing", rows, unit="km"), batch("apple:Thing", rows, unit="mi")])
    assert [(part.unit, len(part)) for part in store.columns("apple:Thing")] == [("km", 2), ("mi", 2)]


@pytest.mark.parametrize(("metric", "codes"), [("sleep_stage", None), ("heart_rate", ["fast"])])
def test_ingest_refuses_numbers_for_codes_and_codes_for_numbers(store, batch, metric, codes):
    """A batch that contradicts the catalogue is refused whole: a metric has one kind of value."""
    report = store.ingest([batch(metric, [(T, T + S, 120, 0, 0, None, None)] * 2, codes=codes)])
    assert (report.added, report.rejections) == (0, {"bad-value": 2})
    assert store.series() == []
