"""Readiness v1: a score with exact reasons, computed from a person's own past and nothing later.

    inputs = inputs_from(readable, until=day)     what is known, as columns
    readiness_at(inputs, day)                     one morning
    readiness_history(inputs, start, end)         many, computed together

How it is computed, and how little it claims, is in ``docs/explanation/readiness.md``.
"""

from __future__ import annotations

from vault.analysis.history import readiness_at, readiness_history
from vault.analysis.inputs import inputs_from
from vault.analysis.nights import Inputs, Stream
from vault.analysis.readiness import Readiness

__all__ = ["Inputs", "Readiness", "Stream", "inputs_from", "readiness_at", "readiness_history"]
