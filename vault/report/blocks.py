"""What a page is made of: a section has blocks, and the template knows how each kind of block looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

__all__ = ["Block", "Fact", "Facts", "Figure", "Notes", "Score", "Section", "Table"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its point in a sentence; ``key`` are (colour, words) of what is drawn."""

    kind: ClassVar[str] = "figure"
    title: str
    point: str
    svg: str
    key: Sequence[tuple[str, str]] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name, and what it means."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A few numbers side by side."""

    kind: ClassVar[str] = "facts"
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under ``head``; ``quiet`` are rows to set back."""

    kind: ClassVar[str] = "table"
    title: str
    point: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    quiet: frozenset[int] = frozenset()
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """Sentences under a heading; ``loud`` ones stand in a frame, ``after`` in small letters below."""

    kind: ClassVar[str] = "notes"
    title: str
    lines: Sequence[str]
    lead: str = ""
    after: Sequence[str] = ()
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """The morning's number, large; ``parts`` are the scores it is of."""

    kind: ClassVar[str] = "score"
    name: str
    value: str
    of: str
    lines: Sequence[str]
    band: str
    parts: Sequence[Fact] = ()


Block = Figure | Facts | Table | Notes | Score


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page; ``name`` is its anchor."""

    name: str
    title: str
    blocks: Sequence[Block]
    lead: str = ""
