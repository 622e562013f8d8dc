"""WHOOP's tables: every language and width, on which day a night is, what is scored, what stays private."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from datetime import date
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from adapters.base import Options
from adapters.tables import table
from adapters.whoop import ADAPTER
from adapters.whoop.said import minutes_of
from adapters.whoop.sheets import fold
from vault.errors import MalformedFile
from vault.metrics import find, is_vendor_coded
from vault.records import Document, Rejection, Samples, Score, SleepSession, Tally, Workout
from vault.time import UNKNOWN_OFFSET, day_of_date, parse_instant

LANGUAGES = ("en", "de", "es", "fr", "pt")
CYCLE = {
    "cycle_start": "2025-03-29 23:10:00", "cycle_end": "2025-03-30 23:20:00", "zone": "UTC+02:00",
    "recovery": "71", "resting_heart_rate": "51", "hrv": "62", "skin_temp": "33.4", "spo2": "96.8",
    "strain": "11.4", "energy_kcal": "2310", "max_heart_rate": "162", "average_heart_rate": "66",
}  # fmt: skip
SLEEP = {
    "sleep_start": "2025-03-29 23:10:00", "sleep_end": "2025-03-30 07:30:00", "performance": "88",
    "respiratory_rate": "14.8", "asleep_min": "430", "in_bed_min": "480", "light_min": "230",
    "deep_min": "95", "rem_min": "105", "awake_min": "50", "need_min": "465", "debt_min": "20",
    "efficiency": "89", "consistency": "72",
}  # fmt: skip
RUN = {
    "workout_start": "2025-03-30 17:00:00", "workout_end": "2025-03-30 17:45:00", "duration_min": "45",
    "activity": "Running", "strain": "10.2", "energy_kcal": "420", "max_heart_rate": "171",
    "average_heart_rate": "148", "hr_zone_1_percent": "5", "hr_zone_2_percent": "20",
    "hr_zone_3_percent": "40",
    "hr_zone_4_percent": "25", "hr_zone_5_percent": "10", "gps": "true", "distance_m": "8000.5",
    "altitude_gain_m": "42", "elevation_change_m": "0.5",
}  # fmt: skip
ANSWER = {"question": "Any alcohol?", "answered_yes": "true", "notes": 'two, "small"'}
HEAD = {key: CYCLE[key] for key in ("cycle_start", "cycle_end", "zone")}
ROWS = {
    "cycles": CYCLE | SLEEP,
    "sleeps": HEAD | SLEEP | {"nap": "false"},
    "workouts": HEAD | RUN,
    "journal": HEAD | ANSWER,
}
FILES = {
    "en": ("physiological_cycles.csv", "sleeps.csv", "workouts.csv", "journal_entries.csv"),
    "de": ("physiologische_zyklen.csv", "Schlaf.csv", "Trainings.csv", "logbuch_eintraege.csv"),
    "es": ("physiological_cycles.csv", "sueño.csv", "entrenamientos.csv", "journal.csv"),
    "fr": ("physiological_cycles.csv", "sommeil.csv", "entraînements.csv", "journal.csv"),
    "pt": ("ciclos_fisiológicos.csv", "sonos.csv", "treinos.csv", "entradas_diário.csv"),
    "xx": ("a.csv", "b.csv", "c.csv", "d.csv"),
}
DAY = day_of_date(date(2025, 3, 30))


def ns(text):
    return parse_instant(text)[0]


def names_of(sheet, language):
    """Return the columns of a table in a language; what is not known in it has a made-up name."""
    known = [row for row in table("adapters.whoop", "columns.csv") if row["sheet"] == sheet]
    return [row.get(language) or f"colonne {place}" for place, row in enumerate(known)]


def sheet_text(sheet, *changes, language="en", names=None):
    """Return a table of WHOOP with one row for each change."""
    keys = [row["key"] for row in table("adapters.whoop", "columns.csv") if row["sheet"] == sheet]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names or names_of(sheet, language))
    for change in changes or ({},):
        row = ROWS[sheet] | change
        writer.writerow([row[key] for key in keys])
    return out.getvalue()


@pytest.fixture
def read(tmp_path):
    """Return the records of files, ``read({"a.csv": "..."}, zone=None, home=None, journal=False)``."""

    def records(contents, zone=None, **options):
        for name, content in contents.items():
            (tmp_path / name).write_text(content, "utf-8")
        return list(ADAPTER.read(tmp_path, Options(zone, **options)))

    return records


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


def rows(records, metric):
    """Return (start, end, offset, value, note) of each sample of a metric."""
    return [
        (
            int(batch.start[row]),
            int(batch.end[row]),
            int(batch.offset_min[row]),
            float(batch.value[row]),
            None if batch.note is None else json.loads(batch.notes[batch.note[row]]),
        )
        for batch in of(Samples, records)
        if batch.metric == metric
        for row in range(len(batch))
    ]


def scores(records):
    return {one.score: (one.day, one.value, one.unit) for one in of(Score, records)}


def without_files(records):
    kinds = (Samples, SleepSession, Workout, Score, Document)
    return sorted(repr(one) for one in records if isinstance(one, kinds))


@pytest.mark.parametrize("language", FILES)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_table_says_the_same_in_every_language(read, language, mark):
    """By names that are known, else by place; xx is a language nobody knows."""
    english = dict(zip(FILES["en"], (sheet_text(sheet) for sheet in ROWS)))
    wanted = without_files(read(english, journal=True))
    translated = {
        name: mark + sheet_text(sheet, language=language) for name, sheet in zip(FILES[language], ROWS)
    }
    found = read(dict.fromkeys(FILES["en"], "") | translated, journal=True)
    assert without_files(found) == wanted
    assert {one.rows for one in of(Tally, found)} == {1}


def test_table_with_columns_more_or_in_another_order_is_read_by_names(read):
    """In a language that is known."""
    names = names_of("sleeps", "en")
    plain = list(csv.reader(io.StringIO(sheet_text("sleeps"))))
    turned = [["Anything", *reversed(names)], ["1", *reversed(plain[1])]]
    text = "\n".join(",".join(row) for row in turned)
    assert without_files(read({"sleeps.csv": text})) == without_files(
        read({"sleeps.csv": sheet_text("sleeps")})
    )


def test_night_is_of_the_day_of_waking(read):
    """The cycle began on the 29th; the night's values lie on the part after midnight."""
    found = read({"cycles.csv": sheet_text("cycles"), "sleeps.csv": sheet_text("sleeps")})
    (session,) = of(SleepSession, found)
    start, end = ns("2025-03-29T23:10:00+02:00"), ns("2025-03-30T07:30:00+02:00")
    assert (session.key, session.start, session.end) == ("2025-03-29T21:10:00Z", start, end)
    assert (session.offset_min, session.is_nap) == (120, False)
    assert session.details == {
        "asleep_min": 430.0, "in_bed_min": 480.0, "light_min": 230.0, "deep_min": 95.0, "rem_min": 105.0,
        "awake_min": 50.0,
    }  # fmt: skip
    midnight = ns("2025-03-30T00:00:00+02:00")
    night = {"night": "2025-03-30", "window": "night"}
    for metric, value in {
        "hrv_rmssd": 62.0, "resting_heart_rate": 51.0, "skin_temperature": 33.4, "spo2_avg": 96.8,
        "respiratory_rate_sleep_avg": 14.8, "sleep_efficiency": 89.0,
    }.items():  # fmt: skip
        assert rows(found, metric) == [(midnight, end, 120, value, night)]
    whole = ns("2025-03-30T23:20:00+02:00")
    assert rows(found, "total_energy_daily") == [(midnight, whole, 120, 2310.0, None)]
    assert rows(found, "heart_rate_max_24h") == [(midnight, whole, 120, 162.0, None)]
    assert scores(found) == {
        "whoop_recovery": (DAY, 71.0, "%"), "whoop_strain": (DAY, 11.4, ""),
        "whoop_sleep_performance": (DAY, 88.0, "%"), "whoop_sleep_consistency": (DAY, 72.0, "%"),
        "whoop_sleep_need": (DAY, 465.0, "min"), "whoop_sleep_debt": (DAY, 20.0, "min"),
    }  # fmt: skip


def test_cycles_alone_have_their_sleeps(read):
    """And with the table of sleeps beside them, each is there once."""
    alone, both = (
        read({"cycles.csv": sheet_text("cycles")}),
        read({"cycles.csv": sheet_text("cycles"), "sleeps.csv": sheet_text("sleeps")}),
    )
    assert without_files(alone) == without_files(both)


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("UTC-04:00", -240),
        ("UTC+05:30", 330),
        ("UTCZ", 0),
        ("UTC", 0),
        ("UTC+13:00", 780),
        ("Z", 0),
        ("UTC+1:00", 60),
    ],
)
def test_zone_of_the_cycle_gives_the_offset(read, zone, offset):
    """Whatever zone was told: a flight changes it from one cycle to the next."""
    (session,) = of(
        SleepSession, read({"s.csv": sheet_text("sleeps", {"zone": zone})}, ZoneInfo("Asia/Tokyo"))
    )
    assert session.offset_min == offset
    assert session.end == ns("2025-03-30T07:30:00Z") - offset * 60 * 10**9


@pytest.mark.parametrize("said", ["", "UTC+99:00", "Berlin", "+2"])
def test_zone_that_is_none_is_unknown(said):
    """Not zero: who reads takes the zone that was told, else home."""
    assert minutes_of(said) == UNKNOWN_OFFSET


@pytest.mark.parametrize(
    ("name", "end", "offset"),
    [
        ("Europe/Berlin", "2025-03-30T07:30:00+02:00", 120),
        ("America/New_York", "2025-03-30T07:30:00-04:00", -240),
        ("Asia/Kolkata", "2025-03-30T07:30:00+05:30", 330),
        ("Pacific/Auckland", "2025-03-30T07:30:00+13:00", 780),
    ],
)
def test_cycle_without_a_zone_is_at_the_place_that_was_told_or_at_home(read, name, end, offset):
    """Of home the offset is only assumed, so it stays unknown."""
    text = {"s.csv": sheet_text("sleeps", {"zone": ""})}
    (told,) = of(SleepSession, read(text, ZoneInfo(name)))
    (home,) = of(SleepSession, read(text, home=ZoneInfo(name)))
    assert (told.end, told.offset_min) == (ns(end), offset)
    assert (home.end, home.offset_min) == (ns(end), UNKNOWN_OFFSET)


def test_hour_that_comes_twice_is_told_by_the_offset(read):
    """Two naps at 02:10 of the night in which the clock goes back."""
    naps = [
        {
            "sleep_start": "2025-10-26 02:10:00",
            "sleep_end": "2025-10-26 02:50:00",
            "nap": "true",
            "zone": zone,
        }
        for zone in ("UTC+02:00", "UTC+01:00")
    ]
    found = of(SleepSession, read({"s.csv": sheet_text("sleeps", *naps)}))
    assert [one.start for one in found] == [ns("2025-10-26T00:10:00Z"), ns("2025-10-26T01:10:00Z")]
    assert all(one.is_nap for one in found)


def test_nap_has_no_scores_of_the_day(read):
    """Its breathing is no night's."""
    found = read({"s.csv": sheet_text("sleeps", {"nap": "true"})})
    assert scores(found) == {}
    assert [row[3:] for row in rows(found, "respiratory_rate")] == [(14.8, None)]
    assert rows(found, "respiratory_rate_sleep_avg") == []


def test_cycle_that_goes_on_has_a_night_and_no_sums(read):
    """Its end, strain and energy are not there yet."""
    open_ = {"cycle_end": "", "strain": "", "energy_kcal": "", "max_heart_rate": "", "average_heart_rate": ""}
    found = read({"c.csv": sheet_text("cycles", open_)})
    assert [row[3] for row in rows(found, "hrv_rmssd")] == [62.0]
    assert rows(found, "total_energy_daily") == []
    early = read({"c.csv": sheet_text("cycles", {"cycle_end": ""})})
    assert rows(early, "total_energy_daily") == []


def test_what_is_not_scored_is_left(read):
    """Never zero: a night that was not worn has no recovery."""
    empty = dict.fromkeys([*CYCLE, *SLEEP], "") | HEAD
    night = {"sleep_start": "2025-03-28 23:00:00", "sleep_end": "2025-03-29 06:00:00"}
    found = read({
        "c.csv": sheet_text("cycles", empty, {}),
        "s.csv": sheet_text("sleeps", empty | night),
    })  # fmt: skip
    assert {one.file: dict(one.left) for one in of(Tally, found)} == {
        "c.csv": {"unscored": 1},
        "s.csv": {"unscored": 1},
    }
    assert len(rows(found, "resting_heart_rate")) == 1


def test_fahrenheit_is_read_from_the_header(read):
    """92.3 degrees are 33.5."""
    names = [name.replace("celsius", "Fahrenheit") for name in names_of("cycles", "en")]
    found = read({"c.csv": sheet_text("cycles", {"skin_temp": "92.3"}, names=names)})
    assert [row[3] for row in rows(found, "skin_temperature")] == [33.5]


def test_workout(read):
    """(cal) are kilocalories; zones and strain are in the details."""
    found = read({"w.csv": sheet_text("workouts", {}, {"activity": "Nickerchen", "workout_start": "soon"})})
    (one,) = of(Workout, found)
    assert (one.key, one.activity, one.offset_min) == ("2025-03-30T15:00:00Z", "running", 120)
    assert (one.duration_s, one.distance_m, one.energy_kcal) == (2700.0, 8000.5, 420.0)
    assert (one.hr_mean, one.hr_max, one.elevation_gain_m) == (148.0, 171.0, 42.0)
    assert one.details == {
        "strain": 10.2, "hr_zone_1_percent": 5.0, "hr_zone_2_percent": 20.0, "hr_zone_3_percent": 40.0,
        "hr_zone_4_percent": 25.0, "hr_zone_5_percent": 10.0, "elevation_change_m": 0.5,
        "activity": "Running",
        "gps": True,
    }  # fmt: skip
    assert of(Rejection, found) == [Rejection("bad-date", "w.csv", 3)]


def test_journal_is_left_unless_it_was_asked_for(read):
    """Then an answer is a document, which no reader's table has."""
    text = {"j.csv": sheet_text("journal", {}, {"notes": "", "answered_yes": "false"}, {"cycle_start": "x"})}
    left = read(text)
    assert of(Tally, left) == [Tally("j.csv", 3, 0, 0, 0, {"journal-private": 3})]
    assert "alcohol" not in repr(left)
    found = read(text, journal=True)
    first, second = of(Document, found)
    assert (first.kind, first.media_type) == ("whoop:journal", "application/json")
    assert (first.key, first.start, first.offset_min) == (
        "2025-03-29T21:10:00Z|Any alcohol?", ns("2025-03-29T21:10:00Z"), 120
    )  # fmt: skip
    assert json.loads(first.body) == {
        "cycle_start": "2025-03-29T23:10:00+02:00",
        "question": "Any alcohol?",
        "answered_yes": True,
        "notes": 'two, "small"',
    }
    assert json.loads(second.body)["answered_yes"] is False
    assert of(Rejection, found) == [Rejection("bad-date", "j.csv", 4)]


def test_nobody_elses_table_is_no_export(tmp_path):
    """Neither one of the same width nor one with two clock times."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.csv", "a,b,c,d,e,f\n2025-01-01 00:00:00,2025-01-02 00:00:00,x,1,2,3\n")
        packed.writestr("b.csv", "Start,End,Zone\n2025-01-01 00:00:00,2025-01-02 00:00:00,UTC+01:00\n")
    assert ADAPTER.detect(tmp_path / "a.zip") is None
    with pytest.raises(MalformedFile):
        list(ADAPTER.read(tmp_path / "a.zip", Options()))


def test_columns_have_names_that_tell_them_apart():
    """In every language, within a table; each table is as wide as WHOOP's."""
    known = table("adapters.whoop", "columns.csv")
    assert Counter(row["sheet"] for row in known) == {
        "cycles": 26,
        "sleeps": 18,
        "workouts": 20,
        "journal": 6,
    }
    for sheet in ROWS:
        owners: dict[str, str] = {}
        for row in known:
            if row["sheet"] == sheet:
                assert row["en"]
                for name in {fold(row[language]) for language in LANGUAGES} - {""}:
                    assert owners.setdefault(name, row["key"]) == row["key"], (sheet, name)


def test_fields_are_metrics_of_the_catalogue_or_whoops_own():
    """What they read is said by a table or by the API; words of sports are the project's."""
    said = {row["key"] for name in ("columns.csv", "api.csv") for row in table("adapters.whoop", name)}
    for row in table("adapters.whoop", "fields.csv"):
        assert row["key"] in said
        if row["becomes"] == "score":
            assert row["name"].startswith("whoop_")
        else:
            assert is_vendor_coded(row["name"]) != (row["name"] in ADAPTER.coverage.metrics)
            assert is_vendor_coded(row["name"]) or (find(row["name"]) and not row["unit"])
    text = files("vault.merge").joinpath("activities.csv").read_text("utf-8")
    words = {row["activity"] for row in csv.DictReader(text.splitlines())}
    sports = table("adapters.whoop", "sports.csv")
    assert {row["word"] for row in sports} <= words
    assert len({row["id"] for row in sports}) == len({fold(row["name"]) for row in sports}) == len(sports)
