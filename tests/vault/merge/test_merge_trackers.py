"""Two devices under one name are two trackers where both saw sleep at once, and one where they take turns."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from vault.merge.nights import Segments, assemble, judged
from vault.merge.trackers import UNNAMED, told_apart
from vault.records import Device, Origin, SleepSession
from vault.time import DAY_NS, MINUTE_NS

HOME = ZoneInfo("Europe/Berlin")
EVENING = 20_463 * DAY_NS + 21 * 60 * MINUTE_NS
"""22:00 in Berlin, on 10 January 2026."""


def garmin(model="", **more):
    device = Device(manufacturer="Garmin", model=model, **more) if model else None
    return Origin("Garmin Connect", "apple_health", device=device)


FENIX, FORERUNNER, UNSAID = garmin("fenix 7"), garmin("fr965"), garmin()
OURA = Origin("Oura", "oura", app="oura")


def at(hours):
    """Return the instant some hours after 22:00."""
    return EVENING + round(hours * 60) * MINUTE_NS


def nights(*rows, sessions=()):
    """Return the sleeps of segments (origin, from, to, stage), hours after 22:00, and of such sessions."""
    origins = list(dict.fromkeys(row[0] for row in rows))
    segments = Segments(
        np.array([at(row[1]) for row in rows], np.int64),
        np.array([at(row[2]) for row in rows], np.int64),
        np.full(len(rows), 60, np.int16),
        [row[3] for row in rows],
        np.array([origins.index(row[0]) for row in rows], np.int32),
        origins,
    )
    told = [session(*row) for row in sessions]
    found = assemble(segments, told, HOME)
    assert sum(not one.rule for group in judged(segments, told, HOME) for _, one in group) == len(found)
    return [
        ((one.start - EVENING) / MINUTE_NS / 60, one.asleep_min, one.source, one.left_out) for one in found
    ]


def session(origin, start, end, stage):
    rows = [(at(start), at(end), stage)] if stage else []
    return SleepSession(f"{start} {end} {origin.device}", at(start), at(end), 60, origin, rows)


@pytest.mark.parametrize("kind", ["segments", "sessions"])
def test_two_watches_under_one_name_are_rivals(kind):
    """One speaks for the night they both saw, and who is left out is named with its device."""
    rows = [(FENIX, 1, 8, "light"), (FORERUNNER, 1.2, 7.9, "light")]
    found = nights(*rows) if kind == "segments" else nights(sessions=rows)
    assert found == [(1, 420, "Garmin Connect", ("Garmin Connect (fr965)",))]


def test_pieces_of_each_watch_are_joined():
    """Stages of two watches lie between each other, and make one night of each."""
    found = nights(
        (FENIX, 1, 4, "light"),
        (FORERUNNER, 1.1, 3, "deep"),
        (FORERUNNER, 3, 7.5, "light"),
        (FENIX, 4.5, 8, "rem"),
    )
    assert found == [(1, 390, "Garmin Connect", ("Garmin Connect (fr965)",))]


def test_night_of_one_watch_is_parted_where_it_saw_nothing():
    """What the other watch recorded meanwhile closes no gap of it."""
    found = nights((FENIX, 1, 4, "light"), (FENIX, 5.5, 9, "rem"), (FORERUNNER, 1, 4.5, "asleep"))
    assert found == [
        (1, 180, "Garmin Connect", ("Garmin Connect (fr965)",)),
        (5.5, 210, "Garmin Connect", ()),
    ]


def test_two_watches_under_one_name_are_weighed_as_two_against_a_third():
    """Neither is longer for the other's minutes, and both are named."""
    found = nights((FENIX, 1, 3, "light"), (FORERUNNER, 2, 4, "light"), (OURA, 1, 5, "light"))
    assert found == [(1, 240, "Oura", ("Garmin Connect (fenix 7)", "Garmin Connect (fr965)"))]


@pytest.mark.parametrize(
    "other",
    [
        garmin("fenix 7", software="19.2"),
        garmin("fenix 7", name="Pat’s fenix"),
        UNSAID,
        FORERUNNER,  # put on when the other's battery had died
    ],
    ids=["updated", "renamed", "not said", "another, in turn"],
)
def test_one_night_in_which_what_is_told_of_the_device_changes(other):
    """Who goes on where another stopped is one tracker with it: the night is not cut in two."""
    assert nights((FENIX, 1, 4, "light"), (other, 4, 8, "rem")) == [(1, 420, "Garmin Connect", ())]


def test_sleep_told_once_with_and_once_without_a_device_is_one():
    """No device is said, so it may be the one: nobody is left out."""
    assert nights((FENIX, 1, 8, "light"), (UNSAID, 1, 8, "light")) == [(1, 420, "Garmin Connect", ())]
    sessions = [(FENIX, 1, 8, "light"), (UNSAID, 1, 7, "light")]
    assert nights(sessions=sessions) == [(1, 420, "Garmin Connect", ())]


def test_time_in_bed_by_another_device_is_of_the_same_night():
    """An app that hears the bed with the phone and the sleep with the watch is one tracker."""
    assert nights((FENIX, 1, 8, "in_bed"), (FORERUNNER, 1.5, 8, "asleep")) == [(1, 390, "Garmin Connect", ())]


def test_session_cut_at_midnight_by_each_of_two_watches_is_whole_of_both():
    """Halves of one watch find each other, and never those of the other one."""
    halves = [(who, *half, "") for who in (FENIX, FORERUNNER) for half in ((0.5, 2), (2, 8.5))]
    assert nights(sessions=halves) == [(0.5, 480, "Garmin Connect", ("Garmin Connect (fr965)",))]
    assert nights(sessions=[(UNSAID, 0.5, 2, ""), (FENIX, 2, 8.5, "")]) == [(0.5, 480, "Garmin Connect", ())]


@pytest.mark.parametrize(
    ("sleeps", "expected"),
    [
        ([("a", 0, 5), ("b", 5, 9)], {"a": "", "b": ""}),
        ([("a", 0, 5), ("", 2, 9)], {"a": "a", "": "a"}),
        ([("", 0, 5), ("", 2, 9)], {"": ""}),
        ([("a", 0, 5), ("b", 4, 9)], {"a": "a", "b": "b"}),
        ([("a", 0, 5), ("b", 4, 9), ("", 5, 9)], {"a": "a", "b": "b", "": "a"}),
        ([("a", 0, 5), ("b", 4, 9), ("", 0, 4)], {"a": "a", "b": "b", "": "b"}),
        ([("a", 0, 5), ("b", 4, 9), ("", 3, 8)], {"a": "a", "b": "b", "": UNNAMED}),
    ],
)
def test_what_names_no_device_is_of_one_that_recorded_nothing_then(sleeps, expected):
    """Of several it is the first by name; over all of them it is a tracker of its own."""
    spans = np.array([span for _, *span in sleeps], np.int64)
    assert told_apart([name for name, *_ in sleeps], spans, np.ones(len(sleeps), bool)) == expected


def test_session_cut_at_midnight_and_told_by_an_export_and_a_copy_is_whole_of_both():
    """Of one name without a device, what an export says is not joined to what a copy of it says."""
    export, copy = (
        Origin("Garmin Connect", "garmin", app="garmin"),
        Origin("Garmin Connect", "fhir", app="garmin"),
    )
    halves = [(who, *half, "") for half in ((0.5, 2), (2, 8.5)) for who in (export, copy)]
    assert nights(sessions=halves) == [(0.5, 480, "Garmin Connect", ())]
