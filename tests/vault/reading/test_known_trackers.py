"""Nights of a vault that two trackers recorded: who speaks, what others are called, what is disagreed on."""

from __future__ import annotations

import pytest

from vault.records import Device, Origin, SleepSession
from vault.time import MINUTE_NS, parse_instant

MIDNIGHT, _ = parse_instant("2026-01-11T00:00+01:00")
FENIX, FORERUNNER = (
    Origin("Garmin Connect", "apple_health", device=Device(manufacturer="Garmin", model=model))
    for model in ("fenix 7", "fr965")
)
OURA = Origin("Oura", "oura", app="oura")


def slept(origin, start, end, stage="light"):
    """Return a sleep from and to hours after midnight in Berlin."""
    first, last = (MIDNIGHT + round(hours * 60) * MINUTE_NS for hours in (start, end))
    rows = [(first, last, stage)] if stage else []
    return SleepSession(f"{start} {end} {origin.device}", first, last, 60, origin, rows)


def test_two_watches_under_one_name_are_told_apart_wherever_a_night_is_explained(kept):
    """One speaks; the other is named with its device in the table, in the reasons and among disagreements."""
    opened = kept("Europe/Berlin", [slept(FENIX, -1, 7), slept(FORERUNNER, -0.5, 6.4)])
    other = "Garmin Connect (fr965)"
    assert opened.sleep()[["source", "left_out"]].to_numpy().tolist() == [["Garmin Connect", other]]
    parts = opened.why("sleep_duration", "2026-01-11")
    assert parts[["source", "given", "counted"]].to_numpy().tolist() == [
        ["Garmin Connect (fenix 7)", 480, 480],
        [other, 414, 0],
    ]
    assert parts["why"].iloc[1] == (
        "left out: Garmin Connect (fenix 7) comes first; differs from the day's value by more than 60 min"
    )
    (row,) = opened.conflicts().to_dict("records")
    assert (row["metric"], row["other_source"], row["value"], row["other_value"]) == (
        "sleep_duration", other, 480, 414,
    )  # fmt: skip
    assert opened.daily("sleep_duration")["value"].tolist() == [480]


def test_choice_of_a_name_with_two_watches_is_said_of_its_night(kept):
    """The choice is of the name; which of its watches speaks is settled as between any two."""
    opened = kept("Europe/Berlin", [slept(FENIX, -1, 7), slept(FORERUNNER, -0.5, 6.5), slept(OURA, -1, 7.2)])
    opened.prefer("Garmin Connect", "sleep")
    (night,) = opened.sleep().to_dict("records")
    assert (night["source"], night["left_out"]) == ("Garmin Connect", "Garmin Connect (fr965), Oura")
    assert opened.why("sleep_duration", "2026-01-11")["why"].iloc[0].endswith("you prefer Garmin Connect")


def test_night_handed_over_is_all_told(kept):
    """The watch came off when the ring went on: both tell, one date has the sum, and nobody disagrees."""
    opened = kept("Europe/Berlin", [slept(FENIX, -1, 3), slept(OURA, 2.9, 8)])
    found = opened.sleep()
    assert found[["source", "asleep_min", "left_out"]].to_numpy().tolist() == [
        ["Garmin Connect", 234, ""],
        ["Oura", 306, ""],
    ]
    assert opened.daily("sleep_duration")["value"].tolist() == [540]
    assert opened.why("sleep_duration", "2026-01-11")["counted"].tolist() == [234, 306]
    assert len(opened.conflicts()) == 0


@pytest.mark.parametrize(
    ("start", "end", "others"),
    [
        (-2.5, 6, [570]),  # 510 minutes: half an hour more than the ring, and 90 of them before it
        (-2, 6.5, []),  # an hour before it is what trackers differ by
        (-2.5, 1, [570]),  # taken off in the night, and worn before the ring was
        (-0.5, 6.9, []),
    ],
)
def test_what_a_tracker_left_out_saw_beside_the_night_is_a_disagreement(kept, start, end, others):
    """More than an hour of sleep around the one that is told is shown, even if both are as long."""
    opened = kept("Europe/Berlin", [slept(OURA, -1, 7), slept(FENIX, start, end)])
    assert opened.daily("sleep_duration")["value"].tolist() == [480]
    assert opened.conflicts()["other_value"].tolist() == others
