"""What a view shows, as files: CSV for each table, FHIR Observations of what has a code, and a page to read.

All three are made from the one document of ``policies.document``, so that none of them shows more than the
others or than the preview did.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from policies import tables
from policies.rights.archive import safe_name
from policies.rights.charts import sparkline
from vault.fhir.codings import CATEGORY, GRANULARITY, readable_unit, term, unit_of, words
from vault.metrics import find

__all__ = ["sheets"]

Json = dict[str, Any]

_MOST_ROWS_ON_PAGE = 400


def sheets(document: Mapping[str, Any], header: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of every file of a share's data; ``header`` is told on the page."""
    told = [part for part in document["tables"] if part["columns"]]
    yield "data/README.html", _page(told, header)
    yield "data/document.json", json.dumps(document, ensure_ascii=False, indent=1).encode()
    for part in told:
        yield f"data/csv/{safe_name(part['metric'])}.csv", _csv(part)
    observations = [one for part in told for one in _observations(part, str(header["id"]))]
    if observations:
        yield "data/fhir/Observation.ndjson", b"".join(map(_line, observations))


def _csv(part: Json) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([part["columns"], *part["rows"]])
    return text.getvalue().encode()


def _line(resource: Json) -> bytes:
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _observations(part: Json, share: str) -> Iterator[Json]:
    """Yield an Observation a row of a table of one value; other tables have no place in one."""
    if find(part["metric"]) is None or "value" not in part["columns"]:
        return
    about = term(part["metric"])
    for number, row in enumerate(part["rows"]):
        told = dict(zip(part["columns"], row, strict=True))
        if told["value"] is None:
            continue
        yield {
            "resourceType": "Observation",
            "id": str(uuid5(NAMESPACE_URL, f"urn:vitalvault:share:{share}:{part['metric']}:{number}")),
            "extension": [{"url": GRANULARITY, "valueString": part["granularity"]}],
            "status": "final",
            "category": [{"coding": [{"system": CATEGORY, "code": one}]} for one in about.category],
            "code": about.code,
            **_effective(told),
            **_value(told["value"], unit_of(about)),
        }


def _effective(told: Json) -> Json:
    if told.get("end") not in (None, told.get("start")):
        return {"effectivePeriod": {"start": told["start"], "end": told["end"]}}
    return {"effectiveDateTime": told.get("start", told.get("date"))}


def _value(value: Any, unit: Json) -> Json:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int | float):
        return {"valueQuantity": {"value": value, **unit}}
    return {"valueString": str(value)}


def _page(told: list[Json], header: Mapping[str, Any]) -> bytes:
    """Return the page: whom it is for, until when, and every table; it loads nothing and runs nothing."""
    template = Template(files("policies.sharing").joinpath("share.html").read_text("utf-8"))
    facts = {
        "grantee": header["grantee"],
        "purpose": header["purpose"],
        "not_after": str(header["not_after"])[:10],
        "first_day": header["first_day"],
        "last_day": header["last_day"],
        "share": header["id"],
    }
    return template.substitute(
        {name: escape(str(value)) for name, value in facts.items()},
        limits="".join(f"<li>{escape(one)}</li>" for one in header["limits"]),
        parts="".join(map(_part, told)),
    ).encode()


def _part(part: Json) -> str:
    about = f"{tables.words(part['granularity'])}; {readable_unit(part['unit'])}".rstrip("; ")
    head = "".join(f"<th>{escape(words(name))}</th>" for name in part["columns"])
    rows = "".join(map(_row, part["rows"][-_MOST_ROWS_ON_PAGE:]))
    left = len(part["rows"]) - _MOST_ROWS_ON_PAGE
    more = f"<p>{left:,} earlier rows are in the table beside this page.</p>" if left > 0 else ""
    return (
        f"<h2>{escape(words(part['metric']))}</h2><p>{escape(about)}</p>{_curve(part)}{more}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(row: list[Any]) -> str:
    return f"<tr>{''.join(f'<td>{escape(_cell(value))}</td>' for value in row)}</tr>"


def _cell(value: Any) -> str:
    return "–" if value is None else str(value)


def _curve(part: Json) -> str:
    """Return the chart of a table of days; of two days at least."""
    if part["columns"][:2] != ["date", "value"]:
        return ""
    import pandas as pd

    known = {row[0]: row[1] for row in part["rows"] if isinstance(row[1], int | float)}
    if len(known) < 2:
        return ""
    series = pd.Series(list(known.values()), index=pd.to_datetime(list(known)), dtype=float)
    return sparkline(series, escape(words(part["metric"])))
