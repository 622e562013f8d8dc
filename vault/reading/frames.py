"""Columns and rows as the pandas tables readers return: one function a table, no rule of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.exercises import movement_of
from vault.names import joined
from vault.time import NO_INSTANT, SECOND_NS, UNKNOWN_OFFSET, local_days

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd
    from numpy.typing import NDArray

    from vault.merge.nights import Night
    from vault.merge.overlap import Daily
    from vault.merge.workouts import Folded
    from vault.records import LedgerLine, Score, StrengthSet, Workout
    from vault.store.reader import Columns, ImportEntry, Series

__all__ = [
    "carried",
    "component_samples",
    "daily",
    "days",
    "instants",
    "ledger",
    "length_min",
    "nights",
    "samples",
    "scores",
    "series",
    "sets",
    "stages",
    "workouts",
]

_SECONDS = 60
"""Of a minute."""


def instants(ns: NDArray[np.int64]) -> pd.DatetimeIndex:
    """Return UTC ns as an aware DatetimeIndex; NO_INSTANT is numpy's and pandas' NaT."""
    import pandas as pd

    return pd.DatetimeIndex(ns.view("M8[ns]")).tz_localize("UTC")


def _maybe_instants(ns: Iterable[int | None]) -> pd.DatetimeIndex:
    return instants(np.array([NO_INSTANT if one is None else one for one in ns], np.int64))


def _offsets(offset_min: NDArray[np.int16]) -> Any:
    import pandas as pd

    return pd.arrays.IntegerArray(offset_min.astype(np.int16), offset_min == UNKNOWN_OFFSET)


def days(day: Iterable[int]) -> pd.DatetimeIndex:
    """Return local days as a plain ``date`` index."""
    import pandas as pd

    counts = np.asarray(list(day), np.int64)
    return pd.DatetimeIndex(counts.astype("M8[D]").astype("M8[ns]"), name="date")


def _local_date(ns: int, offset_min: int, home: ZoneInfo) -> int:
    return int(local_days(np.array([ns]), np.array([offset_min], np.int16), home)[0])


def samples(parts: Sequence[Columns]) -> pd.DataFrame:
    """Return the samples of one metric, by start."""
    import pandas as pd

    frames = [_samples(part) for part in parts]
    if not frames:
        return _no_samples()
    whole = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    in_order = whole["start"].is_monotonic_increasing
    return whole if in_order else whole.sort_values("start", kind="stable", ignore_index=True)


def _samples(part: Columns) -> pd.DataFrame:
    import pandas as pd

    names = [origin.source for origin in part.origins]
    unique = sorted(set(names))
    to_unique = np.array([unique.index(name) for name in names], np.int32)
    value: Any = part.value
    if part.codes is not None:
        value = np.asarray(part.codes, object)[part.value]
    return pd.DataFrame(
        {
            "start": instants(part.start),
            "end": instants(part.end),
            "utc_offset_min": _offsets(part.offset_min),
            "value": value,
            "source": pd.Categorical.from_codes(
                to_unique[part.origin] if names else part.origin, categories=pd.Index(unique)
            ),
        }
    )


def _no_samples() -> pd.DataFrame:
    import pandas as pd

    empty = np.empty(0, np.int64)
    return pd.DataFrame(
        {
            "start": instants(empty),
            "end": instants(empty),
            "utc_offset_min": _offsets(empty.astype(np.int16)),
            "value": np.empty(0),
            "source": pd.Categorical([]),
        }
    )


def component_samples(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Join the series of a metric's components on (start, end, source): one row a reading."""
    keys = ["start", "end", "utc_offset_min", "source"]
    whole: pd.DataFrame | None = None
    for name, frame in parts.items():
        part = frame.astype({"source": str}).rename(columns={"value": name})
        whole = part if whole is None else whole.merge(part, on=keys, how="outer")
    assert whole is not None
    ordered = whole[[*keys[:3], *parts, "source"]]
    return ordered.sort_values("start", kind="stable", ignore_index=True)


def daily(values: Daily, names: Sequence[str]) -> pd.DataFrame:
    """Return value, n and sources by local date."""
    import pandas as pd

    said = [joined(names[code] for code in codes) for codes in values.sets]
    sources = np.asarray(said, object)[values.source_set] if said else np.empty(0, object)
    return pd.DataFrame(
        {"value": values.value, "n": values.n, "sources": sources}, index=days(values.day.tolist())
    )


def _minutes(value: float | None) -> float:
    return np.nan if value is None else value


def nights(found: Sequence[Night]) -> pd.DataFrame:
    """Return one row a sleep."""
    import pandas as pd

    dates = np.array([night.date for night in found], "M8[D]")
    return pd.DataFrame(
        {
            "session_id": [night.session_id for night in found],
            "date": dates.astype("M8[s]"),
            "start": instants(np.array([night.start for night in found], np.int64)),
            "end": instants(np.array([night.end for night in found], np.int64)),
            "utc_offset_min": _offsets(np.array([night.offset_min for night in found], np.int16)),
            "is_nap": np.array([night.is_nap for night in found], bool),
            **{
                f"{stage}_min": np.array(
                    [_minutes(getattr(night, f"{stage}_min")) for night in found], np.float64
                )
                for stage in ("asleep", "in_bed", "deep", "light", "rem", "awake")
            },
            "source": np.array([night.source for night in found], object),
            "left_out": np.array([joined(night.left_out) for night in found], object),
        }
    )


def stages(found: Sequence[tuple[int, int, str]]) -> pd.DataFrame:
    """Return the stages of one sleep."""
    import pandas as pd

    return pd.DataFrame(
        {
            "start": instants(np.array([start for start, _, _ in found], np.int64)),
            "end": instants(np.array([end for _, end, _ in found], np.int64)),
            "stage": np.array([stage for _, _, stage in found], object),
        }
    )


def workouts(found: Sequence[Folded[Workout]], ids: Sequence[str], home: ZoneInfo) -> pd.DataFrame:
    """Return one row a workout."""
    import pandas as pd

    best = [folded.best for folded in found]
    numbers = {
        "duration_min": [length_min(w) for w in best],
        "distance_m": [w.distance_m for w in best],
        "energy_kcal": [w.energy_kcal for w in best],
        "hr_mean": [w.hr_mean for w in best],
        "hr_max": [w.hr_max for w in best],
        "elevation_gain_m": [w.elevation_gain_m for w in best],
    }
    return pd.DataFrame(
        {
            "workout_id": np.array(ids, object),
            "date": days(_local_date(w.start, w.offset_min, home) for w in best),
            "start": instants(np.array([w.start for w in best], np.int64)),
            "end": instants(np.array([w.end for w in best], np.int64)),
            "utc_offset_min": _offsets(np.array([w.offset_min for w in best], np.int16)),
            "activity": np.array([w.activity for w in best], object),
            **{name: np.array(column, np.float64) for name, column in numbers.items()},
            "source": np.array([w.origin.source for w in best], object),
            "also_in": np.array([joined(folded.also_in) for folded in found], object),
        }
    )


def length_min(one: Workout) -> float:
    """Return how long a workout was: as it says, else from its start to its end."""
    seconds = (one.end - one.start) / SECOND_NS if one.duration_s is None else one.duration_s
    return seconds / _SECONDS


def sets(found: Sequence[StrengthSet], ids: Sequence[str], home: ZoneInfo) -> pd.DataFrame:
    """Return one row a strength set."""
    import pandas as pd

    def column(name: str, kind: Any) -> Any:
        return np.array([getattr(one, name) for one in found], kind)

    return pd.DataFrame(
        {
            "workout_id": np.array(ids, object),
            "date": days(_local_date(one.start, one.offset_min, home) for one in found),
            "start": instants(column("start", np.int64)),
            "utc_offset_min": _offsets(column("offset_min", np.int16)),
            "index": column("index", np.int64),
            "exercise": column("exercise", object),
            "movement": np.array([movement_of(one.exercise) for one in found], object),
            "set_type": column("set_type", object),
            "repetitions": column("repetitions", np.float64),
            "load_kg": column("load_kg", np.float64),
            "per_side": column("per_side", bool),
            "duration_s": column("duration_s", np.float64),
            "rpe": column("rpe", np.float64),
            "rir": column("rir", np.float64),
            "source": np.array([one.origin.source for one in found], object),
        }
    )


def scores(found: Sequence[Score]) -> pd.DataFrame:
    """Return one row a vendor's score."""
    import pandas as pd

    return pd.DataFrame(
        {
            "date": days(one.day for one in found),
            "source": np.array([one.origin.source for one in found], object),
            "score": np.array([one.score for one in found], object),
            "value": np.array([one.value for one in found], np.float64),
            "unit": np.array([one.unit for one in found], object),
        }
    )


def series(found: Sequence[Series]) -> pd.DataFrame:
    """Return one row a metric and unit."""
    import pandas as pd

    return pd.DataFrame(
        {
            "metric": np.array([one.metric for one in found], object),
            "unit": np.array([one.unit for one in found], object),
            "n": np.array([one.n for one in found], np.int64),
            "first": instants(np.array([one.first for one in found], np.int64)),
            "last": instants(np.array([one.last for one in found], np.int64)),
            "sources": np.array([joined(one.sources) for one in found], object),
        }
    )


def ledger(found: Sequence[ImportEntry]) -> pd.DataFrame:
    """Return one row an import; ``digests`` are SHA-256 of its files, ``undone_at`` is NaT if it stands."""
    import pandas as pd

    counts = ("added", "duplicate", "updated", "rejected")
    return pd.DataFrame(
        {
            "import_id": np.array([one.id for one in found], object),
            "at": instants(np.array([one.at for one in found], np.int64)),
            "adapter": np.array([one.adapter for one in found], object),
            "version": np.array([one.version for one in found], object),
            **{name: np.array([one.counts[name] for one in found], np.int64) for name in counts},
            "files": np.array([joined(name for name, _, _ in one.files) for one in found], object),
            "digests": np.array([joined(digest for _, _, digest in one.files) for one in found], object),
            "duration_s": np.array([one.duration_s for one in found], np.float64),
            "undone_at": _maybe_instants(one.undone_at for one in found),
        }
    )


def carried(found: Sequence[LedgerLine]) -> pd.DataFrame:
    """Return one row an import of another vault; ``digests`` are SHA-256 of its files."""
    import pandas as pd

    return pd.DataFrame(
        {
            "adapter": np.array([one.adapter for one in found], object),
            "version": np.array([one.version for one in found], object),
            "at": instants(np.array([one.at for one in found], np.int64)),
            "digests": np.array([joined(file.sha256 for file in one.files) for one in found], object),
        }
    )
