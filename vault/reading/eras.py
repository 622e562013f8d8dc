"""Device eras out of the store: the owner's table of them, and a reader that knows them value by value.

Readiness reads through ``Measured``, which is the vault's own reading with two columns more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vault.merge.eras import Era, device_name, eras, most_of_days
from vault.merge.windows import whole_rows, window_of, windows_of
from vault.metrics import find
from vault.names import joined, parted, plain
from vault.reading import frames

if TYPE_CHECKING:
    import pandas as pd

    from vault.store.columns import Columns
    from vault.vault import Vault

__all__ = ["Measured", "table"]


def table(vault: Vault, metrics: Iterable[str]) -> pd.DataFrame:
    """Return the eras of some metrics: metric, source, device, method, first, last, n."""
    import pandas as pd

    found = [era for metric in metrics for part in vault.columns(metric) for era in _eras(metric, part)]
    told = {
        name: np.array([getattr(era, name) for era in found], object)
        for name in ("metric", "source", "device", "method")
    }
    ends = {
        name: frames.instants(np.array([getattr(era, name) for era in found], np.int64))
        for name in ("first", "last")
    }
    return pd.DataFrame({**told, **ends, "n": np.array([era.n for era in found], np.int64)})


def _eras(metric: str, part: Columns) -> list[Era]:
    return eras(metric, part.start, part.end, part.origin, part.note, origins=part.origins, notes=part.notes)


class Measured:
    """A vault as ``vault.analysis.tracks.Source``, with ``device`` and ``method`` beside each value."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._columns: dict[str, list[Columns]] = {}
        self.sleep, self.efforts, self.checkins = vault.sleep, vault.efforts, vault.checkins

    def _parts(self, metric: str) -> list[Columns]:
        if metric not in self._columns:
            self._columns[metric] = self._vault.columns(metric)
        return self._columns[metric]

    def samples(self, metric: str) -> pd.DataFrame:
        """See ``Vault.samples``; device and method are "" where nobody says."""
        import pandas as pd

        parts = self._parts(metric)
        told = [frames.samples([part]).assign(**_ways(part)) for part in parts]
        whole = pd.concat(told, ignore_index=True) if told else frames.samples([])
        in_order = whole["start"].is_monotonic_increasing
        return whole if in_order else whole.sort_values("start", kind="stable", ignore_index=True)

    def daily(self, metric: str) -> pd.DataFrame:
        """See ``Vault.daily``; device and method are those of most of a day's samples."""
        whole = self._vault.daily(metric)
        known = dict(way for part in reversed(self._parts(metric)) for way in self._of_days(metric, part))
        days = whole.index.to_numpy("datetime64[D]").astype(np.int64).tolist()
        told = [
            [known.get((day, name), ("", "")) for name in parted(names)]
            for day, names in zip(days, whole["sources"])
        ]
        for column, at in (("device", 0), ("method", 1)):
            names = [joined(dict.fromkeys(way[at] for way in row if way[at])) for row in told]
            whole[column] = np.array(names, object)
        return whole

    def _of_days(self, metric: str, part: Columns) -> Iterator[tuple[tuple[int, str], tuple[str, str]]]:
        """Yield (day, source) and (device, method) of the values days are made of."""
        home, known = self._vault.home_zone, find(metric)
        sources = sorted({plain(one.source) for one in part.origins})
        number = np.array([sources.index(plain(one.source)) for one in part.origins], np.int32)
        windows = windows_of(metric, part.note, part.notes)
        nightly = known is not None and known.time == "night"
        columns = part.start, part.end, part.offset_min, number[part.origin]
        counts, day = whole_rows(*columns, home, nightly=nightly, windows=windows)
        part = part.take(counts)
        ways = sorted({(device, method) for device in _devices(part) for method in _methods(part)})
        way = np.array(
            [[ways.index((device, method)) for method in _methods(part)] for device in _devices(part)],
            np.int32,
        )
        found = most_of_days(day, number[part.origin], way[part.origin, part.note])
        for on, name, at in zip(*(column.tolist() for column in found)):
            yield (on, sources[name]), ways[at]


def _devices(part: Columns) -> list[str]:
    return [device_name(one.device) for one in part.origins]


def _methods(part: Columns) -> list[str]:
    """Return the methods by note; the last is that of none, which is -1."""
    return [*map(window_of, part.notes), ""]


def _ways(part: Columns) -> dict[str, Any]:
    return {
        "device": _category(_devices(part), part.origin),
        "method": _category(_methods(part), part.note),
    }


def _category(names: Sequence[str], index: Any) -> Any:
    import pandas as pd

    unique = sorted(set(names))
    number = np.array([unique.index(name) for name in names], np.int32)
    return pd.Categorical.from_codes(number[index], categories=pd.Index(unique, dtype=object))
