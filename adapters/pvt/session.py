"""What the trials of one session say: reaction times, and how awake somebody was.

The idea: the trials are kept; beside them stands what the literature counts of a session. A reaction faster
than 100 ms is a false start, whatever it is called. A lapse is 500 ms or more in the test of ten minutes, and
355 ms or more in the short one (PVT-B, Basner 2011). The speed of responding is the mean of 1000/ms over the
valid ones. Screens and mice add 20 to 100 ms, so sessions compare within one device only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from vault.time import MILLISECOND_NS, MINUTE_NS

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from vault.records import Origin

__all__ = ["FALSE_START", "HIT", "TIMEOUT", "Session", "Trial"]

HIT, FALSE_START, TIMEOUT = "hit", "false_start", "timeout"
_FASTEST_MS = 100.0
_SHORT_NS = 5 * MINUTE_NS
_LAPSE_MS = {True: 355.0, False: 500.0}


@dataclass(frozen=True, slots=True)
class Trial:
    """One stimulus: how long it was waited for and how long the answer took, in ms; None without answer."""

    number: float
    wait_ms: float
    reaction_ms: float | None
    outcome: str

    @property
    def is_valid(self) -> bool:
        """Whether it was an answer to the stimulus."""
        return self.outcome == HIT and self.reaction_ms is not None and self.reaction_ms >= _FASTEST_MS

    @property
    def is_false_start(self) -> bool:
        """Whether it was too early to be an answer."""
        too_fast = self.reaction_ms is not None and self.reaction_ms < _FASTEST_MS
        return self.outcome == FALSE_START or (self.outcome == HIT and too_fast)


@dataclass(frozen=True, slots=True)
class Session:
    """The trials of a session that began at ``start`` (UTC ns)."""

    name: str
    start: int
    offset_min: int
    origin: Origin
    trials: Sequence[Trial]

    def gather(self, batches: Batches) -> None:
        """Gather each valid reaction at its moment, and the session's figures over its length."""
        at, speeds, times = self.start, [], []
        for trial in sorted(self.trials, key=lambda one: one.number):
            at += round((trial.wait_ms + (trial.reaction_ms or 0.0)) * MILLISECOND_NS)
            if trial.is_valid and trial.reaction_ms is not None:
                times.append(trial.reaction_ms)
                speeds.append(1_000 / trial.reaction_ms)
                note = {"session": self.name, "trial": trial.number}
                batches.add(
                    "reaction_time", at, at, self.offset_min, trial.reaction_ms, self.origin, note=note
                )
        lapse_ms = _LAPSE_MS[at - self.start < _SHORT_NS]
        figures: dict[str, tuple[float, str]] = {
            "lapses": (sum(time >= lapse_ms for time in times) + self._count(TIMEOUT), "{count}"),
            "false_starts": (sum(trial.is_false_start for trial in self.trials), "{count}"),
        }
        if times:
            figures |= {"response_speed": (fmean(speeds), "/s"), "median": (median(times), "ms")}
        note = {"lapse_ms": lapse_ms, "session": self.name, "valid": len(times)}
        self._add(batches, figures, at, note)

    def _count(self, outcome: str) -> int:
        return sum(trial.outcome == outcome for trial in self.trials)

    def _add(
        self, batches: Batches, figures: Mapping[str, tuple[float, str]], end: int, note: Mapping[str, object]
    ) -> None:
        for name, (value, unit) in figures.items():
            batches.add(
                f"pvt:{name}", self.start, end, self.offset_min, value, self.origin, note=note, unit=unit
            )
