"""The page as a whole: what is told, section by section, set in one HTML file that loads and runs nothing."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from vault.errors import InputError, VaultError
from vault.report.asking import Asked, told
from vault.report.colours import style
from vault.report.sections import feeling, origins, sleep, strength, today, training, trends
from vault.report.wording import long_day, say, words

if TYPE_CHECKING:
    from jinja2 import Environment

    from vault.readable import Readable
    from vault.report.asking import Owner

__all__ = ["page"]

_SECTIONS = (today, trends, training, sleep, strength, feeling, origins)


_FEWEST = 7
"""Days: of fewer there is no week to tell of."""


def page(
    readable: Readable,
    *,
    made: datetime,
    day: date | None = None,
    days: int = 90,
    owner: Owner | None = None,
) -> str:
    """Return the HTML of a report: the same for the same answers and the same ``made``.

    Args:
        readable: Who is asked; nothing else is.
        made: When, as the page says it; aware, in the reader's zone.
        day: The last day (the newest with readiness by default, else that of ``made``).
        days: How many days up to it.
        owner: Who answers what only an owner is told. Without one the page says that it shows what is shared.

    Raises:
        InputError: there are too few ``days``, or the day has not come yet.
        VaultError: the libraries to draw with are not installed; or a reader's error that is no refusal.
    """
    if days < _FEWEST:
        raise InputError("too few days for a report", hint=f"ask for {_FEWEST} or more")
    environment = _environment()
    readiness = told(readable.readiness, day)
    last = day or (made.date() if readiness is None else readiness.date)
    asked = Asked(readable, last, days, readiness, owner)
    found = [section for one in _SECTIONS if (section := one.section(asked)) is not None]
    if [section.name for section in found] == ["today"] and readiness is not None and readiness.score is None:
        found = []  # a list of what is missing, and nothing else, is a page with nothing to show
    return environment.get_template("page.html.j2").render(
        style=style() + _read("style.css"), sections=found, limits=words("limits"), **_head(asked, made)
    )


def _head(asked: Asked, made: datetime) -> dict[str, Any]:
    day = long_day(asked.day)
    lines = [
        say("page", "period", days=asked.days, first=long_day(asked.first), last=day),
        say("page", "made", made=f"{long_day(made)}, {made:%H:%M}"),
    ]
    if asked.owner is None:
        lines.append(say("page", "shared"))
    found = asked.readiness
    computed = (
        None
        if found is None
        else say("limits", "computed", algorithm=found.algorithm, params=found.params_sha256[:12])
    )
    return {
        "title": say("page", "title", day=day),
        "heading": f"{asked.day:%A}, {day}",
        "lines": lines,
        "plain": say("page", "plain"),
        "nothing": say("page", "nothing"),
        "contents": say("page", "contents"),
        "computed": computed,
    }


def _read(name: str) -> str:
    return files("vault.report").joinpath(name).read_text("utf-8")


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise VaultError(
            "the report needs jinja2", hint="pip install 'vitalvault[report]'", code="missing-extra"
        ) from error
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,  # names come from files of strangers
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
