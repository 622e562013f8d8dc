"""Tells how far a reading is, file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from adapters.base import Progress

__all__ = ["in_turn"]

_Thing = TypeVar("_Thing")


def in_turn(
    things: Iterable[_Thing], progress: Progress | None, size: Callable[[_Thing], int]
) -> Iterator[_Thing]:
    """Yield things that are read one after the other, and tell ``progress`` after each; sizes in bytes."""
    listed = list(things)
    total, done = sum(map(size, listed)), 0
    for thing in listed:
        yield thing
        done += size(thing)
        if progress is not None:
            progress(done, total)
