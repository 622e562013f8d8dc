"""A zip inside an export: read where it lies, as safe as any, never twice."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from adapters.archive import Archive
from vault.errors import InputError, MalformedFile, TooLarge

NOISE = random.Random(7)
FILES = {f"{number}.bin": NOISE.randbytes(50_000) for number in range(4)}


def packed(files, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return target.getvalue()


def nested(archive):
    """Return what is in the one zip of an archive."""
    (member,) = archive.members
    with archive.nested(member) as inside:
        found = {}
        for file in inside.members:
            with inside.open(file) as stream:
                found[file.name] = stream.read()
        return found, list(inside.sources())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_nested_in_a_zip(tmp_path, method):
    """Its files are those that were packed; the source is the zip around it alone."""
    place = tmp_path / "outer.zip"
    place.write_bytes(packed({"a/inner.zip": packed(FILES)}, method))
    with Archive(place) as archive:
        assert nested(archive) == (FILES, [])
        assert [source.name for source in archive.sources()] == ["outer.zip"]


def test_nested_in_a_folder(tmp_path):
    """In a folder it is a source of its own."""
    (tmp_path / "inner.zip").write_bytes(packed(FILES))
    with Archive(tmp_path) as archive:
        found, sources = nested(archive)
    assert found == FILES
    assert [source.name for source in sources] == ["inner.zip"]


@pytest.mark.parametrize("method", [None, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("inner", "error"),
    [
        (packed({"../x": b"x"}), MalformedFile),
        (packed({"x": bytes(70 << 20)}), TooLarge),
        (packed(FILES)[:-30], MalformedFile),
        (b"noise", MalformedFile),
    ],
    ids=["outside", "bomb", "cut", "noise"],
)
def test_nested_is_refused_as_any_other(tmp_path, inner, error, method):
    """Names that point outside, bombs and damage are met inside as outside, in a folder as in a zip."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "inner.zip").write_bytes(inner)
    place = folder
    if method is not None:
        place = tmp_path / "outer.zip"
        place.write_bytes(packed({"inner.zip": inner}, method))
    with Archive(place) as archive, pytest.raises(error):
        archive.nested(archive.members[0])


def test_nested_in_a_damaged_zip(tmp_path):
    """Damage of the zip around it is an error of ours too, met when opening or when reading."""
    whole = packed({"inner.zip": packed(FILES, zipfile.ZIP_STORED)})
    place = tmp_path / "outer.zip"
    for at in range(100, len(whole) - 100, 9_001):
        place.write_bytes(whole[:at] + b"\xff" * 40 + whole[at + 40 :])
        try:
            with Archive(place) as archive:
                found, _ = nested(archive)
        except InputError:
            continue
        assert found.keys() == FILES.keys()
