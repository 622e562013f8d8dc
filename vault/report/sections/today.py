"""This morning: the score, what made it, what it suggests, and what it could not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault.analysis.parameters import ScoreRule, document, table
from vault.report.asking import told
from vault.report.blocks import Fact, Figure, Notes, Score, Section
from vault.report.charts.canvas import Caption
from vault.report.charts.waterfall import Step, waterfall
from vault.report.wording import say, sentence, signed, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault.analysis.readiness import Flag, Readiness
    from vault.report.asking import Asked
    from vault.report.blocks import Block

__all__ = ["section"]


def section(asked: Asked) -> Section | None:
    """Return the section; None if readiness is not told."""
    found = asked.readiness
    if found is None:
        return None
    flags = told(asked.source.flags, asked.day)
    blocks = [
        *_score(found),
        *_offer(found),
        *_flags(found.flags if flags is None else flags),
        *_waterfall(found),
        *_reasons(found),
        *_missing(found),
    ]
    return Section("today", say("today", "title"), blocks)


def _scale() -> ScoreRule:
    return table("score", ScoreRule)


def _score(found: Readiness) -> Iterator[Block]:
    name = say("today", "score")
    if found.score is None or found.band is None:
        yield Score(name, "–", "", [say("today", "no_score")], "none")
        return
    scale = _scale()
    edges = {"anchor": round(found.anchor), "low": scale.low, "high": scale.high}
    lines = [sentence(say("today", "band", band=found.band, **edges)), sentence(_trust(found))]
    yield Score(name, whole(found.score), say("today", "of"), lines, found.band, _parts(found))


def _trust(found: Readiness) -> str:
    told = {"label": found.label, "confidence": f"{found.confidence:.0%}"}
    nights = 0 if found.device is None else found.device.baseline_nights
    return say("today", "trust", n=nights, **told) if nights else say("today", "trust_alone", **told)


def _parts(found: Readiness) -> list[Fact]:
    """Return the three scores side by side, where there are more than one."""
    if found.felt is None:
        return []
    parts = {"device": found.device, "felt": found.felt, "combined": found.combined}
    return [Fact(say("today", name), whole(part.score)) for name, part in parts.items() if part is not None]


def _offer(found: Readiness) -> Iterator[Block]:
    advice = found.advice
    if advice is None:
        return
    after = [say("today", "rule", rule=advice.rule)]
    if advice.undo:
        after.insert(0, say("today", "undo", undo=advice.undo))
    yield Notes(say("today", "offer"), [], lead=advice.text, after=after, loud=True)


def _waterfall(found: Readiness) -> Iterator[Block]:
    if found.score is None or not found.contributions:
        return
    ranked = sorted(found.contributions, key=lambda one: -abs(one.points))
    steps = [Step(sentence(_term_name(one.term)), one.points, one.shown) for one in ranked]
    rest = found.score - found.anchor - sum(step.points for step in steps)
    shown = round(found.score) - round(found.anchor) - sum(step.shown for step in steps)
    if shown or abs(rest) > 0.5:  # a reader who is not told every term is told the sum of the others
        steps.append(Step(sentence(say("today", "rest")), rest, shown))
    scale, title = _scale(), say("today", "waterfall")
    point = say(
        "today",
        "waterfall_point",
        anchor=round(found.anchor),
        score=round(found.score),
        change=signed(round(found.score) - round(found.anchor)),
    )
    described = "; ".join(f"{step.name} {signed(step.shown)}" for step in steps)
    ends = (say("today", "start"), found.anchor), (say("today", "end"), found.score)
    edges = (float(scale.low), float(scale.high))
    caption = Caption("waterfall", title, f"{point} {described}.")
    svg = waterfall(caption, ends[0], steps, ends[1], edges)
    yield Figure(title, point, svg)


def _reasons(found: Readiness) -> Iterator[Block]:
    lines = list(found.reasons)
    if found.disagreement is not None:
        lines.append(found.disagreement.text)
    if found.context.acwr_note is not None:
        lines.append(found.context.acwr_note)
    if lines:
        yield Notes(say("today", "reasons"), lines)


def _flags(flags: tuple[Flag, ...]) -> Iterator[Block]:
    for flag in flags:
        after = [line for line in (flag.base_rate, say("today", "not_finding")) if line]
        yield Notes(say("today", "flag"), flag.evidence, lead=flag.text, after=after, loud=True)


def _missing(found: Readiness) -> Iterator[Block]:
    if found.missing:
        lines = [
            say("today", "missing_line", term=sentence(_term_name(one.term)), reason=one.reason)
            for one in found.missing
        ]
        yield Notes(say("today", "missing"), lines)


def _term_name(term: str) -> str:
    return str(document("wording.toml")["terms"][term]["name"])
