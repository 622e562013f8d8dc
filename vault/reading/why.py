"""Why a daily value is what it is: all that counted, all that did not, and the rule, source by source.

What counted comes first and adds up to the value: to the last bit where it is made of those parts, to 1e-9
for readiness, whose points are shares of a curve. Behind it stands what was never part of it: totals of a
vendor, what another source says of the same, what was set aside as impossible, and what was erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vault.merge.conflicts import tolerances
from vault.merge.lineage import Contribution, as_told, beside, speaking_alone
from vault.merge.preference import held_on
from vault.merge.speakers import explain_sleeps, explain_workouts, shares
from vault.metrics import find
from vault.metrics import metric as catalogued
from vault.moment import Span, span
from vault.reading import derived, sleep, training
from vault.reading.conflicts import claims, conflicts
from vault.reading.frames import length_min
from vault.reading.given import given
from vault.reading.totals import TOTALS, missed
from vault.store.checks import QUARANTINE, SUPERSEDED
from vault.store.tombstones import QUARTER_NS
from vault.time import DAY_NS, HOUR_NS, date_of_day, day_start_ns, local_days

if TYPE_CHECKING:
    import pandas as pd

    from vault.records import Workout
    from vault.store.store import Store
    from vault.vault import Vault

__all__ = ["why"]

_READINESS = "readiness_score"
_EVENING_NS = 6 * HOUR_NS
"""What is of a night began after 18:00 on the day before, at the earliest that is looked at."""

_ASIDE = {
    QUARANTINE: "set aside: outside of what is possible, and never counted",
    SUPERSEDED: "set aside: you corrected it, and what counts is your value",
}


def why(vault: Vault, store: Store, metric: str, day: int) -> pd.DataFrame:
    """Return source, samples, given, counted and why of one day's value; ``day`` since 1970-01-01."""
    import pandas as pd

    parts = _readiness(vault, day) if metric == _READINESS else _of_sources(vault, store, metric, day)
    rows = [(one.tracker, one.samples, one.given, one.counted, one.why) for one in parts]
    return pd.DataFrame(rows, columns=["source", "samples", "given", "counted", "why"])


def _of_sources(vault: Vault, store: Store, metric: str, day: int) -> list[Contribution]:
    counted, alone = _counted(store, metric, day)
    totals = _totals(store, metric, day)
    speaking = _stored(store, TOTALS[metric], day) if metric in TOTALS else []
    if _instead(counted, speaking):
        return [*speaking_alone(counted, speaking), *_set_aside(store, metric, day)]
    if len(counted) > 1:
        counted = [replace(one, why=one.why + _preferred(store, metric, one.source, day)) for one in counted]
    tolerance = tolerances().get(metric)
    if tolerance is not None:
        others = set(conflicts(vault, store, day, day, [metric])["other_source"])
        words = f"; differs from the day's value by more than {tolerance}"
        if tolerance.against:
            totals = _said_of(totals, others, words)
        else:
            counted = _said_of(counted, others, words)
    aside = [*_set_aside(store, metric, day), *_erased(vault, store, metric, day)]
    return [*counted, *alone, *totals, *aside]


def _counted(store: Store, metric: str, day: int) -> tuple[list[Contribution], list[Contribution]]:
    """Return the parts of the value, and beside them numbers without the record they would be of."""
    stored = _stored(store, metric, day)
    if metric in derived.DAILY:
        return _of_sleeps(store, metric, day), _without_its_record(stored, "sleep")
    if metric in derived.OF_WORKOUTS:
        return _of_workouts(store, metric, day), _without_its_record(stored, "workout")
    return stored, []


def _instead(counted: Sequence[Contribution], totals: Sequence[Contribution]) -> bool:
    """Whether the total speaks for the day, as in ``with_totals``."""
    if not totals:
        return False
    told, total = (
        np.array(sum(one.counted for one in parts) if parts else np.nan) for parts in (counted, totals)
    )
    return bool(missed(told, total))


def _said_of(parts: Sequence[Contribution], sources: Collection[str], words: str) -> list[Contribution]:
    """Add words to the parts of some sources that did not count."""
    return [
        replace(one, why=one.why + words) if one.tracker in sources and not one.counted else one
        for one in parts
    ]


def _readiness(vault: Vault, day: int) -> list[Contribution]:
    found = vault.readiness(date_of_day(day))
    if found.score is None:
        return [beside(one.term, 0, f"not counted: {one.reason}") for one in found.missing]
    start = Contribution("anchor", 1, found.anchor, found.anchor, "where every day begins")
    terms = [Contribution(one.term, 1, one.value, one.points, one.text) for one in found.contributions]
    return [start, *terms, *(beside(one.term, 0, f"not counted: {one.reason}") for one in found.missing)]


def _stored(store: Store, metric: str, day: int) -> list[Contribution]:
    found = given(store, metric, day, day)
    return found.explained(day) if found else []


def _without_its_record(stored: Sequence[Contribution], kind: str) -> list[Contribution]:
    words = f"not counted: a number without the {kind} it is of"
    return [replace(one, counted=0.0, why=words) for one in stored]


def _of_sleeps(store: Store, metric: str, day: int) -> list[Contribution]:
    kind = derived.DAILY[metric].keywords["column"].removesuffix("_min")
    return explain_sleeps(sleep.verdicts(store, _the_day(store, day)), day, kind)


def _of_workouts(store: Store, metric: str, day: int) -> list[Contribution]:
    column = derived.OF_WORKOUTS[metric]

    def fact(workout: Workout) -> float | None:
        return length_min(workout) if column == "duration_min" else getattr(workout, column)

    events = training.folded(store, _the_day(store, day))
    best = [event.best for event in events]
    counted = shares(catalogued(metric).rollup, list(map(fact, best)), list(map(length_min, best)))
    sources = {one.origin.source for event in events for one in event.observations}
    choices = [source for source in sources if _preferred(store, metric, source, day)]
    return explain_workouts(events, fact, counted, choices)


def _the_day(store: Store, day: int) -> Span:
    return span(date_of_day(day), date_of_day(day), store.home_zone)


def _preferred(store: Store, metric: str, source: str, day: int) -> str:
    """Return in words that the owner put a source first on a day, and from when to when."""
    one = held_on(store.preferences(), metric, source, day)
    if one is None:
        return ""
    bounds = (("from", one.first), ("to", one.last))
    period = "".join(f" {word} {date_of_day(bound)}" for word, bound in bounds if bound is not None)
    return f"; you prefer {source}{period}"


def _totals(store: Store, metric: str, day: int) -> list[Contribution]:
    """Return what is told of the whole day beside a metric, by itself or under other names."""
    totals = as_told(_stored(store, f"{metric}_daily", day))
    tolerance = tolerances().get(metric)
    if tolerance and len(tolerance.against) > 1:
        for claim in claims(store, tolerance, day, day):
            words = "not counted: what is told of parts of the day, added up"
            totals += [beside(claim.source, 1, words, value) for value in claim.value.tolist()]
    return totals


def _set_aside(store: Store, metric: str, day: int) -> Iterator[Contribution]:
    """Yield what no reader looks at: values that can't be, and those that the owner put right."""
    around = (day - 2) * DAY_NS, (day + 3) * DAY_NS
    home = store.home_zone
    for series, words in _ASIDE.items():
        for part in store.columns(series + metric, *around):
            first, last = (local_days(at, part.offset_min, home) for at in (part.start, part.end))
            found = part.origin[(first <= day) & (day <= last)].tolist()
            for name, n in sorted(Counter(part.origins[number].source for number in found).items()):
                yield beside(name, n, words)


def _erased(vault: Vault, store: Store, metric: str, day: int) -> Iterator[Contribution]:
    """Yield what was erased of the day, as far as tombstones tell: quarter hours, of sources still known."""
    tombstones = vault.erased()
    if not len(tombstones):
        return
    midnight, end = (day_start_ns(date_of_day(one), store.home_zone) for one in (day, day + 1))
    known = find(metric)
    first = midnight - (_EVENING_NS if known is not None and known.time == "night" else 0)
    quarters = range(first // QUARTER_NS, -(-end // QUARTER_NS))
    series = "sleep_stage" if metric in derived.DAILY else metric
    for name in dict.fromkeys(store.sources().names):
        if tombstones.has("samples", series, name):
            n = sum(tombstones.has("samples", series, name, quarter) for quarter in quarters)
            words = f"erased: what began in {n} quarter hours; it is refused if it comes again"
            yield from [beside(name, 0, words)] if n else []
