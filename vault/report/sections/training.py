"""Load and form, and the zones of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vault.fhir.codings import readable_unit
from vault.report.asking import column, days_of, told
from vault.report.blocks import Fact, Facts, Figure, Section, Table
from vault.report.charts.canvas import Caption
from vault.report.charts.load import Load, load_and_form
from vault.report.wording import say, signed, whole, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from vault.report.asking import Asked
    from vault.report.blocks import Block

__all__ = ["section"]

_ZONES = {"kind", "zone", "name", "low", "high", "unit", "estimated"}
_COLOURS = {"load": "core", "fitness": "calm", "fatigue": "warm", "form": "soft"}


def section(asked: Asked) -> Section | None:
    """Return the section; None if neither load nor zones are told."""
    blocks = [*_load(asked), *_zones(asked)]
    return Section("training", say("training", "title"), blocks, say("training", "lead")) if blocks else None


def _load(asked: Asked) -> Iterator[Block]:
    frame = asked.frame(asked.source.load, "load", "ctl", "atl", "tsb")
    if frame is None or not np.isfinite(column(frame, "ctl")).any():
        return
    columns = Load(*(column(frame, name) for name in Load._fields))
    title = say("training", "chart")
    point = say(
        "training",
        "point",
        ctl=_last(columns.ctl, whole),
        atl=_last(columns.atl, whole),
        tsb=_last(columns.tsb, signed),
    )
    svg = load_and_form(
        Caption("load", title, point), days_of(frame), columns, asked.span, words("training.lines")
    )
    key = [(colour, say("training.key", name)) for name, colour in _COLOURS.items()]
    yield Figure(title, point, svg, key)
    facts = list(_facts(frame))
    if facts:
        yield Facts(facts)


def _last(values: NDArray[np.float64], write: Callable[[float], str]) -> str:
    known = values[np.isfinite(values)]
    return write(known[-1]) if len(known) else "–"


def _facts(frame: pd.DataFrame) -> Iterator[Fact]:
    said = {"change": lambda share: f"{signed(100 * share)} %", "monotony": "{:.1f}".format, "strain": whole}
    for name, write in said.items():
        value = float(column(frame, name)[-1])
        if np.isfinite(value):
            yield Fact(say("training.facts", name), write(value), say("training.facts", f"{name}_note"))


def _zones(asked: Asked) -> Iterator[Block]:
    frame = told(asked.source.zones, asked.day)
    if frame is None or not {*frame.columns} >= _ZONES:
        return
    for kind, zones in frame.groupby("kind", sort=False):
        yield _zone_table(str(kind), zones)


def _zone_table(kind: str, zones: pd.DataFrame) -> Table:
    said, unit = words("training.zones"), str(zones["unit"].iloc[0])
    unit = words("training.units").get(unit, readable_unit(unit))
    rows = [
        [f"{zone} {name}", f"{_range(low, high)} {unit}"]
        for zone, name, low, high in zip(zones["zone"], zones["name"], zones["low"], zones["high"])
    ]
    head, quiet = [said["zone"], said["range"]], []
    if "today" in zones.columns:
        head.append(said["today"])
        for row, fits in enumerate(zones["today"].tolist()):
            rows[row].append(said["inside" if fits else "outside"])
            quiet += [] if fits else [row]
    return Table(said[kind], " ".join(_basis(zones)), head, rows, frozenset(quiet))


def _basis(zones: pd.DataFrame) -> Iterator[str]:
    """Say what the limits are from, as far as that is told."""
    first = zones.iloc[0]
    if {"method", "basis"} <= {*zones.columns}:
        yield say("training.zones", "basis", method=first["method"], basis=first["basis"])
    if first["estimated"]:
        yield say("training.zones", "estimated")


def _range(low: float | None, high: float | None) -> str:
    """Write the limits of a zone, of which one may be open."""
    at = {
        name: whole(edge)
        for name, edge in (("low", low), ("high", high))
        if edge is not None and np.isfinite(edge)
    }
    return say("training.zones", "_".join(at) or "open", **at)
