"""What a vault knows, as the columns readiness reads.

``inputs_from`` asks a reader (the owner's vault or a view) for nights, vitals, efforts and check-ins up
to a day and lays them out by wake date. What is not known stays NaN; what is known of a later day is not
looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vault.analysis.felt import RULE as FELT
from vault.analysis.nights import Inputs, Stream
from vault.analysis.reaction import Usual, first_of_day
from vault.analysis.recorded import recorded
from vault.analysis.score import CONFIDENCE
from vault.analysis.sleep.shift import night_shift, travelled
from vault.analysis.training.form import by_day
from vault.merge.preference import place_on
from vault.time import HOUR_NS, day_of_date

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from vault.analysis.overtraining import Lifts
    from vault.analysis.recorded import Done, Recorded, Tests
    from vault.analysis.tracks import Sleeps, Source, Track
    from vault.merge.preference import Preference

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["inputs_at", "inputs_from"]


def inputs_from(
    source: Source,
    until: date,
    *,
    need_min: float | None = None,
    felt_weight: float = 0.5,
    preferences: Sequence[Preference] = (),
    reaction: pd.DataFrame | None = None,
    lifts: Lifts | None = None,
) -> Inputs:
    """Return the inputs of every day up to ``until``, which is the last row even if nothing is known of it.

    Args:
        source: The reader; the owner's is ``vault.reading.eras.Measured``, which tells devices apart.
        until: The last wake date.
        need_min: The person's stated sleep need in minutes, None to learn it.
        felt_weight: Share of the check-in in the combined score, 0-0.8.
        preferences: The owner's choices of sources, in the order they were made.
        reaction: Reaction time tests, the table of ``Readable.reaction``; None to leave them out.
        lifts: The best of each day and movement, None to leave strength training out.
    """
    last = day_of_date(until)
    found = recorded(source, last, reaction=reaction, lifts=lifts)
    return inputs_at(found, last, need_min=need_min, felt_weight=felt_weight, preferences=preferences)


def inputs_at(
    found: Recorded,
    last: int,
    *,
    need_min: float | None = None,
    felt_weight: float = 0.5,
    preferences: Sequence[Preference] = (),
) -> Inputs:
    """Return what a day (since 1970-01-01) knows of what was recorded, as ``inputs_from``."""
    nights, answers = found.nights, found.answers
    tracks = {name: _in_order(every, last) for name, every in found.tracks.items()}
    starts = [nights.days, found.done.day, found.checkin_days]
    starts += [track.days for every in found.tracks.values() for track in every]
    days = np.arange(min([last, *(int(one.min()) for one in starts if len(one))]), last + 1)
    rows = {name: _rows([(one.days, one.values) for one in begun], days) for name, begun in tracks.items()}
    answered = {item: _laid_out(found.checkin_days, told, days) for item, told in answers.items()}
    unsaid = np.full(len(days), np.nan)
    load, estimated = _load(found.done, days)
    flown, on_shift = _clocks(nights, days)
    return Inputs(
        days=days.astype("datetime64[D]"),
        lnrmssd=rows["lnrmssd"],
        rhr=rows["rhr"],
        resp=rows["resp"],
        temp=rows["temp"],
        tst_min=_laid_out(nights.days, nights.asleep_min, days),
        load=load,
        stream=tuple(track.stream for track in tracks["lnrmssd"]) or (Stream(),),
        checkin={item: answered[item] for item in FELT.items if item in answered},
        pain=answered.get("pain", unsaid) > 0,
        illness=answered.get("illness", unsaid) > 0,
        load_estimated=estimated,
        partial=_laid_out(nights.main_days, nights.main_asleep_min, days) < CONFIDENCE.partial_min,
        streams={name: tuple(track.stream for track in begun) for name, begun in tracks.items()},
        artefact_share=_artefact_shares(tracks["lnrmssd"], days),
        chosen={name: _chosen(begun, days, preferences) for name, begun in tracks.items() if preferences},
        reaction=_reaction(found.tests, days),
        travelled=flown,
        night_shift=on_shift,
        performance_down=None if found.down is None else _ticked(found.down.day, found.down.down, days),
        need_min=need_min,
        felt_weight=felt_weight,
    )


def _clocks(nights: Sleeps, days: Ints) -> tuple[Bools, Bools]:
    """Return where flights and where night shifts loosen body and clock, by the nights' recorded offsets."""
    order = np.argsort(nights.main_days)
    at, offset = nights.main_days[order], nights.main_offset_min[order]
    middle = (nights.main_start + (nights.main_end - nights.main_start) // 2)[order]
    middle_h = (middle / HOUR_NS + offset / 60) % 24
    flown, on_shift = travelled(at, offset), night_shift(at, middle_h)
    return _ticked(at, flown, days), _ticked(at, on_shift, days)


def _reaction(tests: Tests | None, days: Ints) -> Floats | None:
    """Return the day's test beside its usual, [3, days], None where no test so far has a usual."""
    if tests is None or not np.isfinite(tests.usual[tests.day <= days[-1]]).any():
        return None
    beside = Usual(tests.usual, tests.high - tests.usual)
    found = first_of_day(tests.day, tests.speed, beside, days)
    return np.array([found.speed, found.usual, found.sd])


def _in_order(tracks: Sequence[Track], last: int) -> list[Track]:
    """Return the tracks begun by a day, by their first day, so that a new device adds the last row."""
    return sorted(
        (track for track in tracks if track.days[0] <= last),
        key=lambda track: (
            track.days[0],
            not track.stream.window.endswith("night"),
            track.stream.metric,
            track.stream.source or "",
            track.stream.window,
            track.stream.device or "",
        ),
    )


def _rows(columns: Sequence[tuple[Ints, Floats]], days: Ints) -> Floats:
    """Lay columns out as [streams, days]; one of nothing where there are none."""
    return np.array([_laid_out(*one, days) for one in columns] or [np.full(len(days), np.nan)])


def _artefact_shares(tracks: Sequence[Track], days: Ints) -> Floats | None:
    """Return the share of beats left out of each HRV, None where nothing is known of any."""
    if all(track.artefact_share is None for track in tracks):
        return None
    unknown = np.empty(0, np.int64), np.empty(0)
    shares = [
        unknown if track.artefact_share is None else (track.days, track.artefact_share) for track in tracks
    ]
    return _rows(shares, days)


def _chosen(tracks: Sequence[Track], days: Ints, preferences: Sequence[Preference]) -> Ints:
    """Return how early the owner wants each stream on each day, the highest first, 0 for no choice."""
    edges = [int(days[0]), *(edge for one in preferences for edge in (one.days[0], one.days[1] + 1))]
    spans = np.unique(np.clip(edges, days[0], days[-1] + 1))
    places = [
        [
            -place_on(preferences, track.stream.metric, track.stream.source or "", day)
            for day in spans.tolist()
        ]
        for track in tracks
    ]
    return np.array(places or [[0] * len(spans)])[:, np.searchsorted(spans, days, side="right") - 1]


def _laid_out(at: Ints, values: Floats, days: Ints) -> Floats:
    column = np.full(len(days), np.nan)
    within = (at >= days[0]) & (at <= days[-1])
    column[at[within] - days[0]] = values[within]
    return column


def _ticked(at: Ints, ticks: Bools, days: Ints) -> Bools:
    return np.asarray(_laid_out(at, ticks.astype(np.float64), days) == 1)


def _load(done: Done, days: Ints) -> tuple[Floats, Bools | None]:
    """Return each day's load points, and where they had to be guessed from the duration."""
    at = done.day - days[0]
    within = (at >= 0) & (at < len(days))
    if not within.any():
        return np.full(len(days), np.nan), None
    at = at[within]
    estimated = np.bincount(at, weights=done.guessed[within], minlength=len(days)) > 0
    return by_day(done.points[within], at, len(days)), estimated
