"""Corrections among imports and undoings, in any order: nothing told is lost, nothing wrong is shown."""

from __future__ import annotations

import runpy
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from vault.errors import InputError
from vault.store.checks import SUPERSEDED
from vault.store.undo import undo
from vault.store.verify import verify

C = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("test_correct.py"))))
DAY, HOME, T, clock, correct, rows, taken, withdraw = (
    *(C.DAY, C.HOME, C.T, C.clock),
    *(C.correct, C.rows, C.taken, C.withdraw),
)

SAMPLES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1), st.sampled_from([None, '{"m":1}'])),
    min_size=1, max_size=6,
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "undo", "correct", "withdraw"]), st.integers(0, 3), st.integers(0, 4)),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAMPLES, min_size=1, max_size=3), STEPS)
def test_store_holds_whatever_is_imported_corrected_and_taken_back(new_store, batch, told, steps):
    """After any steps it verifies, loses nothing that was told, and shows no value that stands aside."""
    files = [
        batch("body_mass", [(T + at * 20 * DAY,) * 2 + (60, 70.0 + v, s, None, n) for at, v, s, n in one])
        for one in told
    ]
    with new_store() as store:
        for number, one in enumerate(files):
            taken(store, one, name=str(number))
        for step, at, value in steps:
            act = {
                "take": partial(taken, store, files[at % len(files)], name=str(at % len(files))),
                "undo": partial(undo, store.connection, str(at), home=HOME, clock=clock),
                "correct": partial(correct, store, 70.0 + value, "body_mass", T + at * 20 * DAY),
                "withdraw": partial(withdraw, store, "body_mass", T + at * 20 * DAY),
            }[step]
            with suppress(InputError):
                act()
            aside = {one[:3] for one in rows(store, SUPERSEDED + "body_mass")}
            main = rows(store)
            assert not aside & {one[:3] for one in main}
            assert {one[:2] for one in main if "corrected" in one[3]} == {one[:2] for one in aside}
            assert stated(store, files) <= aside | {one[:3] for one in main}
        verify(store.connection)


def stated(store, files):
    """Return what the imports that were not undone told: start, source, value."""
    names = [name for run in store.imports() if run.undone_at is None for name, *_ in run.files]
    return {
        (int(one.start[at]), one.origins[one.origin[at]].source, float(one.value[at]))
        for one in (files[int(name)] for name in names)
        for at in range(len(one))
    }
