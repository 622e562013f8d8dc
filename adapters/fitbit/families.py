"""Tells the files of a Fitbit archive apart: by what they are called, then by what they hold.

The idea: folders were renamed with every generation and are localised, file names never were. A name says
which of the known families a file may be, wherever it lies; the first bytes have to agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from adapters.tables import table

__all__ = ["LEFT", "PEEK", "Family", "families", "family_of", "is_empty"]

LEFT = "left"
PEEK = 1 << 12
"""So many bytes tell whether a file is what its name says."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of file.

    Args:
        name: What its reader is registered under; ``left`` for what is knowingly not opened.
        pattern: Of the whole base name, case left out.
        marks: What its first ``PEEK`` bytes hold, all of them, case left out.
    """

    name: str
    pattern: re.Pattern[str]
    marks: tuple[bytes, ...]

    def has(self, head: bytes) -> bool:
        """Whether the first bytes of a file are those of this family."""
        text = head.replace(b"\0", b"").lower()  # UTF-16 is known, so that it is said to be malformed
        return all(mark in text for mark in self.marks)


def is_empty(head: bytes) -> bool:
    """Whether a document is a list of nothing, as of a month that was not worn."""
    return b"".join(head.removeprefix(b"\xef\xbb\xbf").split()) == b"[]"


def family_of(basename: str) -> Family | None:
    """Return the family a file's name belongs to, or None."""
    return next((family for family in families() if family.pattern.fullmatch(basename)), None)


@cache
def families() -> tuple[Family, ...]:
    """Return the rows of ``families.csv`` in order: the first that fits counts; marks are split at ``|``."""
    return tuple(
        Family(
            row["family"],
            re.compile(row["name"], re.IGNORECASE),
            tuple(mark.lower().encode() for mark in row["marks"].split("|") if mark),
        )
        for row in table("adapters.fitbit", "families.csv")
    )
