"""What every adapter promises: one suite over all that are installed, each on a small export of its own.

An adapter brings its export as ``exports/<name>/``; the others' exports are what it must not recognise.
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

import adapters
from adapters.base import Adapter, FileAdapter, Options, adapters_by_name
from vault.errors import InputError
from vault.metrics import is_vendor_coded
from vault.records import Rejection, Samples, SourceFile, Tally
from vault.time import UNKNOWN_OFFSET

EXPORTS = Path(__file__).parent / "exports"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FOREIGN = {
    "empty": b"",
    "words.txt": b"nothing to see\n",
    "noise.bin": bytes(range(256)) * 16,
    "table.csv": b"a,b\n1,2\n",
    "page.xml": b"<?xml version='1.0'?><page/>",
    "list.json": b"[1, 2, 3]",
}
MARKER = "Sesame"
UNCOUNTED = {
    *(
        "apple_health",
        "concept2",
        "coros",
        "fit",
        "garmin",
        "gpx",
        "polar",
        "strava",
        "suunto",
        "tcx",
        "zwift",
    )
}
"""Adapters whose files are no tables of rows, or which do not count theirs yet."""
BUNDLE = "vitalvault"
"""Tells what other adapters read once, as they told it."""


@pytest.fixture(params=sorted(adapters_by_name()))
def adapter(request) -> Adapter:
    return adapters_by_name()[request.param]


@pytest.fixture
def export(adapter, tmp_path) -> Path:
    """The adapter's own small export, as a folder of which a test may do what it likes."""
    own = EXPORTS / adapter.name
    assert own.is_dir(), f"{adapter.name} brings no export for this suite"
    return Path(shutil.copytree(own, tmp_path / MARKER / "export"))


def pack(folder: Path) -> Path:
    packed = folder.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(folder.rglob("*")):
            target.write(path, path.relative_to(folder))
    return packed


def rows(records):
    """Yield every sample with what it means, batch boundaries forgotten."""
    for batch in records:
        if isinstance(batch, Samples):
            for row in range(len(batch)):
                value = batch.codes[batch.value[row]] if batch.codes else float(batch.value[row])
                times = (int(batch.start[row]), int(batch.end[row]), int(batch.offset_min[row]))
                yield (batch.metric, batch.unit, *times, value, batch.origins[batch.origin[row]])


def said(records):
    """Return all that records say, in an order of its own."""
    others = [record for record in records if not isinstance(record, (Samples, SourceFile, Rejection, Tally))]
    return sorted(map(str, rows(records))), sorted(map(repr, others))


def test_adapter_describes_itself(adapter):
    """A name, a version, and in words what is read, what is left and how to get the export."""
    assert isinstance(adapter, Adapter)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", adapter.name)
    coverage = adapter.coverage
    assert all((adapter.version, coverage.title, coverage.how_to_export, coverage.reads))
    assert adapters.sources()[adapter.name] is coverage


def test_adapter_detects_its_own_export(adapter, export):
    """Folder and zip are recognised for what they are."""
    for path in (export, pack(export)):
        found = adapter.detect(path)
        assert found is not None
        assert (found.adapter, found.path) == (adapter.name, path)
        assert 0 < found.confidence <= 1


def test_adapter_leaves_the_exports_of_others(adapter, tmp_path):
    """Nothing else is recognised: other vendors' exports, empty files, noise.

    An adapter of single files knows those in an export, which is read by its own all the same; so are files
    of FHIR and Open mHealth in a bundle.
    """
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
        assert adapter.detect(tmp_path / name) is None
    assert adapter.detect(tmp_path) is None
    for other in EXPORTS.iterdir():
        known = other.name in adapters.sources()
        if known and (isinstance(adapter, FileAdapter) or other.name == BUNDLE):
            assert [found.adapter for found in adapters.detect(other)] == [other.name]
        else:
            assert other.name == adapter.name or adapter.detect(other) is None


def test_adapter_streams(adapter, export):
    """Reading is a generator, which may be left after its first record."""
    records = adapter.read(export, Options())
    assert inspect.isgenerator(records)
    assert next(records) is not None
    records.close()


def test_adapter_reads_the_same_twice_and_in_every_wrapping(adapter, export):
    """The same export says the same again, and as a zip."""
    first, again, packed = (list(adapter.read(path, Options())) for path in (export, export, pack(export)))
    assert said(first) == said(again) == said(packed)
    assert next(rows(first), None) or said(first)[1]


def test_adapter_names_its_sources_last(adapter, export):
    """Each file that was read whole is named after its records; a zip by itself."""
    packed = pack(export)
    for path in (export, packed):
        records = list(adapter.read(path, Options()))
        kinds = [isinstance(record, SourceFile) for record in records]
        assert any(kinds)
        assert kinds == sorted(kinds)
    assert (records[-1].name, records[-1].size) == (packed.name, packed.stat().st_size)


def test_adapter_counts_what_became_of_every_row(adapter, export):
    """Rows in = used + repeated + rejected + left, of every file once: nothing vanishes silently."""
    if adapter.name in UNCOUNTED or not type(adapter).__module__.startswith("adapters."):
        pytest.skip("gives no tallies")
    records = list(adapter.read(export, Options()))
    tallies = [record for record in records if isinstance(record, Tally)]
    rejections = [record for record in records if isinstance(record, Rejection)]
    members = {path.relative_to(export).as_posix() for path in export.rglob("*") if path.is_file()}
    assert sorted(tally.file for tally in tallies) == sorted(members)
    for tally in tallies:
        assert tally.rows == tally.used + tally.repeated + tally.rejected + sum(tally.left.values())
        refused = sum(one.count for one in rejections if one.file == tally.file)
        assert tally.rejected == refused
        assert all(SLUG.fullmatch(reason) and count > 0 for reason, count in tally.left.items())
    assert sum(tally.used for tally in tallies) > 0


def test_adapter_hands_over_sound_columns(adapter, export):
    """Columns of one length and the agreed types; codes, origins and notes exist; offsets are said."""
    for batch in adapter.read(export, Options()):
        if not isinstance(batch, Samples):
            continue
        types = {"start": np.int64, "end": np.int64, "offset_min": np.int16, "origin": np.int32}
        for name, type_ in types.items():
            column = getattr(batch, name)
            assert (column.dtype, column.shape) == (type_, batch.start.shape)
        assert (batch.start <= batch.end).all()
        known = batch.offset_min != UNKNOWN_OFFSET
        assert (np.abs(batch.offset_min[known]) < 24 * 60).all()
        assert batch.origin.min() >= 0
        assert batch.origin.max() < len(batch.origins)
        if batch.codes is None:
            assert batch.value.dtype == np.float64
            assert np.isfinite(batch.value).all()
        else:
            assert batch.value.dtype == np.int32
            assert set(batch.value.tolist()) <= set(range(len(batch.codes)))
        if batch.note is not None:
            assert all(json.loads(batch.notes[code]) for code in set(batch.note.tolist()) - {-1})


def test_adapter_stays_inside_its_coverage(adapter, export):
    """Every metric is declared, or is the vendor's own under the vendor's name."""
    for metric, unit, *_, origin in rows(adapter.read(export, Options())):
        assert is_vendor_coded(metric) or metric in adapter.coverage.metrics
        assert is_vendor_coded(metric) or not unit
        assert origin.adapter == adapter.name or adapter.name == BUNDLE


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_adapter_survives_truncated_files(adapter, export, share):
    """A file cut short gives records and reasons, or an error of ours; never a value or a path in words."""
    for path in [path for path in export.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        words = words_of(adapter, export)
        assert not any(MARKER in word for word in words)
        path.write_bytes(whole)


@pytest.mark.parametrize("noise", [b"\0" * 64, b"\xff" * 64, b"<&>\"'],{};" * 8, b"\n" * 64])
def test_adapter_survives_damaged_files(adapter, export, noise):
    """Noise in the middle of any file costs rows, not the import."""
    for path in [path for path in export.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + noise + whole[middle + len(noise) :])
        assert not any(MARKER in word for word in words_of(adapter, export))
        path.write_bytes(whole)


def words_of(adapter: Adapter, path: Path) -> list[str]:
    """Read and return every word about what went wrong."""
    try:
        rejections = [record for record in adapter.read(path, Options()) if isinstance(record, Rejection)]
    except InputError as error:
        return [str(error), error.hint]
    assert all(SLUG.fullmatch(rejection.reason) for rejection in rejections)
    assert all(rejection.position >= 0 and rejection.count > 0 for rejection in rejections)
    return [rejection.file for rejection in rejections]


@pytest.mark.parametrize("name", ["../outside", "/outside", "C:\\outside"])
def test_adapter_refuses_archives_that_point_outside(adapter, export, name):
    """A zip that is hostile is refused before anything in it is read."""
    packed = pack(export)
    with zipfile.ZipFile(packed, "a") as target:
        target.writestr(name, "x")
    with pytest.raises(InputError) as caught:
        list(adapter.read(packed, Options()))
    assert MARKER not in str(caught.value)
