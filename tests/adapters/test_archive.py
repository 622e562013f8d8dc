"""Archives: a zip, a folder and a bare file look alike, and hostile ones are refused."""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile

import pytest

from adapters import archive as archives
from adapters.archive import Archive
from vault.errors import InputError, MalformedFile, TooLarge

FILES = {"export/a.xml": b"<a/>" * 500, "export/sub/b.csv": b"1,2\n"}
JUNK = {"__MACOSX/export/._a.xml": b"x", "export/.DS_Store": b"x", "export/._b": b"x"}


def write_zip(path, files, **extra):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name, data, **extra)
    return path


def write_folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def contents(path):
    with Archive(path) as archive:
        return {member.name: archive.open(member).read() for member in archive.members}


def test_archive_reads_zip_and_folder_alike(tmp_path):
    """The same files under the same names, without what macOS leaves beside them."""
    packed = write_zip(tmp_path / "a.zip", FILES | JUNK)
    assert contents(packed) == contents(write_folder(tmp_path / "a", FILES | JUNK)) == FILES


def test_archive_reads_one_file_as_its_only_member(tmp_path):
    """A bare file is an archive of itself."""
    write_folder(tmp_path, {"a.xml": b"<a/>"})
    assert contents(tmp_path / "a.xml") == {"a.xml": b"<a/>"}


def test_archive_takes_the_separators_of_windows(tmp_path):
    """Some archivers write backslashes; the names come out with slashes."""
    assert list(contents(write_zip(tmp_path / "a.zip", {"export\\a.xml": b""}))) == ["export/a.xml"]


def test_archive_names_what_was_read_whole(tmp_path):
    """The ledger learns of the zip itself, or of each file that was read to its end."""
    packed, folder = write_zip(tmp_path / "a.zip", FILES), write_folder(tmp_path / "a", FILES)
    with Archive(packed) as archive:
        (source,) = archive.sources()
    assert (source.name, source.size) == ("a.zip", packed.stat().st_size)
    assert source.sha256 == hashlib.sha256(packed.read_bytes()).hexdigest()
    with Archive(folder) as archive:
        first, second = archive.members
        archive.open(first).read(10)
        stream = archive.open(second)
        while stream.read(3):
            pass
        (source,) = archive.sources()
    assert source.name == second.name
    assert source.sha256 == hashlib.sha256(FILES[second.name]).hexdigest()


@pytest.mark.parametrize("name", ["../a.xml", "/etc/a.xml", "a/../../b", "C:/a.xml", "..\\a.xml", "C:\\a"])
def test_archive_refuses_names_that_point_outside(tmp_path, name):
    """Path traversal is refused, whatever the separator."""
    with pytest.raises(MalformedFile, match="outside"):
        Archive(write_zip(tmp_path / "a.zip", {name: b"x"}))


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made another way there")
def test_archive_refuses_links(tmp_path):
    """A link in a zip is refused; one in a folder is not followed."""
    link = zipfile.ZipInfo("a.xml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
        target.writestr(link, "/etc/passwd")
    with pytest.raises(MalformedFile, match="link"):
        Archive(tmp_path / "a.zip")
    folder = write_folder(tmp_path / "a", FILES)
    (folder / "link.xml").symlink_to(tmp_path / "a.zip")
    os.mkfifo(folder / "pipe.xml")
    assert contents(folder) == FILES


def test_archive_refuses_bombs(tmp_path, monkeypatch):
    """A file that unpacks more than 200 times, too much in all, or too many files are refused."""
    monkeypatch.setattr(archives, "SMALL", 1 << 20)
    with pytest.raises(TooLarge):
        Archive(write_zip(tmp_path / "ratio.zip", {"a": b"\0" * (1 << 21)}))
    packed = write_zip(tmp_path / "a.zip", FILES)
    monkeypatch.setattr(archives, "MAX_BYTES", 100)
    with pytest.raises(TooLarge):
        Archive(packed)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 1)
    with pytest.raises(TooLarge):
        Archive(packed)
    with pytest.raises(TooLarge):
        Archive(write_folder(tmp_path / "a", FILES))


def test_archive_takes_text_as_repetitive_as_exports(tmp_path, monkeypatch):
    """A large file that shrinks a hundred times is an export, not a bomb."""
    monkeypatch.setattr(archives, "SMALL", 1 << 16)
    text = b"".join(b'<Record value="%d"/>\n' % (n * n) for n in range(20_000)) + b"x" * (1 << 20)
    assert contents(write_zip(tmp_path / "a.zip", {"a": text})) == {"a": text}


def test_archive_refuses_files_that_overlap(tmp_path):
    """Members that share their bytes, a bomb of another kind, are refused."""
    packed = write_zip(tmp_path / "a.zip", {"a": os.urandom(5000), "b": os.urandom(5000)})
    data = bytearray(packed.read_bytes())
    for entry in (data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")):
        data[entry + 20 : entry + 24] = (9000).to_bytes(4, "little")
    packed.write_bytes(data)
    with pytest.raises(TooLarge, match="overlap"):
        Archive(packed)


def test_archive_says_that_a_zip_is_encrypted(tmp_path):
    """An encrypted zip is refused with what to do about it."""
    packed = write_zip(tmp_path / "a.zip", {"a": b"x"})
    data = bytearray(packed.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(data)
    with pytest.raises(MalformedFile, match="encrypted") as caught:
        Archive(packed)
    assert "password" in caught.value.hint


@pytest.mark.parametrize("kept", [10, 200, -1, -30])
def test_archive_says_that_a_zip_is_cut_short(tmp_path, kept):
    """A zip without its end is refused when it is opened."""
    packed = write_zip(tmp_path / "a.zip", FILES | {"noise": os.urandom(500)})
    packed.write_bytes(packed.read_bytes()[:kept])
    with pytest.raises(MalformedFile, match="cut short"):
        Archive(packed)


def test_archive_says_that_a_member_is_damaged(tmp_path):
    """Damage inside a member shows when it is read, as one error of ours."""
    packed = write_zip(tmp_path / "a.zip", FILES)
    data = bytearray(packed.read_bytes())
    data[60:64] = b"\xff\xff\xff\xff"
    packed.write_bytes(data)
    with Archive(packed) as archive, pytest.raises(MalformedFile), archive.open(archive.members[0]) as stream:
        stream.read()


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_archive_says_that_a_member_is_damaged_however_it_is_packed(tmp_path, method):
    """Whichever way a member is packed, damage is the same one error."""
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w", method) as target:
        target.writestr("a.xml", os.urandom(5000))
    whole = packed.read_bytes()
    for at in (40, 1000, 5000):
        packed.write_bytes(whole[:at] + bytes(60) + whole[at + 60 :])
        with pytest.raises(MalformedFile, match="damaged"), Archive(packed) as archive:
            archive.open(archive.members[0]).read()


def test_archive_of_a_later_zip_is_refused(tmp_path):
    """A zip that asks for a newer program than this one says so."""
    packed = write_zip(tmp_path / "a.zip", {"a": b"x"})
    data = bytearray(packed.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 200
    packed.write_bytes(data)
    with pytest.raises(MalformedFile, match="packed in a way"):
        Archive(packed)


def test_archive_of_nothing_is_an_input_error(tmp_path):
    """A path that can't be opened is our error, and its message holds no path."""
    with pytest.raises(InputError) as caught:
        Archive(tmp_path / "missing.zip")
    assert str(tmp_path) not in str(caught.value)


def test_examples_are_a_few_of_each_kind_of_name(tmp_path):
    """Thousands of days are one kind, as their names differ in numbers and ids only."""
    for day in range(30):
        (tmp_path / f"steps-2026-01-{day:02}.json").write_bytes(b"[]")
    for name in ("sleep-1.JSON", "0f3a9c7e11.json", "ffffffff22.json", "notes.txt"):
        (tmp_path / name).write_bytes(b"[]")
    with Archive(tmp_path) as archive:
        names = [member.name for member in archive.examples(".json")]
        assert len(archive.candidates(".json")) == 33
    assert len(names) == 5 + 1 + 2
    assert "notes.txt" not in names


def test_only_member_is_a_candidate_whatever_its_name(tmp_path):
    """Downloads lose their endings."""
    (tmp_path / "export").write_bytes(b"[]")
    with Archive(tmp_path / "export") as archive:
        assert [member.name for member in archive.examples(".json")] == ["export"]
