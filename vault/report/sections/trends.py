"""Trends: readiness, HRV, resting heart rate and sleep, each beside the person's own usual."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.parameters import ScoreRule, table
from vault.analysis.reasons import number
from vault.report.asking import column, days_of
from vault.report.blocks import Figure, Section
from vault.report.charts.band import Beside, banded
from vault.report.charts.canvas import Caption
from vault.report.wording import long_day, say, whole
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.report.asking import Asked

__all__ = ["section"]

_TERMS = {"hrv": 1.0, "rhr": 1.0, "sleep": 1 / 60}
"""What is shown, and what the chart's numbers are of the table's: hours of minutes."""

_LASTING = 7
"""Nights of another stream that make it a change: so many a usual needs."""


def section(asked: Asked) -> Section | None:
    """Return the section; None if none of the trends is told."""
    figures = [_scores(asked), *(_trend(asked, term, scale) for term, scale in _TERMS.items())]
    told = [figure for figure in figures if figure is not None]
    return Section("trends", say("trends", "title"), told, say("trends", "lead")) if told else None


def _key(*names: str) -> list[tuple[str, str]]:
    colours = {"day": "faint", "score": "faint", "mean": "calm", "usual": "band"}
    return [(colours.get(name, name), say("trends.key", name)) for name in names]


def _scores(asked: Asked) -> Figure | None:
    frame = asked.frame(asked.source.readiness_history, "score", "band")
    frame = None if frame is None else frame.dropna(subset=["score"])
    if frame is None or frame.empty:
        return None
    score, scale = column(frame, "score"), table("score", ScoreRule)
    flat, none = np.ones(len(score)), np.full(len(score), np.nan)
    beside = Beside(days_of(frame), score, flat * scale.low, flat * scale.high, none, none, none)
    bands = Counter(frame["band"])
    counts = {band: bands[band] for band in ("low", "usual", "high")}
    title = say("trends", "score")
    point = say("trends", "score_point", **counts, n=len(score), last=whole(score[-1]))
    axis = 0.0, 100.0, [0.0, scale.low, scale.high, 100.0]
    svg = banded(Caption("scores", title, point), beside, asked.span, (whole, whole), axis=axis)
    return Figure(title, point, svg, _key("score", "usual"))


def _trend(asked: Asked, term: str, scale: float) -> Figure | None:
    frame = asked.frame(partial(asked.source.trend, term), "value")
    value = None if frame is None else column(frame, "value")
    if frame is None or value is None or not np.isfinite(value).any():
        return None
    names = ("value", "low", "high", "mean7", "band_low", "band_high")
    beside = Beside(days_of(frame), *(column(frame, name) * scale for name in names))
    title, point = say("trends.names", term), _point(frame, term)
    svg = banded(
        Caption(f"trend-{term}", title, point),
        beside,
        asked.span,
        (lambda height: f"{height:g}", lambda height: _written(term, height / scale)),
        changes=_changes(frame),
        change=say("trends", "other_device"),
    )
    return Figure(title, point, svg, _key("day", "mean", "band", "core"))


def _point(frame: pd.DataFrame, term: str) -> str:
    mean, low, high = (column(frame, name)[-1] for name in ("mean7", "band_low", "band_high"))
    if np.isfinite([mean, low, high]).all():
        where = "below" if mean < low else "above" if mean > high else "inside"
        shown = {"mean": mean, "low": low, "high": high}
        return say("trends", "point", where=where, **{key: _written(term, one) for key, one in shown.items()})
    value = column(frame, "value")
    last = np.flatnonzero(np.isfinite(value))[-1]
    day = long_day(date_of_day(days_of(frame)[last]))
    return say("trends", "point_value", value=_written(term, value[last]), day=day)


def _written(term: str, value: float) -> str:
    return number(term, value).replace(" ", "\u00a0")


def _changes(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the days on which another stream begins to speak, and goes on long enough to have a usual."""
    if "stream" not in frame.columns:
        return np.empty(0, np.int64)
    told = frame["stream"].fillna("").astype(str).to_numpy()
    said = np.flatnonzero(told != "")
    begins = np.flatnonzero(told[said][1:] != told[said][:-1]) + 1
    lasting = np.diff(np.append(begins, len(said))) >= _LASTING
    return np.asarray(days_of(frame)[said[begins[lasting]]], np.int64)
