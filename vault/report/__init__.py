"""The report: one offline page of a person's days, made of what a reader is told and nothing else.

``page`` asks a ``Readable``, the owner's vault or a grantee's view, section by section. Each section is a few
blocks (``blocks``), charts are static SVG (``charts``), words, colours and style stand in tables. The page
loads nothing and runs nothing.
"""

from __future__ import annotations

from vault.report.page import page

__all__ = ["page"]
