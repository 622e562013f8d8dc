"""A bundle from somebody hostile: nothing in it does harm, and none of it is called whole."""

from __future__ import annotations

import contextlib
import runpy
import struct
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.rights import manifest as bag
from policies.rights import untrusted, verify_bundle
from policies.rights import verify as verify_module
from vault.errors import InputError

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("forger.py"))))
HEART, OBSERVATIONS = F.HEART, F.OBSERVATIONS
CENTRAL, LOCAL = 46, 30  # bytes of a header before the name


def patched(path, name, offset, form, value, *, in_directory=True):
    """Overwrite a field of a file's header in the zip, counted from its name."""
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.start_dir if in_directory else archive.getinfo(name).header_offset
    struct.pack_into(form, raw, raw.index(name.encode(), start) + offset, value)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\b", "x/./y", "\x1b[2J", "data/"]
)
def test_verify_refuses_names_that_lead_out(bundle, name):
    """A path out of the folder stops the check before anything is read."""
    found = F.said(F.rewritten(bundle, {}, infos=[(name, b"x")]))
    assert "a name that no bundle has" in found
    assert "\x1b" not in found


@pytest.mark.parametrize(
    "name", ["data/csv/hëart.csv", "data/csv/ﬁ.csv", "data/csv/a\u202ecsv.exe", "data/ "]
)
def test_verify_refuses_names_beyond_ascii(bundle, name):
    """A bundle's names are plain letters; whatever looks like one, or turns the line round, is none."""
    found = F.said(F.rewritten(bundle, {}, infos=[(name, b"x")]))
    assert "a name that no bundle has" in found
    assert "\u202e" not in found


@pytest.mark.parametrize("name", [HEART, "readme.HTML"])
def test_verify_refuses_a_name_twice(bundle, name):
    """Two files of one name, even in other letters' case, mean different things to different programs."""
    assert "has once" in F.said(F.rewritten(bundle, {}, infos=[(name, b"x")]))


def test_verify_refuses_a_link(bundle):
    """A symbolic link is no file of a bundle."""
    info = zipfile.ZipInfo("data/link")
    info.external_attr = 0o120777 << 16
    assert "a link" in F.said(F.rewritten(bundle, {}, infos=[(info, b"/etc/passwd")]))


def test_verify_refuses_a_bomb(bundle, monkeypatch):
    """An archive that would unpack to far more than its size is not unpacked at all."""
    monkeypatch.setattr(untrusted, "MAX_SMALL", 1_000)
    monkeypatch.setattr(verify_module, "_read", lambda *_: pytest.fail("it was read"))
    assert "more than is sane" in F.said(F.rewritten(bundle, {"data/zeros": bytes(50_000_000)}))


def test_verify_refuses_more_files_than_any_bundle_has(bundle, monkeypatch):
    """A zip of endless small files is not looked into."""
    monkeypatch.setattr(untrusted, "MAX_FILES", 10)
    assert F.said(bundle) == "the archive would unpack to more than is sane"


@pytest.mark.parametrize("size", [2**40, 2**63 - 1, 2**64 - 1])
def test_verify_refuses_a_zip64_size_that_lies(bundle, size):
    """A size of 64 bits that no disk holds is believed by nobody, and takes no memory."""
    zip64 = struct.pack("<HHQ", 1, 8, size)
    with zipfile.ZipFile(bundle, "a") as archive:
        info = zipfile.ZipInfo("data/more.txt")
        archive.writestr(info, b"x")
        info.extra = zip64
    patched(bundle, "data/more.txt", 24 - CENTRAL, "<L", 0xFFFFFFFF)
    assert F.said(bundle) == "the archive would unpack to more than is sane"


@pytest.mark.parametrize("offset", [2**31, 2**62, 2**63, 2**64 - 1])
def test_verify_refuses_a_zip64_place_that_lies(bundle, offset):
    """A file that is said to begin where no file reaches is told, not tripped over."""
    with zipfile.ZipFile(bundle, "a") as archive:
        info = zipfile.ZipInfo("data/more.txt")
        archive.writestr(info, b"x")
        info.extra = struct.pack("<HHQ", 1, 8, offset)
    patched(bundle, "data/more.txt", 42 - CENTRAL, "<L", 0xFFFFFFFF)
    assert "lies over another" in F.said(bundle)


def test_verify_refuses_files_that_lie_over_each_other(bundle):
    """Bytes that count for two files are how a small zip unpacks to a large one."""
    with zipfile.ZipFile(bundle) as archive:
        place = archive.getinfo(HEART).header_offset
    patched(bundle, OBSERVATIONS, 42 - CENTRAL, "<L", place)
    assert "lies over another file of the zip" in F.said(bundle)


def test_verify_refuses_a_file_longer_than_its_place(bundle):
    """A packed size that reaches into the next file is an overlap, too."""
    with zipfile.ZipFile(bundle) as archive:
        size = archive.getinfo(HEART).compress_size
    patched(bundle, HEART, 20 - CENTRAL, "<L", size + 100)
    assert f"'{HEART}': lies over another file of the zip" in F.said(bundle)


@pytest.mark.parametrize("front", [b"#!/bin/sh\n", "another"])
def test_verify_refuses_what_lies_before_a_bundle(bundle, tmp_path, front):
    """Tools that read a zip from its front would unpack another one set before it, and no sum covers that."""
    if front == "another":
        with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
            archive.writestr(HEART, b"forged")
        front = (tmp_path / "other.zip").read_bytes()
    bundle.write_bytes(front + bundle.read_bytes())
    assert "bytes before the first file of the zip" in F.said(bundle)


@pytest.mark.parametrize("more", [b"x", b"x" * 100])
def test_verify_refuses_what_lies_behind_a_bundle(bundle, more):
    """Behind the end of the zip there is nothing, nor is there a comment on it."""
    whole = bundle.read_bytes()
    commented = whole[:-2] + struct.pack("<H", len(more))
    for raw in (whole, commented):
        bundle.write_bytes(raw + more)
        assert "behind its end" in F.said(bundle)


def test_verify_refuses_a_size_that_lies(bundle):
    """A file that declares another size than it has is damaged or changed, and named."""
    with zipfile.ZipFile(bundle) as archive:
        size = archive.getinfo(HEART).file_size
    assert HEART in F.said(patched(bundle, HEART, 24 - CENTRAL, "<L", size - 1))


def test_verify_refuses_a_sum_that_lies(bundle):
    """A CRC that is not the file's is damage, even where the SHA-256 is right."""
    assert f"{HEART}: damaged" in F.said(patched(bundle, HEART, 16 - CENTRAL, "<L", 0xDEADBEEF))


def test_verify_refuses_two_names_for_one_file(bundle):
    """A name in the directory that differs from the one before the file is damage."""
    patched(bundle, HEART, 0, "<H", 0x4141, in_directory=False)
    assert f"{HEART}: damaged" in F.said(bundle)


def test_verify_of_a_broken_lzma_stream(bundle):
    """A file packed in a way no bundle is, and broken, is damaged."""
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("data/more.txt", b"x" * 10_000, zipfile.ZIP_LZMA)
        at = archive.getinfo("data/more.txt").header_offset + LOCAL + len("data/more.txt") + 10
    raw = bytearray(bundle.read_bytes())
    raw[at : at + 12] = b"\xff" * 12
    bundle.write_bytes(raw)
    assert "data/more.txt: damaged" in F.said(bundle)


@pytest.mark.parametrize("in_directory", [True, False])
def test_verify_of_a_name_that_is_not_utf8(bundle, in_directory):
    """A name that says it is UTF-8 and is not is a problem."""
    flags = 8 - CENTRAL if in_directory else 6 - LOCAL
    patched(bundle, HEART, flags, "<H", 0x800, in_directory=in_directory)
    patched(bundle, HEART, 0, "<H", 0xFEFF, in_directory=in_directory)
    assert F.said(bundle)


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


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"null", b'{"format":"other"}', b"[" * 100_000, b'{"version": 1}', b"\xff"],
)
def test_verify_of_a_manifest_that_is_none(bundle, manifest):
    """A manifest in any other form is a problem, not a crash."""
    assert "manifest.json" in F.said(F.rewritten(bundle, {bag.MANIFEST: manifest}))


def test_verify_of_an_endless_manifest(bundle, monkeypatch):
    """A manifest larger than any is not read to its end."""
    monkeypatch.setattr(untrusted, "MAX_SMALL", 100_000)
    assert "manifest.json" in F.said(F.rewritten(bundle, {bag.MANIFEST: b" " * 200_000}))


def test_verify_of_an_endless_list(bundle, monkeypatch):
    """A list larger than any that is read whole is a wrong list."""
    monkeypatch.setattr(untrusted, "MAX_SMALL", 100_000)
    assert f"{bag.TAGS}: does not list" in F.said(F.rewritten(bundle, {bag.TAGS: b"x" * 200_000}))


@pytest.mark.parametrize(
    "files",
    [
        *(None, {}, "", [3], [[]], [{}], [{"path": 3}], [{"path": "\x1b[2J"}], [{"path": "../x"}]),
        [{"path": "a", "size": "1", "sha256": "", "rows": None}],
        [{"path": "a", "size": 1, "sha256": 1, "rows": None}],
        [{"path": "a", "size": 1, "sha256": "", "rows": [1]}],
    ],
)
def test_verify_of_a_signed_manifest_that_lists_nonsense(bundle, files):
    """What a stranger signed is judged as well, and nothing of it reaches the terminal raw."""
    found = F.said(F.resealed(bundle, {}, edit=lambda body: body.update(files=files)))
    assert "lists a file as no bundle does" in found or "not in the manifest" in found
    assert "\x1b" not in found


def test_verify_of_a_manifest_that_lists_a_file_twice(bundle):
    """Of two entries for one file only one can be true, and nobody knows which."""
    twice = lambda body: body["files"].append(body["files"][0] | {"size": 0})  # noqa: E731
    assert "lists a file twice" in F.said(F.resealed(bundle, {}, edit=twice))


def test_verify_of_a_manifest_of_files_that_are_not_there(bundle):
    """A hundred thousand files that are not there are told as such, and not one by one."""
    one = {"rows": None, "sha256": "00", "size": 0}
    more = [one | {"path": f"data/csv/{number}.csv"} for number in range(100_000)]
    found = verify_bundle(F.resealed(bundle, {}, edit=lambda body: body["files"].extend(more)))
    assert len(found.problems) == verify_module.MAX_PROBLEMS + 1
    assert found.problems[0] == "data/csv/0.csv: missing"


def test_verify_of_counts_that_are_wrong(bundle):
    """Counts must be true even if the signature is."""
    found = F.said(F.resealed(bundle, {}, edit=lambda body: body["files"][-1].update(rows=99)))
    assert "holds another number of rows" in found


@pytest.mark.parametrize(
    "line", [b'{"id":1}\n', b'{"resourceType":"Observation","id":"1"}', b"[]\n", b"\n", b"[" * 10_000 + b"\n"]
)
def test_verify_of_lines_that_are_no_resources(bundle, line):
    """A line of FHIR is a resource of its file's type, has an id and an end, whoever signed it."""
    assert f"{OBSERVATIONS}: a line is no Observation resource" in F.said(
        F.resealed(bundle, {OBSERVATIONS: line})
    )


@pytest.mark.parametrize(
    "line", [b"3\n", b"{}", b"{}\n\xff\n", b'{"a":' * 100_000 + b"\n", b'{"a":"\xff"}\n']
)
def test_verify_of_lines_that_are_no_objects(bundle, line):
    """A line of any other NDJSON is one JSON object and has an end."""
    name = "data/records/more.ndjson"
    assert f"{name}: a line is no object" in F.said(F.resealed(bundle, {name: line}))


@pytest.mark.parametrize("line", [b'{"a":"\\ud83d"}\n', b'{"id":[3],"resourceType":null}\n', b"{}\n"])
def test_verify_takes_any_object_for_a_line(bundle, line):
    """Half an emoji that a vendor cut off is JSON, and the names of FHIR mean nothing elsewhere."""
    assert F.said(F.resealed(bundle, {"data/records/more.ndjson": line})) == ""


def test_verify_takes_an_original_as_it_is(bundle):
    """A file kept as it came may be anything."""
    assert F.said(F.resealed(bundle, {"data/originals/ecg/00009-x.ndjson": b"no json"})) == ""


def test_verify_of_a_line_without_end(bundle, monkeypatch):
    """A line longer than any resource is a problem, read in bounded memory."""
    monkeypatch.setattr(untrusted, "MAX_LINE", 1_000)
    endless = b'{"resourceType":"Observation","id":"' + b"x" * 300_000
    assert "a line is no Observation" in F.said(F.resealed(bundle, {OBSERVATIONS: endless}))


def test_verify_refuses_what_is_to_be_fetched(bundle):
    """BagIt can name files to load from elsewhere; a bundle never does, even under a signature."""
    found = F.said(F.resealed(bundle, {"fetch.txt": b"https://example.org/x - data/x\n"}))
    assert "fetch.txt: a bundle is whole and fetches nothing" in found


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "audit/audit.ndjson", F.CHECKPOINTS])
def test_verify_misses_what_every_bundle_has(bundle, name):
    """A signed manifest that leaves out what any bundle holds is not whole."""
    assert f"{name}: missing" in F.said(F.resealed(bundle, {name: None}))


def test_verify_of_a_wrong_payload_oxum(bundle):
    """bag-info.txt counts the payload as the manifest does."""
    info = F.contents(bundle)["bag-info.txt"].replace(b"Payload-Oxum: ", b"Payload-Oxum: 1")
    found = F.said(F.resealed(bundle, {"bag-info.txt": info}, info=False))
    assert "bag-info.txt: another size of the payload" in found


def test_verify_of_a_wrong_list_of_tags(bundle):
    """The one list that nothing is made from has to list the rest."""
    assert "tagmanifest-sha256.txt: does not list" in F.said(F.rewritten(bundle, {bag.TAGS: b""}))
