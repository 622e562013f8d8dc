"""Reads the LifeSnaps sample: 71 wearers of one watch, by day, with how they felt, their sex and age band.

The idea: who somebody is stays beside the inputs and never gets into them. What goes in: ``rmssd``,
``nremhr`` as resting heart rate (the pulse of deep and light sleep; ``resting_hr`` is an estimate of the
whole day), breathing of the whole sleep, ``nightly_temperature`` and minutes asleep. No load: the set has
steps and zones of the whole day but no sessions, and readiness reads sessions only. Data: LifeSnaps, CC BY
4.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vault.analysis import Inputs, Stream

TABLE = Path("lifesnaps") / "set-a" / "output_data" / "daily_fitbit_sema_df_unprocessed.csv"
GROUPS = {"sex": "gender", "age": "age", "body mass index": "bmi"}
OVERWEIGHT = 25.0
"""The set mixes numbers and open bands of body mass index; all can be told to be under this or not."""
ANSWERS = {
    "responsiveness": "responsiveness_points_percentage",
    "stress score": "stress_score",
    "tired": "TIRED",
    "rested": "RESTED/RELAXED",
}
"""What v1 is compared with: two scores of the maker and two answers of the wearer (1 = yes)."""
_INPUTS = {
    "rhr": "nremhr",
    "tst_min": "minutesAsleep",
    "resp": "full_sleep_breathing_rate",
    "temp": "nightly_temperature",
}


@dataclass(frozen=True, eq=False)
class Participant:
    """One wearer: what readiness reads, the answers [days], and the groups ("" where nobody says)."""

    name: str
    inputs: Inputs
    answers: Mapping[str, np.ndarray]
    groups: Mapping[str, str]


def table(samples: Path) -> pd.DataFrame:
    """Return the sample's rows, one a person and day."""
    return pd.read_csv(samples / TABLE, low_memory=False, parse_dates=["date"], dtype={"id": str})


def participants(rows: pd.DataFrame) -> list[Participant]:
    """Return all wearers, by their number."""
    return [_participant(name, own) for name, own in rows.groupby("id", sort=True)]


def _participant(name: str, rows: pd.DataFrame) -> Participant:
    by_day = rows.set_index("date").sort_index().asfreq("D")

    def column(of: str) -> np.ndarray:
        return by_day[of].to_numpy(np.float64)

    rmssd = column("rmssd")
    return Participant(
        name,
        Inputs(
            days=by_day.index.to_numpy("datetime64[D]"),
            lnrmssd=np.log(np.where(rmssd > 0, rmssd, np.nan)),
            load=np.full(len(by_day), np.nan),
            stream=(Stream("Fitbit", "Sense"),),
            **{key: column(of) for key, of in _INPUTS.items()},
        ),
        {key: column(of) for key, of in ANSWERS.items()},
        {key: _group(key, next(iter(rows[of].dropna().astype(str)), "")) for key, of in GROUPS.items()},
    )


def _group(kind: str, said: str) -> str:
    if kind != "body mass index" or not said:
        return said.lower()
    is_under = float(said.lstrip("<>=")) < OVERWEIGHT
    return f"{'<' if is_under else '>='}{OVERWEIGHT:.0f}"
