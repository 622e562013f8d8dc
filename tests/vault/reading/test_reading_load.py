"""Training load and zones out of a vault: which data speak for a workout, and what is known of a day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import vault
from vault.errors import InputError
from vault.records import Device, Origin, Samples, Score, Stream, StrengthSet, Workout
from vault.time import DAY_NS, MINUTE_NS, SECOND_NS

pytestmark = pytest.mark.usefixtures("cheap_keys")

TODAY = date(2026, 4, 5)
TEN = 1_775_383_200 * SECOND_NS  # 2026-04-05T10:00Z, two hours from the clock
WATCH = Origin("Pat’s Watch", "apple_health", device=Device(model="Watch"))
EDGE = Origin("Edge", "fit", device=Device(model="Edge 530"))
POLAR = Origin("Polar", "polar")


def workout(ago=0, activity="cycling", minutes=60, origin=EDGE, **facts):
    """Return a workout that began at ten, some days ago."""
    start = TEN - ago * DAY_NS
    return Workout(f"{activity}-{ago}", start, start + minutes * MINUTE_NS, 120, activity, origin, **facts)


def stream(of: Workout, **levels):
    """Return its curves; a level is a number or one a minute."""
    seconds = np.arange((of.end - of.start) // SECOND_NS)
    columns = {
        name: np.full(len(seconds), level, float)
        if np.isscalar(level)
        else np.repeat(level, 60).astype(float)
        for name, level in levels.items()
    }
    return Stream(of.key, of.origin, of.start + seconds * SECOND_NS, columns)


def measured(metric, at, value, origin=WATCH, length=0):
    """Return samples of one value or several."""
    at = np.asarray(at, np.int64)
    value = np.broadcast_to(np.asarray(value, float), at.shape).copy()
    offset, none = np.full(len(at), 120, np.int16), np.zeros(len(at), np.int32)
    return Samples(metric, at, at + length, offset, value, none, [origin])


def resting(value=50.0, days=30):
    """Return a resting heart rate of each of the last days."""
    return measured(
        "resting_heart_rate", [TEN - ago * DAY_NS - 5 * 60 * MINUTE_NS for ago in range(days)], value
    )


@pytest.fixture
def opened(tmp_path, clock):
    """An empty vault at home in Berlin."""
    with vault.create(tmp_path / "v", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as made:
        yield made


def test_load_of_an_empty_vault_is_an_empty_table(opened):
    """Nothing recorded gives the columns and no rows; zones say why there are none."""
    assert list(opened.load()) == ["load", "ctl", "atl", "tsb", "monotony", "strain", "change", "method"]
    assert opened.load().empty
    assert opened.efforts().empty
    assert opened.zones().empty
    assert set(opened.zones().attrs["missing"]) == {"heart_rate", "power"}


def test_efforts_say_which_data_speak(opened):
    """Watts with a threshold, a heart rate curve, its mean, the person's word of a session or of its sets."""
    ride, run = workout(5), workout(4, "running")
    walk, lifted = workout(3, "walking", hr_mean=100.0), workout(2, "strength_training", hr_mean=100.0)
    lifts = [StrengthSet(lifted.key, EDGE, 0, "Squat", lifted.start, 120, rpe=8.0)]
    games = [workout(1, "basketball"), workout(0, "strength_training")]
    sets = [StrengthSet(games[1].key, EDGE, n, "Squat", games[1].start, 120, rpe=6.0 + n) for n in (0, 2)]
    opened.ingest(
        [
            *(ride, run, walk, lifted, *lifts, *games, *sets),
            stream(ride, heart_rate=150, power=200),
            stream(run, heart_rate=150, power=300),
            measured("functional_threshold_power", [TEN - 9 * DAY_NS], 250),
            measured("rpe_session", [lifted.end + 20 * MINUTE_NS, games[0].start], [5, 7]),
        ]
    )
    found = opened.efforts().set_index("activity")
    assert found["method"].tolist() == [
        *("power", "heart_rate_stream", "heart_rate_mean"),
        *("session_rpe", "session_rpe", "set_rpe"),
    ]
    assert found["load"]["cycling"] == pytest.approx(64)
    assert found["load"].iloc[3:].tolist() == pytest.approx([500 / 7, 100, 100])
    assert found["intensity_factor"]["cycling"] == pytest.approx(0.8)
    assert np.isnan(found["tss"]["running"])  # a cyclist's threshold is no runner's


def test_efforts_know_a_threshold_only_from_its_day(opened):
    """A ride before the first test of threshold power is weighed by heart, one after it by power."""
    rides = [workout(9), workout(1)]
    told = [stream(one, heart_rate=150, power=200) for one in rides]
    opened.ingest([*rides, *told, measured("functional_threshold_power", [TEN - 5 * DAY_NS], 250)])
    assert opened.efforts()["method"].tolist() == ["heart_rate_stream", "power"]


def test_efforts_of_samples_are_those_of_a_stream(opened, tmp_path, clock):
    """A watch's heart rate counts the same whether it came as samples or along the workout."""
    run = workout(1, "running", origin=WATCH)
    rates = np.linspace(120, 170, 720)
    at = run.start + np.arange(720, dtype=np.int64) * 5 * SECOND_NS
    opened.ingest([run, measured("heart_rate", at, rates)])
    with vault.create(tmp_path / "w", "a long passphrase", home_zone="Europe/Berlin", clock=clock) as other:
        other.ingest([run, Stream(run.key, WATCH, at, {"heart_rate": rates})])
        pd.testing.assert_frame_equal(opened.efforts(), other.efforts())
    assert opened.efforts()["method"].tolist() == ["heart_rate_stream"]


def test_efforts_of_many_months_read_the_curves_that_streams_gives(opened):
    """Reading ahead changes nothing: each workout's seconds are those its own streams have."""
    runs = [workout(ago, "running", minutes=10, origin=WATCH) for ago in range(0, 100, 9)]
    at = np.concatenate([run.start + np.arange(600, dtype=np.int64) * SECOND_NS for run in runs])
    level = np.repeat(120.0 + np.arange(len(runs)), 600)
    order = np.argsort(at)
    opened.ingest([*runs, measured("heart_rate", at[order], level[order])])
    found = opened.efforts().set_index("workout_id")
    alone = {name: opened.streams(name)["heart_rate"].mean() for name in found.index}
    assert len(set(alone.values())) == len(runs)
    ranks = found["load"].rank() == pd.Series(alone).rank()
    assert ranks.all()


def test_efforts_of_the_past_do_not_know_the_future(opened):
    """A later workout with a higher heart rate leaves what earlier ones cost as it was."""
    opened.ingest([workout(20, "running", hr_mean=150.0, hr_max=175.0), resting()])
    before = opened.efforts()
    opened.ingest([workout(2, "running", hr_mean=150.0, hr_max=200.0)])
    after = opened.efforts()
    assert after["load"].iloc[0] == before["load"].iloc[0]
    assert after["load"].iloc[1] < after["load"].iloc[0]


def test_load_is_every_day_up_to_today(opened):
    """Days of rest are 0, after four silent weeks unknown, and a day's workouts add up."""
    opened.ingest([workout(40), workout(40, "running", hr_mean=150.0), workout(1)])
    found = opened.load()
    assert len(found) == 41
    assert found.index[-1] == pd.Timestamp(TODAY)
    assert found["method"].iloc[[0, 1, 29, -2, -1]].tolist() == [
        *("duration, heart_rate_mean", "rest", "unknown", "duration", "rest"),
    ]
    assert found["load"].iloc[0] == pytest.approx(opened.efforts()["load"].iloc[:2].sum())
    assert found.loc[found["method"] == "unknown", ["load", "ctl", "atl", "tsb"]].isna().all(axis=None)
    assert opened.load("2026-04-04", "2026-04-04")["method"].tolist() == ["duration"]
    assert opened.load("2026-05-01").empty


def test_readiness_counts_the_load_that_load_tells(opened):
    """Form in readiness is the form of the table, to the last digit."""
    runs = [workout(ago, "running", hr_mean=140.0 + ago % 7) for ago in range(1, 80, 2)]
    opened.ingest([*runs, resting(days=80)])
    assert opened.readiness(TODAY).context.form == opened.load()["tsb"].iloc[-1]


def test_zones_are_karvonens_from_a_hard_session(opened):
    """The highest heart rate is that of a hard session, the resting one the usual; nothing is estimated."""
    easy, hard = workout(9, "running"), workout(3, "running")
    told = [stream(easy, heart_rate=140), stream(hard, heart_rate=[140] * 50 + [180] * 9 + [190])]
    opened.ingest([easy, hard, *told, resting()])
    found = opened.zones()
    assert found["method"].unique().tolist() == ["reserve"]
    assert found["low"].tolist() == [120, 134, 148, 162, 176]
    assert found["high"].iloc[:4].tolist() == [134, 148, 162, 176]
    assert found["high"].iloc[4] is None
    assert not found["estimated"].any()
    assert found["today"].all()
    assert "hard session on 2026-04-02" in found["basis"].iloc[0]
    assert opened.zones("2026-04-01")[
        "estimated"
    ].all()  # before the hard session: the highest of an easy one


def test_zones_prefer_a_threshold_that_somebody_states(opened):
    """With a threshold heart rate, zones are shares of it, and need neither rest nor highest."""
    day = TEN // DAY_NS - 3
    opened.ingest([Score(day, POLAR, "polar_profile_anaerobic_threshold", 170.0, "/min")])
    found = opened.zones()
    assert found["method"].tolist() == ["threshold"] * 5
    assert found["high"].iloc[:4].tolist() == [138, 153, 160, 170]
    opened.ingest([Score(day + 1, POLAR, "polar_profile_anaerobic_threshold", 0.0, "/min")])
    assert opened.zones()["high"].iloc[3] == 170  # an empty field is no threshold
    assert opened.zones("2026-04-01").empty


def test_zones_never_make_up_a_maximum(opened):
    """Without a measured or stated highest heart rate, or without a resting one, there are no zones."""
    opened.ingest([workout(3, "running"), resting()])
    assert opened.zones().attrs["missing"]["heart_rate"] == "no highest heart rate was seen in the last year"
    opened.ingest([workout(2, "running", hr_max=240.0)])
    assert opened.zones().empty
    opened.ingest([workout(1, "running", hr_max=181.0)])
    assert opened.zones()["estimated"].all()
    assert opened.zones("2026-03-10").empty


def test_zones_of_power_are_from_the_last_threshold(opened):
    """Seven zones of the threshold power told last up to the day."""
    opened.ingest(
        [measured("functional_threshold_power", [TEN - 30 * DAY_NS, TEN - 2 * DAY_NS], [200, 240], EDGE)]
    )
    found = opened.zones()
    assert found["kind"].unique().tolist() == ["power"]
    assert found["low"].iloc[3] == 216
    assert opened.zones("2026-03-20")["low"].iloc[3] == 180


def test_zones_of_a_day_to_come_are_refused(opened):
    """A day that has not come has no zones."""
    with pytest.raises(InputError, match="not come"):
        opened.zones("2026-05-01")


@pytest.mark.parametrize("name", ["fit", "garmin", "peloton", "strava", "polar", "technogym"])
def test_load_of_real_exports_is_plausible(opened, samples, name):
    """Every workout has a load, an hour of none is above what an hour at the maximum could cost."""
    import adapters

    for path in sorted((samples / name).iterdir()):
        opened.ingest(adapters.read(path))
    found = opened.efforts()
    assert len(found) == len(opened.workouts()) > 0
    assert np.isfinite(found["load"]).all()
    assert (found["load"] >= 0).all()
    long = found[found["duration_min"] >= 1]
    assert (long["load"] / long["duration_min"] * 60 <= 160).all()
    assert (opened.load()["load"].sum() - found["load"].sum()) == pytest.approx(0, abs=1e-6)
