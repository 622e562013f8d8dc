"""Damage at every place: each page in three regions, each frame of the WAL, each page put back: minutes.

    pytest -m slow tests/slow/test_damage_all.py

A sample of it runs with every change (``tests/vault/store/test_damage.py``).
"""

from __future__ import annotations

import runpy
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest

DAMAGE = Path(__file__).parents[1] / "vault" / "store" / "damage.py"
D = SimpleNamespace(**runpy.run_path(str(DAMAGE)))
ROWS = 2_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """The states of one store, each checkpointed."""
    return D.states(tmp_path_factory.mktemp("states"), ROWS)


@pytest.fixture(scope="module")
def in_wal(tmp_path_factory):
    """The same, all in the WAL."""
    return D.states(tmp_path_factory.mktemp("in-wal"), ROWS, kept_in_wal=True)


def judged(tmp_path, truth, database):
    """Return what is wrong with the outcome of a damaged database."""
    return D.faults(*D.outcome(tmp_path, database), [truth.says])


def test_every_page_with_a_flipped_bit(tmp_path, states):
    """In each of three regions."""
    last = states[-1]
    for at in (start + region for start in range(0, len(last.database), D.PAGE) for region in D.REGIONS):
        assert not judged(tmp_path, last, D.flipped(last.database, at)), divmod(at, D.PAGE)


def test_every_page_put_back_to_each_of_its_older_versions(tmp_path, states):
    """One at a time, from every earlier state."""
    last = states[-1]
    for before in states[:-1]:
        for number in range(len(before.database) // D.PAGE):
            old = D.page(before.database, number)
            if old != D.page(last.database, number):
                replaced = D.with_page(last.database, number, old)
                assert not judged(tmp_path, last, replaced), number


def test_pages_swapped(tmp_path, states):
    """Every page with its neighbours up to four away."""
    last = states[-1]
    for one, other in combinations(range(len(last.database) // D.PAGE), 2):
        if other - one <= 4:
            first, second = D.page(last.database, one), D.page(last.database, other)
            swapped = D.with_page(D.with_page(last.database, one, second), other, first)
            assert not judged(tmp_path, last, swapped), (one, other)


def test_file_cut_at_every_half_page(tmp_path, states):
    """And so at every page."""
    last = states[-1]
    for length in range(0, len(last.database), D.PAGE // 2):
        assert not judged(tmp_path, last, last.database[:length]), length


def test_every_frame_of_the_wal(tmp_path, in_wal):
    """Header or page flipped, or cut there: a state that was committed, and not taken for the last one."""
    last, truths = in_wal[-1], [state.says for state in in_wal]
    size = D.FRAME_HEADER + D.PAGE
    for start in range(D.WAL_HEADER, len(last.wal), size):
        damaged = [D.flipped(last.wal, start + at) for at in (2, 10, *(24 + region for region in D.REGIONS))]
        for wal in (*damaged, last.wal[:start]):
            said, well = D.outcome(tmp_path, last.database, wal, counter=last.counter)
            assert not well
            assert not D.faults(said, well, truths), start


def test_every_older_state_as_a_whole(tmp_path, states):
    """Found with the remembered counter, and with no other means."""
    for before in states[:-1]:
        assert D.outcome(tmp_path, before.database) == (before.says, True)
        assert not D.outcome(tmp_path, before.database, counter=states[-1].counter)[1]
