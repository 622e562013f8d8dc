"""Reads sleeps, recoveries and cycles: what WHOOP measured of the night, and what it makes of the day.

The idea: a cycle runs from falling asleep to falling asleep, so it is of the day of waking, and so is the
recovery it begins with. Sleeps are read first; who says the same sleep again is not heard twice. WHOOP's HRV
is RMSSD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.formats.clocks import local_day, part_on
from adapters.formats.counting import Unused
from adapters.tables import table
from vault.records import Origin, Record, Score, SleepSession
from vault.time import DAY_NS, HOUR_NS, date_of_day

if TYPE_CHECKING:
    from adapters.formats.batches import Batches
    from adapters.formats.clocks import Zone
    from adapters.whoop.said import Said, Span

__all__ = ["ADAPTER", "BAD_DATE", "ORIGIN", "Nights", "Records", "fault_of"]

ADAPTER = "whoop"
ORIGIN = Origin("WHOOP", ADAPTER, app="whoop")

_HALF_DAY_NS = 12 * HOUR_NS
_LONGEST_NS = 3 * DAY_NS
"""No sleep, workout or cycle is longer."""
_DETAILS = (
    "asleep_min", "in_bed_min", "light_min", "deep_min", "rem_min", "awake_min", "no_data_min",
    "sleep_cycles", "disturbances",
)  # fmt: skip
_OF_NIGHT = ("sleep", "recovery")
"""Parts whose samples are means of a whole night."""
Records = list[Record] | Unused
BAD_DATE, UNSCORED = Unused("bad-date", "rejected"), Unused("unscored")


def fault_of(span: Span) -> Unused | None:
    """Return why a span can't be used, or None."""
    if span[1] - span[0] > _LONGEST_NS:
        return BAD_DATE
    return Unused("end-before-start", "rejected") if span[1] < span[0] else None


@dataclass
class Nights:
    """The nights of one export; what belongs together is found by ids, else by where it begins."""

    batches: Batches
    home: Zone | None
    _keys: set[str] = field(default_factory=set)
    _sleeps: dict[object, Span] = field(default_factory=dict)
    _cycles: dict[str, Span] = field(default_factory=dict)

    def sleep(self, said: Said) -> Records:
        """Return a sleep or nap, or why there is none."""
        span = said.span("sleep")
        if span is None:
            return BAD_DATE
        if fault := fault_of(span):
            return fault
        if "asleep_min" not in said.numbers or not said.is_scored:
            return UNSCORED
        key = said.key(span[0])
        if key in self._keys:
            return Unused("same-sleep", "repeated")
        self._keys.add(key)
        details = {name: said.numbers[name] for name in _DETAILS if name in said.numbers}
        is_nap = bool(said.flag("nap"))
        found: list[Record] = [SleepSession(key, *span, ORIGIN, is_nap=is_nap, details=details)]
        day = local_day(span[1], self.home, span[2])
        if is_nap:
            self._tell("nap", said, day, span, found)
        else:
            self._remember(said, span)
            self._tell("sleep", said, day, part_on(day, span, self.home), found)
        return found

    def _remember(self, said: Said, span: Span) -> None:
        self._sleeps[span[0]] = span
        for name in ("id", "cycle_id"):
            if name in said.words:
                self._sleeps[name, said.words[name]] = span

    def cycle(self, said: Said) -> Records:
        """Return what WHOOP says of a cycle and, in its table, of the sleep and recovery it begins with."""
        start, span = said.moments.get("cycle_start"), said.span("cycle")
        if start is None:
            return BAD_DATE
        if span is not None and (fault := fault_of(span)):
            return fault
        sleep = self._sleep_of(said, start[0])
        told = self.sleep(said) if "sleep_start" in said.moments else UNSCORED
        found = [] if isinstance(told, Unused) else told
        whole = span or (start[0], *start)
        day = self._day_of(sleep, whole)
        if "id" in said.words:
            self._cycles[said.words["id"]] = whole
        is_told = self._tell("recovery", said, day, part_on(day, sleep or whole, self.home), found)
        if span is not None and said.is_scored:  # sums of a cycle that goes on are not its sums
            is_told |= self._tell("cycle", said, day, part_on(day, span, self.home), found)
        return found if is_told or found else UNSCORED

    def _sleep_of(self, said: Said, start: int) -> Span | None:
        """Return the sleep that a cycle says, else that of its id, else that which begins with it."""
        span = said.span("sleep")
        if span is not None and fault_of(span) is None:
            return span
        return self._sleeps.get(("cycle_id", said.words.get("id"))) or self._sleeps.get(start)

    def recovery(self, said: Said) -> Records:
        """Return a recovery of the API, or why there is none; it names its sleep and cycle, not its time."""
        if not said.is_scored:
            return UNSCORED
        names = (("id", said.words.get("sleep_id")), ("cycle_id", said.words.get("cycle_id")))
        made = said.moments.get("made")  # soon after waking
        sleep = next((self._sleeps[name] for name in names if name in self._sleeps), None)
        whole = sleep or self._cycles.get(said.words.get("cycle_id", ""))
        if whole is None:
            if made is None:
                return BAD_DATE
            whole = sleep = made[0], *made
        day = self._day_of(sleep, whole)
        found: list[Record] = []
        return found if self._tell("recovery", said, day, part_on(day, whole, self.home), found) else UNSCORED

    def _day_of(self, sleep: Span | None, cycle: Span) -> int:
        """Return the day of waking; for want of a sleep, that of twelve hours after the cycle's start."""
        if sleep is not None:
            return local_day(sleep[1], self.home, sleep[2])
        return local_day(cycle[0] + _HALF_DAY_NS, self.home, cycle[2])

    def _tell(self, part: str, said: Said, day: int, span: Span, found: list[Record]) -> bool:
        """Add a part's scores to ``found`` and its samples to ``batches``; return whether there are any."""
        note: dict[str, object] | None = None
        if part in _OF_NIGHT:
            note = {"night": date_of_day(day).isoformat(), "window": "night"}
            note |= {"calibrating": True} if said.flag("calibrating") else {}
        is_told = False
        for row in (row for row in table("adapters.whoop", "fields.csv") if row["part"] == part):
            value = said.numbers.get(row["key"])
            if value is None or value < float(row["least"]):
                continue
            is_told = True
            if row["becomes"] == "score":
                value = round(value, int(row["decimals"]))
                found.append(Score(day, ORIGIN, row["name"], value, row["unit"]))
            else:
                self.batches.add(row["name"], *span, value, ORIGIN, note=note, unit=row["unit"])
        return is_told
