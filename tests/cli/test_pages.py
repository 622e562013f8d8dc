"""The README, the tutorial and the how-tos: every block of Python and of the console in them works.

Blocks of a page run in order, in one folder and one namespace. ``<!-- not run: reason -->`` before a block
leaves it out. Every page has the demo's export.zip; ``<!-- starts with a vault -->`` gives it a vault, too,
that has taken it in.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^(<!-- not run: .+ -->\n)?```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if BLOCK.search(path.read_text("utf-8"))
]


def named(path: Path) -> str:
    """Return a page's place in the repository."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_blocks_of_a_page_run(path, page, bare, stocked, capsys):
    """What a page shows can be done, and is answered as it shows."""
    text = path.read_text("utf-8")
    shutil.copytree(stocked, bare.folder, dirs_exist_ok=True)
    if "<!-- starts with a vault -->" not in text:
        shutil.rmtree("my.vault")
    namespace: dict[str, object] = {"__name__": "__main__"}
    for left_out, language, block in BLOCK.findall(text):
        if left_out:
            continue
        if language == "console":
            page(block)
        else:
            exec(compile(block, named(path), "exec"), namespace)


def test_tutorial_is_run():
    """The tutorial and every how-to are among the pages whose blocks run, and leave none out."""
    taught = [path for folder in ("tutorial", "how-to") for path in (ROOT / "docs" / folder).glob("*.md")]
    assert taught
    assert set(taught) <= set(PAGES)
    assert not [path for path in taught if "<!-- not run" in path.read_text("utf-8")]
