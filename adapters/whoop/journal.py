"""Reads the journal: a question and its answer a row, kept as it was written, only when it was asked for.

The idea: what somebody drank, took or did in bed is nobody's business and no measurement. A document lies in
no table of the readers, so no grant reaches it (docs/decisions/0019-whoops-journal.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.formats.batches import canonical
from adapters.formats.counting import Unused
from adapters.whoop.nights import BAD_DATE, ORIGIN, Records
from vault.records import Document
from vault.time import format_instant

if TYPE_CHECKING:
    from adapters.whoop.said import Said

__all__ = ["PRIVATE", "answer"]

PRIVATE = Unused("journal-private")
_KIND, _MEDIA_TYPE = "whoop:journal", "application/json"


def answer(said: Said) -> Records:
    """Return the document of an answer, or why there is none."""
    start, question = said.moments.get("cycle_start"), said.words.get("question")
    if start is None:
        return BAD_DATE
    if question is None:
        return Unused("no-value")
    begins = format_instant(*start)
    body = {"cycle_start": begins, "question": question, "answered_yes": said.flag("answered_yes")}
    body |= {"notes": said.words["notes"]} if "notes" in said.words else {}
    key = f"{format_instant(start[0])}|{question}"
    return [Document(_KIND, key, ORIGIN, _MEDIA_TYPE, canonical(body).encode(), *start)]
