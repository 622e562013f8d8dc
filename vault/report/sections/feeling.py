"""How the person feels, as they said it, and how quick they react."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.report.asking import column, days_of
from vault.report.blocks import Figure, Section
from vault.report.charts.band import Beside, banded
from vault.report.charts.canvas import Caption
from vault.report.charts.rows import answers
from vault.report.wording import long_day, say, words
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd

    from vault.report.asking import Asked

__all__ = ["section"]

_TICKS = ("pain", "illness")


def section(asked: Asked) -> Section | None:
    """Return the section; None if neither is told."""
    figures = [figure for figure in (_answers(asked), _reaction(asked)) if figure is not None]
    return Section("feeling", say("feeling", "title"), figures) if figures else None


def _answers(asked: Asked) -> Figure | None:
    frame = asked.frame(asked.source.checkins)
    if frame is None:
        return None
    said = {item: column(frame, item) for item in words("feeling.items") if item not in _TICKS}
    rows = {say("feeling.items", item): value for item, value in said.items() if np.isfinite(value).any()}
    if not rows:
        return None
    title = say("feeling", "answers")
    point = say("feeling", "answers_point", n=len(frame))
    svg = answers(Caption("answers", title, point), days_of(frame), rows, asked.span)
    return Figure(title, point, svg, note=" ".join(_ticked(frame)))


def _ticked(frame: pd.DataFrame) -> list[str]:
    told = []
    for item in _TICKS:
        days = days_of(frame)[column(frame, item) > 0]
        if len(days):
            last = long_day(date_of_day(days[-1]))
            told.append(say("feeling", "ticks", item=say("feeling.items", item), n=len(days), day=last))
    return told


def _reaction(asked: Asked) -> Figure | None:
    """Draw the device with the most tests."""
    frame = asked.frame(asked.source.reaction, "date", "mean_speed")
    if frame is None:
        return None
    if "device" in frame.columns:
        frame = frame[frame["device"] == frame["device"].mode().iloc[0]]
    speed, low, high = (column(frame, name) for name in ("mean_speed", "low", "high"))
    if not np.isfinite(speed).any():
        return None
    none = np.full(len(frame), np.nan)
    title, write = say("feeling", "reaction"), "{:.2f}".format
    lapses = column(frame, "lapses")[-1]
    known = np.isfinite([low[-1], high[-1]]).all()
    point = say(
        "feeling",
        "reaction_point" if known else "reaction_new",
        value=write(speed[-1]),
        lapses="–" if np.isnan(lapses) else f"{lapses:.0f}",
        low=write(low[-1]),
        high=write(high[-1]),
    )
    beside = Beside(days_of(frame), speed, low, high, none, none, none)
    svg = banded(Caption("reaction", title, point), beside, asked.span, ("{:g}".format, write))
    key = [("faint", say("trends.key", "day")), ("band", say("trends.key", "band"))]
    return Figure(title, point, svg, key, say("feeling", "reaction_note"))
