"""Sleep debt and rhythm out of a vault: local clocks on the night of the change, after a flight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

import adapters
import vault
from vault.errors import InputError
from vault.records import Origin, Samples, SleepSession
from vault.time import UNKNOWN_OFFSET, instant_ns

pytestmark = pytest.mark.usefixtures("cheap_keys")

RING = Origin("Ring", "test")
BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
LAST = date(2026, 4, 5)  # a Sunday, a week after the change to summer time


def sleep(wake, bed="23:00", until="07:00", at=BERLIN, told=True):
    """Return a sleep by its wake date and its times on the wall; before noon it begins on that date."""
    begun = wake - timedelta(days=bed > "12:00" and bed > until)
    start, end = (
        datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=at)
        for day, time in ((begun, bed), (wake, until))
    )
    offset = int(end.utcoffset().total_seconds() / 60) if told else UNKNOWN_OFFSET
    return SleepSession(str(wake) + bed, instant_ns(start), instant_ns(end), offset, RING)


def days(n, last=LAST):
    """Return the last n dates, in order."""
    return [last - timedelta(days=ago) for ago in reversed(range(n))]


@pytest.fixture
def kept(tmp_path, clock):
    """Return what makes a vault at home in Berlin that holds records."""
    opened = []

    def made(records):
        path = tmp_path / f"{len(opened)}.vault"
        opened.append(vault.create(path, "correct horse", home_zone="Europe/Berlin", clock=clock))
        opened[-1].ingest(records)
        return opened[-1]

    yield made
    for one in opened:
        one.close()


def caffeine(*drinks):
    """Return samples of (instant, offset in minutes, mg)."""
    at = np.array([instant_ns(moment) for moment, _, _ in drinks], np.int64)
    offset, mg = (np.array([drink[place] for drink in drinks]) for place in (1, 2))
    return Samples(
        "caffeine", at, at, offset.astype(np.int16), mg.astype(float), np.zeros(len(at), np.int32), [RING]
    )


def test_rhythm_over_the_change_of_the_clock_is_that_of_the_wall(kept):
    """23 to 7 on the wall, an hour short on 29 March: hours stay, the debt knows of the hour."""
    found = kept([sleep(day) for day in days(40)])
    rhythm = found.sleep_rhythm()
    assert (rhythm.date, rhythm.wake_target, rhythm.bedtime_usual) == (LAST, "07:00", "23:00")
    assert (rhythm.social_jet_lag_h, rhythm.chronotype_h) == pytest.approx((0.0, 3.0), abs=0.1)
    assert 98 < rhythm.sri < 100
    assert rhythm.suspended == ()
    before, on = found.sleep_debt("2026-03-28"), found.sleep_debt("2026-03-29")
    assert (before.asleep_min, on.asleep_min) == (480, 420)
    assert before.debt_h == pytest.approx(0)
    assert on.debt_h > 0


def test_rhythm_of_unknown_offsets_is_read_at_home(kept):
    """Sleeps without an offset are read on the clock of the home zone, summer time and all."""
    told, not_told = (
        kept([sleep(day, told=told) for day in days(40)]).sleep_rhythm() for told in (True, False)
    )
    assert told == not_told


def test_rhythm_after_a_flight_to_tokyo(kept):
    """Home until 1 April, then Tokyo: debt and regularity are told, what the clock tells waits."""
    flown = [sleep(day) if day <= date(2026, 4, 1) else sleep(day, at=TOKYO) for day in days(40)]
    there = kept(flown)
    rhythm, debt = there.sleep_rhythm(), there.sleep_debt()
    assert rhythm.date == LAST
    assert {one.term for one in rhythm.suspended} >= {"chronotype", "social_jet_lag", "bedtime"}
    assert "more than 3 time zones" in rhythm.suspended[0].reason
    assert rhythm.midsleep_h == pytest.approx(3.0)
    assert 70 < rhythm.sri < 99
    assert debt.nights == 14
    context = there.readiness(LAST).context
    assert (debt.debt_h, rhythm.sri) == (context.debt_h, context.sri)
    assert there.sleep_rhythm("2026-04-01").suspended == ()


def test_rhythm_in_a_week_of_night_shifts(kept):
    """A week of sleeping from 8 to 15 h: debt and regularity are told, no bedtime is."""
    turned = [sleep(day) if day < date(2026, 3, 31) else sleep(day, "08:00", "15:00") for day in days(40)]
    found = kept(turned)
    rhythm = found.sleep_rhythm()
    assert "were by day" in rhythm.suspended[0].reason
    assert rhythm.bedtime_earliest is None
    assert rhythm.sri > 50
    assert found.sleep_debt().asleep_min == 420
    assert found.sleep_debt().debt_h == found.readiness().context.debt_h
    assert found.sleep_rhythm("2026-03-30").suspended == ()


@pytest.mark.parametrize("missing", [0, 3, 40])
def test_debt_is_that_of_readiness_on_every_day(kept, missing):
    """With naps, gaps and nights longer ago than the need looks, both say the same to the last bit."""
    nights = [
        sleep(day, until=f"0{5 + (at * 7) % 5}:{(at * 13) % 60:02d}")
        for at, day in enumerate(days(130))
        if at % 45 >= missing
    ]
    naps = [sleep(day, "13:00", "13:40") for day in days(130)[::3]]
    found = kept([*nights, *naps])
    for day in (*days(130)[::29], LAST):
        debt, context = found.sleep_debt(day), found.readiness(day).context
        assert (debt.debt_h, debt.need_min) == (context.debt_h, context.need_min), day


def test_caffeine_is_counted_on_the_clock_of_where_it_was_taken(kept):
    """200 mg at 13:00 in Tokyo are ten hours old at 23:00 there, whatever the hour is at home."""
    nights = [sleep(day, at=TOKYO) for day in days(40)]
    noon = datetime(2026, 4, 5, 13, tzinfo=TOKYO).astimezone(UTC)
    rhythm = kept([*nights, caffeine((noon, 540, 200.0))]).sleep_rhythm()
    assert rhythm.caffeine_mg == 200.0
    assert rhythm.caffeine_residual_mg == pytest.approx(50.0, rel=0.05)


def test_rhythm_of_an_empty_vault_has_only_reasons(kept):
    """Nothing is known, nothing is said, and each field says what it needs; the day is today at home."""
    empty = kept([])
    rhythm, debt = empty.sleep_rhythm(), empty.sleep_debt()
    assert (rhythm.date, debt.date) == (LAST, LAST)
    assert (rhythm.sri, rhythm.texts, debt.debt_h, debt.need_min) == (None, (), None, 465.0)
    assert len(rhythm.missing) == 8


def test_day_to_come_is_refused(kept):
    """Nobody has slept the day after tomorrow."""
    found = kept([sleep(day) for day in days(3)])
    for read in (found.sleep_debt, found.sleep_rhythm):
        with pytest.raises(InputError, match="has not come yet"):
            read("2026-04-07")


def test_time_in_bed_alone_is_not_a_night(kept):
    """A source that tells only time in bed leaves the night unknown."""
    only_bed = [
        SleepSession(one.key, one.start, one.end, one.offset_min, RING, [(one.start, one.end, "in_bed")])
        for one in map(sleep, days(10))
    ]
    rhythm = kept(only_bed).sleep_rhythm()
    assert rhythm.sri_days == 0
    assert rhythm.midsleep_h is None


@pytest.mark.parametrize(
    "export",
    [
        "garmin/synthetic/garmin_export.zip",
        "oura/synthetic/oura_app_data.zip",
        "polar/synthetic/polar_new_export.zip",
        "whoop/synthetic/whoop_en.zip",
    ],
)
def test_exports_of_one_person_tell_one_rhythm(tmp_path, samples, export):
    """Five nights of one made-up person: a bedtime near 23:00 and too few days for an index."""
    made = vault.create(
        tmp_path / "a.vault",
        "correct horse",
        home_zone="Europe/Berlin",
        clock=lambda: datetime(2026, 4, 5, tzinfo=UTC),
    )
    with made:
        made.ingest(adapters.read(samples / export, home=made.home_zone))
        rhythm, debt = made.sleep_rhythm(), made.sleep_debt()
        assert rhythm.date == date(2025, 4, 1)
        assert rhythm.midsleep_h == pytest.approx(3.0, abs=0.2)
        assert (rhythm.sri, rhythm.sri_days) == (None, 4)
        assert rhythm.bedtime_earliest.startswith("22:")
        assert debt.debt_h == made.readiness().context.debt_h


def hrv(nights):
    """Return a nightly RMSSD in the middle of each sleep: a little lower on the last five."""
    middle = np.array([one.start + (one.end - one.start) // 2 for one in nights], np.int64)
    value = np.where(np.arange(len(nights)) < len(nights) - 5, 60.0, 56.0) + np.arange(len(nights)) % 3
    offset = np.array([one.offset_min for one in nights], np.int16)
    return Samples("hrv_rmssd", middle, middle, offset, value, np.zeros(len(nights), np.int32), [RING])


@pytest.mark.parametrize(
    ("last_nights", "rule"),
    [({}, "A2"), ({"at": TOKYO}, "A8"), ({"bed": "08:00", "until": "15:30"}, "A8")],
    ids=["at home", "after a flight", "night shifts"],
)
def test_trend_of_hrv_changes_no_plan_while_the_clock_moves(kept, last_nights, rule):
    """The same fall of HRV eases the plan at home; after a flight and in a week of shifts it is not read."""
    nights = [sleep(day) for day in days(50)[:-4]] + [sleep(day, **last_nights) for day in days(4)]
    advice = kept([*nights, hrv(nights)]).readiness(LAST - timedelta(days=1)).advice
    assert (advice.rule, advice.kind) == (rule, "ease" if rule == "A2" else "as_planned")
