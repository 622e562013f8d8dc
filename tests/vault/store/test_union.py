"""The union of samples as imports told them, against the rule written out in plain Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vault.records import Device, Origin
from vault.store.codec import origin_text
from vault.store.columns import Columns
from vault.store.union import Union, union
from vault.time import NO_INSTANT, UNKNOWN_OFFSET

# Two origins share a name: the watch before and after an update is one source.
ORIGINS = [
    Origin("watch", "a", "1"),
    Origin("phone", "a"),
    Origin("watch", "a", "2"),
    Origin("watch", "a", "1", Device("watch", model="W1")),
]
IMPORTS = [(1,), (2,), (1, 3), (2, 3), (4,)]
NOTES = ["b", "a", "ab"]
FEW = st.integers(0, 2)
OFFSET = st.sampled_from([UNKNOWN_OFFSET, 0, 60])
ROW = st.tuples(
    FEW, FEW, st.sampled_from([NO_INSTANT, 5, 6]), OFFSET, FEW, st.integers(0, 3), st.integers(-1, 2),
    st.integers(0, 4),
)  # fmt: skip
ROWS = st.lists(ROW, min_size=1, max_size=14)
SOME_CODES = st.sampled_from([None, ["c", "a", "b"]])


def columns_of(rows, codes) -> Columns:
    """Rows of (start, length, recorded, offset, value, origin, note, imported) as columns."""
    start, length, recorded, offset, value, origin, note, imported = np.array(rows, np.int64).reshape(-1, 8).T
    return Columns(
        start,
        start + length,
        recorded,
        offset.astype(np.int16),
        value.astype(np.int32) if codes else value.astype(np.float64),
        origin.astype(np.int32),
        note.astype(np.int32),
        imported.astype(np.int32),
        ORIGINS,
        NOTES,
        codes,
        imports=IMPORTS,
    )


def told(rows: Columns) -> list[tuple]:
    """What rows say: identity, what may differ, who told it."""
    return [
        (
            (
                int(rows.start[at]),
                int(rows.end[at]),
                rows.origins[rows.origin[at]].source,
                rows.value[at] if rows.codes is None else rows.codes[rows.value[at]],
            ),
            (
                int(rows.offset_min[at]),
                int(rows.recorded[at]),
                "" if rows.note[at] < 0 else rows.notes[rows.note[at]],
                rows.origins[rows.origin[at]],
            ),
            rows.imports[rows.imported[at]],
        )
        for at in range(len(rows))
    ]


def preferred(version: tuple) -> tuple:
    """What says more of who measured first, then the longer note, then any fixed order."""
    (offset, recorded, note, origin), _ = version
    device = origin.device
    facts = [origin.version, origin.app, *(astuple(device) if device else ())]
    said = len([fact for fact in facts if fact])
    return -said, -len(note), -offset, -recorded, [-ord(letter) for letter in note], origin_text(origin)


def filled(versions: list[tuple]) -> tuple:
    """Return what the first version says, and what it leaves open as the next one that says it."""
    (offset, recorded, note, origin), _ = versions[0]
    for (other_offset, other_recorded, other_note, _), _ in versions[1:]:
        offset = other_offset if offset == UNKNOWN_OFFSET else offset
        recorded = other_recorded if recorded == NO_INSTANT else recorded
        note = note or other_note
    return offset, recorded, note, origin


def expected(rows: list[tuple]) -> list[tuple]:
    """Return each sample: identity, what is shown, and its versions as they are preferred."""
    samples: dict = defaultdict(lambda: defaultdict(set))
    for identity, says, imports in rows:
        samples[identity][says] |= set(imports)
    found = []
    for identity in sorted(samples):
        versions = sorted(
            ((says, tuple(sorted(runs))) for says, runs in samples[identity].items()), key=preferred
        )
        found.append((identity, filled(versions), versions[0][1], versions if len(versions) > 1 else []))
    return found


def samples_of(united: Union) -> list[tuple]:
    """A union in the shape of ``expected``."""
    versions = defaultdict(list)
    for place, (_, says, runs) in zip(united.place.tolist(), told(united.versions), strict=True):
        versions[place].append((says, runs))
    return [(*sample, versions[at]) for at, sample in enumerate(told(united.rows))]


@given(ROWS, SOME_CODES)
def test_union_is_the_rule_written_out(rows, codes):
    """Order, what is shown, filled offsets, versions and who told them: as the rule says."""
    columns = columns_of(rows, codes)
    assert samples_of(union(columns)) == expected(told(columns))


@given(ROWS, SOME_CODES, st.randoms(use_true_random=False))
def test_union_does_not_mind_the_order(rows, codes, random):
    """What is shown follows from what was told, in whatever order it is taken in."""
    shuffled = rows.copy()
    random.shuffle(shuffled)
    assert samples_of(union(columns_of(rows, codes))) == samples_of(union(columns_of(shuffled, codes)))


@given(ROWS, SOME_CODES, st.permutations([1, 2, 3, 4]))
def test_union_shows_the_same_whichever_import_came_first(rows, codes, other):
    """Numbered in another order, the imports make the same samples, shown with the same details."""
    columns = columns_of(rows, codes)
    renumbered = [tuple(sorted(other[run - 1] for run in told)) for told in IMPORTS]
    united, again = union(columns), union(replace(columns, imports=renumbered))
    assert [one[:2] for one in samples_of(united)] == [one[:2] for one in samples_of(again)]


def test_union_shows_the_fullest_telling_of_each_detail():
    """The device of one telling, the note and the offset of another: nothing that anybody said is hidden."""
    plain, device = (0, 1, 5, 60, 1, 0, 2, 0), (0, 1, NO_INSTANT, UNKNOWN_OFFSET, 1, 3, -1, 1)
    for rows in ([plain, device], [device, plain]):
        ((_, shown, _, versions),) = samples_of(union(columns_of(rows, None)))
        assert shown == (60, 5, "ab", ORIGINS[3])
        assert len(versions) == 2


@given(ROWS, SOME_CODES)
def test_union_of_every_version_is_itself(rows, codes):
    """Nothing is lost on the way: all versions, united again, make the same."""
    united = union(columns_of(rows, codes))
    assert samples_of(union(united.every_version())) == samples_of(united)


@given(ROWS, st.lists(ROW, max_size=12), SOME_CODES)
def test_union_tells_what_is_new_and_what_was_updated(stored, incoming, codes):
    """New is what was not stored; updated what was stored and is shown otherwise now."""
    before = {identity: says for identity, says, *_ in expected(told(columns_of(stored, codes)))}
    united = union(columns_of([*stored, *incoming], codes), len(stored))
    for (identity, says, *_), new, updated in zip(samples_of(united), united.new, united.updated):
        assert new == (identity not in before)
        assert updated == (identity in before and before[identity] != says)


@given(ROWS, SOME_CODES, st.data())
def test_union_keeps_the_versions_of_the_samples_taken(rows, codes, data):
    """Some of the samples come with their own versions and no others."""
    united = union(columns_of(rows, codes))
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(united.rows), max_size=len(united.rows))))
    assert samples_of(united.take(kept)) == [
        one for one, stays in zip(samples_of(united), kept, strict=True) if stays
    ]
