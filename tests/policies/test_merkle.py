"""The Merkle tree is that of RFC 9162: known roots, and proofs that hold for what is true and no more."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import merkle

# The eight inputs and the roots of the reference implementation of Certificate Transparency (its
# merkle_tree_test), after 0 to 8 leaves.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    """Return the hashes of so many entries."""
    return [merkle.leaf(bytes([number])) for number in range(count)]


def test_roots_are_those_of_the_reference():
    """After each of the eight known entries the root is the known one."""
    hashed = [merkle.leaf(bytes.fromhex(one)) for one in INPUTS]
    assert [head.hex() for head in merkle.heads(hashed)] == ROOTS


def test_peaks_are_one_for_each_bit_of_the_size():
    """What has to be kept to append grows with the logarithm of the log."""
    peaks: list[bytes] = []
    for size, one in enumerate(leaves(100)):
        peaks = merkle.grown(peaks, size, one)
        assert len(peaks) == (size + 1).bit_count()


@given(st.integers(1, 70), st.data())
def test_inclusion_holds_for_the_entry_and_no_other(size, data):
    """The proof of an entry shows it at its place, and neither elsewhere nor another one."""
    log, index = leaves(size), data.draw(st.integers(0, size - 1))
    head, proof = list(merkle.heads(log))[-1], merkle.inclusion(log, index)
    assert merkle.is_included(log[index], index, size, proof, head)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not merkle.is_included(log[other], index, size, proof, head)
        assert not merkle.is_included(log[index], other, size, proof, head)
    assert not merkle.is_included(log[index], index, size, [*proof, head], head)
    assert not merkle.is_included(log[index], size, size, proof, head)
    if proof:
        assert not merkle.is_included(log[index], index, size, proof[:-1], head)


@given(st.integers(1, 70), st.data())
def test_consistency_holds_for_a_beginning_and_no_other_log(size, data):
    """The proof shows an earlier head to be the beginning of a later log, and no head of another log."""
    log, before = leaves(size), data.draw(st.integers(1, size))
    heads, proof = list(merkle.heads(log)), merkle.consistency(log, before)
    assert merkle.is_consistent(before, size, proof, heads[before], heads[size])
    foreign = hashlib.sha256(b"another log").digest()
    assert not merkle.is_consistent(before, size, proof, foreign, heads[size])
    assert not merkle.is_consistent(before, size, proof, heads[before], foreign)
    if proof:
        assert not merkle.is_consistent(before, size, proof[:-1], heads[before], heads[size])
        assert not merkle.is_consistent(before, size, [*proof, foreign], heads[before], heads[size])


@pytest.mark.parametrize("changed", range(7))
def test_consistency_of_a_rewritten_past_can_not_be_shown(changed):
    """Whoever changes an entry that a witness has seen has no proof that the witness accepts."""
    log = leaves(7)
    seen = list(merkle.heads(log))[7]
    log[changed] = merkle.leaf(b"rewritten")
    grown = [*log, *leaves(12)[7:]]
    head = list(merkle.heads(grown))[-1]
    assert not merkle.is_consistent(7, 12, merkle.consistency(grown, 7), seen, head)


def test_empty_log_is_the_beginning_of_every_log():
    """A witness of the empty log needs no proof."""
    assert merkle.is_consistent(0, 3, [], merkle.EMPTY, list(merkle.heads(leaves(3)))[-1])
    assert merkle.is_consistent(0, 0, [], merkle.EMPTY, merkle.EMPTY)
