"""Sleep: how long and of which stages, when, how regular, what is owed, and when to go to bed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.report.asking import column, days_of, told
from vault.report.blocks import Fact, Facts, Figure, Notes, Section
from vault.report.charts.canvas import Caption
from vault.report.charts.nights import STAGES, clock, stages
from vault.report.wording import hours, say
from vault.time import day_of_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.sleep.balance import SleepDebt
    from vault.analysis.sleep.rhythm import SleepRhythm
    from vault.report.asking import Asked
    from vault.report.blocks import Block

__all__ = ["section"]

_NIGHTS = 30
_DAY = 24 * 60
_ROUNDED = 0.05


def section(asked: Asked) -> Section | None:
    """Return the section; None if nothing of sleep is told."""
    debt = told(asked.source.sleep_debt, asked.day)
    rhythm = told(asked.source.sleep_rhythm, asked.day)
    charts = list(_charts(asked, debt))
    debt = debt if debt is not None and debt.nights else None
    rhythm = rhythm if rhythm is not None and _is_known(rhythm) else None
    blocks = [*charts, *_facts(debt, rhythm), *_words(debt, rhythm)]
    return Section("sleep", say("sleep", "title"), blocks, say("sleep", "lead")) if blocks else None


def _is_known(rhythm: SleepRhythm) -> bool:
    return rhythm.sri is not None or rhythm.midsleep_h is not None or bool(rhythm.suspended)


def _charts(asked: Asked, debt: SleepDebt | None) -> Iterator[Block]:
    frame = asked.frame(asked.source.sleep, "date")
    first = day_of_date(asked.first_of(_NIGHTS))
    frame = None if frame is None else frame[days_of(frame) >= first]
    if frame is None or frame.empty:
        return
    span = first, asked.span[1]
    if np.isfinite(column(frame, "asleep_min")).any():
        yield _stages(frame, span, None if debt is None else debt.need_min)
    if {"start", "end", "utc_offset_min"} <= {*frame.columns}:
        yield from _clock(frame, span)


def _stages(frame: pd.DataFrame, span: tuple[int, int], need_min: float | None) -> Figure:
    """Draw each day's sleeps together; what no stage is known of is asleep all the same."""
    day, which = np.unique(days_of(frame), return_inverse=True)

    def of_days(name: str) -> NDArray[np.float64]:
        return np.bincount(which, np.nan_to_num(column(frame, name)), len(day)).astype(np.float64)

    minutes = {stage: of_days(f"{stage}_min") for stage in ("deep", "rem", "light", "awake")}
    asleep = of_days("asleep_min")
    staged = minutes["deep"] + minutes["rem"] + minutes["light"]
    # A view rounds stages and total apart: what is left of that is no time without a stage.
    minutes["unstaged"] = np.where(asleep - staged > _ROUNDED * asleep, asleep - staged, 0.0)
    title = say("sleep", "stages")
    point = say(
        "sleep", "stages_point", mean=hours(float(asleep.mean())), n=len(day), span=span[1] - span[0] + 1
    )
    names = () if need_min is None else (say("sleep", "need"), hours(need_min))
    svg = stages(Caption("stages", title, point), day, minutes, span, need_min, names)
    key = [(colour, say("sleep.names", name)) for name, colour in STAGES.items() if minutes[name].any()]
    return Figure(title, point, svg, key)


def _clock(frame: pd.DataFrame, span: tuple[int, int]) -> Iterator[Block]:
    """Draw when sleeps were by the clock of their place; one of no known place is left out."""
    placed = frame[frame["utc_offset_min"].notna()]
    if placed.empty:
        return
    day = days_of(placed)
    offset = placed["utc_offset_min"].to_numpy(np.float64)
    begin, end = (
        placed[edge].dt.tz_localize(None).to_numpy("datetime64[s]").astype(np.int64) / 60
        + offset
        - day * _DAY
        for edge in ("start", "end")
    )
    nap = placed["is_nap"].to_numpy(bool) if "is_nap" in placed.columns else np.zeros(len(day), bool)
    nights = ~nap if (~nap).any() else nap
    title = say("sleep", "clock")
    low, middle, high = np.percentile(begin[nights], [25, 50, 75])
    point = say(
        "sleep",
        "clock_point",
        start=_at(middle),
        end=_at(float(np.median(end[nights]))),
        spread=hours(high - low),
    )
    svg = clock(Caption("clock", title, point), day, begin, end, nap, span)
    key = [("dream", say("sleep.names", "night"))]
    yield Figure(title, point, svg, [*key, *([("light", say("sleep.names", "nap"))] if nap.any() else [])])


def _at(minute: float) -> str:
    hour, rest = divmod(round(minute) % _DAY, 60)
    return f"{hour:02d}:{rest:02d}"


def _facts(debt: SleepDebt | None, rhythm: SleepRhythm | None) -> Iterator[Block]:
    facts = []
    if debt is not None and debt.debt_h is not None:
        note = say("sleep", "debt_note", need=hours(debt.need_min))
        facts.append(Fact(say("sleep", "debt"), f"{debt.debt_h:.1f} h".replace("-", "−"), note))
    if rhythm is not None:
        facts += _rhythm(rhythm)
    if facts:
        yield Facts(facts)


def _rhythm(rhythm: SleepRhythm) -> Iterator[Fact]:
    if rhythm.sri is not None:
        yield Fact(say("sleep", "sri"), f"{rhythm.sri:.0f}".replace("-", "−"), say("sleep", "sri_note"))
    if rhythm.social_jet_lag_h is not None:
        jet_lag = f"{rhythm.social_jet_lag_h:.1f} h"
        yield Fact(say("sleep", "jet_lag"), jet_lag, say("sleep", "jet_lag_note"))
    if rhythm.bedtime_earliest is not None and rhythm.bedtime_latest is not None:
        when = say("sleep", "bedtime_range", earliest=rhythm.bedtime_earliest, latest=rhythm.bedtime_latest)
        yield Fact(say("sleep", "bedtime"), when, say("sleep", "bedtime_note", wake=rhythm.wake_target))


def _words(debt: SleepDebt | None, rhythm: SleepRhythm | None) -> Iterator[Block]:
    lines = [] if debt is None else [debt.text]
    if rhythm is not None:
        lines += rhythm.texts
        whys = dict.fromkeys(one.reason for one in rhythm.suspended)
        lines += [say("sleep", "suspended", why=why) for why in whys]
    if lines:
        yield Notes(say("sleep", "words"), lines)
