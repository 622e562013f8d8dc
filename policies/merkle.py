"""The Merkle tree of RFC 9162 (Certificate Transparency): one hash over a log, and short proofs about it.

A log grows at its end. Its *peaks* are the roots of the whole subtrees it falls into, the largest first: all
one has to keep to append, one for each bit of its size. Hashes are SHA-256, with a prefix of 0 for leaves and
1 for nodes, so that no node passes for a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "EMPTY",
    "consistency",
    "grown",
    "heads",
    "inclusion",
    "is_consistent",
    "is_included",
    "leaf",
    "node",
    "root",
]

EMPTY = hashlib.sha256().digest()
"""The root of a log without entries."""


def leaf(data: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def grown(peaks: Sequence[bytes], size: int, added: bytes) -> list[bytes]:
    """Return the peaks of a log of ``size`` leaves after one more."""
    kept, new = list(peaks), added
    while size & 1:
        new = node(kept.pop(), new)
        size >>= 1
    return [*kept, new]


def root(peaks: Sequence[bytes]) -> bytes:
    """Return the root over a log's peaks (section 2.1.1)."""
    if not peaks:
        return EMPTY
    *left, whole = peaks
    for peak in reversed(left):
        whole = node(peak, whole)
    return whole


def heads(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the root after 0, 1, 2, ... leaves."""
    peaks: list[bytes] = []
    yield EMPTY
    for size, one in enumerate(leaves):
        peaks = grown(peaks, size, one)
        yield root(peaks)


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf ``index`` is in the log (section 2.1.3.1)."""
    if len(leaves) == 1:
        return []
    cut = _largest_power_below(len(leaves))
    if index < cut:
        return [*inclusion(leaves[:cut], index), _root_of(leaves[cut:])]
    return [*inclusion(leaves[cut:], index - cut), _root_of(leaves[:cut])]


def is_included(one: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Whether a proof shows leaf ``index`` in the log of ``size`` and ``head`` (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, made = index, size - 1, one
    for beside in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            made = node(beside, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node(made, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and made == head


def consistency(leaves: Sequence[bytes], before: int) -> list[bytes]:
    """Return the proof that the first ``before`` leaves (1 to all) are the log's beginning (2.1.4.1)."""
    return _subproof(leaves, before, known=True)


def _subproof(leaves: Sequence[bytes], before: int, *, known: bool) -> list[bytes]:
    if before == len(leaves):
        return [] if known else [_root_of(leaves)]
    cut = _largest_power_below(len(leaves))
    if before <= cut:
        return [*_subproof(leaves[:cut], before, known=known), _root_of(leaves[cut:])]
    return [*_subproof(leaves[cut:], before - cut, known=False), _root_of(leaves[:cut])]


def is_consistent(before: int, after: int, proof: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Whether a proof shows the log of ``before`` and ``old`` in that of ``after`` and ``new`` (2.1.4.2)."""
    if before == after:
        return not proof and old == new
    if not 0 < before < after or not proof:
        return before == 0 and old == EMPTY and not proof
    path = [old, *proof] if before & (before - 1) == 0 else list(proof)
    at, last = before - 1, after - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    made_old = made_new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            made_old, made_new = node(beside, made_old), node(beside, made_new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made_new = node(made_new, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and (made_old, made_new) == (old, new)


def _root_of(leaves: Sequence[bytes]) -> bytes:
    peaks: list[bytes] = []
    for size, one in enumerate(leaves):
        peaks = grown(peaks, size, one)
    return root(peaks)


def _largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
