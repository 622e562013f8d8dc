"""What the documentation promises of itself: up to date, complete, linked, short, and in honest words."""

from __future__ import annotations

import importlib.util
import re
import runpy
from pathlib import Path

import pytest

import adapters
from adapters.base import adapters_by_name
from cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(page for part in ("docs", "tests", "benchmarks") for page in (ROOT / part).rglob("*.md")),
    ]
)
GENERATED = DOCS / "reference" / "cli.md"
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|^    .*?$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:adapters|benchmarks|cli|docs|policies|tests|vault)/[\w./-]*)`")


def named(path: Path) -> str:
    """Return a page's place in the repository."""
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_cli_page_is_up_to_date():
    """docs/reference/cli.md is what its generator makes of the commands' help today."""
    spec = importlib.util.spec_from_file_location("make_cli_page", GENERATED.with_name("make_cli_page.py"))
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.page() == GENERATED.read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_documented(command):
    """Every command has a section in docs/reference/cli.md."""
    assert f"\n## `vitalvault {command}`\n" in GENERATED.read_text("utf-8")


def test_pages_of_sources_are_up_to_date():
    """docs/sources is what its generator makes of the adapters' declarations today."""
    made = runpy.run_path(str(DOCS / "sources" / "make_pages.py"))["pages"]()
    assert {page.name: page.read_text("utf-8") for page in (DOCS / "sources").glob("*.md")} == made


@pytest.mark.parametrize(
    "source",
    [
        *("apple_health", "garmin", "samsung_health", "whoop", "fitbit", "google_fit", "health_connect"),
        *("polar", "oura", "tonal", "peloton", "tempo", "technogym", "strava", "zwift", "nike", "adidas"),
    ],
)
def test_source_that_people_ask_for_has_a_page(source):
    """It says how to get the data, what is read and what can't be had."""
    page = (DOCS / "sources" / f"{source.replace('_', '-')}.md").read_text("utf-8")
    for heading in ("How to get it", "What is read", "What is left, and why"):
        assert f"\n## {heading}\n" in page


@pytest.mark.parametrize("adapter", adapters_by_name())
def test_adapter_is_documented(adapter):
    """Every installed adapter has a page in docs/reference, under its name with hyphens."""
    page = DOCS / "reference" / f"{adapter.replace('_', '-')}.md"
    assert page.is_file()
    assert adapters.sources()[adapter].title in page.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    """Relative links of a page lead to files that exist, and to headings in them."""
    for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_are_named_exist(page):
    """A file of the repository that a page names in code type is there."""
    missing = [path for path in FILE.findall(page.read_text("utf-8")) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != GENERATED], ids=named)
def test_page_is_short(page):
    """Every page that people write has fewer than 300 lines."""
    assert len(page.read_text("utf-8").splitlines()) < 300


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_words_promise_nothing_that_is_not_so(page):
    """No page claims what can't be claimed of software, of coarse data, or of what others have copied."""
    text = " ".join(page.read_text("utf-8").split()).lower()
    for claim in (
        "hipaa compliant",
        "hipaa-compliant",
        "gdpr compliant",
        "anonymous",
        "deleted at the coach",
    ):
        assert claim not in text


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_page_names_no_place_of_a_machine(page):
    """No page holds a path of the machine it was written on."""
    assert not re.search(r"/(work|home|root|Users)/", page.read_text("utf-8"))
