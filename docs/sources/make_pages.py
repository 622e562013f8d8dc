"""Writes the pages of docs/sources from what the adapters declare, so that they claim what is read.

Run ``python docs/sources/make_pages.py``; a test fails when a page is out of date.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import adapters

if TYPE_CHECKING:
    from adapters import Coverage

FOLDER = Path(__file__).parent
INDEX = "README.md"
HEAD = """# Sources

What can be had from whom, and what can't. Each page is made by `make_pages.py` from what the adapter
declares; `vitalvault sources` prints the same. How each thing is read stands in the reference.

| source | name | how to get it |
|---|---|---|
"""


def pages() -> dict[str, str]:
    """Return every page by its file name, the index among them."""
    known = adapters.sources()
    rows = [
        f"| [{one.title}]({_file(name)}) | `{name}` | {one.how_to_export} |" for name, one in known.items()
    ]
    return {INDEX: HEAD + "\n".join(rows) + "\n"} | {
        _file(name): _page(name, one) for name, one in known.items()
    }


def _page(name: str, one: Coverage) -> str:
    told = f"through [{one.through}]({_file(one.through)})" if one.through else f"`--source {name}`"
    parts = [
        f"# {one.title}",
        f"Read {told}.",
        "## How to get it",
        f"{one.how_to_export}.",
        "## What is read",
        _list(one.reads),
        "## What is left, and why",
        _list(one.leaves) if one.leaves else "Nothing that is known of.",
    ]
    if one.metrics:
        listed = ", ".join(f"`{metric}`" for metric in sorted(one.metrics))
        parts += ["## Metrics", f"{listed} ([what they are](../reference/metrics.md))"]
    if not one.through:
        parts.append(f"How each is read: [reference](../reference/{_file(name)}).")
    return "\n\n".join(parts) + "\n"


def _list(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _file(name: str) -> str:
    return name.replace("_", "-") + ".md"


if __name__ == "__main__":
    for stale in FOLDER.glob("*.md"):
        stale.unlink()
    for file, text in pages().items():
        (FOLDER / file).write_text(text, "utf-8")
