"""Daily values that are computed instead of stored, and the reasons behind any daily value."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from vault.errors import InputError
from vault.merge.lineage import Contribution, as_told, explain_day
from vault.merge.rows import LONGEST_NS
from vault.merge.windows import windows_of
from vault.metrics import find
from vault.moment import latest_day
from vault.names import joined, parted
from vault.time import DAY_NS, date_of_day

if TYPE_CHECKING:
    import pandas as pd

    from vault.analysis import Inputs, Readiness
    from vault.readable import Moment, Readable
    from vault.store.store import Store
    from vault.vault import Vault

__all__ = ["DAILY", "readiness", "readiness_history", "why"]


def _of_sleep(source: Readable, start: Moment | None, end: Moment | None, *, column: str) -> pd.DataFrame:
    """Sum a column over the sleeps of a wake date, naps included."""
    import pandas as pd

    known = source.sleep(start, end).dropna(subset=[column])
    by_date = known.groupby("date")
    frame = pd.DataFrame(
        {
            "value": by_date[column].sum(),
            "n": by_date.size().astype(np.int32),
            "sources": by_date["source"].agg(lambda names: joined(dict.fromkeys(names))),
        }
    )
    frame.index.name = "date"
    return frame


def _of_readiness(source: Readable, start: Moment | None, end: Moment | None) -> pd.DataFrame:
    import pandas as pd

    history = source.readiness_history(start, end).dropna(subset=["score"])
    return pd.DataFrame(
        {
            "value": history["score"].astype(float),
            "n": np.ones(len(history), np.int32),
            "sources": np.full(len(history), "vitalvault", object),
        },
        index=history.index,
    )


DAILY: dict[str, partial[pd.DataFrame]] = {
    "sleep_duration": partial(_of_sleep, column="asleep_min"),
    "time_in_bed": partial(_of_sleep, column="in_bed_min"),
    "sleep_deep": partial(_of_sleep, column="deep_min"),
    "sleep_light": partial(_of_sleep, column="light_min"),
    "sleep_rem": partial(_of_sleep, column="rem_min"),
    "sleep_awake": partial(_of_sleep, column="awake_min"),
    "readiness_score": partial(_of_readiness),
}
"""Metrics whose daily value is made of sleeps or of the analysis."""


def _inputs(vault: Vault, until: int) -> Inputs:
    from vault.analysis import inputs_from

    return inputs_from(vault, date_of_day(until))


def _known_days(inputs: Inputs) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    rows = np.vstack([inputs.tst_min, inputs.lnrmssd, inputs.rhr])
    return np.asarray(np.isfinite(rows).any(axis=0))


def readiness(vault: Vault, day: int | None) -> Readiness:
    """Return one day's readiness, by default of the newest day with a night or a pulse, else of today."""
    from vault.analysis import readiness_at

    latest = latest_day(vault.clock, vault.home_zone)
    if day is not None and day > latest:
        raise InputError("that day has not come yet", hint="ask for a day up to today")
    inputs = _inputs(vault, latest if day is None else day)
    known = np.flatnonzero(_known_days(inputs))
    if day is None and not len(known):
        return readiness(vault, latest - 1)
    at = int(known[-1]) if day is None else len(inputs.days) - 1
    return readiness_at(inputs, inputs.days[at].item())


def readiness_history(vault: Vault, first: int | None, last: int | None) -> pd.DataFrame:
    """Return the days with a night or a pulse, as one table; days to come are none of them."""
    import pandas as pd

    from vault import analysis
    from vault.reading.frames import days

    latest = latest_day(vault.clock, vault.home_zone)
    inputs = _inputs(vault, latest if last is None else min(last, latest))
    counts = inputs.days.astype(np.int64)
    wanted = _known_days(inputs) & (counts >= (counts[0] if first is None else first))
    found = analysis.readiness_history(inputs, inputs.days[0].item(), inputs.days[-1].item())
    kept = [one for one, is_wanted in zip(found, wanted.tolist()) if is_wanted]
    return pd.DataFrame(
        {
            "score": np.array([one.score for one in kept], np.float64),
            "band": np.array([one.band for one in kept], object),
            "confidence": np.array([one.confidence for one in kept], np.float64),
            "device": np.array([one.device.score if one.device else None for one in kept], np.float64),
            "felt": np.array([one.felt.score if one.felt else None for one in kept], np.float64),
        },
        index=days(counts[wanted].tolist()),
    )


_WHY = ("source", "samples", "given", "counted", "why")


def why(vault: Vault, store: Store, metric: str, day: int) -> pd.DataFrame:
    """Return source, samples, given, counted and why, one row a source, for one daily value."""
    import pandas as pd

    rows: list[tuple[object, ...]]
    if metric == "readiness_score":
        rows = [
            (term.term, 1, term.value, term.points, term.text) for term in readiness(vault, day).contributions
        ]
    elif metric in DAILY:
        rows = _sleep_lineage(vault, metric, day)
    else:
        told = _lineage(store, metric, day) + as_told(_lineage(store, f"{metric}_daily", day))
        rows = [(one.source, one.samples, one.given, one.counted, one.why) for one in told]
    return pd.DataFrame(rows, columns=list(_WHY))


def _sleep_lineage(vault: Vault, metric: str, day: int) -> list[tuple[object, ...]]:
    """A sleep counts as its believed source tells it; the others of its time do not."""
    column = DAILY[metric].keywords["column"]
    date = date_of_day(day)
    rows: list[tuple[object, ...]] = []
    for sleep in vault.sleep(date, date).to_dict("records"):
        rows.append((sleep["source"], 1, sleep[column], sleep[column], "counted in full"))
        reason = f"left out: {sleep['source']} tells the same sleep"
        rows.extend((name, 1, None, 0.0, reason) for name in parted(sleep["left_out"]))
    return rows


def _lineage(store: Store, metric: str, day: int) -> list[Contribution]:
    known = find(metric)
    parts = store.columns(metric, (day - 1) * DAY_NS - 2 * LONGEST_NS, (day + 3) * DAY_NS)
    if known is None or known.rollup == "none" or not parts:
        return []
    (part,) = parts
    sources = store.sources()
    names = [origin.source for origin in part.origins]
    return explain_day(
        part.start,
        part.end,
        part.offset_min,
        np.asarray(part.value, np.float64),
        np.array([sources.names.index(name) for name in names], np.int32)[part.origin],
        rollup=known.rollup,
        rank=sources.rank,
        names=sources.names,
        home=store.home_zone,
        day=day,
        nightly=known.time == "night",
        windows=windows_of(metric, part.note, part.notes),
    )
