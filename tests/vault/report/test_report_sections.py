"""What the sections say: numbers that add up, sentences that are the tables', nothing that is not known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from vault.analysis.readiness import Disagreement
from vault.report.asking import Asked
from vault.report.sections import feeling, origins, sleep, strength, today, training, trends
from vault.report.wording import hours, signed, whole

DAY = date(2026, 4, 5)


def asked(person, *, owner=True, days=90):
    """Return what a page of this person asks."""
    told = None if "readiness" in person.denied else person.today
    return Asked(person, DAY, days, told, person if owner else None)


def blocks(section, kind):
    """Return a section's blocks of one kind."""
    return [block for block in section.blocks if block.kind == kind]


def test_waterfall_adds_up(person):
    """The whole points drawn lead from the usual day to the score that is shown."""
    (figure,) = blocks(today.section(asked(person)), "figure")
    shown = [int(number.replace("−", "-")) for number in re.findall(r">([+−]\d+)</text>", figure.svg)]
    assert 60 + sum(shown) == round(person.today.score)


def test_waterfall_of_some_terms_has_the_rest_as_one_step(person):
    """A reader who is told some of the terms sees the others as one sum, so that it adds up all the same."""
    some = person.today.contributions[:2]
    person.today = replace(person.today, contributions=some, device=None, felt=None, combined=None)
    (figure,) = blocks(today.section(asked(person, owner=False)), "figure")
    assert "What is not shared" in figure.svg
    shown = [int(number.replace("−", "-")) for number in re.findall(r">([+−]\d+)</text>", figure.svg)]
    assert 60 + sum(shown) == round(person.today.score)


def test_today_shows_device_feeling_and_both(person):
    """Where somebody said how they feel, three numbers stand side by side; without, one."""
    (score,) = blocks(today.section(asked(person)), "score")
    assert [(part.name, part.value) for part in score.parts] == [
        ("Device", "19"),
        ("You", "64"),
        ("Together", "26"),
    ]
    person.today = replace(person.today, felt=None, combined=None)
    (score,) = blocks(today.section(asked(person)), "score")
    assert score.parts == []


def test_today_without_a_score_says_why(person):
    """No score is a dash with its reason, and no waterfall."""
    why = "No score yet: collecting your usual, 3 of 7 nights."
    person.today = replace(person.today, score=None, band=None, contributions=(), reasons=(why,))
    section = today.section(asked(person))
    assert blocks(section, "score")[0].value == "–"
    assert blocks(section, "figure") == []
    assert why in [line for notes in blocks(section, "notes") for line in notes.lines]


def test_today_says_offer_undo_flag_and_what_is_missing(person):
    """Advice stands with its rule and what would undo it, a flag with its evidence and base rate."""
    person.today = replace(person.today, disagreement=Disagreement(19, 64, 45, "Device and you differ."))
    notes = {block.title: block for block in blocks(today.section(asked(person)), "notes")}
    offer, flag = notes["An offer for today"], notes["Worth a look"]
    assert offer.after[0] == "What would undo it: a morning at 40 or above."
    assert "Rule A1" in offer.after[1]
    assert flag.lines == person.raised[0].evidence
    assert flag.after == [person.raised[0].base_rate, "A pattern in numbers, not a finding."]
    assert "Device and you differ." in notes["In words"].lines
    assert notes["What was not counted"].lines[1] == "Skin temperature: no value for this night"


def test_flags_not_told_are_those_of_readiness(person):
    """Who may not ask for flags sees those the morning's result carries, and no other."""
    assert "Worth a look" not in [
        block.title for block in blocks(today.section(asked(person.without("flags"))), "notes")
    ]


def test_trends_say_where_the_mean_stands(person):
    """The sentence of a trend has the table's last mean and band; the sleeping hours are written as such."""
    figures = {figure.title: figure for figure in blocks(trends.section(asked(person)), "figure")}
    last = person.trends["sleep"].iloc[-1]
    point = figures["Sleep, hours a day"].point
    assert point.startswith(f"{hours(last['mean7'])} over the last seven days")
    assert f"{hours(last['band_low'])} to {hours(last['band_high'])}" in point
    where = "above" if last["mean7"] > last["band_high"] else "inside"
    assert where in point
    assert figures["Readiness, morning by morning"].point.startswith("12 low")


def test_trend_marks_another_device(person):
    """The day another stream begins to speak is marked once; a gap in one stream is not."""
    figures = blocks(trends.section(asked(person)), "figure")
    assert [figure.svg.count("other device") for figure in figures] == [0, 1, 1, 1]
    person.trends["hrv"]["stream"] = ["Watch A", "Watch B"] * 60
    assert "other device" not in blocks(trends.section(asked(person)), "figure")[1].svg


def test_trend_of_few_days_says_its_last_value(person):
    """Without a mean of seven days, the last known day is told with its date."""
    person.trends["rhr"].loc[:, ["mean7", "band_low"]] = np.nan
    person.trends["rhr"].loc["2026-04-04":, "value"] = np.nan
    (point,) = [f.point for f in blocks(trends.section(asked(person)), "figure") if "heart" in f.title]
    assert "on 3 April 2026" in point


def test_training_says_form_and_context(person):
    """Fitness, fatigue and form are the last known ones; a rise against the month is context."""
    section = training.section(asked(person))
    last = person.tables["load"].iloc[-1]
    (figure,) = blocks(section, "figure")
    expected = f"Fitness {whole(last['ctl'])}, fatigue {whole(last['atl'])}: form {signed(last['tsb'])}"
    assert figure.point.startswith(expected)
    facts = {fact.name: fact for fact in blocks(section, "facts")[0].facts}
    assert facts["Against your month"].value == "+12 %"
    assert "foretells nothing" in facts["Against your month"].note


def test_training_of_unknown_form_has_a_dash(person):
    """What nobody knows is no zero."""
    person.tables["load"]["tsb"] = np.nan
    (figure,) = blocks(training.section(asked(person)), "figure")
    assert figure.point.endswith("form – this morning.")


def test_zones_say_what_fits_today(person):
    """Zones above today's ceiling are set back and say so; an open end is written as such."""
    (table,) = blocks(training.section(asked(person)), "table")
    assert table.rows[0] == ["1 very easy", "118–133 beats/min", "fits"]
    assert table.rows[-1] == ["5 very hard", "from 178 beats/min", "leave out"]
    assert table.quiet == {2, 3, 4}


def test_sleep_of_a_day_is_all_of_its_sleeps(person):
    """A nap adds to its day, minutes without a stage are asleep, and the need is drawn."""
    nap = person.tables["sleep"].iloc[[-1]].assign(is_nap=True, asleep_min=60.0, deep_min=np.nan)
    nap = nap.assign(light_min=np.nan, rem_min=np.nan, awake_min=np.nan)
    person.tables["sleep"] = pd.concat([person.tables["sleep"], nap], ignore_index=True)
    by_stage, by_clock = blocks(sleep.section(asked(person)), "figure")
    nights = person.tables["sleep"]
    month = nights[nights["date"] >= "2026-03-07"]
    mean = month.groupby("date")["asleep_min"].sum().mean()
    assert by_stage.point == f"{hours(mean)} a day; 30 of 30 days are known."
    assert ("band", "asleep, stage unknown") in by_stage.key
    assert "7\u00a0h\u00a042" in by_stage.svg
    assert ("light", "nap") in by_clock.key


def test_sleep_is_by_the_clock_of_its_place(person):
    """A night recorded elsewhere stands at its own hours; one without a known offset is left out."""
    table = person.tables["sleep"]
    start = pd.Timestamp("2026-04-04 22:00", tz="UTC")
    table["start"], table["end"] = start, start + pd.Timedelta(hours=8)
    table["date"] = pd.Timestamp("2026-04-05")
    table["utc_offset_min"] = pd.array([120] * (len(table) - 1) + [None], "Int16")
    _, figure = blocks(sleep.section(asked(person)), "figure")
    assert figure.point == "Mostly from about 00:00 to 08:00; the middle half began within 0\u00a0min."
    table["utc_offset_min"] = pd.array([None] * len(table), "Int16")
    assert len(blocks(sleep.section(asked(person)), "figure")) == 1


def test_strength_shows_the_lifts_done_most(person):
    """The four movements with a maximum on most days have a chart each; of equally many, by name."""
    table = person.tables["strength"]
    more = [table[table["movement"] == "Deadlift"].assign(movement=name) for name in ("Row", "Curl")]
    person.tables["strength"] = pd.concat([table, *more], ignore_index=True)
    titles = [figure.title for figure in blocks(strength.section(asked(person)), "figure")]
    assert [title.split(":")[0] for title in titles[1:]] == ["Back squat", "Bench press", "Curl", "Deadlift"]


def test_strength_week_ends_today(person):
    """The last bar is the seven days up to the page's day."""
    table = person.tables["strength"]
    last = table[table["date"] > "2026-03-29"]["volume_kg"].sum()
    volume = blocks(strength.section(asked(person)), "figure")[0]
    assert f"{whole(last)} kg in the last seven days" in volume.point


def test_strength_offers_say_what_would_undo_them(person):
    """An offer stands under its movement with its evidence."""
    (notes,) = blocks(strength.section(asked(person)), "notes")
    assert notes.title == "Bench press"
    assert notes.after == ["What would undo it: fewer than 6 repetitions at this load."]


def test_feeling_counts_ticks(person):
    """Pain and illness are said in words, with the last day."""
    answers, _ = blocks(feeling.section(asked(person)), "figure")
    assert answers.note == "Illness ticked on 2 days, last on 15 March 2026."
    assert "sleep quality" in answers.svg


def test_reaction_is_of_one_device(person):
    """Times of two screens are never drawn together: the one with most tests speaks."""
    table = person.tables["reaction"]
    other = table.iloc[-3:].assign(device="phone", mean_speed=9.99)
    person.tables["reaction"] = pd.concat([table, other], ignore_index=True)
    reaction = blocks(feeling.section(asked(person)), "figure")[1]
    assert "9.99" not in reaction.svg


def test_coverage_names_every_source(person):
    """Each source that told anything has its colour; more than there are colours share one."""
    coverage = blocks(origins.section(asked(person)), "figure")[0]
    assert {name for _, name in coverage.key} == {"Alex's Watch", "Alex's Phone", "Old Band", "Scale"}
    person.days["steps"]["sources"] = [f"source {n % 20}" for n in range(len(person.days["steps"]))]
    coverage = blocks(origins.section(asked(person)), "figure")[0]
    assert coverage.key[-1] == ("soft", "others")
    assert len(coverage.key) == 6


def test_conflicts_are_counted_by_pair(person):
    """Disagreements of one pair of sources are one line with the newest day's two values."""
    conflicts, eras = blocks(origins.section(asked(person)), "table")
    assert conflicts.rows == [
        ("Steps", "Alex's Watch", "Alex's Phone", "14", "2026-04-05: 9,120 steps, not 7,033 steps")
    ]
    assert eras.rows[0] == ("HRV RMSSD", "Old Band, Band 4, night", "2024‑06‑01 – 2026‑02‑04")


def test_conflicts_of_other_days_are_not_asked_for(person):
    """Only the page's days are looked at; none is said to be none."""
    person.tables["conflicts"]["date"] -= pd.Timedelta(days=200)
    conflicts, _ = blocks(origins.section(asked(person)), "table")
    assert conflicts.rows == ()
    assert conflicts.point.startswith("No two sources disagreed")


@pytest.mark.parametrize(
    ("minutes", "said"), [(446, "7\u00a0h\u00a026"), (59.6, "1\u00a0h\u00a000"), (5, "5\u00a0min")]
)
def test_length_is_written_as_people_read_it(minutes, said):
    """Hours and minutes, which a line's end does not part."""
    assert hours(minutes) == said


@pytest.mark.parametrize(("value", "said"), [(-12.4, "−12"), (0.4, "0"), (-0.4, "0"), (3, "+3")])
def test_change_is_written_with_its_sign(value, said):
    """A change has a true minus, and nothing has none."""
    assert signed(value) == said
