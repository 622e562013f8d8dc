"""Strength: how much was lifted, how strong the top lifts say one is, and what could come next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vault.report.asking import column, days_of, told
from vault.report.blocks import Figure, Notes, Section
from vault.report.charts.canvas import Caption
from vault.report.charts.rows import curve, weeks
from vault.report.wording import say, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from vault.report.asking import Asked
    from vault.report.blocks import Block

__all__ = ["section"]

_LIFTS = 4
_WEEK = 7


def section(asked: Asked) -> Section | None:
    """Return the section; None if no strength training is told."""
    frame = asked.frame(partial(asked.source.strength, None), "date", "movement")
    blocks = [] if frame is None else [*_volume(frame, asked), *_lifts(frame, asked)]
    blocks += _offers(asked)
    return Section("strength", say("strength", "title"), blocks) if blocks else None


def _volume(frame: pd.DataFrame, asked: Asked) -> Iterator[Block]:
    volume = column(frame, "volume_kg")
    if not np.nansum(volume):
        return
    day, (first, last) = days_of(frame), asked.span
    # Weeks are counted back from the last day, so that the last bar is a whole one.
    back = (last - day) // _WEEK
    whole_weeks = np.arange((last - first + 1) // _WEEK)
    lifted = np.bincount(back, np.nan_to_num(volume), len(whole_weeks) + 1).astype(np.float64)[whole_weeks]
    title = say("strength", "volume")
    sets, hard = (np.nansum(column(frame, name)) for name in ("sets", "hard_sets"))
    point = say(
        "strength",
        "volume_point",
        sets=whole(sets),
        hard=whole(hard),
        days=len(np.unique(day)),
        last=whole(lifted[0]),
    )
    svg = weeks(Caption("volume", title, point), last - _WEEK * (whole_weeks + 1) + 1, lifted, asked.span)
    yield Figure(title, point, svg)


def _lifts(frame: pd.DataFrame, asked: Asked) -> Iterator[Block]:
    """Draw the movements with a maximum on the most days; of equally many, by name."""
    if "e1rm_kg" not in frame.columns:
        return
    known = frame.dropna(subset=["e1rm_kg"]).sort_values("date", kind="stable")
    counts = known.groupby("movement", observed=True)["date"].nunique()
    ranked = sorted(counts.items(), key=lambda lift: (-lift[1], lift[0]))
    for which, (movement, _) in enumerate(ranked[:_LIFTS]):
        yield _lift(f"lift-{which}", str(movement), known[known["movement"] == movement], asked)


def _lift(name: str, movement: str, rows: pd.DataFrame, asked: Asked) -> Figure:
    value, trend = column(rows, "e1rm_kg"), float(column(rows, "trend_kg_per_28d")[-1])
    title, last = say("strength", "e1rm", movement=_spelled(movement)), f"{value[-1]:.1f}"
    point = (
        say("strength", "e1rm_point", value=last, trend=f"{trend:+.1f}".replace("-", "−"))
        if np.isfinite(trend)
        else say("strength", "e1rm_no_trend", value=last)
    )
    svg = curve(Caption(name, title, point), days_of(rows), value, asked.span, "{:.1f}".format)
    return Figure(title, point, svg)


def _spelled(movement: str) -> str:
    """Return a movement as people write it."""
    return movement.replace("_", " ").capitalize()


def _offers(asked: Asked) -> Iterator[Block]:
    for offer in told(asked.source.strength_offers, asked.day) or ():
        title = _spelled(offer.movement) if offer.movement else say("strength", "offers")
        after = [say("strength", "undo", undo=offer.undo)] if offer.undo else []
        yield Notes(title, offer.evidence, lead=offer.text, after=after, loud=True)
