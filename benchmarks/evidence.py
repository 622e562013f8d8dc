"""Measures what readiness is held to, one row a bar: what was asked for, what is reached, on which people.

The idea: the tests assert these bars, the table shows how far from them we are, with the same measures on
the same people. Made people are ``tests/vault/analysis/people.py``, real ones the LifeSnaps sample, left
out where it is absent. A bar that is held by the group and not by each person has a row for either.

    python benchmarks/evidence.py
"""

from __future__ import annotations

import argparse
import runpy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from fairness import BAR, PAIRED_DAYS, RESPONSIVENESS_BAR, TESTS, rooms, wearers
from measure import ROOT, table

PERSONS, SWITCH_DAY, MISSING, EVERY, FEWEST_DAYS = 20, 120, 0.2, 10, 30
TODAY = 100
MADE, REAL = f"{PERSONS} made people", "LifeSnaps"

Row = dict[str, Any]


def row(bar: str, what: str, on: str, asked: str, reached: str, *, held: bool) -> Row:
    """Return one line of the table."""
    verdict = "yes" if held else "no"
    return {"": bar, "what": what, "on": on, "bar": asked, "reached": reached, "held": verdict}


def additivity(people: Sequence[Any], on: str, bars: SimpleNamespace) -> Row:
    """B5."""
    found = [bars.additivity(one) for one in people]
    error, wrong, days = (
        max(one[0] for one in found),
        sum(one[1] for one in found),
        sum(one[2] for one in found),
    )
    reached = f"{error:.0e}; {wrong} of {days:,} days wrong"
    return row("B5", "parts add up", on, "1e-9; 0", reached, held=error < 1e-9 and not wrong)


def thinning(people: Sequence[Any], on: str, made: SimpleNamespace, bars: SimpleNamespace) -> list[Row]:
    """B6."""
    counted = [one for one in people if np.isfinite(bars.scores(one)).sum() >= FEWEST_DAYS]
    found = [bars.thinning(one, made.thinned(one, MISSING, seed)) for seed, one in enumerate(counted)]
    r, change = np.array(found).T
    rows = []
    for which, least, most in (
        ("median person", np.median(r), np.median(change)),
        (f"each of {len(r)}", r.min(), change.max()),
    ):
        reached, held = f"r {least:.2f}; {most:.1f}", bool(least >= 0.9 and most <= 5)
        rows.append(row("B6", f"a fifth missing, {which}", on, "r .90; median change 5", reached, held=held))
    return rows


def switches(people: Sequence[Any], bars: SimpleNamespace) -> list[Row]:
    """B7."""
    separate, joint = (
        np.array([bars.switch_bias(one, SWITCH_DAY, separate=own) for one in people]) for own in (True, False)
    )
    beyond, worst = int((np.abs(separate) > 10).sum()), np.abs(separate).max()
    mean = f"{separate.mean():+.1f} (absolute {np.abs(separate).mean():.1f}; joint {joint.mean():+.1f})"
    held = bool(abs(separate.mean()) <= 10)
    each = f"worst {worst:.1f}; {beyond} of {len(people)} beyond"
    return [
        row("B7", "another device, days 8-21, mean of persons", MADE, "10 points", mean, held=held),
        row("B7", "another device, days 8-21, each person", MADE, "10 points", each, held=not beyond),
    ]


def short_history(people: Sequence[Any], bars: SimpleNamespace) -> Row:
    """B8."""
    shares = {}
    for days in (7, 28):
        same, known = np.sum([bars.same_band(one, days, every=EVERY) for one in people], axis=0)
        shares[days] = same / known
    reached = f"{shares[28]:.0%} (7 days {shares[7]:.0%})"
    return row("B8", "28 days give the band of 60", MADE, "85 %", reached, held=shares[28] >= 0.85)


def strain(people: Sequence[Any], what: str, on: str, bars: SimpleNamespace, well: Sequence[Any] = ()) -> Row:
    """B10; ``well`` says for each person on which days they were not ill."""
    apart = [~one for one in well] or [None] * len(people)
    found = [bars.strain_flags(one, apart_from=ill) for one, ill in zip(people, apart)]
    raised, nights = np.sum(found, axis=0)
    rate = 30 * raised / nights
    return row("B10", what, on, "1 in 30 nights", f"{rate:.2f}", held=rate <= 1)


def past_only(people: Sequence[Any], bars: SimpleNamespace) -> Row:
    """B11: everything after a day is somebody else's."""
    changed = 0
    for one, other in zip(people, [*people[1:], people[0]]):
        later = np.arange(len(one.days)) > TODAY
        names = ("lnrmssd", "rhr", "tst_min", "resp", "temp", "load")
        mixed = {name: np.where(later, getattr(other, name), getattr(one, name)) for name in names}
        before = [bars.scores(each)[: TODAY + 1] for each in (one, replace(one, **mixed))]
        changed += int((before[0].view(np.int64) != before[1].view(np.int64)).sum())
    days = (TODAY + 1) * len(people)
    return row("B11", "another future", MADE, "0 days differ", f"{changed} of {days:,}", held=not changed)


def of_wearers(people: Sequence[Any], made: SimpleNamespace, bars: SimpleNamespace) -> list[Row]:
    """B4, B5, B6, B9 and B10 on the sample."""
    inputs = [one.inputs for one in people]
    r = float(np.median(bars.within(people, "responsiveness", PAIRED_DAYS)))
    gaps = {by: bars.gap(bars.group_means(people, by)) for by in ("sex", "age")}
    follows = "goes with responsiveness, median person"
    return [
        row("B4", follows, REAL, f"{RESPONSIVENESS_BAR:.2f}", f"{r:.2f}", held=r >= RESPONSIVENESS_BAR),
        additivity(inputs, REAL, bars),
        *thinning(inputs, REAL, made, bars),
        *(
            row("B9", f"gap by {by}", REAL, f"{BAR:.0f} points", f"{gap:.1f}", held=gap <= BAR)
            for by, gap in gaps.items()
        ),
        strain(inputs, "body strain, all nights", REAL, bars),
    ]


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=Path, default=ROOT.parent / "shared" / "samples")
    given = parser.parse_args()
    bars, reader = rooms()
    made = SimpleNamespace(**runpy.run_path(str(TESTS / "people.py")))
    persons = made.people(PERSONS)
    inputs = [one.inputs() for one in persons]
    rows = [
        additivity(inputs, MADE, bars),
        *thinning(inputs, MADE, made, bars),
        *switches(inputs, bars),
        short_history(inputs, bars),
        strain(inputs, "body strain, well nights", MADE, bars, [~one.sick for one in persons]),
        strain(inputs, "body strain, all nights", MADE, bars),
        past_only(inputs, bars),
    ]
    if (given.samples / reader.TABLE).is_file():
        rows += of_wearers(wearers(given.samples, reader), made, bars)
    print(table(sorted(rows, key=lambda one: int(one[""][1:]))))


if __name__ == "__main__":
    main()
