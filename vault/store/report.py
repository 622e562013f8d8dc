"""What an import did: how many records were new, known, completed or refused, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from vault.store.origins import plain

__all__ = ["MAX_EXAMPLES", "ImportReport"]

MAX_EXAMPLES = 20


@dataclass(slots=True)
class ImportReport:
    """The result of an import; every record and sample handed over is in exactly one of the four counts.

    Args:
        added: What was not there.
        duplicate: What was there already.
        updated: What was there and became more complete, or was changed by its source.
        rejected: What could not be used; ``rejections`` has the number by reason.
        rejections: Reason code -> how many.
        examples: Reason code -> up to 20 places (file, position), where the adapter gave one.
        left: Reason code -> rows that the adapter knowingly did not read, as far as it counts them.
        by_metric: Metric -> samples added.
        by_kind: Kind of record (``workout``, ``sleep_session``, ...) -> records added.
        sources: Names of the sources in the export.
        import_id: Id in the ledger; None if nothing was new, and so nothing was written.
        files: Files that were read whole.
        signers: Keys (hex) by which other vaults' bundles are signed; whose they are is not known here.
        adopted: Whether the vault was empty and took over another one's settings.
        duration_s: Seconds, by the clock that was given.
    """

    added: int = 0
    duplicate: int = 0
    updated: int = 0
    rejected: int = 0
    rejections: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)
    by_metric: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    sources: list[str] = field(default_factory=list)
    import_id: str | None = None
    files: int = 0
    signers: list[str] = field(default_factory=list)
    adopted: bool = False
    duration_s: float = 0.0

    def count(self, *, added: int = 0, duplicate: int = 0, updated: int = 0) -> None:
        """Count records that could be used."""
        self.added += added
        self.duplicate += duplicate
        self.updated += updated

    def count_samples(self, metric: str, rows: int, added: int, updated: int) -> None:
        """Count samples of a metric; those that are neither new nor completed were known."""
        self.count(added=added, duplicate=rows - added - updated, updated=updated)
        if added:
            self.by_metric[metric] += added

    def reject(self, reason: str, count: int = 1, place: tuple[str, int] | None = None) -> None:
        """Count records that could not be used; none of a reason is no reason."""
        if not count:
            return
        self.rejected += count
        self.rejections[reason] += count
        if place is not None and len(places := self.examples.setdefault(reason, [])) < MAX_EXAMPLES:
            places.append((plain(place[0]), place[1]))

    def counts(self) -> dict[str, Any]:
        """Return the four counts and the reasons, as the ledger keeps them."""
        return {
            "added": self.added,
            "duplicate": self.duplicate,
            "updated": self.updated,
            "rejected": self.rejected,
            "rejections": dict(sorted(self.rejections.items())),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return what ``import --json`` prints."""
        ids = [] if self.import_id is None else [self.import_id]
        left = dict(sorted(self.left.items()))
        return {**self.counts(), "left": left, "sources": self.sources, "import_ids": ids}
