"""What the vault itself concludes, as tables: day by day, up to the last day that has data.

No clock has a say, so that the same data gives the same tables whenever they are written. A load fades with
every day that passes; its table ends with the last night, pulse or workout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from policies.owner import Owner

__all__ = ["inferred"]


def inferred(owner: Owner) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the name and the table of each conclusion."""
    readiness = owner.readiness_history()
    yield "readiness", readiness
    load = owner.load()
    known = [*readiness.index[-1:], *owner.workouts()["date"].sort_values()[-1:]]
    yield "load", load[load.index <= max(known)] if known else load
