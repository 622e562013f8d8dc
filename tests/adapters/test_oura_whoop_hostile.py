"""Files of Oura and WHOOP that are damaged or meant to harm: reasons, never their words, never a fault."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import Options, adapters_by_name
from vault.errors import InputError
from vault.records import Rejection, Samples, SleepSession, Tally

EXPORTS = Path(__file__).parents[1] / "contract" / "exports"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@pytest.fixture(params=["oura", "whoop"])
def name(request):
    return request.param


def read(name, path, **options):
    return list(adapters_by_name()[name].read(path, Options(**options)))


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 20),
    st.floats(0, 1),
    st.sampled_from([b"9" * 30, b"\xff\xfe", b"-", b"{", b"]", b"\n\n", b'"', b";", b",", b"e999", b"\0"]),
    st.integers(0, 8),
)
def test_damage_anywhere_is_a_reason(name, file, share, noise, gone):
    """Whatever a byte becomes: the rows of each file are in one tally, or the file in one rejection."""
    with TemporaryDirectory() as folder:
        export = Path(shutil.copytree(EXPORTS / name, Path(folder, "export")))
        paths = sorted(path for path in export.rglob("*") if path.is_file())
        path = paths[file % len(paths)]
        whole = path.read_bytes()
        at = int(share * len(whole))
        path.write_bytes(whole[:at] + noise + whole[at + gone :])
        found = read(name, export, journal=True)
    tallies = {one.file: one for one in of(Tally, found)}
    files = [one.relative_to(export).as_posix() for one in paths]
    assert len(tallies) == len(of(Tally, found))
    for one in files:
        rejected = [rejection for rejection in of(Rejection, found) if rejection.file == one]
        assert one in tallies or [rejection.position for rejection in rejected] == [0]
        assert one not in tallies or tallies[one].rejected == sum(one.count for one in rejected)
    assert all(SLUG.fullmatch(one.reason) for one in of(Rejection, found))


def test_table_in_utf_16_is_a_table(tmp_path):
    """As some spreadsheets save it."""
    text = (EXPORTS / "whoop" / "sleeps.csv").read_text("utf-8")
    (tmp_path / "sleeps.csv").write_text(text, "utf-16")
    assert len(of(SleepSession, read("whoop", tmp_path))) == 2


def test_cell_without_an_end_is_one_row(tmp_path):
    """It is never held, and the rows around it are read."""
    text = "timestamp;bpm;source\n2025-03-30T00:00:00Z;60;rest\n"
    (tmp_path / "heartrate.csv").write_text(
        text + "x" * (40 << 20) + "\n2025-03-30T00:05:00Z;61;rest\n", "utf-8"
    )
    found = read("oura", tmp_path)
    assert [batch.value.tolist() for batch in of(Samples, found)] == [[60.0, 61.0]]
    assert of(Rejection, found) == [Rejection("huge-row", "heartrate.csv", 3)]


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000])
def test_document_that_is_too_deep_keeps_what_came_before(tmp_path, deep):
    """No stack overflows."""
    oura = '{"data": [{"day": "2025-03-30", "spo2_percentage": {"average": 97}}, ' + deep
    whoop = (
        '{"records": [{"start": "2025-03-30T15:00:00Z", "end": "2025-03-30T15:45:00Z", "sport_id": 0}, '
        + deep
    )
    for name, text in (("oura", oura), ("whoop", whoop)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.json").write_text(text, "utf-8")
        found = read(name, tmp_path / name)
        assert of(Rejection, found) == [Rejection("malformed-file", "a.json", 1)]
        assert [(one.used, one.rejected) for one in of(Tally, found)] == [(1, 1)]


def test_error_says_nothing_of_what_it_read(tmp_path, name):
    """Neither a value nor a path."""
    (tmp_path / "secret.json").write_text('{"secret": 1}', "utf-8")
    with pytest.raises(InputError) as caught:
        read(name, tmp_path)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
