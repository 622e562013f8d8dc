"""Verification: what was changed, and that nothing hostile does harm."""

from __future__ import annotations

import contextlib
import hashlib
import json
import struct
import warnings
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.rights import manifest as bag
from policies.rights import verify as verify_module
from policies.rights import verify_bundle
from policies.rights.manifest import Entry, RowCount
from policies.signing import canonical, public_key, sign
from vault.errors import InputError, UnsupportedVersion

OTHER = b"o" * 32
HEART = "data/csv/heart_rate.csv"
OBSERVATIONS = "data/fhir/Observation.001.ndjson"


def rewritten(path, changes, *, order=None, infos=()):
    """Write a bundle anew with some files changed (None takes one out)."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= changes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of a name that is there twice
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in order(files) if order else files:
                if files[name] is not None:
                    archive.writestr(name, files[name])
            for info, content in infos:
                archive.writestr(info, content)
    return path


def resealed(path, changes, *, seed=OTHER, edit=lambda body: None):
    """Do what an attacker with tools does: change files, write every list anew, sign with another key."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()} | changes
    body = json.loads(files[bag.MANIFEST])

    def entry(name):
        count = RowCount(name)
        count.feed(files[name])
        return Entry(name, len(files[name]), hashlib.sha256(files[name]).hexdigest(), count.rows)

    listed = [entry(name) for name in files if name not in bag.UNLISTED | {bag.LISTS}]
    files[bag.LISTS] = bag.bag_lines(listed, payload=True).encode()
    about = {key: body[key] for key in ("created", "period", "software", "subject")}
    body = bag.manifest([*listed, entry(bag.LISTS)], about)
    edit(body)
    files[bag.MANIFEST] = canonical(body)
    files[bag.SIGNATURE] = sign(seed, bag.DOMAIN, body).encode()
    files[bag.KEY] = public_key(seed).encode()
    tags = [entry(name) for name in files if name != bag.TAGS]
    files[bag.TAGS] = bag.bag_lines(tags, payload=False).encode()
    return rewritten(path, files)


def said(path, **how):
    """Return the problems as one text."""
    found = verify_bundle(path, **how)
    assert found.ok == (not found.problems)
    return "\n".join(found.problems)


def test_verify_of_a_bundle_as_written(bundle, owner):
    """A bundle as it was written has no problem, and names the key that signed it."""
    found = verify_bundle(bundle, signer=public_key(owner.seed))
    assert found.ok, found.problems
    assert found.signer == public_key(owner.seed)
    assert found.created == "2026-04-05T08:00:00+00:00"
    assert found.files == len(zipfile.ZipFile(bundle).namelist())


@pytest.mark.parametrize(
    "name", [HEART, OBSERVATIONS, "README.html", "bagit.txt", "audit/audit.ndjson", "manifest-sha256.txt"]
)
def test_verify_names_a_changed_file(bundle, name):
    """One byte more in any file is found, and the file named."""
    with zipfile.ZipFile(bundle) as archive:
        content = archive.read(name)
    assert f"{name}: changed" in said(rewritten(bundle, {name: content + b" "}))


@pytest.mark.parametrize(
    "name", [HEART, "manifest.json", "manifest.sig", "owner.pub", "tagmanifest-sha256.txt"]
)
def test_verify_names_a_missing_file(bundle, name):
    """A file that was taken out is missed."""
    found = said(rewritten(bundle, {name: None}))
    assert name in found
    assert "missing" in found


def test_verify_names_an_extra_file(bundle):
    """A file that the manifest does not know is found."""
    assert "data/csv/more.csv: not in the manifest" in said(rewritten(bundle, {"data/csv/more.csv": b"x"}))


def test_verify_does_not_mind_the_order_of_files(bundle):
    """Whoever packs the same files again has the same bundle."""
    assert said(rewritten(bundle, {}, order=sorted)) == ""


def test_verify_finds_a_reordered_table(bundle):
    """Rows in another order are another file."""
    with zipfile.ZipFile(bundle) as archive:
        head, *rows = archive.read(HEART).splitlines(keepends=True)
    assert f"{HEART}: changed" in said(rewritten(bundle, {HEART: b"".join([head, *reversed(rows)])}))


def test_verify_finds_lists_rewritten_without_the_key(bundle):
    """Whoever changes a file and all sums still can't sign the manifest."""
    resealed(bundle, {HEART: b"start\n"})
    assert "manifest.sig" in said(rewritten(bundle, {bag.SIGNATURE: b"00" * 64}))
    assert "manifest.sig" in said(rewritten(bundle, {bag.KEY: public_key(b"x" * 32).encode()}))


def test_verify_of_a_resealed_bundle_names_another_key(bundle, owner):
    """A bundle sealed anew with another key is whole, but not the owner's: asked for, that is a problem."""
    resealed(bundle, {HEART: b"start\n"})
    found = verify_bundle(bundle)
    assert found.ok, found.problems
    assert found.signer == public_key(OTHER)
    assert "owner.pub: another key" in said(bundle, signer=public_key(owner.seed))


def test_verify_checks_what_a_signer_claims(bundle):
    """Counts, lists and FHIR lines must be true even if the signature is."""
    assert "holds another number of rows" in said(
        resealed(bundle, {}, edit=lambda body: body["files"][-1].update(rows=99))
    )
    assert "a line is no Observation resource" in said(resealed(bundle, {OBSERVATIONS: b'{"id":1}\n'}))
    assert "a line is no Observation resource" in said(
        resealed(bundle, {OBSERVATIONS: b'{"resourceType":"Observation","id":"1"}'})
    )
    assert "tagmanifest-sha256.txt: does not list" in said(rewritten(bundle, {bag.TAGS: b""}))


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"null", b'{"format":"other"}', b"[" * 100_000, b'{"version": 1}', b"\xff"],
)
def test_verify_of_a_manifest_that_is_none(bundle, manifest):
    """A manifest in any other form is a problem, not a crash."""
    assert "manifest.json" in said(rewritten(bundle, {bag.MANIFEST: manifest}))


@pytest.mark.parametrize("files", [None, [3], [{"path": 3}], [{"path": "\x1b[2J"}], [{"path": "../x"}]])
def test_verify_of_a_signed_manifest_that_lists_nonsense(bundle, files):
    """What a stranger signed is judged as well, and nothing of it reaches the terminal raw."""
    found = said(resealed(bundle, {}, edit=lambda body: body.update(files=files)))
    assert "lists a file as no bundle does" in found
    assert "\x1b" not in found


def test_verify_of_a_newer_format(bundle):
    """A bundle of a later version is refused with a clear error."""
    resealed(bundle, {}, edit=lambda body: body.update(version=2))
    with pytest.raises(UnsupportedVersion):
        verify_bundle(bundle)


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "x/./y", "\x1b[2J", "data/"]
)
def test_verify_refuses_names_that_lead_out(bundle, name):
    """A path out of the folder stops the check before anything is read."""
    found = said(rewritten(bundle, {}, infos=[(name, b"x")]))
    assert "a name that no bundle has" in found
    assert "\x1b" not in found


def test_verify_refuses_a_name_twice(bundle):
    """Two files of one name mean different things to different programs."""
    assert "has once" in said(rewritten(bundle, {}, infos=[(HEART, b"x")]))
    assert "has once" in said(rewritten(bundle, {}, infos=[("readme.HTML", b"x")]))


def test_verify_refuses_a_link(bundle):
    """A symbolic link is no file of a bundle."""
    info = zipfile.ZipInfo("data/link")
    info.external_attr = 0o120777 << 16
    assert "a link" in said(rewritten(bundle, {}, infos=[(info, b"/etc/passwd")]))


def test_verify_refuses_a_bomb(bundle, monkeypatch):
    """An archive that would unpack to far more than its size is not unpacked at all."""
    monkeypatch.setattr(verify_module, "MAX_SMALL", 1_000)
    monkeypatch.setattr(verify_module, "_read", lambda *_: pytest.fail("it was read"))
    assert "more than is sane" in said(rewritten(bundle, {"data/zeros": bytes(50_000_000)}))


def test_verify_refuses_a_size_that_lies(bundle):
    """A file that declares another size than it has is damaged, and found."""
    with zipfile.ZipFile(bundle) as archive:
        info = archive.getinfo(HEART)
        start = archive.start_dir
    raw = bytearray(bundle.read_bytes())
    at = raw.index(HEART.encode(), start) - 46
    struct.pack_into("<L", raw, at + 24, info.file_size - 1)
    bundle.write_bytes(raw)
    assert HEART in said(bundle)


def test_verify_of_a_line_without_end(bundle, monkeypatch):
    """A line longer than any resource is a problem, read in bounded memory."""
    monkeypatch.setattr(verify_module, "MAX_LINE", 1_000)
    endless = b'{"resourceType":"Observation","id":"' + b"x" * 300_000
    assert "a line is no Observation" in said(resealed(bundle, {OBSERVATIONS: endless}))


def patched(path, name, offset, form, value, *, in_directory=True):
    """Overwrite a field of a file's header in the zip, counted from its name."""
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = raw.index(
            name.encode(), archive.start_dir if in_directory else archive.getinfo(name).header_offset
        )
    struct.pack_into(form, raw, at + offset, value)
    path.write_bytes(raw)
    return path


def test_verify_of_a_broken_lzma_stream(bundle):
    """A file packed in a way no bundle is, and broken, is damaged."""
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("data/more.txt", b"x" * 10_000, zipfile.ZIP_LZMA)
        at = archive.getinfo("data/more.txt").header_offset + 30 + len("data/more.txt") + 10
    raw = bytearray(bundle.read_bytes())
    raw[at : at + 12] = b"\xff" * 12
    bundle.write_bytes(raw)
    assert "data/more.txt: damaged" in said(bundle)


@pytest.mark.parametrize("in_directory", [True, False])
def test_verify_of_a_name_that_is_not_utf8(bundle, in_directory):
    """A name that says it is UTF-8 and is not is a problem."""
    fields = (-46 + 8, -30 + 6)
    patched(bundle, HEART, fields[not in_directory], "<H", 0x800, in_directory=in_directory)
    patched(bundle, HEART, 0, "<H", 0xFEFF, in_directory=in_directory)
    assert said(bundle)


def test_verify_of_an_endless_list(bundle, monkeypatch):
    """A list larger than any that is read whole is a wrong list."""
    monkeypatch.setattr(verify_module, "MAX_SMALL", 100_000)
    assert f"{bag.TAGS}: does not list" in said(rewritten(bundle, {bag.TAGS: b"x" * 200_000}))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_verify_of_a_damaged_directory_never_crashes(bundle, tmp_path, at, flip):
    """Whatever byte of the zip's directory is changed, there is an answer."""
    raw = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as archive:
        start = archive.start_dir
    raw[start + at % (len(raw) - start)] ^= flip
    copy = tmp_path / "copy.zip"
    copy.write_bytes(raw)
    with contextlib.suppress(InputError):  # the system refused to read there
        assert isinstance(verify_bundle(copy).problems, list)


def test_verify_of_no_bundle(tmp_path):
    """What is no zip is a problem; what is not there is an error."""
    (tmp_path / "x.zip").write_bytes(b"PK nonsense")
    assert "no whole zip" in said(tmp_path / "x.zip")
    with pytest.raises(InputError):
        verify_bundle(tmp_path / "missing.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a", b"")
    assert "manifest.json" in said(tmp_path / "other.zip")


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
    with zipfile.ZipFile(bundle) as archive:
        before = {name: archive.read(name) for name in archive.namelist()}
    if found.ok:  # only a byte that no file's content or name depends on, such as an unused time stamp
        with zipfile.ZipFile(copy) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == before


@given(st.lists(st.lists(st.text(alphabet='a",\n '), min_size=1, max_size=3), max_size=5), st.integers(1, 7))
def test_row_count_counts_records_not_lines(rows, size):
    """Rows of a table are counted through quotes and line ends in cells, in whatever pieces they come."""
    import csv
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["head"], *rows])
    raw = text.getvalue().encode()
    count = RowCount("data/csv/x.csv")
    for at in range(0, len(raw), size):
        count.feed(raw[at : at + size])
    assert count.rows == len(rows)
