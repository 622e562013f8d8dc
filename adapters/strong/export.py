"""The Strong adapter: what it reads of Strong, and how a table is read that does not say its unit.

The idea: a table that does not say what its weights are in is read twice: first for numbers that prove it.
Without proof the owner is asked; without an answer a weight is kept as it is written, and is no load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Coverage, Options
from adapters.formats.lifting import LiftingLog
from adapters.formats.sheets import Sheet
from adapters.strong.rows import Layout, is_strong
from adapters.strong.units import proven_unit

if TYPE_CHECKING:
    from adapters.archive import Archive, Member
    from adapters.formats.sets import ReadRow

__all__ = ["STRONG"]

_COVERAGE = Coverage(
    title="Strong",
    how_to_export="Strong app, up to date, so that weights say their unit: Settings, Export Strong Data",
    reads=(
        "each layout known, with comma or semicolon, with English or German columns",
        "a workout a session, with title, duration and notes; a set a row, with its RPE",
        "weights in kg or lb, as the column's name or the row says; in older tables if a weight proves it",
    ),
    leaves=(
        "rest timers and note rows",
        "in older tables, whether a weight is kg or lb: without proof or --weight-unit it is a detail",
        "columns in other languages than English and German; measurements, which are not in the table",
    ),
    metrics=(),
)


def _reader(sheet: Sheet, archive: Archive, member: Member, options: Options) -> ReadRow:
    """Return what reads a table's rows; of its unit a proof counts more than what somebody said."""
    layout = Layout(sheet)
    if layout.says_units:
        return Layout(sheet, options.weight_unit).told
    return Layout(sheet, _proof(archive, member) or options.weight_unit).told


def _proof(archive: Archive, member: Member) -> str:
    """Return the unit that a table proves by its weights."""
    with archive.open(member) as stream:
        sheet = Sheet(stream)
        layout = Layout(sheet)
        return proven_unit(layout.weight(row) for _, row in sheet if not isinstance(row, str))


STRONG = LiftingLog("strong", "1", _COVERAGE, is_strong, _reader)
"""The adapter of Strong's tables."""
