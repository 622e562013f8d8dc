"""Any table with a mapping: the records of every kind, times, missing values, and how a table is found."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import adapters
from adapters.base import Options
from adapters.table import ADAPTER
from adapters.table.check import check
from adapters.table.mapping import mapping_in
from vault.errors import InputError, MalformedFile, UnknownFormat
from vault.records import Rejection, Samples, Score, StrengthSet, Tally, Workout
from vault.time import UNKNOWN_OFFSET, date_of_day, format_instant

EXPORT = Path(__file__).parents[1] / "contract" / "exports" / "table"
GYM = Path(__file__).parents[2].parent / "shared" / "samples" / "hevy" / "set-a" / "workout_data.csv"


@pytest.fixture
def read(tmp_path):
    """Return the records of a table: ``read(text, kind, time, fields, more, zone=..., home=...)``."""

    def records(text, kind="body", time="", fields="", more="", zone=None, home=None):
        columns = "" if "columns" in time else 'columns = ["When"]\n'
        mapping = f'name = "sheet"\nkind = "{kind}"\n{more}\n[time]\n{columns}{time}\n[fields]\n{fields}\n'
        path = tmp_path / "sheet.csv"
        path.write_text(text, "utf-8")
        zone, home = (ZoneInfo(name) if name else None for name in (zone, home))
        options = Options(zone, home=home, mapping=mapping_in(mapping.encode()))
        return list(ADAPTER.read(path, options))

    return records


def values(records):
    """Return (metric, unit, start, end, offset, value) of every sample."""
    for batch in records:
        for n in range(len(batch)) if isinstance(batch, Samples) else ():
            value = batch.codes[batch.value[n]] if batch.codes else float(batch.value[n])
            offset_min = int(batch.offset_min[n])
            start, end = (format_instant(ns[n], offset_min) for ns in (batch.start, batch.end))
            yield batch.metric, batch.unit, start, end, offset_min, value


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def reasons(records):
    return [(one.reason, one.position) for one in of(Rejection, records)]


MASS = 'body_mass = { column = "W", unit = "lb" }'


def test_body_is_read_in_the_unit_of_the_catalogue(read):
    """Pounds become kilograms, rounded to a milligram; the source is the mapping's name."""
    records = read("When,W\n2025-07-01T07:00:00+02:00,165.3\n", fields=MASS)
    start = "2025-07-01T07:00:00+02:00"
    assert list(values(records)) == [("body_mass", "", start, start, 120, 74.978819)]
    assert of(Samples, records)[0].origins[0].source == "sheet"


@pytest.mark.parametrize(
    ("zone", "summer", "winter"),
    [
        ("Europe/Berlin", 120, 60),
        ("America/New_York", -240, -300),
        ("Asia/Kolkata", 330, 330),
        ("Pacific/Auckland", 720, 780),
    ],
)
def test_clock_times_are_of_the_zone_of_the_mapping_else_the_told_else_home(read, zone, summer, winter):
    """A zone that is said gives the offset, an assumed one the instant only."""
    text = "When,W\n2025-07-01 12:00,165\n2025-01-01 12:00,165\n"
    said = {"fields": MASS}
    inside = list(values(read(text, time=f'tz = "{zone}"', zone="Asia/Tokyo", home="Asia/Tokyo", **said)))
    assert [row[4] for row in inside] == [summer, winter]
    assert inside == list(values(read(text, zone=zone, home="Asia/Tokyo", **said)))
    assert [row[4] for row in values(read(text, home=zone, **said))] == [UNKNOWN_OFFSET] * 2


@pytest.mark.parametrize(
    ("time", "text", "start"),
    [
        ("", "2025-07-01T05:00:00Z", "2025-07-01T05:00:00Z"),
        ('format = "epoch_s"', "1751346000", "2025-07-01T05:00:00Z"),
        ('format = "epoch_ms"', "1751346000000", "2025-07-01T05:00:00Z"),
        ('format = "%d.%m.%Y %H:%M %z"', "01.07.2025 07:00 +0200", "2025-07-01T07:00:00+02:00"),
        ('format = "%d.%m.%Y"', "01.07.2025", "2025-07-01T00:00:00Z"),
    ],
)
def test_times_are_read_as_the_format_says(read, time, text, start):
    """An offset that stands there is recorded; a Z and a count of seconds say when, not where."""
    assert [row[2] for row in values(read(f"When,W\n{text},165\n", time=time, fields=MASS))] == [start]


def test_columns_of_date_and_time_are_one_time(read):
    """Joined by a blank; across the change of clocks each row has its own offset."""
    time = 'columns = ["Day", "Clock"]\nformat = "%d.%m.%Y %H:%M"\ntz = "Europe/Berlin"'
    text = "Day;Clock;W\n30.03.2025;01:30;165\n30.03.2025;07:00;165\n"
    assert [row[2] for row in values(read(text, time=time, fields=MASS))] == [
        "2025-03-30T01:30:00+01:00",
        "2025-03-30T07:00:00+02:00",
    ]


def test_numbers_are_read_as_the_decimal_says(read):
    """Thousands are parted where they can be; what is none is rejected, and a formula is none."""
    text = 'When,W\n2025-07-01,"1,234.5"\n2025-07-01,"81,5"\n2025-07-01,=1+1\n2025-07-01,82 lb\n'
    records = read(text, fields=MASS)
    assert [row[-1] for row in values(records)] == [559.959781]
    assert reasons(records) == [("bad-value", 3), ("bad-value", 4), ("bad-value", 5)]
    comma = read("When;W\n2025-07-01;1.234,5\n2025-07-01;81,5\n", fields=MASS, more='decimal = ","')
    assert [row[-1] for row in values(comma)] == [559.959781, 36.967778]


def test_missing_is_missing_and_what_is_wrong_costs_its_row(read):
    """Tokens and, where the mapping says so, zero are no value; every row is counted once."""
    fields = f'{MASS}\nbody_fat_percentage = {{ column = "F", unit = "%" }}\n'
    fields += '[missing]\ntokens = ["", "none"]\nzero_is_missing = ["body_fat_percentage"]'
    text = "When,W,F\n2025-07-01,165,0\n2025-07-02,None,\n2025-07-03,165,fat\nsoon,165,18\n2025-07-04,0,18\n"
    records = read(text, fields=fields)
    assert [(row[0], row[-1]) for row in values(records)] == [
        ("body_mass", 74.842741),
        ("body_mass", 0.0),
        ("body_fat_percentage", 18.0),
    ]
    assert reasons(records) == [("bad-value", 4), ("bad-date", 5)]
    (tally,) = of(Tally, records)
    assert (tally.rows, tally.used, tally.rejected, tally.left) == (5, 2, 2, {"no-value": 1})


def test_glucose_in_millimoles_becomes_whole_milligrams(read):
    """10.0 mmol/L are the 180 mg/dL at which the range ends."""
    fields = 'glucose_interstitial = { column = "G", unit = "mmol/L" }'
    assert [row[-1] for row in values(read("When,G\n2025-07-01,10.0\n", "glucose", fields=fields))] == [180.0]


def test_sample_of_an_unknown_quantity_keeps_its_name_and_unit(read):
    """What the catalogue does not know is kept under the adapter's name; codes are words."""
    fields = 'grip = { column = "G", unit = "kg" }\nsteps = { column = "S" }\n'
    fields += 'duration = { column = "D", unit = "min" }'
    fields += '\n[values]\nmenstrual_flow = { column = "F", map = { l = "light" } }'
    found = list(values(read("When,G,S,D,F\n2025-07-01T08:00:00Z,41.5,900,10,L\n", "sample", fields=fields)))
    start, end = "2025-07-01T08:00:00Z", "2025-07-01T08:10:00Z"
    assert found == [
        ("table:grip", "kg", start, end, UNKNOWN_OFFSET, 41.5),
        ("steps", "", start, end, UNKNOWN_OFFSET, 900.0),
        ("menstrual_flow", "", start, end, UNKNOWN_OFFSET, "light"),
    ]


def test_workout_whose_time_is_its_end_begins_before_it(read):
    """The start is earlier by the duration, which may be written as a clock."""
    fields = (
        'activity = "Sport"\ntitle = "Title"\nduration = { column = "Took", unit = "hh:mm:ss" }\n'
        'distance = { column = "Way", unit = "mi" }\nhr_mean = { column = "HR", unit = "bpm" }\n'
    )
    text = "When,Sport,Title,Took,Way,HR\n2025-07-01T08:00:00+02:00,Running,Lake,0:30:00,3,151\n"
    (workout,) = of(Workout, read(text, "workout", time='means = "end"', fields=fields))
    assert format_instant(workout.start, 120) == "2025-07-01T07:30:00+02:00"
    assert (workout.end - workout.start, workout.duration_s) == (1_800 * 10**9, 1_800)
    assert (workout.activity, workout.distance_m, workout.hr_mean) == ("running", 4_828.032, 151)
    assert workout.details == {"title": "Lake", "activity": "Running"}


def test_rows_without_an_id_are_not_one(read):
    """What stands in no cell tells nothing apart, and joins nothing."""
    text = "When,W,Id\n2026-11-01,180,\n2026-11-02,181,\n2026-11-03,182,7\n2026-11-03,182,7\n"
    records = read(text, fields=MASS, more='[id]\ncolumns = ["Id"]')
    assert len(list(values(records))) == 3
    assert of(Tally, records)[0].repeated == 1


def test_rows_that_agree_in_their_id_are_one(read):
    """The second is counted as repeated; a workout's key is made of the id."""
    text = "When,No\n2025-07-01,7\n2025-07-02,7\n2025-07-03,8\n"
    records = read(text, "workout", fields='title = "No"\n[id]\ncolumns = ["No"]')
    assert [workout.key for workout in of(Workout, records)] == ["7", "8"]
    assert [(tally.used, tally.repeated) for tally in of(Tally, records)] == [(2, 1)]


def test_sets_are_counted_within_the_workout_of_their_day(read):
    """In the order of the rows, wherever they stand; kinds by the mapping's words, formulas as they are."""
    fields = (
        'exercise = "What"\nreps = "Reps"\nweight = { column = "Load", unit = "kg" }\nrir = "RIR"\n'
        '[values]\nset_type = { column = "Kind", map = { W = "warmup" } }'
    )
    text = (
        "When,What,Reps,Load,RIR,Kind\n"
        "2025-07-01 18:00,Squat,5,60,4,w\n2025-07-02 18:00,=Row,8,40,,\n2025-07-01 18:05,Squat,5,102.5,1.5,\n"
        "2025-07-01 18:10,,5,1,,\n2025-07-01 18:15,Squat,5,60000,,\n"
    )
    records = read(text, "strength_set", fields=fields)
    sets = [
        (one.workout, one.index, one.exercise, one.load_kg, one.rir, one.set_type)
        for one in of(StrengthSet, records)
    ]
    assert sets == [
        ("2025-07-01", 1, "Squat", 60.0, 4.0, "warmup"),
        ("2025-07-02", 1, "=Row", 40.0, None, "normal"),
        ("2025-07-01", 2, "Squat", 102.5, 1.5, "normal"),
    ]
    assert [(one.key, one.end - one.start) for one in of(Workout, records)] == [
        ("2025-07-01", 300 * 10**9),
        ("2025-07-02", 0),
    ]
    assert of(Tally, records)[0].left == {"no-exercise": 1}
    assert reasons(records) == [("out-of-range", 6)]


def test_reactions_count_where_they_were_hits(read):
    """False starts and timeouts are no reaction times."""
    fields = 'reaction_time = { column = "RT", unit = "ms" }\noutcome = "How"'
    records = read("When,RT,How\n2025-07-01,251,hit\n2025-07-01,80,false_start\n", "reaction", fields=fields)
    assert [(row[0], row[-1]) for row in values(records)] == [("reaction_time", 251.0)]
    assert of(Tally, records)[0].left == {"no-hit": 1}


def test_wellbeing_and_scores_are_of_their_local_day(read):
    """A day is that of the clock on the wall, in the west as in the east."""
    fields = 'coach_score = { column = "S", unit = "points" }'
    for zone in ("Pacific/Auckland", "America/New_York"):
        (score,) = of(Score, read("When,S\n2025-07-01 00:30,7\n", "score", fields=fields, zone=zone))
        assert (score.score, score.value, score.unit) == ("coach_score", 7.0, "points")
        assert date_of_day(score.day).isoformat() == "2025-07-01"
    (mood,) = values(read("When,F\n2025-07-01,3\n", "subjective", fields='wellness_fatigue = "F"'))
    assert mood[0] == "wellness_fatigue"


def test_table_is_found_by_the_mapping_beside_it(tmp_path):
    """A CSV alone is nobody's; with its mapping it is recognised, by itself and in a folder."""
    folder = Path(shutil.copytree(EXPORT, tmp_path / "a"))
    for path in (folder, folder / "sheet.csv"):
        assert [found.adapter for found in adapters.detect(path)] == ["table"]
    (folder / "sheet.map.toml").unlink()
    assert adapters.detect(folder) == []
    with pytest.raises(UnknownFormat):
        adapters.read(folder / "sheet.csv")


def test_mapping_of_another_table_does_not_make_it_readable(tmp_path):
    """A table that lacks a column of its mapping is refused, with the name of the column."""
    folder = Path(shutil.copytree(EXPORT, tmp_path / "a"))
    (folder / "sheet.csv").write_text("Day;Clock;Weight (lb)\n30.03.2025;07:00;165\n")
    assert ADAPTER.detect(folder) is None
    with pytest.raises(MalformedFile) as caught:
        list(ADAPTER.read(folder, Options()))
    assert caught.value.hint == "it lacks 'Fat'"


def test_mapping_that_is_told_reads_what_looks_like_something_else(tmp_path):
    """With a mapping nothing is detected: the person has said what it is."""
    table = tmp_path / "hevy.csv"
    table.write_text(
        "title,start_time,exercise_title,set_index,set_type,weight_kg\nA,2025-07-01 18:00,Squat,0,normal,60\n"
    )
    text = b'name = "b"\nkind = "sample"\n[time]\ncolumns = ["start_time"]\n'
    text += b'[fields]\nbody_mass = { column = "weight_kg", unit = "kg" }'
    export = adapters.read(table, mapping=mapping_in(text))
    assert export.adapter == "table"
    assert [row[-1] for row in values(export)] == [60.0]
    with pytest.raises(InputError):
        list(adapters.read(table, mapping=mapping_in(text.replace(b"weight_kg", b"weight"))))


def test_check_shows_what_a_mapping_makes_of_a_table():
    """Rows, ranges beside what is plausible, the first values, the span, and what is passed over."""
    mapping = mapping_in((EXPORT / "sheet.map.toml").read_bytes())
    report = check(EXPORT / "sheet.csv", mapping, Options()).to_dict()
    assert (report["rows"], report["accepted"], report["others"]) == (2, 2, {})
    assert report["fields"]["body_mass"] == {
        "unit": "kg",
        "count": 2,
        "low": 74.842741,
        "high": 74.978819,
        "plausible": "30 to 300",
        "outside": 0,
    }
    assert report["unmapped"] == ["Remark"]
    assert (report["start"], report["end"]) == ("2025-03-30T00:30:00Z", "2025-03-30T05:00:00Z")
    assert report["zone"] == "Europe/Berlin"
    assert report["first"][0]["numbers"]["grip_strength"] == 41.5


def test_check_counts_values_that_are_not_plausible(tmp_path):
    """Grams that were taken for kilograms show at once."""
    path = tmp_path / "a.csv"
    path.write_text("When,W\n2025-07-01,81500\n2025-07-02,\n2025-07-03,fat\n")
    text = b'name = "b"\nkind = "body"\n[time]\ncolumns = ["When"]\n'
    text += b'[fields]\nbody_mass = { column = "W", unit = "kg" }'
    report = check(path, mapping_in(text), Options())
    assert (report.fields["body_mass"].outside, report.accepted) == (1, 1)
    assert report.others == {"no-value": 1, "bad-value": 1}


@pytest.mark.skipif(not GYM.is_file(), reason="the samples are not here")
def test_a_real_table_of_sets_is_read_row_by_row_as_the_csv_module_reads_it():
    """4,063 real rows of a lifting log, read by a mapping of four columns."""
    text = (
        b'name = "log"\nkind = "strength_set"\n[time]\ncolumns = ["start_time"]\nformat = "%d %b %Y, %H:%M"\n'
        b'[fields]\nexercise = "exercise_title"\nworkout = "title"\nreps = "reps"\n'
        b'weight = { column = "weight_kg", unit = "kg" }\nset_type = "set_type"\n'
    )
    with GYM.open(encoding="utf-8-sig", newline="") as file:
        told = [(one["exercise_title"], one["weight_kg"], one["reps"]) for one in csv.DictReader(file)]
    records = list(ADAPTER.read(GYM, Options(mapping=mapping_in(text))))
    number = [(name, float(load) if load else None, int(reps) if reps else None) for name, load, reps in told]
    assert [(one.exercise, one.load_kg, one.repetitions) for one in of(StrengthSet, records)] == number
    assert of(Tally, records)[0].used == len(told) == 4_063
