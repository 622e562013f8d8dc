"""What explains a bundle to a program: a JSON Schema of each kind of line, every code, and their licences.

The schemas lie in ``schema/`` as they go out; ``files.csv`` there says which files each is of. The list of
codes is made from the catalogue, so that it can't say anything else than the FHIR resources do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

from policies.tables import read_text
from vault.metrics import catalogue, find

if TYPE_CHECKING:
    from policies.rights.archive import Archive

__all__ = ["add_schemas", "codes_csv"]

FOLDER = "schema/"
COLUMNS = ("metric", "value", "system", "code", "display", "unit")


def add_schemas(archive: Archive) -> None:
    """Add the schemas, the codes, the licences and the format's changes to a bundle."""
    for name in sorted(path.name for path in files("policies").joinpath("rights", "schema").iterdir()):
        archive.add(FOLDER + name, [read_text(f"rights/schema/{name}").encode()])
    archive.add(f"{FOLDER}codes.csv", [codes_csv()])


def codes_csv() -> bytes:
    """Return every code a metric or a coded value goes out under, the leading one first; units are UCUM's."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(_metrics())
    table.writerows(_values())
    return text.getvalue().encode()


def _metrics() -> Iterator[tuple[str, ...]]:
    from vault.fhir.codings import term

    parts = ((name, *(f"{name}.{part}" for part in entry.components)) for name, entry in catalogue().items())
    for name in filter(find, chain.from_iterable(parts)):
        told = term(name)
        for coding in told.code["coding"]:
            yield (name, "", coding["system"], coding["code"], coding.get("display", ""), told.unit)


def _values() -> Iterator[tuple[str, ...]]:
    rows = csv.DictReader(files("vault.fhir").joinpath("codings.csv").read_text("utf-8").splitlines())
    for row in rows:
        if row["value"]:
            yield (row["metric"], row["value"], row["system"], row["code"], row["display"], "")
