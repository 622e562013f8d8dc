"""The view: what each read method gives for what is granted, and nothing beside it."""

from __future__ import annotations

import copy
import pickle
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

import policies
from policies import tables
from vault.errors import AccessDenied, InputError, StoreError, UnknownMetric, UnknownRecord

TODAY = date(2026, 11, 22)
FIRST = pd.Timestamp(2026, 11, 1)
METHODS = {
    "samples": ("heart_rate",),
    "daily": ("steps",),
    "sleep": (),
    "sleep_stages": ("night-1",),
    "workouts": (),
    "streams": ("run-1",),
    "sets": (),
    **dict.fromkeys(("scores", "metrics", "checkins"), ()),
    "trend": ("hrv",),
    **dict.fromkeys(("readiness", "readiness_history", "flags", "load", "efforts", "zones", "reaction"), ()),
    **dict.fromkeys(("sleep_debt", "sleep_rhythm", "strength", "strength_offers"), ()),
}


def see(owner, metrics, *, kind="clinician", purpose="treatment", grantee="somebody", **changes):
    """Grant and look."""
    fields = {
        "grantee": grantee,
        "kind": kind,
        "purpose": purpose,
        "metrics": metrics,
        "data_from": FIRST.date(),
    }
    policies.grant(owner, policies.Grant(**(fields | changes)))
    return policies.view(owner, grantee, purpose)


def test_coach_sees_two_numbers_a_day_and_nothing_else(owner, coach):
    """Readiness and sleep length by day; every other method and metric is refused in words."""
    policies.grant(owner, coach())
    view = policies.view(owner, grantee="coach-anna", purpose="coaching")
    assert list(view.metrics()["metric"]) == ["readiness_score", "sleep_duration"]
    assert list(view.daily("readiness_score").columns) == ["value"]
    assert list(view.sleep().columns) == ["date", "asleep_min"]
    assert view.daily("sleep_duration").index.min() == FIRST
    with pytest.raises(AccessDenied, match="heart_rate is not granted to coach-anna") as refused:
        view.samples("heart_rate")
    assert refused.value.exit_code == 3
    assert refused.value.hint
    for name in ("workouts", "sets", "scores", "checkins"):
        with pytest.raises(AccessDenied):
            getattr(view, name)()


@pytest.mark.parametrize("grantee", ["coach-anna", "somebody"])
def test_empty_store_releases_nothing(owner, grantee):
    """Without a grant every method refuses, for every category and every purpose."""
    for purpose in tables.purposes():
        view = policies.view(owner, grantee, purpose)
        for name, arguments in METHODS.items():
            with pytest.raises(AccessDenied, match="nothing is granted"):
                getattr(view, name)(*arguments)
    view = policies.view(owner, grantee, "coaching")
    for name in tables.categories():
        for read in (view.daily, view.samples):
            with pytest.raises((AccessDenied, UnknownMetric)):
                read(name)
    assert not [call for call in owner.calls if call.startswith("read")]


@pytest.mark.parametrize("days", [90, 90.00001, 400])
def test_nothing_at_or_after_the_end(owner, coach, days):
    """From the second a grant ends, every method refuses."""
    policies.grant(
        owner, coach(metrics={"readiness_score": "daily", "sleep_duration": "daily", "steps": "daily"})
    )
    owner.now += timedelta(days=days)
    view = policies.view(owner, "coach-anna", "coaching")
    for name, arguments in METHODS.items():
        with pytest.raises(AccessDenied):
            getattr(view, name)(*arguments)


def test_view_open_over_the_end_closes(owner, coach):
    """A view that was opened in time does not outlive the grant."""
    policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    view.daily("sleep_duration")
    owner.now += timedelta(days=90)
    with pytest.raises(AccessDenied, match="ended"):
        view.daily("sleep_duration")


def test_view_of_an_unknown_purpose_or_metric(owner):
    """What is not on the lists is an input error, not a refusal."""
    with pytest.raises(InputError):
        policies.view(owner, "somebody", "any")
    with pytest.raises(UnknownMetric):
        policies.view(owner, "somebody", "coaching").daily("any")


def test_samples_raw_inside_the_days_without_names(owner):
    """Single values of granted days, without the device they come from."""
    frame = see(owner, {"heart_rate": "raw"}).samples("heart_rate")
    assert list(frame.columns) == ["start", "end", "utc_offset_min", "value"]
    assert frame["start"].min() == datetime(2026, 11, 1, 6, 12, tzinfo=UTC)
    assert frame["value"].iloc[0] % 1 == pytest.approx(0.37)
    assert frame.index[0] == 0
    assert not frame.attrs


def test_samples_of_a_named_source_take_a_grant_for_names(owner):
    """Asking by the name of a device is a question about names."""
    view = see(owner, {"heart_rate": "raw"})
    with pytest.raises(AccessDenied, match="device_names"):
        view.samples("heart_rate", source="Pat's Watch")
    named = see(owner, {"heart_rate": "raw", "device_names": "raw"}, grantee="doctor")
    frame = named.samples("heart_rate", source="Pat's Watch")
    assert set(frame["source"]) == {"Pat's Watch"}
    assert frame["source"].dtype == object or frame["source"].dtype == "str"


def test_samples_of_granted_sources_only(owner):
    """A grant for one device gives what that device measured, and no trace of the others."""
    view = see(owner, {"steps": "raw", "device_names": "raw"}, sources=("Pat's Phone",))
    assert set(view.samples("steps")["source"]) == {"Pat's Phone"}


def test_names_of_devices_only_where_granted_for_all_days(owner):
    """A grant for names of the last days does not name the devices of earlier ones."""
    see(owner, {"heart_rate": "raw"})
    view = see(owner, {"device_names": "raw"}, data_from=date(2026, 11, 20))
    assert "source" not in view.samples("heart_rate")
    assert "source" in view.samples("heart_rate", "2026-11-20")


def test_samples_hourly(owner):
    """Hourly gives one row an hour, and no single value."""
    frame = see(owner, {"heart_rate": "hourly"}, kind="family", purpose="family-support").samples(
        "heart_rate"
    )
    assert (frame["end"] - frame["start"]).unique().tolist() == [pd.Timedelta(hours=1)]
    assert (frame["value"] % 1 == 0).all()


def test_samples_between(owner):
    """Start is included, end is not, as for the owner."""
    view = see(owner, {"heart_rate": "raw"})
    start = datetime(2026, 11, 10, 6, 12, tzinfo=UTC)
    frame = view.samples("heart_rate", start, start + timedelta(minutes=40))
    assert frame["start"].tolist() == [start, start + timedelta(minutes=20)]


def test_daily_of_granted_sources_drops_days_of_others(owner):
    """A day that other devices counted too is not told at all."""
    assert len(see(owner, {"steps": "daily"}, sources=("Pat's Watch",)).daily("steps")) == 0
    both = see(owner, {"steps": "daily"}, sources=("Pat's Watch", "Pat's Phone"), grantee="other")
    assert len(both.daily("steps")) == 21


def test_daily_on_a_lower_rung_is_reduced(owner):
    """Who was granted weeks gets weeks from the same method."""
    frame = see(owner, {"steps": "weekly"}).daily("steps")
    assert {one.weekday() for one in frame.index} == {0}
    assert len(frame) == 2


def test_sleep_by_date_is_rounded_and_sums_naps(owner):
    """One row a date; a nap adds to its day."""
    nap = owner.nights.tail(1).assign(asleep_min=31.0, is_nap=True)
    owner.nights = pd.concat([owner.nights, nap], ignore_index=True)
    frame = see(owner, {"sleep_duration": "daily", "sleep_deep": "daily"}).sleep()
    assert list(frame.columns) == ["date", "asleep_min", "deep_min"]
    assert frame["asleep_min"].iloc[-1] == 495
    assert frame["date"].is_unique


def test_sleep_times_to_the_quarter_hour(owner):
    """Bed times granted daily are told to the quarter hour."""
    frame = see(owner, {"sleep_times": "daily"}).sleep()
    local = frame["start"].dt.tz_convert("Europe/Berlin")
    assert list(frame.columns) == ["date", "start", "end"]
    assert {(one.hour, one.minute) for one in local} == {(23, 0)}


def test_sleep_sessions_take_bed_times_raw(owner):
    """One row a sleep, with times, under an id of the reader's own."""
    view = see(
        owner, {"sleep_times": "raw", "sleep_duration": "raw", "sleep_deep": "daily", "sleep_stage": "raw"}
    )
    frame = view.sleep()
    assert "asleep_min" in frame
    assert "deep_min" not in frame
    assert "source" not in frame
    assert not frame["session_id"].str.startswith("night").any()
    stages = view.sleep_stages(frame["session_id"].iloc[0])
    assert list(stages.columns) == ["start", "end", "stage"]
    with pytest.raises(UnknownRecord):
        view.sleep_stages("night-20261101T2307")


def test_ids_differ_between_readers(owner):
    """Two readers can't join what they see by its ids."""
    one = see(owner, {"workouts": "raw"}).workouts()
    two = see(owner, {"workouts": "raw"}, grantee="other").workouts()
    assert not set(one["workout_id"]) & set(two["workout_id"])


def test_workouts_daily_are_without_clock_and_heart(owner):
    """A workout by day: what, how long, how far; not when, and not how hard."""
    view = see(owner, {"workouts": "daily"}, kind="coach", purpose="coaching")
    frame = view.workouts()
    assert list(frame.columns) == [
        "workout_id",
        "date",
        "activity",
        "duration_min",
        "distance_m",
        "elevation_gain_m",
    ]
    assert frame[["duration_min", "distance_m", "elevation_gain_m"]].iloc[0].tolist() == [45, 8100, 30]
    with pytest.raises(AccessDenied):
        view.streams(frame["workout_id"].iloc[0])


def test_workouts_with_single_values_by_their_metric(owner):
    """Heart rate of a workout is granted by its own name, and cut to its own days."""
    frame = see(owner, {"workouts": "daily", "workout_hr_mean": "daily"}).workouts()
    assert frame["hr_mean"].iloc[0] == 142
    assert "hr_max" not in frame


def test_streams_without_places(owner):
    """Streams give what is granted raw; where it was is not released, nor a column nobody knows."""
    view = see(owner, {"workouts": "raw", "heart_rate": "raw"})
    frame = view.streams(view.workouts()["workout_id"].iloc[0])
    assert list(frame.columns) == ["heart_rate"]
    assert frame.index.name == "elapsed_s"
    with pytest.raises(UnknownRecord):
        view.streams("run-20261101T1803")


def test_sets_scores_and_checkins_by_their_columns(owner):
    """Each table keeps columns it knows, of granted days."""
    metrics = {"strength_set": "daily", "vendor_scores": "daily", "wellness_fatigue": "daily"}
    view = see(owner, metrics)
    assert list(view.sets().columns) == ["workout_id", "date", "index", "exercise", "load_kg"]
    assert view.scores()[["score", "value"]].values.tolist() == [["whoop_recovery", 55.0]]
    assert list(view.checkins().columns) == ["energy"]
    assert view.checkins().index.min() == FIRST


def test_checkins_are_of_no_device(owner):
    """A grant limited to a device does not give what the person said."""
    view = see(owner, {"wellness_fatigue": "daily"}, sources=("Pat's Watch",))
    assert view.checkins().empty


def test_tables_may_be_empty(owner):
    """Where there is nothing on the granted days, every table is empty and whole."""
    metrics = {
        "heart_rate": "hourly",
        "steps": "band",
        "sleep_duration": "daily",
        "sleep_times": "daily",
        "workouts": "raw",
        "workout_hr_mean": "raw",
        "vendor_scores": "daily",
        "wellness_fatigue": "daily",
        "readiness_score": "weekly",
    }
    view = see(owner, metrics, data_from=date(2020, 1, 1), data_to=date(2020, 3, 1))
    tables_ = [view.samples("heart_rate"), view.daily("steps"), view.sleep(), view.workouts(), view.scores()]
    for frame in [*tables_, view.checkins(), view.readiness_history()]:
        assert len(frame) == 0
        assert len(frame.columns)


def test_readiness_alone_is_score_and_band(owner, coach):
    """Without its inputs a score says what it is and how far to trust it."""
    policies.grant(owner, coach(metrics={"readiness_score": "daily"}))
    told = policies.view(owner, "coach-anna", "coaching").readiness()
    assert (told.date, told.score, told.band, told.confidence) == (TODAY, 81.0, "usual", 0.9)
    assert told.contributions == told.reasons == told.missing == told.flags == ()
    assert told.device is told.felt is told.advice is None
    assert set(asdict(told.context).values()) == {None}
    assert told.inputs_sha256 == ""


def test_readiness_with_an_input_and_its_past_shows_that_contribution(owner, coach):
    """A contribution takes a grant for its input, on that day and the ninety before it."""
    both = {"readiness_score": "daily", "sleep_duration": "daily"}
    policies.grant(owner, coach(metrics=both, data_from=date(2026, 1, 1)))
    view = policies.view(owner, "coach-anna", "coaching")
    told = view.readiness()
    assert view.readiness(told.date) == told
    assert [line.term for line in told.contributions] == ["sleep"]
    assert "HRV" not in str(told)
    assert told.contributions[0].value == 360
    assert told.reasons == (told.contributions[0].text,)


def test_readiness_of_a_short_window_hides_the_usual(owner, coach):
    """What is usual comes from days that were not granted, so it is not shown."""
    policies.grant(owner, coach())
    assert policies.view(owner, "coach-anna", "coaching").readiness().contributions == ()


def test_readiness_outside_of_the_days(owner, coach):
    """A day before the first, or after the last, is refused; the newest is that of the last granted day."""
    policies.grant(owner, coach(data_to=date(2026, 11, 10)))
    view = policies.view(owner, "coach-anna", "coaching")
    assert view.readiness().date == date(2026, 11, 10)
    for day in ("2026-10-31", "2026-11-11"):
        with pytest.raises(AccessDenied, match="granted are the days"):
            view.readiness(day)


@pytest.mark.parametrize(
    ("rung", "columns"),
    [("daily", ["score", "band", "confidence"]), ("weekly", ["score", "band"]), ("band", ["band"])],
)
def test_readiness_history_by_rung(owner, coach, rung, columns):
    """The history has what the rung allows, and never the device's or the felt part."""
    policies.grant(owner, coach(metrics={"readiness_score": rung}))
    view = policies.view(owner, "coach-anna", "coaching")
    assert list(view.readiness_history().columns) == columns
    if rung != "daily":
        with pytest.raises(AccessDenied, match="whole week"):
            view.readiness()


def test_nothing_of_the_future(owner):
    """A record dated after the present is not released."""
    owner.now -= timedelta(days=3)
    view = see(owner, {"heart_rate": "raw", "sleep_duration": "daily"})
    assert view.samples("heart_rate")["start"].max() < owner.now
    assert view.daily("sleep_duration").index.max() == pd.Timestamp(2026, 11, 19)


def test_audit_comes_before_the_read(owner, coach):
    """The line in the log is written before the first value is read, and for a refusal as well."""
    policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    owner.calls.clear()
    view.daily("sleep_duration")
    assert owner.calls == ["append audit", "read daily"]
    owner.calls.clear()
    with pytest.raises(AccessDenied):
        view.samples("heart_rate")
    assert owner.calls == ["append audit"]


def test_audit_that_fails_releases_nothing(owner, coach):
    """If the log can't be written, nothing is read."""
    policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    owner.calls.clear()
    owner.broken = ("audit",)
    with pytest.raises(StoreError):
        view.daily("sleep_duration")
    assert owner.calls == []


def test_view_has_no_second_door(owner, coach):
    """No attribute of a view leads to the vault, it can't be copied, and unknown names are not passed on."""
    policies.grant(owner, coach())
    view = policies.view(owner, "coach-anna", "coaching")
    for name in dir(view):
        value = getattr(view, name)
        assert value is not owner
        assert callable(value) or isinstance(value, str | tuple | dict | None.__class__), name
        assert getattr(value, "__self__", None) is not owner
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="can't be copied"):
            attempt(view)
    for name in ("ingest", "documents", "fhir", "erase", "columns", "append_events", "signing_seed", "data"):
        with pytest.raises(AttributeError):
            getattr(view, name)
    with pytest.raises(AttributeError):
        view.extra = 1


def test_view_has_every_method_of_readable():
    """Whoever adds a read method for the owner has to decide here what a grantee gets."""
    from vault.readable import Readable

    wanted = {name for name in vars(Readable) if not name.startswith("_")}
    assert wanted == set(METHODS)
    assert wanted <= set(vars(policies.View))
