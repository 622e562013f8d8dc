"""Where the numbers come from: who told what when, where sources disagree, and which device measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.fhir.codings import readable_unit
from vault.fhir.codings import words as metric_words
from vault.metrics import find
from vault.names import parted
from vault.report.asking import days_of, told
from vault.report.blocks import Figure, Section, Table
from vault.report.charts.canvas import Caption
from vault.report.charts.rows import strips
from vault.report.wording import say, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from vault.report.asking import Asked
    from vault.report.blocks import Block

    Days = NDArray[np.int64]

__all__ = ["section"]

_COLOURS = ("calm", "cool", "gold", "plum", "warm")
_OTHER = "soft"
_PAIRS = 12
"""Pairs of sources shown; all disagreements are counted."""
_UNBROKEN = "%Y‑%m‑%d"
"""A date whose hyphens end no line: a phone has room for one."""


def section(asked: Asked) -> Section | None:
    """Return the section; None if no daily number is told."""
    blocks = list(_coverage(asked))
    if not blocks:
        return None
    return Section("origins", say("origins", "title"), [*blocks, *_conflicts(asked), *_eras(asked)])


def _coverage(asked: Asked) -> Iterator[Block]:
    rows = {}
    for metric, name in words("origins.rows").items():
        found = told(asked.source.daily, metric, asked.first, asked.day)
        if found is not None and not found.empty:
            rows[name] = _by_source(found)
    if not rows:
        return
    colours = _colours(rows)
    drawn = {
        name: [(days, colours.get(source, _OTHER)) for source, days in parts.items()]
        for name, parts in rows.items()
    }
    named = [source for source in colours if source]
    title = say("origins", "coverage")
    many = say("origins", "one_source" if len(named) == 1 else "many_sources", n=_count(rows))
    point = (
        say("origins", "coverage_point", n=len(rows), sources=many)
        if named
        else say("origins", "coverage_unnamed", n=len(rows))
    )
    svg = strips(Caption("coverage", title, f"{point} {'; '.join(rows)}."), drawn, asked.span)
    key = [(colour, source or say("origins", "unnamed")) for source, colour in colours.items()]
    if _count(rows) > len(named):
        key.append((_OTHER, say("origins", "others")))
    yield Figure(title, point, svg, key)


def _by_source(frame: pd.DataFrame) -> dict[str, Days]:
    """Return each source's days; "" where sources are not told."""
    day = days_of(frame)
    if "sources" not in frame.columns:
        return {"": day}
    found: dict[str, list[int]] = {}
    for on, text in zip(day.tolist(), frame["sources"]):
        for source in parted(text):
            found.setdefault(source, []).append(on)
    return {source: np.array(days, np.int64) for source, days in found.items()}


def _colours(rows: dict[str, dict[str, Days]]) -> dict[str, str]:
    """Give colours of their own to the sources that tell most days; of equally many, by name."""
    days: dict[str, int] = {}
    for parts in rows.values():
        for source, told_days in parts.items():
            days[source] = days.get(source, 0) + len(told_days)
    ranked = sorted(days, key=lambda source: (-days[source], source))
    return dict(zip(ranked, _COLOURS, strict=False))


def _count(rows: dict[str, dict[str, Days]]) -> int:
    return len({source for parts in rows.values() for source in parts if source})


def _conflicts(asked: Asked) -> Iterator[Block]:
    if asked.owner is None:
        return
    frame, title = asked.owner.conflicts(asked.first, asked.day), say("origins", "conflicts")
    if frame.empty:
        yield Table(title, say("origins", "conflicts_none"), (), ())
        return
    pairs = frame.groupby(["metric", "source", "other_source"], sort=True, observed=True)
    ranked = sorted((days for _, days in pairs), key=len, reverse=True)
    rows = [_pair(days) for days in ranked[:_PAIRS]]
    point = say("origins", "conflicts_point", n=len(frame))
    yield Table(title, point, words("origins")["conflicts_head"], rows, wide=True)


def _pair(days: pd.DataFrame) -> tuple[str, ...]:
    """Write how often two sources disagree about a metric, and the newest time."""
    row = days.iloc[-1]
    shown, other = (_value(row["metric"], row[name]) for name in ("value", "other_value"))
    newest = say("origins", "conflicts_newest", day=f"{row['date']:%Y-%m-%d}", shown=shown, other=other)
    return metric_words(row["metric"]), row["source"], row["other_source"], str(len(days)), newest


def _value(metric: str, value: float) -> str:
    found = find(metric)
    unit = "" if found is None else readable_unit(found.ucum)
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"


def _eras(asked: Asked) -> Iterator[Block]:
    eras = None if asked.owner is None else asked.owner.eras()
    if eras is None or eras.empty:
        return
    rows = [
        (
            metric_words(row["metric"]),
            ", ".join(filter(None, (row["source"], row["device"], row["method"]))),
            f"{row['first']:{_UNBROKEN}} – {row['last']:{_UNBROKEN}}",
        )
        for row in eras.to_dict("records")
    ]
    head = words("origins")["eras_head"]
    yield Table(say("origins", "eras"), say("origins", "eras_point"), head, rows, wide=True)
