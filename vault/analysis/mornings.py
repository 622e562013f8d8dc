"""What the rules of advice look at, taken from one day's column, and the plan that mornings leave.

Scores become the integers people see, so that a rule never contradicts the number beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, get_args

from vault.analysis.advice import ADVICE, Morning, Plan, advise
from vault.analysis.felt import PERSON
from vault.analysis.felt import RULE as FELT
from vault.analysis.readiness import Advice, Kind
from vault.analysis.reasons import number
from vault.analysis.terms import TERMS

if TYPE_CHECKING:
    from vault.analysis.columns import Columns
    from vault.analysis.nights import Inputs
    from vault.analysis.terms import Term

__all__ = ["far_apart", "morning_of", "plan_before", "strained"]


def strained(columns: Columns, day: int) -> tuple[str, ...]:
    """Name the signals of the body-under-strain flag, none where it is not raised."""
    if not columns.strained[day]:
        return ()
    return tuple(name for name, signal in columns.signals.items() if signal[day])


def far_apart(columns: Columns, day: int) -> bool:
    """Whether device and feeling are too far apart to be told as one number."""
    return bool(abs(columns.device_score[day] - columns.felt_score[day]) >= FELT.disagreement)


def morning_of(inputs: Inputs, columns: Columns, day: int) -> Morning:
    """Return the facts of one morning."""
    scored, blended = columns.scored[day], columns.blended[day]
    felt = columns.felt_score[day]
    trend = columns.terms.each["hrv_trend"]
    debt = float(columns.terms.each["debt"].observed[day])
    return Morning(
        device=round(columns.device_score[day]) if scored else None,
        felt=None if math.isnan(felt) else round(felt),
        combined=round(columns.score[day]) if blended else None,
        disagree=bool(blended and far_apart(columns, day)),
        trend=_trend(trend, day),
        debt_h=None if math.isnan(debt) else debt,
        strained=strained(columns, day),
        paused=bool(
            columns.strained[max(0, day - ADVICE.pause_days) : day + 1].any() or columns.overtraining[day]
        ),
        pain=bool(inputs.ticked("pain")[day]),
        illness=bool(inputs.ticked("illness")[day]),
        unsettled="travel"
        if inputs.ticked("travelled")[day]
        else "shift"
        if inputs.ticked("night_shift")[day]
        else "",
        moved_down=_moved(columns, day, sign=-1),
        moved_up=_moved(columns, day, sign=1),
        trend_low="" if trend.missing[day] else number("hrv_trend", float(trend.low[day])),
    )


def plan_before(mornings: Iterable[Morning], *, from_the_first: bool) -> Plan | None:
    """Return the plan after some mornings, None where it depends on what was before them.

    Plans forget: after a few mornings all that could have been before lead to the same one.
    """
    plans = [Plan()] if from_the_first else _all_plans()
    for morning in mornings:
        plans = list(dict.fromkeys(advise(morning, plan) for plan in plans))
    return plans[0] if len(plans) == 1 else None


def _all_plans() -> list[Plan]:
    """Return every plan there may be. Their texts are empty: one that is still told is not the only one."""
    known = [Advice(kind, "", (), "", "") for kind in get_args(Kind)]
    return [
        Plan(advice, changed=changed, was_low=low)
        for advice in (None, *known)
        for changed in (False, True)
        for low in (False, True)
    ]


def _trend(trend: Term, day: int) -> str | None:
    """Say where the seven-night HRV stands to the band of the smallest worthwhile change."""
    if trend.missing[day]:
        return None
    seen = trend.observed[day]
    return "below" if seen < trend.low[day] else "above" if seen > trend.high[day] else "inside"


def _moved(columns: Columns, day: int, *, sign: int) -> tuple[str, ...]:
    """Name the terms that moved the score one point or more in one direction, the strongest first."""
    points = zip(columns.points[:, day].tolist(), (*TERMS, *PERSON))
    moved = [(sign * point, name) for point, name in points if sign * point >= 1]
    return tuple(name for _, name in sorted(moved, key=lambda one: -one[0]))
