"""From a maker's export through the vault to the score: nothing is lost, moved to another day or mixed."""

from __future__ import annotations

import math
import runpy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import adapters
import vault
from vault.analysis import Inputs, inputs_from, readiness_history
from vault.analysis.baseline import baseline
from vault.analysis.parameters import spread
from vault.reading.eras import Measured

pytestmark = pytest.mark.usefixtures("cheap_keys")

_HERE = Path(__file__).parent
BARS, MADE, WRITE = (
    SimpleNamespace(**runpy.run_path(str(_HERE / f"{name}.py")))
    for name in ("bars", "people", "vendor_exports")
)
SOMEBODY = MADE.person(seed=7)
SILENT_DAYS = 28
AFTER = datetime(2025, 7, 2, 12, tzinfo=UTC)
WRITERS = {"whoop.zip": WRITE.write_whoop, "oura.json": WRITE.write_oura}
VITALS = {"lnrmssd": "hrv", "rhr": "rhr", "resp": "resp", "temp": "temp"}


def _kept(path: Path, export: Path, home: str = "Europe/Berlin"):
    kept = vault.create(path, "correct horse battery", home_zone=home, clock=lambda: AFTER)
    report = kept.ingest(adapters.read(export))
    assert not report.rejected
    return kept


@pytest.fixture(params=WRITERS)
def told(request, tmp_path):
    """Return a vault with an export, what the export holds, and what readiness read of it."""
    export = tmp_path / request.param
    held = WRITERS[request.param](export, SOMEBODY)
    with _kept(tmp_path / "a.vault", export) as kept:
        yield kept, held, inputs_from(Measured(kept), SOMEBODY.days[-1].astype(object))


def _column(inputs: Inputs, by_date: dict[date, float]) -> np.ndarray:
    return np.array([by_date.get(day, math.nan) for day in inputs.days.astype(object)])


def _points(minutes: float, pulse: float, rest: float, highest: float) -> float:
    """Return a workout's load as documented: Banister's over that of an hour at threshold."""
    if math.isnan(pulse):
        return 100 * minutes / 60 * 3 / 7
    reserve = min(max((pulse - rest) / (highest - rest), 0), 1)
    return 100 * minutes * reserve * math.exp(1.8 * reserve) / (60 * 0.85 * math.exp(1.8 * 0.85))


def _load(inputs: Inputs, held, rhr: np.ndarray) -> np.ndarray:
    """Return each day's load by a plain loop: unknown before the first workout, then 0 on days of rest."""
    usual = baseline(rhr, spread("rhr")).centre
    load, highest, since = np.full(len(inputs.days), math.nan), 170.0, math.inf
    for row, day in enumerate(inputs.days.astype(object)):
        done = [one for one in held.workouts if one[0] == day]
        highest = max([highest, *(one[3] for one in done if not math.isnan(one[3]))])
        since = 0 if done else since + 1
        if since <= SILENT_DAYS:
            rest = 60.0 if math.isnan(usual[row]) else float(usual[row])
            load[row] = sum(_points(minutes, pulse, rest, highest) for _, minutes, pulse, _ in done)
    return load


def _hrv(held, inputs: Inputs) -> np.ndarray:
    """Return the streams of ln HRV in the order of the inputs: the night's mean, or that of its windows."""
    night = np.log(_column(inputs, held.hrv))
    windows = _column(inputs, {day: float(np.mean(np.log(one))) for day, one in held.windows.items()})
    return np.stack([windows if "5min" in stream.window else night for stream in inputs.stream])


def test_export_every_night_is_on_its_day(told):
    """Each quantity of each night stands on the day of waking, as written, in one stream for each window."""
    _, held, inputs = told
    assert len(held.asleep) > 200
    for name, of in VITALS.items():
        rows = np.atleast_2d(getattr(inputs, name))
        if name == "lnrmssd":
            assert {stream.source for stream in inputs.stream} == {inputs.stream[0].source}
            assert len({stream.window for stream in inputs.stream}) == len(inputs.stream)
            np.testing.assert_allclose(rows, _hrv(held, inputs), rtol=0, atol=1e-12)
        else:
            np.testing.assert_allclose(rows, [_column(inputs, getattr(held, of))], rtol=0, atol=1e-12)
    np.testing.assert_allclose(inputs.tst_min, _column(inputs, held.asleep), rtol=0, atol=1e-9)


def test_export_load_is_that_of_its_workouts(told):
    """Load comes from sessions alone, by their heart rate where it is told; the day's strain is none."""
    _, held, inputs = told
    rhr = _column(inputs, held.rhr)
    np.testing.assert_allclose(inputs.load, _load(inputs, held, rhr), rtol=0, atol=1e-9)
    assert bool(inputs.load_estimated.any()) is math.isnan(held.workouts[0][2])


def test_export_scores_are_those_of_its_cells(told):
    """Scores read from the vault are those computed from the written numbers, day by day, to 1e-9."""
    kept, held, inputs = told
    rhr = _column(inputs, held.rhr)
    direct = Inputs(
        days=inputs.days,
        lnrmssd=_hrv(held, inputs),
        rhr=rhr,
        tst_min=_column(inputs, held.asleep),
        resp=_column(inputs, held.resp),
        temp=_column(inputs, held.temp),
        load=_load(inputs, held, rhr),
        stream=inputs.stream,
    )
    wanted = dict(zip(direct.days.astype(object), BARS.scores(direct).tolist()))
    found = kept.readiness_history()["score"]
    assert found.notna().sum() == np.isfinite(list(wanted.values())).sum() > 195
    for day, score in found.items():
        assert score == pytest.approx(wanted[day.date()], abs=1e-9, nan_ok=True)


def test_export_reads_the_same_wherever_home_is(told, tmp_path):
    """Nights bring their own offset: a home zone on the other side of the world moves none of them."""
    kept, _, inputs = told
    export = next(tmp_path / name for name in WRITERS if (tmp_path / name).exists())
    with _kept(tmp_path / "b.vault", export, home="Pacific/Auckland") as other:
        moved = inputs_from(Measured(other), inputs.days[-1].astype(object))
        for name in (*VITALS, "tst_min", "load"):
            np.testing.assert_array_equal(getattr(moved, name), getattr(inputs, name))
        assert other.readiness_history().equals(kept.readiness_history())


@pytest.mark.parametrize("name", WRITERS)
def test_export_of_later_leaves_earlier_mornings(name, tmp_path):
    """A morning is the same, hashes included, whether the export ends there or goes on for months (B11)."""
    cut, told = 130, []
    names = ("days", "rmssd", "rhr", "tst_min", "resp", "temp", "nap_min", "train_min", "train_hr", "sick")
    earlier = replace(SOMEBODY, **{one: getattr(SOMEBODY, one)[:cut] for one in names})
    for number, someone in enumerate((SOMEBODY, earlier)):
        (folder := tmp_path / str(number)).mkdir()
        WRITERS[name](folder / name, someone)
        with _kept(folder / "a.vault", folder / name) as kept:
            last = someone.days[cut - 1].astype(object)
            inputs = inputs_from(Measured(kept), last)
            told.append(readiness_history(inputs, last - timedelta(20), last))
    assert len(told[0]) == 21
    assert told[0] == told[1]


def test_export_samples_of_both_makers_reach_the_score(samples, tmp_path):
    """Every night of the rebuilt exports gives all it holds on the day of waking, change of clocks or not."""
    days = [date(2025, 3, 28) + timedelta(at) for at in range(5)]
    wanted = {
        "whoop/synthetic/whoop_en.zip": ((58.0, 52.0, 15.1, 33.9), [420, 455, 420, 420, 420], {2}),
        "oura/synthetic/oura_api_v2.json": ((52.0, 48.0, 14.125, -0.12), [465, 465, 405, 465, 465], set()),
    }
    for number, (name, (values, asleep, unscored)) in enumerate(wanted.items()):
        with _kept(tmp_path / f"{number}.vault", samples / name) as kept:
            inputs = inputs_from(Measured(kept), days[-1])
        assert inputs.days.astype(object).tolist() == days
        night = next(at for at, stream in enumerate(inputs.stream) if stream.window.endswith("night"))
        rows = np.exp(np.atleast_2d(inputs.lnrmssd)[night]), inputs.rhr[0], inputs.resp[0], inputs.temp[0]
        for value, row, quantity in zip(values, rows, VITALS):
            missing = unscored if quantity != "resp" else set()
            expected = [math.nan if at in missing else value for at in range(5)]
            np.testing.assert_allclose(row, expected, rtol=0, atol=1e-9)
        assert inputs.tst_min.tolist() == asleep
