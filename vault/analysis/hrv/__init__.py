"""HRV from heartbeats: which beats to trust, what a night of them says, and how a week compares.

    accepted(rr_ms)                     which beats are no artefacts
    nightly(start, rr_ms, night, ...)   RMSSD of each night, with how much of it was left out
    statistics(rr_ms)                   mean RR, RMSSD, SDNN and pNN50 of one recording

How it is computed is in ``docs/explanation/hrv.md``. RMSSD and SDNN are never converted into each other.
"""

from __future__ import annotations

from vault.analysis.hrv.artefacts import accepted
from vault.analysis.hrv.segments import Nights, Reading, nightly, reading
from vault.analysis.hrv.statistics import Statistics, statistics

__all__ = ["Nights", "Reading", "Statistics", "accepted", "nightly", "reading", "statistics"]
