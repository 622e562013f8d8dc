"""Measures how readiness scores groups of real people, and what the scores go with, on the LifeSnaps sample.

The idea: a score that reads no sex and no age can still treat groups differently through what it compares
with. So the gap is printed with what makes it: each term's mean points by group, which add up to the gap of
the means, the same with a fixed need of sleep, and how far it depends on who is counted.

    python benchmarks/fairness.py
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from measure import ROOT, table

TESTS = ROOT / "tests" / "vault" / "analysis"
BAR, RESPONSIVENESS_BAR, PAIRED_DAYS = 7.0, 0.35, 18
LEAST_NIGHTS = (1, 7, 14, 18, 30, 40)
FIXED_NEED_MIN = 480.0
SHUFFLES = 10_000

Rows = list[dict[str, Any]]


def rooms() -> tuple[SimpleNamespace, SimpleNamespace]:
    """Return what the tests measure with, and the reader of the sample."""
    sys.path.insert(0, str(ROOT))
    measures, reader = (
        SimpleNamespace(**runpy.run_path(str(TESTS / f"{name}.py"))) for name in ("bars", "lifesnaps")
    )
    return measures, reader


def wearers(samples: Path, reader: SimpleNamespace) -> list[Any]:
    """Return everybody in the sample; ends with a sentence where it is not here."""
    if not (samples / reader.TABLE).is_file():
        raise SystemExit(f"The LifeSnaps sample is not here: {reader.TABLE} below --samples.")
    found: list[Any] = reader.participants(reader.table(samples))
    return found


def groups(people: Sequence[Any], bars: SimpleNamespace) -> Rows:
    """Return each group's mean of medians, and how far the groups of a kind are apart."""
    rows = []
    for by in people[0].groups:
        means = bars.group_means(people, by)
        for group, (mean, count) in means.items():
            rows.append({"by": by, "group": group, "persons": count, "mean of medians": mean})
        rows.append({"by": by, "group": "gap", "persons": "", "mean of medians": bars.gap(means)})
    return rows


def who_counts(people: Sequence[Any], bars: SimpleNamespace) -> Rows:
    """Return the gap of the sexes by how many scored nights a person must have, and with a fixed need."""
    fixed = [replace(one, inputs=replace(one.inputs, need_min=FIXED_NEED_MIN)) for one in people]
    cases = [(f"{nights} or more", people, nights) for nights in LEAST_NIGHTS]
    cases.append((f"1 or more, need fixed at {FIXED_NEED_MIN / 60:.0f} h", fixed, 1))
    rows = []
    for name, counted, nights in cases:
        means = bars.group_means(counted, "sex", nights=nights)
        rows.append({"scored nights": name, "persons": sum(count for _, count in means.values())})
        rows[-1] |= {group: mean for group, (mean, _) in means.items()} | {"gap": bars.gap(means)}
    return rows


def by_chance(people: Sequence[Any], bars: SimpleNamespace) -> float:
    """Return how often a random split into groups of these sizes has a gap as large as that of the sexes."""
    medians = [float(np.nanmedian(scored)) for one in people if len(scored := _known(one, bars))]
    sex = np.array([one.groups["sex"] for one in people if len(_known(one, bars))])
    values, told = np.array(medians)[sex != ""], sex[sex != ""]
    is_first = told == told[0]
    gap = abs(values[is_first].mean() - values[~is_first].mean())
    rng, as_large = np.random.default_rng(1), 0
    for _ in range(SHUFFLES):
        dealt = rng.permutation(is_first)
        as_large += abs(values[dealt].mean() - values[~dealt].mean()) >= gap
    return (as_large + 1) / (SHUFFLES + 1)


def _known(one: Any, bars: SimpleNamespace) -> np.ndarray[Any, Any]:
    scores = bars.scores(one.inputs)
    known: np.ndarray[Any, Any] = scores[np.isfinite(scores)]
    return known


def terms(people: Sequence[Any]) -> Rows:
    """Return each term's mean points by sex: the mean over persons of a person's mean over scored nights.

    A missing term adds nothing, so the columns add up to the mean score less the usual day's.
    """
    from vault.analysis.columns import compute
    from vault.analysis.terms import TERMS

    means: dict[str, list[Any]] = {}
    for one in people:
        columns = compute(one.inputs)
        if one.groups["sex"] and columns.scored.any():
            points = np.nan_to_num(columns.points[: len(TERMS), columns.scored])
            means.setdefault(one.groups["sex"], []).append(points.mean(axis=1))
    by_sex = {sex: np.mean(found, axis=0) for sex, found in sorted(means.items())}
    (one_sex, first), (other_sex, second) = by_sex.items()
    values = [*zip(TERMS, first, second), ("sum", first.sum(), second.sum())]
    return [
        {"term": name, one_sex: float(a), other_sex: float(b), "difference": float(b - a)}
        for name, a, b in values
    ]


def goes_with(people: Sequence[Any], bars: SimpleNamespace) -> Rows:
    """Return the rank correlations within persons of the score and what the maker and the wearer say."""
    rows = []
    for answer in people[0].answers:
        found = bars.within(people, answer, PAIRED_DAYS)
        low, median, high = np.percentile(found, [25, 50, 75])
        rows.append(
            {
                "score with": answer,
                "persons": len(found),
                "median": float(median),
                "middle half": f"{low:.2f} to {high:.2f}",
                "bar": f"{RESPONSIVENESS_BAR:.2f}" if answer == "responsiveness" else "",
            }
        )
    return rows


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=Path, default=ROOT.parent / "shared" / "samples")
    given = parser.parse_args()
    bars, reader = rooms()
    people = wearers(given.samples, reader)
    print(f"## Groups (bar: a gap of at most {BAR:.0f} points by sex and by age)\n")
    print(table(groups(people, bars)))
    print(f"\nA random split has a gap as large as the sexes' with p = {by_chance(people, bars):.4f}.\n")
    print("## The same by who is counted\n")
    print(table(who_counts(people, bars)))
    print("\n## Mean points of each term\n")
    print(table(terms(people)))
    print(f"\n## What the score goes with (Spearman, persons with {PAIRED_DAYS} or more paired days)\n")
    print(table(goes_with(people, bars)))


if __name__ == "__main__":
    main()
