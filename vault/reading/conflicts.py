"""Where a vault's sources disagree about a day by more than a tolerance: shown, never resolved by itself.

What another source says of a day is a claim: the total a vendor states, the value it would have alone, or the
night as its tracker saw it. Whole columns of claims are held against the daily values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vault.merge.conflicts import Tolerance, disagreements, tolerances
from vault.merge.pieces import measure, parts_beside
from vault.merge.rivals import are_rivals
from vault.merge.speakers import believed_instead
from vault.moment import span
from vault.reading.given import given
from vault.reading.sleep import verdicts
from vault.time import date_of_day

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vault.merge.pieces import Piece
    from vault.merge.rivals import Verdict
    from vault.store.store import Store
    from vault.vault import Vault

__all__ = ["Claim", "claims", "conflicts"]

_COLUMNS = ("date", "metric", "value", "source", "other_source", "other_value", "tolerance")
_IN_FULL = "sleep_duration"


class Claim(NamedTuple):
    """What ``source`` says of days: int64 [m] since 1970-01-01, ascending, and float64 [m]."""

    source: str
    day: NDArray[np.int64]
    value: NDArray[np.float64]


def conflicts(
    vault: Vault, store: Store, first: int | None, last: int | None, metrics: Collection[str] | None = None
) -> pd.DataFrame:
    """Return one row a day, metric and source that disagrees, by date; of all compared metrics or some."""
    import pandas as pd

    frames = [
        _of_metric(vault, store, tolerance, first, last)
        for tolerance in tolerances().values()
        if metrics is None or tolerance.metric in metrics
    ]
    if not frames:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    found = pd.concat(frames, ignore_index=True)
    return found.sort_values(["date", "metric", "other_source"], kind="stable", ignore_index=True)


def _of_metric(
    vault: Vault, store: Store, tolerance: Tolerance, first: int | None, last: int | None
) -> pd.DataFrame:
    import pandas as pd

    from vault.reading.frames import days

    shown = vault.daily(tolerance.metric, _date(first), _date(last))
    day = shown.index.to_numpy().astype("M8[D]").astype(np.int64)
    value, source = shown["value"].to_numpy(), shown["sources"].to_numpy()
    parts = []
    for claim in claims(store, tolerance, first, last) if len(shown) else ():
        here, there, limit = disagreements(day, value, claim.day, claim.value, tolerance)
        parts.append((day[here], value[here], source[here], claim.source, claim.value[there], limit))
    return pd.DataFrame(
        {
            "date": days(_joined([part[0] for part in parts], np.int64).tolist()),
            "metric": tolerance.metric,
            "value": _joined([part[1] for part in parts], np.float64),
            "source": _joined([part[2] for part in parts], object),
            "other_source": np.repeat([part[3] for part in parts], [len(part[0]) for part in parts]).astype(
                object
            ),
            "other_value": _joined([part[4] for part in parts], np.float64),
            "tolerance": _joined([part[5] for part in parts], np.float64),
        },
        columns=list(_COLUMNS),
    )


def _joined(columns: list[NDArray[np.generic]], kind: type) -> NDArray[np.generic]:
    return np.concatenate([np.empty(0, kind), *columns]).astype(kind)


def claims(store: Store, tolerance: Tolerance, first: int | None, last: int | None) -> Iterator[Claim]:
    """Yield what is held against a metric's daily values of the local days first..last."""
    if tolerance.metric == _IN_FULL:
        yield from _of_nights(store, first, last)
    elif len(tolerance.against) > 1:
        yield _added_up(store, tolerance.against, first, last)
    else:
        (told,) = tolerance.against or (tolerance.metric,)
        found = given(store, told, first, last)
        for name, daily in found.alone() if found else ():
            yield Claim(name, daily.day.astype(np.int64), daily.value)


def _added_up(store: Store, metrics: Collection[str], first: int | None, last: int | None) -> Claim:
    """Return the sum of daily values on the days that have all of them."""
    told = [store.daily(name, first, last) for name in metrics]
    day: NDArray[np.int64] = reduce(np.intersect1d, [daily.day.astype(np.int64) for daily, _ in told])
    value = np.zeros(len(day))
    for daily, _ in told:
        value += daily.value[np.searchsorted(daily.day, day)]
    return Claim(" + ".join(metrics), day, value)


def _of_nights(store: Store, first: int | None, last: int | None) -> Iterator[Claim]:
    """Yield the sleep of each day as it would be with a tracker that is not believed.

    That is instead of those that are, if it saw the night, or for what it saw beside them, whichever is more
    of a difference.
    """
    total: dict[int, float] = defaultdict(float)
    found: list[tuple[str, int, float, list[Piece]]] = []
    for group in verdicts(store, span(_date(first), _date(last), store.home_zone)):
        told = [one.sleep for _, one in group if not one.rule]
        for day in sorted({woken for woken, one in group if not one.rule}):
            believed, others = believed_instead(group, day)
            total[day] += _asleep(believed)
            for tracker, theirs in _by_tracker(others).items():
                own = [one.sleep for one in theirs if one.rule != "seen"]
                replaced = [sleep for sleep in believed if any(are_rivals(sleep, other) for other in own)]
                beside = [part for one in theirs for part in parts_beside(one.sleep, told)]
                found.append((tracker, day, _asleep(own) - _asleep(replaced), beside))
    measure([part for *_, beside in found for part in beside])
    change: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for tracker, day, instead, beside in found:
        change[tracker][day] += max(instead, _asleep(beside), key=abs)
    for tracker, by_day in sorted(change.items()):
        days = sorted(by_day)
        yield Claim(tracker, np.array(days, np.int64), np.array([total[one] + by_day[one] for one in days]))


def _by_tracker(others: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Return those that tell sleep which nobody tells for them, by tracker."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for one in others:
        if one.rule not in ("rest", "twice") and one.sleep.asleep_min is not None:
            found[one.sleep.tracker].append(one)
    return found


def _asleep(sleeps: Iterable[Piece]) -> float:
    return sum(sleep.asleep_min or 0.0 for sleep in sleeps)


def _date(day: int | None) -> date | None:
    return None if day is None else date_of_day(day)
