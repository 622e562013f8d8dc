"""The Strong adapter: what it reads of Strong, and how a table is read that does not say its unit.

The idea: a table that does not say what its weights are in is read twice: first for numbers that prove it.
Without proof a weight is kept as it is written, and no load is made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Coverage
from adapters.formats.lifting import LiftingLog
from adapters.formats.sheets import Sheet
from adapters.strong.rows import Layout, is_strong
from adapters.strong.units import proven_unit

if TYPE_CHECKING:
    from adapters.archive import Archive, Member
    from adapters.formats.sets import ReadRow

__all__ = ["strong"]

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
        "in older tables, whether a weight is kg or lb: without proof it stays in the details and is no load",
        "columns in other languages than English and German; measurements, which are not in the table",
    ),
    metrics=(),
)


def strong(weight_unit: str = "") -> LiftingLog:
    """Return the adapter; ``weight_unit`` ("kg" or "lb") holds for tables that do not say it."""

    def reader(sheet: Sheet, archive: Archive, member: Member) -> ReadRow:
        layout = Layout(sheet, weight_unit)
        return layout.told if layout.says_units else Layout(sheet, _proof(archive, member)).told

    return LiftingLog("strong", "1", _COVERAGE, is_strong, reader)


def _proof(archive: Archive, member: Member) -> str:
    """Return the unit that a table proves by its weights."""
    with archive.open(member) as stream:
        sheet = Sheet(stream)
        layout = Layout(sheet)
        return proven_unit(layout.weight(row) for _, row in sheet if not isinstance(row, str))
