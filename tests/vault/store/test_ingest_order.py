"""Whatever the order, the batches and the buffers: the same samples make the same store."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.records import Device, Origin, Workout
from vault.store import chunks, rewriting
from vault.store import ingest as ingest_module
from vault.time import UNKNOWN_OFFSET

S = 10**9
DAY = 86_400 * S
T = 1_774_000_000 * S
METRICS = ("heart_rate", "steps", "sleep_stage")
CODES = ("deep", "light", "rem")
SAMPLE = st.tuples(
    st.sampled_from(METRICS), st.integers(0, 60), st.integers(0, 2), st.integers(0, 1), st.integers(0, 2),
    st.booleans(),
)  # fmt: skip


def row(hours: int, length: int, origin: int, value: int, known: bool) -> tuple:
    """A sample on a day of one of a few months; all but its identity follows from it."""
    start = T + hours * DAY
    offset = 60 + 60 * (hours % 2) if known else UNKNOWN_OFFSET
    return (start, start + length * S, offset, 50 + value, origin, start + hours, f'{{"h":{hours % 5}}}')


def batches(batch, samples):
    """Yield each sample in a batch of its own."""
    for metric, *sample in samples:
        codes = CODES if metric == "sleep_stage" else None
        made = row(*sample)
        yield batch(metric, [(*made[:3], made[3] - 50 if codes else made[3], *made[4:])], codes=codes)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_order_and_split_gives_the_same_digest(new_store, batch, data):
    """Shuffled, cut into imports at any place, with tiny buffers and chunks: one digest."""
    samples = data.draw(st.lists(SAMPLE, min_size=1, max_size=25))
    other = data.draw(st.permutations(samples))
    cut = data.draw(st.integers(0, len(samples)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "MAX_ROWS", 4)
        with new_store() as store:
            store.ingest(batches(batch, samples))
            expected = store.digest()
        patch.setattr(ingest_module, "_BUFFER_ROWS", data.draw(st.integers(1, 6)))
        patch.setattr(rewriting, "_WINDOW_ROWS", 3)
        with new_store() as store:
            reports = [store.ingest(batches(batch, part)) for part in (other[:cut], other[cut:], other)]
            assert store.digest() == expected
            assert reports[2].import_id is None
            assert reports[2].duplicate == len(samples)
            stored = sum(series.n for series in store.series())
            assert sum(report.added for report in reports) == stored


def test_sparse_records_of_another_season_are_known(new_store, tmp_path):
    """A workout told again with another offset is a duplicate, and nothing is written."""
    origin = Origin("Watch", "test")
    winter, summer = (Workout("w", 10**18, 10**18 + 1, offset, "running", origin) for offset in (60, 120))
    with new_store(tmp_path) as store:
        assert store.ingest([winter]).added == 1
        again = store.ingest([summer])
        assert (again.duplicate, again.updated, again.import_id) == (1, 0, None)


POOR = Origin("Watch", "test")
RICH = Origin("Watch", "test", "11", Device("Apple Watch", model="Watch6,1"))


@pytest.mark.parametrize("first", [0, 1])
def test_fuller_telling_of_a_sample_stays_whichever_came_first(new_store, batch, first):
    """With device and note, and without, in either order: one sample, with all that was said."""
    poor = batch("heart_rate", [(T, T, UNKNOWN_OFFSET, 60.0, 0, T, None)], [POOR])
    rich = batch("heart_rate", [(T, T, 60, 60.0, 0, None, '{"m":1}')], [RICH])
    tellings = [poor, rich]
    with new_store() as store:
        store.ingest([tellings[first]])
        report = store.ingest([tellings[1 - first]])
        (part,) = store.columns("heart_rate")
        assert [part.origins[at] for at in part.origin] == [RICH]
        assert (part.offset_min.tolist(), part.recorded.tolist()) == ([60], [T])
        assert [part.notes[at] for at in part.note] == ['{"m":1}']
        # The poorer one still brings when it was recorded.
        assert (report.added, report.updated) == (0, 1)


@pytest.mark.parametrize("first", [0, 1])
def test_offsets_of_two_seasons_are_shown_the_same_whichever_came_first(new_store, batch, first):
    """A summer's export and a winter's, in either order: the same store."""
    seasons = [batch("steps", [(T, T + S, offset, 9.0, 0, None, None)]) for offset in (60, 120)]
    with new_store() as store:
        for one in (seasons[first], seasons[1 - first]):
            store.ingest([one])
        (part,) = store.columns("steps")
        assert part.offset_min.tolist() == [120]
