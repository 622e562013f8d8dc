"""What the vault itself concludes, as tables: day by day, up to the last day that has data.

The clock has no say, so that the same vault gives the same tables whenever they are written. A day after that
of the newest import is one to come, whatever a device with a wrong clock says of it. A load fades with every
day that passes; its table ends with the last night, pulse or workout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vault.time import moment_of

if TYPE_CHECKING:
    import pandas as pd

    from policies.rights.payload import BundleOwner

__all__ = ["inferred"]


def inferred(owner: BundleOwner) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the name and the table of each conclusion."""
    heard = max((line.at for line in owner.ledger()), default=0)
    until = moment_of(heard).astimezone(owner.home_zone).date()
    readiness, load = owner.readiness_history(end=until), owner.load(end=until)
    yield "readiness", readiness
    trained = owner.workouts(end=until)["date"].sort_values()
    known = [*readiness.index[-1:], *trained[-1:]]
    yield "load", load[load.index <= max(known)] if known else load
