"""A bundle in the hands of tools that are not ours: they unpack it, check it, and find the same tampering."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import bagit
import pytest

from policies.rights import write_bundle

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("forger.py"))))
SUMS = ("manifest-sha256.txt", "tagmanifest-sha256.txt")

needs_sha256sum = pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not here")
needs_unzip = pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not here")


@pytest.fixture(params=[False, True], ids=["whole", "portable"])
def unpacked(request, owner, tmp_path):
    """The folder that a bundle unpacks to."""
    write_bundle(owner, tmp_path / "b.zip", portable=request.param)
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        archive.extractall(tmp_path / "bag")
    return tmp_path / "bag"


def test_bag_validates(unpacked):
    """The library of the Library of Congress calls it a whole and valid BagIt bag."""
    bag = bagit.Bag(str(unpacked))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert len(bag.info["Signing-Key"]) == 64


@pytest.mark.parametrize("change", ["changed", "missing", "extra", "swapped", "tag"])
def test_bag_tells_what_verify_tells(unpacked, change):
    """What our verification finds in the files, the bag's sums find as well."""
    heart, sleep = unpacked / F.HEART, unpacked / "data/csv/sleep.csv"
    match change:
        case "changed":
            heart.write_bytes(heart.read_bytes() + b" ")
        case "missing":
            heart.unlink()
        case "extra":
            (heart.parent / "more.csv").write_bytes(b"more")
        case "swapped":
            held = heart.read_bytes()
            heart.write_bytes(sleep.read_bytes())
            sleep.write_bytes(held)
        case "tag":
            (unpacked / "README.html").write_bytes(b"<p>")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(unpacked)).validate()


@needs_sha256sum
def test_sha256sum_checks_every_file(unpacked):
    """The lists are those of sha256sum, and hold every file but the list of the tags itself."""
    ran = subprocess.run(
        ["sha256sum", "--check", "--strict", *SUMS], cwd=unpacked, capture_output=True, text=True, check=True
    )
    checked = {line.removesuffix(": OK") for line in ran.stdout.splitlines()}
    files = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert checked == files - {SUMS[1]}


@needs_sha256sum
def test_sha256sum_names_a_changed_file(unpacked):
    """It tells the file by name, as verification does."""
    (unpacked / F.HEART).write_bytes(b"start\n")
    ran = subprocess.run(
        ["sha256sum", "--check", "--quiet", *SUMS], cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stdout == f"{F.HEART}: FAILED\n"


@needs_unzip
@pytest.mark.parametrize("streamed", [False, True])
def test_unzip_finds_it_whole(owner, tmp_path, streamed):
    """Unzip tests it without a warning, also one that was made for a pipe, with sizes behind its files."""
    import pyrage

    key = pyrage.x25519.Identity.generate()
    path = tmp_path / "b.zip"
    write_bundle(owner, path, recipient=str(key.to_public()) if streamed else None)
    if streamed:
        path.write_bytes(pyrage.decrypt(path.read_bytes(), [key]))
    ran = subprocess.run(["unzip", "-tq", path], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("No errors detected")
    assert ran.stderr == ""
