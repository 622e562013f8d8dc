"""The analysis of one day for a grantee: zones, need, debt and rhythm of sleep, flags and offers.

Each looks at many days, and all of them have to be granted, of all devices. Sentences are said anew of the
rounded numbers, or they would tell what was rounded away. Flags and offers name no single input, so they take
a grant for whatever they may tell of, and come without the numbers behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from policies import cut, scores, tables, training
from policies.analysis import DAILY, unlimited
from policies.derived import everything
from policies.gate import Ask, Gate, Permit
from policies.precision import round_to
from vault.errors import AccessDenied
from vault.moment import day
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis.readiness import Flag
    from vault.analysis.sleep.balance import SleepDebt
    from vault.analysis.sleep.rhythm import SleepRhythm
    from vault.analysis.strength.offers import Offer
    from vault.readable import Moment

__all__ = ["flags", "newest", "sleep_debt", "sleep_rhythm", "strength_offers", "zones"]

_SCORE = Ask("readiness_score", DAILY)
_PLAIN = {
    *("date", "sri_days", "free_nights", "work_nights", "jet_lag_basis", "latency_measured", "bedtime_held"),
    *("suspended", "missing", "texts"),
}
_CLOCK = {"wake_target", "bedtime_earliest", "bedtime_latest", "bedtime_usual", "caffeine_cutoff"}
_LENGTHS = {"social_jet_lag_h", "caffeine_cutoff_h"}
"""Hours that are no hours of the clock."""


class _OfADay(Protocol):
    @property
    def date(self) -> date: ...


_Found = TypeVar("_Found", bound=_OfADay)


def newest(read: Callable[[Moment | None], _Found], on: Moment | None, needed: Sequence[Permit]) -> _Found:
    """Return the owner's result of a day, of the newest granted and begun one where none is named."""
    told = read(cut.ended(needed) if on is None else on)
    return read(needed[0].today) if on is None and told.date > needed[0].today else told


def _of_a_day(read: Callable[[Moment | None], _Found], on: Moment | None, needed: Sequence[Permit]) -> _Found:
    """Return the owner's result of a day, the newest granted by default.

    Raises:
        AccessDenied: that day, or one of those that it is compared with, is not granted.
    """
    told = newest(read, on, needed)
    _check(cut.settled([told.date], needed)[0])
    return told


def _check(granted: object) -> None:
    if not granted:
        raise AccessDenied(
            "not everything behind this is granted",
            hint="ask for a grant that begins earlier, or without a first day, and is of all devices",
        )


def zones(gate: Gate, on: Moment | None) -> pd.DataFrame:
    """Return the zones of heart rate, of power, or both; today's ceiling where advice would be told."""
    made = tables.data("categories")["zones"]
    needs = {kind: (made["year"][kind], made["ever"][kind]) for kind in made["ever"]}
    names = sorted({name for pair in needs.values() for part in pair for name in part})
    advice = [_SCORE, *_daily(everything())]
    permits = gate.open("zones", (), [*_daily(names), *advice], start=on, end=on)
    chosen = _day(gate, on, [permits[name] for name in names if name in permits])

    def granted(of: Iterable[str], before: int | None) -> bool:
        needed = [permits[name] for name in of if name in permits]
        return len(needed) == len([*of]) and bool(cut.granted([chosen], needed, before=before)[0])

    kinds = [
        kind
        for kind, (year, ever) in needs.items()
        if granted(year, made["days_before"]) and granted(ever, None)
    ]
    kinds = [kind for kind in kinds if not _withheld(permits, needs[kind][1])]
    _check(kinds)
    seen = [permits[ask.category] for ask in advice if ask.category in permits]
    today = ["today"] if len(seen) == len(advice) and cut.settled([chosen], seen)[0] else []
    frame = gate.owner.zones(chosen)
    rows = frame[frame["kind"].isin(kinds)]
    told = cut.only(rows, ["kind", "zone", "name", "low", "high", "unit", "estimated", *today])
    steps = {kind: tables.category([*year, *ever][0]).rounding for kind, (year, ever) in needs.items()}
    for side in ("low", "high"):
        limits = [_rounded(value, steps[kind]) for kind, value in zip(told["kind"], told[side])]
        told[side] = np.array(limits, object)  # None stays what it says: open
    return told


def _daily(names: Iterable[str]) -> list[Ask]:
    return [Ask(name, DAILY) for name in sorted(names)]


def _withheld(permits: Mapping[str, Permit], ever: Iterable[str]) -> bool:
    """Whether zones may rest on what a profile states, and that tells of something withheld."""
    statements = tables.data("categories")["zones"]["statements"] if "vendor_scores" in ever else []
    withheld = {name for permit in permits.values() for name in scores.kept_back(permit)}
    return any(scores.is_withheld(name, withheld) for name in statements)


def _day(gate: Gate, on: Moment | None, permits: Sequence[Permit]) -> date:
    """Return the day asked for, else the last granted one, else today."""
    asked = day(on, gate.owner.home_zone)
    if asked is not None:
        return date_of_day(asked)
    return cut.ended(permits) or gate.owner.clock().astimezone(gate.owner.home_zone).date()


def _rounded(value: float | None, step: float | None) -> float | None:
    return None if value is None else float(round_to(value, step))


def sleep_debt(gate: Gate, on: Moment | None) -> SleepDebt:
    """Return need and debt of sleep, rounded, and the sentence of that."""
    from vault.analysis.sleep.balance import sentence

    asks = _daily(["sleep_duration"])
    needed = unlimited(gate.open("sleep_debt", asks, start=on, end=on), asks)
    told = _of_a_day(gate.owner.sleep_debt, on, needed)
    steps = tables.data("precision")["analysis"]["debt"]
    rounded: dict[str, Any] = {name: _rounded(getattr(told, name), step) for name, step in steps.items()}
    coarse = replace(told, **rounded)
    return replace(coarse, text=sentence(coarse))


def sleep_rhythm(gate: Gate, on: Moment | None) -> SleepRhythm:
    """Return the rhythm of sleep to the quarter hour, and the sentences of that.

    Caffeine, which tells of single drinks and their hours, stands in it where it is granted by the hour.
    """
    from vault.analysis.sleep.telling import texts

    asks = [Ask("sleep_times", training.ROWS), *_daily(["sleep_duration", "sleep_latency"])]
    permits = gate.open("sleep_rhythm", asks, [Ask("caffeine", ("raw", "hourly"))], start=on, end=on)
    told = _of_a_day(gate.owner.sleep_rhythm, on, unlimited(permits, asks))
    drinks = [permits["caffeine"]] if "caffeine" in permits else []
    if not (drinks and cut.settled([told.date], drinks)[0]):
        told = _without_caffeine(told)
    coarse = replace(
        told, **{field.name: _coarse(field.name, getattr(told, field.name)) for field in fields(told)}
    )
    return replace(coarse, texts=texts(coarse))


def _without_caffeine(told: SleepRhythm) -> SleepRhythm:
    """Return a rhythm as of somebody of whose drinks nothing is known, and nothing said about them."""
    from vault.analysis.sleep.caffeine import RULE, cutoff_h

    suspended, missing = (
        tuple(one for one in lines if not one.term.startswith("caffeine"))
        for lines in (told.suspended, told.missing)
    )
    return replace(
        told,
        caffeine_dose_mg=RULE.cup_mg,
        caffeine_cutoff_h=cutoff_h(RULE.cup_mg),
        caffeine_cutoff=None,
        caffeine_mg=None,
        caffeine_residual_mg=None,
        suspended=suspended,
        missing=missing,
    )


def _coarse(name: str, value: Any) -> Any:
    """Return a field of a rhythm as coarse as it is told; one that nobody thought about can't be rounded."""
    if value is None or name in _PLAIN:
        return value
    quarter = tables.data("precision")["clock"]["minutes"] / 60
    if name in _CLOCK:
        from vault.analysis.sleep.clock import clock_text

        return clock_text(float(round_to(int(value[:2]) + int(value[3:]) / 60, quarter)))
    if name.endswith("_h"):
        hours = float(round_to(value, quarter))
        return hours if name in _LENGTHS else hours % 24
    return _rounded(value, tables.data("precision")["analysis"]["rhythm"].get(name))


def flags(gate: Gate, on: Moment | None) -> tuple[Flag, ...]:
    """Return the patterns worth a look, without the numbers behind them."""
    asks = [_SCORE, *_daily(everything())]
    needed = unlimited(gate.open("flags", asks, start=on, end=on), asks)
    found = _of_a_day(gate.owner.readiness, on, needed)
    return tuple(replace(flag, evidence=()) for flag in found.flags)


def strength_offers(gate: Gate, on: Moment | None) -> tuple[Offer, ...]:
    """Return what strength training suggests, without the numbers behind it; it looks at all sets."""
    asks = [_SCORE, *_daily(everything())]
    permits = gate.open("strength_offers", asks, start=on, end=on)
    needed = unlimited(permits, asks)
    chosen = _of_a_day(gate.owner.readiness, on, needed).date
    sets = cut.granted([chosen], [permits["strength_set"]], before=None)
    _check(sets[0])
    return tuple(replace(offer, evidence=()) for offer in gate.owner.strength_offers(chosen))
