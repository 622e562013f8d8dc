"""What today's plan could become: an ordered list of rules, the first that holds decides.

Decision support only. The person's feeling decides about resting, the lower of the two scores about
going harder, and a tick at pain or illness about everything. A step up waits when the plan changed
yesterday; a step down never does. After a flight and in weeks with night shifts the trend of HRV moves with
the clock: it is not read then (A8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vault.analysis.parameters import ScoreRule, document, table
from vault.analysis.readiness import Advice, Kind

__all__ = ["ADVICE", "Morning", "Plan", "advise"]


@dataclass(frozen=True, slots=True)
class AdviceRule:
    """The thresholds of the rules, and the rules in their order with the kind of advice each gives."""

    very_low: int
    debt_h: float
    pause_days: int
    rules: dict[str, Kind]


ADVICE = table("advice", AdviceRule)
_SCALE = table("score", ScoreRule)
_STEPS: tuple[Kind, ...] = ("rest_suggested", "ease", "as_planned", "room_to_push")
_TICKS = ("illness", "pain")


@dataclass(frozen=True, slots=True)
class Morning:
    """What the rules look at. Scores are the integers people see, None where there is none.

    ``trend`` is where the seven-night HRV stands to its band; ``moved`` names the terms that moved the
    score down and up, the strongest first; ``strained`` those of the body-under-strain flag; ``unsettled``
    says why the clock tells little of the body ("travel", "shift"), "" where it does.
    """

    device: int | None
    felt: int | None
    combined: int | None
    disagree: bool
    trend: str | None
    debt_h: float | None
    strained: tuple[str, ...]
    paused: bool
    pain: bool
    illness: bool
    unsettled: str = ""
    moved_down: tuple[str, ...] = ()
    moved_up: tuple[str, ...] = ()
    trend_low: str = ""

    @property
    def resting(self) -> int | None:
        """The score that decides about resting: the felt one where the two disagree."""
        if self.disagree:
            return self.felt
        return self.felt if self.device is None else self.pushing

    @property
    def lowest(self) -> int | None:
        """The score that may call for ease by itself."""
        return self.felt if self.disagree or self.device is None else self.device

    @property
    def pushing(self) -> int | None:
        """The score that decides about going harder: the lower one where the two disagree."""
        if self.disagree and self.device is not None and self.felt is not None:
            return min(self.device, self.felt)
        return self.device if self.combined is None else self.combined

    @property
    def feels_low(self) -> bool:
        """Whether the person says so."""
        return self.felt is not None and self.felt < _SCALE.low

    @property
    def in_debt(self) -> bool:
        """Whether sleep comes before any change of training."""
        return self.debt_h is not None and self.debt_h > ADVICE.debt_h


@dataclass(frozen=True, slots=True)
class Plan:
    """The state from one morning to the next."""

    advice: Advice | None = None
    changed: bool = False
    was_low: bool = False


def advise(morning: Morning, yesterday: Plan) -> Plan:
    """Return today's plan; its advice is None on a morning that nothing is known about."""
    resting = morning.resting
    low = resting is not None and resting < _SCALE.low
    told = next((rule for rule in ADVICE.rules if _HOLDS[rule](morning, low and yesterday.was_low)), None)
    if told is None:
        return Plan(was_low=low)
    advice = _advice(told, morning, low=low)
    before = yesterday.advice
    if before is None:
        return Plan(advice, was_low=low)
    step_up = _STEPS.index(advice.kind) > _STEPS.index(before.kind)
    if yesterday.changed and step_up and told not in _TICKS:
        return Plan(_held(before), was_low=low)
    return Plan(advice, changed=advice.kind != before.kind, was_low=low)


def _a1(morning: Morning, twice_low: bool) -> bool:  # noqa: FBT001
    return twice_low or (morning.lowest is not None and morning.lowest < ADVICE.very_low)


def _by_trend(morning: Morning) -> bool:
    """Whether the trend of HRV alone would change the plan (A2, A7)."""
    return morning.trend == "below" or (morning.trend == "above" and morning.feels_low)


def _a4(morning: Morning, _: bool) -> bool:  # noqa: FBT001
    pushing = morning.pushing
    barred = morning.feels_low or morning.paused or morning.in_debt
    return pushing is not None and pushing >= _SCALE.high and not barred


_HOLDS: dict[str, Callable[[Morning, bool], bool]] = {
    "illness": lambda morning, _: morning.illness,
    "pain": lambda morning, _: morning.pain,
    "A5": lambda morning, _: bool(morning.strained),
    "A1": _a1,
    "A8": lambda morning, _: bool(morning.unsettled) and _by_trend(morning),
    "A2": lambda morning, _: morning.trend == "below",
    "A7": lambda morning, _: morning.trend == "above" and morning.feels_low,
    "A6": lambda morning, _: morning.in_debt,
    "A4": _a4,
    "A3": lambda morning, _: morning.resting is not None,
}


def _advice(rule: str, morning: Morning, *, low: bool) -> Advice:
    words = document("wording.toml")["advice"]
    key = "A3_low" if rule == "A3" and low else f"A8_{morning.unsettled}" if rule == "A8" else rule
    text, because = _filled(words[key]["text"], morning), _because(rule, morning)
    if morning.in_debt and rule in ("A1", "A2", "A7"):
        text, because = f"{_filled(words['A6']['text'], morning)} {text}", (*because, "debt")
    return Advice(ADVICE.rules[rule], text, because, rule, _filled(words[key]["undo"], morning))


def _filled(text: str, morning: Morning) -> str:
    return text.format(debt=f"{morning.debt_h or 0:.1f}", trend_low=morning.trend_low)


def _because(rule: str, morning: Morning) -> tuple[str, ...]:
    fired: dict[str, Sequence[str]] = {
        "illness": ["illness"],
        "pain": ["pain"],
        "A5": morning.strained,
        "A1": morning.moved_down,
        "A8": [morning.unsettled],
        "A2": ["hrv_trend"],
        "A7": ["hrv_trend", "felt"],
        "A6": ["debt"],
        "A4": morning.moved_up,
    }
    return tuple(dict.fromkeys(fired.get(rule, ())))


def _held(before: Advice) -> Advice:
    words: dict[str, Any] = document("wording.toml")["advice"]
    return Advice(before.kind, words["held"], before.because, before.rule, words["held_undo"])
