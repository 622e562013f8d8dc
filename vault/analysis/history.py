"""``readiness_at`` and ``readiness_history``: from columns to one result a day.

The numbers of all days are computed at once; here each day's are put into words. Advice remembers
yesterday's, so days are gone through in order, from as far back as one still matters (``_told``). Nothing is
read from after the day asked for.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING

from vault.analysis.advice import Plan, advise
from vault.analysis.baseline import RULE
from vault.analysis.columns import FADE_DAYS, Columns, compute
from vault.analysis.felt import PERSON
from vault.analysis.felt import RULE as FELT
from vault.analysis.mornings import far_apart, morning_of, plan_before
from vault.analysis.nights import Inputs, inputs_hashes
from vault.analysis.parameters import algorithm, params_sha256
from vault.analysis.raised import raised
from vault.analysis.readiness import (
    Combined,
    Context,
    Contribution,
    Device,
    Disagreement,
    FeltScore,
    Missing,
    Readiness,
    SleepOnly,
)
from vault.analysis.reasons import contribution_text, reasons, say, unit
from vault.analysis.score import SCALE, band, label, shown_integers
from vault.analysis.terms import TERMS
from vault.analysis.training.form import FORM
from vault.errors import InputError

if TYPE_CHECKING:
    from datetime import date

    from vault.analysis.reasons import Beside
    from vault.analysis.terms import Term

__all__ = ["readiness_at", "readiness_history"]

_SETTLING_DAYS = 28
"""Within so many mornings yesterday's plan nearly always follows from them, whatever the one before them."""


def readiness_at(inputs: Inputs, day: date) -> Readiness:
    """Return the readiness of one wake date.

    Raises:
        InputError: When the day is not among the days of the inputs.
    """
    row = inputs.position(day)
    if not 0 <= row < len(inputs.days):
        raise InputError("a day outside of the recorded days", hint="ask for a day that has data")
    return _told(inputs, row, row)[0]


def readiness_history(inputs: Inputs, start: date, end: date) -> list[Readiness]:
    """Return the readiness of each wake date of the inputs from start to end, both included."""
    first, last = max(0, inputs.position(start)), min(len(inputs.days) - 1, inputs.position(end))
    return _told(inputs, first, last) if first <= last else []


def _told(inputs: Inputs, first: int, last: int) -> list[Readiness]:
    """Tell the days from first to last, from the whole past only where a part of it doesn't settle them."""
    known = inputs.before(last + 1)
    start = max(0, first - FADE_DAYS - _SETTLING_DAYS)
    return _told_from(known, start, first) or _told_from(known, 0, first)


def _told_from(known: Inputs, start: int, first: int) -> list[Readiness]:
    """Tell the days from ``first`` by what is known from ``start`` on; none if that leaves a plan open."""
    near, columns = known.rows(slice(start, None)), compute(known, start)
    settled = start + FADE_DAYS if start else 0
    mornings = (morning_of(near, columns, day) for day in range(settled - start, len(near.days)))
    plan = plan_before(islice(mornings, first - settled), from_the_first=not start)
    if plan is None:
        return []
    told = []
    for day, (morning, inputs_sha256) in enumerate(zip(mornings, inputs_hashes(known, first)), first - start):
        plan = advise(morning, plan)
        told.append(_readiness(near, columns, day, plan, inputs_sha256))
    return told


def _readiness(inputs: Inputs, columns: Columns, day: int, plan: Plan, inputs_sha256: str) -> Readiness:
    scored = bool(columns.scored[day])
    lines = _contributions(columns, day) if scored or columns.asleep[day] else ()
    score = float(columns.score[day]) if scored else None
    estimate = None if scored else _sleep_only(columns, day, lines)
    return Readiness(
        date=inputs.days[day].astype("datetime64[D]").item(),
        score=score,
        band=None if score is None else band(score),
        confidence=float(columns.confidence[day]) if scored else 0.0,
        label=_label(columns, day),
        anchor=SCALE.anchor,
        device=_device(inputs, columns, day) if scored else None,
        felt=_felt(inputs, columns, day),
        combined=_combined(inputs, columns, day),
        disagreement=_disagreement(columns, day),
        sleep_only=estimate,
        contributions=lines if scored else (),
        reasons=_no_score(inputs, columns, day, estimate)
        if score is None
        else reasons(lines, score, SCALE.anchor),
        missing=_missing(inputs, columns, day),
        flags=raised(columns, day),
        context=_context(columns, day),
        advice=plan.advice,
        algorithm=algorithm(),
        params_sha256=params_sha256(),
        inputs_sha256=inputs_sha256,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _contributions(columns: Columns, day: int) -> tuple[Contribution, ...]:
    """Return the parts of the day's score in the fixed order of the terms, the person's last."""
    points = columns.points[:, day].tolist()
    names = [*TERMS, *PERSON]
    present = [row for row, point in enumerate(points) if not math.isnan(point)]
    integers = shown_integers([points[row] for row in present], float(columns.score[day]))
    lines = []
    for row, shown in zip(present, integers):
        name = names[row]
        beside = (
            _person_beside(columns, name, day) if name in PERSON else _beside(columns.terms.each[name], day)
        )
        text = contribution_text(name, shown, beside, early=_early(columns, name, day))
        lines.append(Contribution(name, points[row], shown, *beside, unit(name), text))
    return tuple(lines)


def _early(columns: Columns, name: str, day: int) -> bool:
    """Whether a stand-in takes the place of the usual, which only sleep and feeling have."""
    if name == "felt":
        return bool(columns.felt.earlier[day] < FELT.min_checkins)
    return name == "sleep" and not columns.terms.vitals["sleep"].usual.known[day]


def _beside(term: Term, day: int) -> Beside:
    return float(term.observed[day]), float(term.usual[day]), float(term.low[day]), float(term.high[day])


def _person_beside(columns: Columns, name: str, day: int) -> Beside:
    felt, tested = columns.felt, columns.tested
    said = (felt.mean, felt.usual, felt.sd) if name == "felt" else (tested.speed, tested.usual, tested.sd)
    value, usual, sd = (float(column[day]) for column in said)
    return value, usual, usual - sd, usual + sd


def _sleep_only(columns: Columns, day: int, lines: tuple[Contribution, ...]) -> SleepOnly | None:
    if not columns.asleep[day]:
        return None
    return SleepOnly(
        score=float(columns.device_score[day]),
        s=float(columns.device.s[day]),
        coverage=float(columns.device.coverage[day]),
        confidence=float(columns.confidence[day]),
        contributions=lines,
    )


def _device(inputs: Inputs, columns: Columns, day: int) -> Device:
    hrv = math.isfinite(columns.terms.each["hrv"].value[day])
    return Device(
        score=float(columns.device_score[day]),
        s=float(columns.device.s[day]),
        coverage=float(columns.device.coverage[day]),
        stream=inputs.stream[columns.terms.vitals["hrv"].row[day]] if hrv else None,
        baseline_nights=int(columns.nights[day]),
    )


def _felt(inputs: Inputs, columns: Columns, day: int) -> FeltScore | None:
    if math.isnan(columns.felt.u[day]):
        return None
    answers = {name: float(inputs.checkin[name][day]) for name in FELT.items if name in inputs.checkin}
    items = {name: answer for name, answer in answers.items() if not math.isnan(answer)}
    return FeltScore(float(columns.felt_score[day]), items, int(columns.felt.earlier[day]))


def _combined(inputs: Inputs, columns: Columns, day: int) -> Combined | None:
    if not columns.blended[day]:
        return None
    return Combined(float(columns.score[day]), float(columns.s[day]), inputs.felt_weight)


def _disagreement(columns: Columns, day: int) -> Disagreement | None:
    device, felt = float(columns.device_score[day]), float(columns.felt_score[day])
    if not columns.blended[day] or not far_apart(columns, day):
        return None
    text = say("disagreement", "text", device=round(device), felt=round(felt))
    return Disagreement(device, felt, device - felt, text)


def _missing(inputs: Inputs, columns: Columns, day: int) -> tuple[Missing, ...]:
    return tuple(
        Missing(name, say("missing", key, have=term.have[day], since=_since(inputs, columns, name, day)))
        for name, term in columns.terms.each.items()
        if (key := str(term.missing[day]))
    )


def _since(inputs: Inputs, columns: Columns, name: str, day: int) -> str:
    """Return the first day of the stream that speaks for a vital, "" for other terms."""
    vital = columns.terms.vitals.get(name)
    return "" if vital is None else str(inputs.days[vital.since[day]].astype("datetime64[D]"))


def _label(columns: Columns, day: int) -> str:
    if columns.scored[day]:
        return label(float(columns.confidence[day]))
    nights = int(columns.nights[day])
    return f"collecting, {nights} of {RULE.min_nights}" if nights < RULE.min_nights else "no score"


def _no_score(inputs: Inputs, columns: Columns, day: int, estimate: SleepOnly | None) -> tuple[str, ...]:
    """Say why there is no score, and what sleep alone would say."""
    keys = {str(columns.terms.each[name].missing[day]): name for name in ("rhr", "hrv")}
    few = columns.nights[day] < RULE.min_nights
    key = next((one for one in ("stale", "new_stream") if one in keys), "collecting" if few else "absent")
    since = _since(inputs, columns, keys.get(key, ""), day)
    told = [say("no_score", key, have=columns.nights[day], since=since)]
    if estimate:
        told.append(say("no_score", "sleep_only", score=round(estimate.score)))
        told.extend(reasons(estimate.contributions, estimate.score, SCALE.anchor))
    return tuple(told)


def _context(columns: Columns, day: int) -> Context:
    guessed = columns.guessed_share[day]
    basis = {0.0: "heart_rate", 1.0: "duration"}.get(float(guessed), "mixed")
    return Context(
        form=_number(columns.form[day]),
        acwr_note=_load_note(float(columns.load_change[day])),
        sri=None,
        debt_h=_number(columns.terms.each["debt"].observed[day]),
        need_min=float(columns.terms.need_min[day]),
        load_basis=None if math.isnan(guessed) else basis,
    )


def _load_note(change: float) -> str | None:
    if math.isnan(change) or abs(change) < FORM.notable_change:
        return None
    return say(
        "context",
        "load_change",
        percent=round(100 * abs(change)),
        direction="above" if change > 0 else "below",
    )
