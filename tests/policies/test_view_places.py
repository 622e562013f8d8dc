"""Places through the view: only along raw workouts, never their ends, and the same in preview and share."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

import policies
from policies.places import distance_m
from policies.sharing.identity import new_secret, recipient_of
from policies.sharing.opening import open_share
from policies.sharing.package import create
from vault.errors import AccessDenied

FIRST, LAST = date(2026, 11, 20), date(2026, 11, 22)
DOOR = (52.51634, 13.37771)
GRANTED = {"gps_position": "raw", "workouts": "raw", "heart_rate": "raw", "speed": "raw"}
PLACE = ["latitude", "longitude"]


def track(minutes=45):
    """Return a run of 8.1 km to the north and back, a row a second, and a note a source may have left."""
    elapsed = np.arange(minutes * 60.0)
    away = np.minimum(elapsed, elapsed[-1] - elapsed) * 3.0
    columns = {
        "heart_rate": 120 + elapsed % 7,
        "speed": 3.0,
        "altitude": 34.0,
        "latitude": DOOR[0] + away / 111_195,
        "longitude": DOOR[1],
        "horizontal_accuracy": 5.0,
    }
    return pd.DataFrame(columns, index=pd.Index(elapsed, name="elapsed_s"))


@pytest.fixture
def runner(owner):
    """A vault whose runs have places."""
    owner.streams = lambda _: track()
    return owner


def see(owner, metrics=GRANTED, *, kind="clinician", purpose="treatment", **more):
    """Grant and look."""
    fields = {"grantee": "doc", "kind": kind, "purpose": purpose, "metrics": metrics}
    policies.grant(owner, policies.Grant(**fields, data_from=FIRST, **more))
    return policies.view(owner, "doc", purpose)


def curves(view):
    """Return the streams of the newest run."""
    return view.streams(view.workouts()["workout_id"].iloc[-1])


def nearest_m(frame):
    """Return how near the places of a table come to the door."""
    known = frame.dropna(subset=PLACE)
    return float(distance_m(known["latitude"].to_numpy(), known["longitude"].to_numpy(), *DOOR).min())


def test_places_come_without_the_surroundings_of_the_ends(runner):
    """The way is told to about ten metres; within 250 m of the door there is no place."""
    told = curves(see(runner))
    assert 240 < nearest_m(told) < 760
    assert told["latitude"].max() == pytest.approx(DOOR[0] + 1_349 * 3 / 111_195, abs=1e-4)
    assert (told[PLACE].round(4).dropna() == told[PLACE].dropna()).all(axis=None)
    assert (told["latitude"].isna() == told["longitude"].isna()).all()


def test_hidden_stretch_keeps_the_heart_and_not_the_speed(runner):
    """Heart rates of the hidden stretch are told as granted; speeds, whose sum is its length, are not."""
    told = curves(see(runner))
    away = told["latitude"].isna()
    assert told["heart_rate"].notna().all()
    assert told.loc[away, "speed"].isna().all()
    assert told.loc[~away, "speed"].notna().all()
    assert away.iloc[0]
    assert away.iloc[-1]


def test_speed_is_whole_for_whoever_sees_no_places(runner):
    """The mask is on places: without them there is nothing that speed would lead to."""
    told = curves(see(runner, {name: how for name, how in GRANTED.items() if name != "gps_position"}))
    assert list(told.columns) == ["heart_rate", "speed"]
    assert told["speed"].notna().all()


def test_altitude_and_accuracy_are_in_no_stream(runner):
    """A profile of heights leads back to a street, so it is not told to anybody."""
    assert set(curves(see(runner)).columns) == {"heart_rate", "speed", *PLACE}


def test_half_a_place_is_none(runner):
    """A latitude without its longitude is left out."""
    runner.streams = lambda _: track().drop(columns="longitude")
    assert set(curves(see(runner)).columns) == {"heart_rate", "speed"}


def test_distance_of_a_workout_is_in_kilometres_for_whoever_sees_its_places(runner):
    """The exact distance, less the way that is shown, would be the length of the hidden way."""
    assert set(see(runner).workouts()["distance_m"]) == {8000.0}


def test_samples_of_places_are_those_along_the_workouts(runner):
    """As samples: the same masked places with their time, of the asked days, without a device's name."""
    view = see(runner)
    told = view.samples("gps_position")
    assert list(told.columns) == ["start", "end", "utc_offset_min", *PLACE]
    assert set(told["start"].dt.tz_convert("Europe/Berlin").dt.date) == {
        date(2026, 11, 20),
        date(2026, 11, 21),
    }
    assert told[PLACE].notna().all(axis=None)
    assert nearest_m(told) > 240
    one = view.samples("gps_position", "2026-11-21", "2026-11-21")
    pd.testing.assert_frame_equal(one, told.tail(len(one)).reset_index(drop=True))
    pd.testing.assert_frame_equal(view.samples("gps_position.latitude"), told)


def test_samples_of_places_begin_no_new_track_at_a_question(runner):
    """A question that begins in the middle of a run hides nothing there, nor does it show more."""
    view = see(runner)
    whole = view.samples("gps_position")
    middle = whole["start"].iloc[len(whole) // 4]
    part = view.samples("gps_position", middle.to_pydatetime())
    pd.testing.assert_frame_equal(part, whole[whole["start"] >= middle].reset_index(drop=True))


def test_samples_of_places_without_any_track_are_an_empty_table(owner):
    """Where no workout has places, the table is empty and whole."""
    owner.streams = lambda _: track().drop(columns=PLACE)
    told = see(owner).samples("gps_position")
    assert told.empty
    assert set(PLACE) <= set(told.columns)


@pytest.mark.parametrize("missing", ["gps_position", "workouts"])
def test_places_take_two_grants(runner, missing):
    """Places need their own name and raw workouts; the refusal names what is missing."""
    view = see(runner, {name: how for name, how in GRANTED.items() if name != missing})
    with pytest.raises(AccessDenied, match=f"{missing} is not granted"):
        view.samples("gps_position")


def test_places_of_a_workout_another_device_recorded_take_both(runner):
    """A track may be of any who recorded the workout, so all of them have to be granted."""
    view = see(runner, sources=("Pat's Watch",))
    assert view.samples("gps_position").empty
    assert curves(view).empty


def test_coach_gets_no_places(runner):
    """Places are single values, and the floor of a coach forbids those."""
    with pytest.raises(AccessDenied, match="never given every single value"):
        see(runner, GRANTED, kind="coach", purpose="coaching")


def test_preview_and_share_show_the_same_masked_places(runner, tmp_path):
    """The owner sees in the preview, place by place, what the share will hold; and what can be guessed."""
    secret = new_secret()
    metrics = {"gps_position": "raw+export", "workouts": "raw+export"}
    wanted = policies.Grant(
        grantee="doc",
        kind="clinician",
        purpose="treatment",
        metrics=metrics,
        data_from=FIRST,
        key=recipient_of(secret),
    )
    shown = policies.preview(runner, wanted, days=3)
    assert "where you train" in shown.guesses["gps_position"]
    policies.grant(runner, wanted)
    create(runner, "doc", "treatment", tmp_path / "a.share", FIRST, LAST)
    files = open_share(tmp_path / "a.share", secret, clock=runner.clock).files
    told = json.loads(files["data/document.json"])
    assert [part for part in told["tables"] if part["metric"] == "gps_position"] == [
        part for part in shown.sees["tables"] if part["metric"] == "gps_position"
    ]
    places = pd.DataFrame(told["tables"][0]["rows"], columns=told["tables"][0]["columns"])
    assert nearest_m(places) > 240
    assert b"52.516" not in files["data/csv/gps_position.csv"]


def test_samples_of_places_of_a_named_device_take_a_grant_for_names(runner):
    """Asked for by the device of the workout, they take the names' category, as all samples do."""
    with pytest.raises(AccessDenied, match="device_names"):
        see(runner).samples("gps_position", source="Pat's Watch")
    view = see(runner, {**GRANTED, "device_names": "raw"})
    assert set(view.samples("gps_position", source="Pat's Watch")["source"]) == {"Pat's Watch"}
    assert view.samples("gps_position", source="Pat's Phone").empty
