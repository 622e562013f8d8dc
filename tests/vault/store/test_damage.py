"""Damage of every kind, on a sample of the places: found or harmless, and never a wrong value."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from vault.errors import Tampered
from vault.store.store import Store
from vault.store.verify import verify

D = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("damage.py"))))


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """The states of one store, each checkpointed."""
    return D.states(tmp_path_factory.mktemp("states"))


@pytest.fixture(scope="module")
def in_wal(tmp_path_factory):
    """The same, all in the WAL."""
    return D.states(tmp_path_factory.mktemp("in-wal"), kept_in_wal=True)


def judged(tmp_path, truth, database, **more):
    """Return what is wrong with the outcome of a damaged database."""
    return D.faults(*D.outcome(tmp_path, database, **more), [truth.says])


def pages(state):
    """Return how many pages a state has."""
    return len(state.database) // D.PAGE


def test_undamaged_store_says_what_it_said(tmp_path, states):
    """All reads answer, and verify finds nothing: what follows is about the damage."""
    for state in states:
        said, well = D.outcome(tmp_path, state.database, counter=state.counter)
        assert well
        assert said == state.says
        assert D.REFUSED not in said.values()


def test_flipped_bit_in_a_page(tmp_path, states):
    """In every seventh page, in another region each: found, or in a page that holds nothing."""
    last = states[-1]
    for number in range(0, pages(last), 7):
        at = number * D.PAGE + D.REGIONS[number % 3]
        assert not judged(tmp_path, last, D.flipped(last.database, at)), number


def test_page_put_back_to_its_older_version(tmp_path, states):
    """SQLCipher finds nothing wrong with it; the seals do, for every third page that changed."""
    last, found = states[-1], 0
    for before in states[:-1]:
        changed = [n for n in range(pages(before)) if D.page(before.database, n) != D.page(last.database, n)]
        for number in changed[::3]:
            old = D.with_page(last.database, number, D.page(before.database, number))
            assert not judged(tmp_path, last, old), number
            found += 1
    assert found > 20


def test_two_pages_swapped(tmp_path, states):
    """A page knows its number."""
    last = states[-1]
    for one in range(1, pages(last), 9):
        other = pages(last) - one if pages(last) - one != one else 1
        first, second = D.page(last.database, one), D.page(last.database, other)
        swapped = D.with_page(D.with_page(last.database, one, second), other, first)
        assert not judged(tmp_path, last, swapped), (one, other)


def test_file_cut_short(tmp_path, states):
    """At any length."""
    last = states[-1]
    for length in range(0, len(last.database), 7 * D.PAGE + 600):
        assert not judged(tmp_path, last, last.database[:length]), length


def test_flipped_bit_in_the_wal(tmp_path, in_wal):
    """SQLite drops all from that frame on: an earlier state, told from the last by the counter."""
    last, truths = in_wal[-1], [state.says for state in in_wal]
    frames = (len(last.wal) - D.WAL_HEADER) // (D.FRAME_HEADER + D.PAGE)
    for number in range(0, frames, 11):
        at = D.WAL_HEADER + number * (D.FRAME_HEADER + D.PAGE) + 24 + D.REGIONS[number % 3]
        wal = D.flipped(last.wal, at)
        said, well = D.outcome(tmp_path, last.database, wal, counter=last.counter)
        assert not well
        assert not D.faults(said, well, truths), number


def test_file_rolled_back_as_a_whole(tmp_path, states):
    """It is in order by itself; the remembered counter finds it, and one equal or smaller is no reproach."""
    before, last = states[-2], states[-1]
    assert D.outcome(tmp_path, before.database) == (before.says, True)
    assert not D.outcome(tmp_path, before.database, counter=last.counter)[1]
    assert D.outcome(tmp_path, last.database, counter=before.counter)[1]


def test_rolled_back_file_is_named_for_what_it_is(tmp_path, states):
    """The message says at which change it is and was."""
    path = tmp_path / "vault.db"
    path.write_bytes(states[-2].database)
    with Store.open(path, D.KEY) as store, pytest.raises(Tampered, match="older state") as caught:
        verify(store.connection, counter=states[-1].counter)
    assert str(states[-1].counter) in str(caught.value)
