"""What the FHIR room asks of a vault: columns of a series, and tables of what is sparse.

The owner's ``Vault`` fits as it is, and so does a test's fake. A series is asked for a year at a time,
so that memory stays bounded however long the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from vault.merge.nights import Night
    from vault.readable import Moment
    from vault.records import Stream
    from vault.store.columns import Columns

__all__ = ["Source"]


class Source(Protocol):
    """A vault as its owner sees it; the tables are those of ``vault.readable.Readable``."""

    @property
    def home_zone(self) -> ZoneInfo:
        """The zone of records without an offset."""
        ...

    @property
    def identity_key(self) -> bytes:
        """The secret under which records get their identifiers, so that two vaults can't be joined."""
        ...

    def metrics(self) -> pd.DataFrame:
        """Return one row a stored series: metric, unit, n, first, last, sources."""
        ...

    def columns(
        self, metric: str, start: Moment | None = None, end: Moment | None = None
    ) -> Iterable[Columns]:
        """Return the stored columns of one series."""
        ...

    def nights(self, start: Moment | None = None, end: Moment | None = None) -> Sequence[Night]:
        """Return the sleeps of a window, each with its stages."""
        ...

    def workouts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a workout."""
        ...

    def streams_of(self, workout_ids: Sequence[str]) -> Mapping[str, Sequence[Stream]]:
        """Return the stored streams of workouts by their ids; those without have no entry."""
        ...

    def sets(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a strength set."""
        ...

    def imports(self) -> pd.DataFrame:
        """Return one row an import: adapter, at (UTC), digests (SHA-256, by comma), undone_at."""
        ...

    def carried_imports(self) -> pd.DataFrame:
        """Return adapter, at and digests of the imports of other vaults, which came with their bundles."""
        ...
