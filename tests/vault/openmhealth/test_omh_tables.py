"""Every row of the two tables, against the schemas, the catalogue and the page that lists what goes out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.open_mhealth.units import in_unit
from vault.metrics import catalogue, metric
from vault.openmhealth.points import quantity
from vault.openmhealth.schemas import table, words

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "open-mhealth.md"
EVERY_ROW = pytest.mark.parametrize("row", table(), ids=[f"{row.stem}:{row.metric}" for row in table()])
SCHEMAS = sorted({row.schema for row in table()})
WORDS = [
    (schema, field, word)
    for schema in SCHEMAS
    for field, known in words(schema).items()
    for word in sorted(known)
]
FRAMES = {
    "moment": {"date_time": "2026-05-01T07:31:00+02:00"},
    "interval": {
        "time_interval": {
            "start_date_time": "2026-05-01T07:31:00+02:00",
            "end_date_time": "2026-05-01T08:31:00+02:00",
        }
    },
}


def point_of(row, **more):
    """Return the smallest point of a row, with what else its schema requires."""
    needed = (one for one in table() if one.stem == row.stem and one.required == one.field)
    body = {one.field: quantity(one, 60) for one in needed}
    body |= {row.field: quantity(row, 60), "effective_time_frame": FRAMES[row.frame or "moment"]}
    body |= {"activity_name": "Running"} if row.schema == "physical-activity" else {}
    header = {
        "id": "1",
        "creation_date_time": "2026-05-01T07:31:00+02:00",
        "schema_id": {"namespace": "omh", "name": row.schema, "version": row.version},
    }
    return {"header": header, "body": body | row.fixed | more}


@EVERY_ROW
def test_row_makes_a_point_that_its_schema_takes(row, schemas):
    """Field, unit, fixed words and time frame are the schema's own, and the schema is one that refuses."""
    assert schemas(point_of(row)) == []
    assert row.field in schemas.document(f"{row.stem}.json")["properties"]
    wrong = {"value": 60, "unit": "stone"} if row.unit else 60.5
    assert schemas(point_of(row, **{row.field: wrong}))
    for field in row.fixed:
        assert field == "descriptive_statistic_denominator" or schemas(point_of(row, **{field: "sometimes"}))


@EVERY_ROW
def test_row_has_the_frame_that_its_schema_asks_for(row, schemas):
    """Where a schema takes one kind of time alone, the table says so; else both are good."""
    taken = {kind for kind, frame in FRAMES.items() if not schemas(point_of(row, effective_time_frame=frame))}
    if row.of in ("sample", "reading"):
        assert taken == ({row.frame} if row.frame else set(FRAMES))
    else:
        assert row.frame == "interval"
        assert "interval" in taken


@EVERY_ROW
def test_row_converts_nothing(row):
    """The unit is the catalogue's, spelled as the schema does; a rate by the day is the day's sum."""
    ucum = metric(row.metric).ucum.removesuffix("/d")
    assert in_unit(2.5, row.unit, ucum) == 2.5 if row.unit else ucum == "{count}"


@EVERY_ROW
def test_row_names_the_newest_version(row, samples):
    """No newer version of the schema is published beside it."""
    folder = samples / "openmhealth" / "set-a" / "schema" / "omh"
    versions = [re.fullmatch(rf"{row.schema}-(\d+)\.(\d+)\.json", path.name) for path in folder.iterdir()]
    newest = max(tuple(map(int, found.groups())) for found in versions if found)
    assert tuple(map(int, row.version.split("."))) == newest


@pytest.mark.parametrize(("schema", "field", "word"), WORDS)
def test_word_is_one_of_its_schema(schema, field, word, schemas):
    """What a note may add is in the schema's list of words, and there is such a list."""
    row = next(row for row in table() if row.schema == schema)
    assert schemas(point_of(row, **{field: word})) == []
    assert schemas(point_of(row, **{field: "sometimes"}))


def test_metrics_are_told_apart_by_what_they_say():
    """No two metrics of one schema give the same point for the same value, but for two pairs."""
    alone = [row for row in table() if row.of == "sample"]
    told = {(row.stem, row.field, row.unit, row.says, row.required) for row in alone}
    plain = {"walking_speed", "steps_daily"}  # a speed, and steps over a day's interval
    assert len(told) == len(alone) - len(plain)


def section(title: str) -> str:
    """Return a section of the page."""
    return PAGE.read_text("utf-8").partition(f"\n### {title}\n")[2].partition("\n### ")[0]


def names_in(text: str) -> set[str]:
    return {name for name in re.findall(r"`([a-z0-9_]+)`", text) if name in catalogue()}


def test_page_lists_what_goes_out():
    """Each metric stands in the row of its schema, in the row's unit and with what it says by itself."""
    page = section("Which metric by which schema")
    for row in table():
        whole = row.metric if row.metric in catalogue() else row.metric.rpartition(".")[0]
        line = next(line for line in page.splitlines() if line.startswith(f"| {row.stem} "))
        assert f"`{whole}`" in line
        assert not row.unit or row.unit in line
        assert all(word in line for word in row.fixed.values())


def metrics_of(title: str) -> set[str]:
    """Return the metrics that a table of the page has a row of."""
    return {line.split("`")[1] for line in section(title).splitlines() if line.startswith("| `")}


def test_page_lists_what_stays_behind():
    """Every metric of the catalogue goes out, stays behind for a reason, or has no schema."""
    goes_out = {row.metric if row.metric in catalogue() else row.metric.rpartition(".")[0] for row in table()}
    stays, without = metrics_of("What stays behind"), names_in(section("Without a schema"))
    assert goes_out | {"workout"} | stays | without == set(catalogue())
    assert not stays & without
    assert not (stays | without) & goes_out


def test_page_and_catalogue_agree():
    """A metric for which the catalogue names a schema goes out by it, or the page says why it does not."""
    goes_by = {(row.metric.partition(".")[0], f"{row.schema}:{row.version}") for row in table()}
    named = {(name, entry.openmhealth) for name, entry in catalogue().items() if entry.openmhealth}
    otherwise = {name for name, _ in named - goes_by}
    told_in_the_activity = {"workout", "workout_energy"}
    assert otherwise - told_in_the_activity <= metrics_of("What stays behind")
