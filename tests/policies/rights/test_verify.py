"""Verification: what was changed is told with the file it was changed in."""

from __future__ import annotations

import csv
import io
import runpy
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.rights import manifest as bag
from policies.rights import verify as verify_module
from policies.rights import verify_bundle, write_bundle
from policies.rights.manifest import RowCount
from policies.signing import public_key
from vault.errors import InputError, UnsupportedVersion

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("forger.py"))))
HEART, OBSERVATIONS = F.HEART, F.OBSERVATIONS
FIRST_FORMAT = Path(__file__).parents[2] / "vectors" / "bundle-1.zip"


def test_verify_of_a_bundle_as_written(bundle, owner):
    """A bundle as it was written has no problem, and names the key that signed it."""
    found = verify_bundle(bundle, signer=public_key(owner.seed))
    assert found.ok, found.problems
    assert found.signer == public_key(owner.seed)
    assert found.created == "2026-04-05T08:00:00+00:00"
    assert found.files == len(zipfile.ZipFile(bundle).namelist())


def test_verify_of_the_portable_part(owner, tmp_path):
    """The subset of Art. 20 says so, is whole, and has neither receipts, log nor statements."""
    write_bundle(owner, tmp_path / "b.zip", portable=True)
    assert F.said(tmp_path / "b.zip") == ""
    files = F.contents(tmp_path / "b.zip")
    assert b'"subset":"art-20"' in files["manifest.json"]
    assert b"GDPR Art. 20" in files["bag-info.txt"]
    assert {name.split("/")[0] for name in files if "/" in name} <= {"data", "schema"}


def test_verify_of_a_bundle_of_the_first_format():
    """A bundle of format 1, with a receipt and a log but no checkpoints, is still whole."""
    found = verify_bundle(FIRST_FORMAT)
    assert (found.problems, found.files) == ([], 22)


def test_verify_of_a_changed_bundle_of_the_first_format(tmp_path):
    """What is wrong in one of format 1 is still found."""
    path = Path(shutil.copy(FIRST_FORMAT, tmp_path))
    assert f"{HEART}: missing" in F.said(F.rewritten(path, {HEART: None}))


@pytest.mark.parametrize(
    "name",
    [
        *(HEART, OBSERVATIONS, "README.html", "bagit.txt", "bag-info.txt", "manifest-sha256.txt"),
        *("audit/audit.ndjson", "audit/checkpoints.json", "data/csv/sleep.csv"),
    ],
)
def test_verify_names_a_changed_file(bundle, name):
    """One byte more in any file is found, and the file named."""
    assert f"{name}: changed" in F.said(F.rewritten(bundle, {name: F.contents(bundle)[name] + b" "}))


def test_verify_names_no_file_but_the_changed_one(bundle):
    """One changed table is one problem: the lists are still those of the manifest."""
    found = verify_bundle(F.rewritten(bundle, {HEART: b"start\n"}))
    assert found.problems == [f"{HEART}: changed"]


@pytest.mark.parametrize(
    "name", [HEART, "manifest.json", "manifest.sig", "owner.pub", "tagmanifest-sha256.txt"]
)
def test_verify_names_a_missing_file(bundle, name):
    """A file that was taken out is missed."""
    found = F.said(F.rewritten(bundle, {name: None}))
    assert name in found
    assert "missing" in found


def test_verify_names_an_extra_file(bundle):
    """A file that the manifest does not know is found."""
    assert (
        F.said(F.rewritten(bundle, {"data/csv/more.csv": b"x"})) == "data/csv/more.csv: not in the manifest"
    )


def test_verify_names_both_files_that_were_swapped(bundle):
    """Two tables with each other's name are both changed."""
    files = F.contents(bundle)
    swapped = {HEART: files["data/csv/sleep.csv"], "data/csv/sleep.csv": files[HEART]}
    found = verify_bundle(F.rewritten(bundle, swapped))
    assert sorted(found.problems) == [f"{HEART}: changed", "data/csv/sleep.csv: changed"]


@pytest.mark.parametrize("order", [sorted, lambda names: reversed(list(names))])
def test_verify_does_not_mind_the_order_of_files(bundle, order):
    """Whoever packs the same files again has the same bundle."""
    assert F.said(F.rewritten(bundle, {}, order=order)) == ""


@pytest.mark.parametrize("name", [HEART, OBSERVATIONS])
def test_verify_finds_reordered_rows(bundle, name):
    """Rows of a table, or lines of NDJSON, in another order are another file."""
    head, *rows = F.contents(bundle)[name].splitlines(keepends=True)
    assert F.said(F.rewritten(bundle, {name: b"".join([head, *reversed(rows)])})) == f"{name}: changed"


def test_verify_finds_lists_rewritten_without_the_key(bundle):
    """Whoever changes a file and all sums still can't sign the manifest."""
    F.resealed(bundle, {HEART: b"start\n"})
    assert "manifest.sig" in F.said(F.rewritten(bundle, {bag.SIGNATURE: b"00" * 64}))
    assert "manifest.sig" in F.said(F.rewritten(bundle, {bag.KEY: public_key(b"x" * 32).encode()}))


def test_verify_of_a_newer_format(bundle):
    """A bundle of a later version is refused with a clear error."""
    F.resealed(bundle, {}, edit=lambda body: body.update(version=bag.VERSION + 1))
    with pytest.raises(UnsupportedVersion):
        verify_bundle(bundle)


@pytest.mark.parametrize("version", [0, -1, "2", None, 1.5, True, []])
def test_verify_of_a_version_that_is_none(bundle, version):
    """A version is a whole number from 1."""
    F.resealed(bundle, {}, edit=lambda body: body.update(version=version))
    assert F.said(bundle) == "manifest.json: not a manifest of a bundle"


def test_verify_of_a_truncated_zip(bundle):
    """A zip that was cut anywhere, by a byte or to nothing, is no whole zip."""
    raw = bundle.read_bytes()
    for end in (len(raw) - 1, len(raw) - 100, len(raw) // 2, 100, 0):
        bundle.write_bytes(raw[:end])
        assert F.said(bundle) == "the file is no whole zip: it was cut short or changed"


def test_verify_of_no_bundle(tmp_path):
    """What is no zip is a problem; what is not there is an error."""
    (tmp_path / "x.zip").write_bytes(b"PK nonsense")
    assert "no whole zip" in F.said(tmp_path / "x.zip")
    with pytest.raises(InputError):
        verify_bundle(tmp_path / "missing.zip")
    with pytest.raises(InputError):
        verify_bundle(tmp_path)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", b"")
    assert "manifest.json" in F.said(tmp_path / "other.zip")


def test_verify_tells_no_endless_list_of_problems(bundle, monkeypatch):
    """Beyond the first thousand, problems are counted."""
    monkeypatch.setattr(verify_module, "MAX_PROBLEMS", 5)
    found = verify_bundle(F.rewritten(bundle, {f"data/{number}": b"x" for number in range(20)}))
    assert len(found.problems) == 6
    assert found.problems[-1] == "and 15 more"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_verify_never_calls_a_damaged_bundle_whole(bundle, tmp_path, data):
    """Cut anywhere, or with any byte of a file's content flipped, it is found, and never a crash."""
    raw = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as archive:
        end = archive.start_dir
    at = data.draw(st.integers(0, end - 1))
    if data.draw(st.booleans()):
        changed = bytes(raw[:at])
    else:
        raw[at] ^= data.draw(st.integers(1, 255))
        changed = bytes(raw)
    copy = tmp_path / "copy.zip"
    copy.write_bytes(changed)
    found = verify_bundle(copy)
    if found.ok:  # only a byte that no file's content or name depends on, such as an unused time stamp
        assert F.contents(copy) == F.contents(bundle)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_verify_names_whatever_was_done(bundle, tmp_path, data):
    """Change, drop, add or swap any files without the key: each file it was done to is named."""
    copy = Path(shutil.copy(bundle, tmp_path / "copy.zip"))
    files = F.contents(copy)
    names = st.sampled_from(sorted(files.keys() - bag.UNLISTED))
    changed, dropped = data.draw(names), data.draw(names)
    changes = {changed: files[changed] + b"\n", dropped: None, "data/csv/more.csv": b"more\n"}
    found = F.said(F.rewritten(copy, changes))
    assert f"{dropped}: missing" in found
    assert changed == dropped or f"{changed}: changed" in found
    assert "data/csv/more.csv: not in the manifest" in found


@given(st.lists(st.lists(st.text(alphabet='a",\n '), min_size=1, max_size=3), max_size=5), st.integers(1, 7))
def test_row_count_counts_records_not_lines(rows, size):
    """Rows of a table are counted through quotes and line ends in cells, in whatever pieces they come."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["head"], *rows])
    raw = text.getvalue().encode()
    count = RowCount("data/csv/x.csv")
    for at in range(0, len(raw), size):
        count.feed(raw[at : at + size])
    assert count.rows == len(rows)
