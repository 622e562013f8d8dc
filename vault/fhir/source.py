"""What the FHIR room asks of a vault: columns of a series, and tables of what is sparse.

The owner's ``Vault`` fits as it is, and so does a test's fake. A series is asked for a year at a time,
so that memory stays bounded however long the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas as pd

    from vault.readable import Moment
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

    def sleep(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a sleep."""
        ...

    def sleep_stages(self, session_id: str) -> pd.DataFrame:
        """Return start, end, stage of one sleep."""
        ...

    def workouts(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a workout."""
        ...

    def sets(self, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Return one row a strength set."""
        ...

    def imports(self) -> pd.DataFrame:
        """Return one row an import: import_id, adapter, at (UTC), digests (SHA-256, by comma)."""
        ...
