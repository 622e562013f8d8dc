"""The schemas as judge of what goes out, and vaults to take things out of.

The schemas name each other by file, in the drafts 4 and 7, and the newer ones refer to IEEE 1752.1, whose
schemas are not published with them. In their place stands Open mHealth's own schema of the same name, which
IEEE's was made from; what has none is written out here.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from urllib.parse import urldefrag

import jsonschema
import numpy as np
import pytest
from referencing import Registry, Resource

import vault as vitalvault
from vault.openmhealth import ndjson
from vault.records import Device, Origin, Samples
from vault.time import NO_INSTANT, parse_instant

BASE = "https://w3id.org/openmhealth/schemas/omh/"
IEEE = "https://w3id.org/ieee/ieee-1752-schema/"
WRITTEN_OUT = {
    "percent-unit-value-1.0.json": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"value": {"type": "number"}, "unit": {"enum": ["%"]}},
        "required": ["value", "unit"],
    },
}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")

WATCH = Origin("Pat's Watch, 100 %", "apple_health", device=Device("Watch", "Apple Inc.", "Watch7,1"))
CUFF = Origin("Télé", "withings")
FORMATS = jsonschema.FormatChecker(formats=[])


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(text) -> bool:
    """Whether a text is a date and time of RFC 3339, of a day that there is."""
    if not RFC_3339.fullmatch(text):
        return False
    return bool(datetime.fromisoformat(re.sub(r"\.\d+", "", text)))


class Schemas:
    """The schemas of one folder; calling it tells what is wrong with a data point."""

    def __init__(self, folder) -> None:
        self._folder = folder
        self._registry = Registry(retrieve=self._retrieve)
        self._known = {}

    def document(self, name: str):
        """Return a schema by its file name; ``-1.x.json`` holds the name of the newest."""
        if name in WRITTEN_OUT:
            return WRITTEN_OUT[name]
        text = (self._folder / name).read_text("utf-8").strip()
        return json.loads(text) if text.startswith("{") else self.document(text)

    def __call__(self, point) -> list[str]:
        schema = point["header"]["schema_id"]
        parts = {"data-point-1.0": point, f"{schema['name']}-{schema['version']}": point["body"]}
        return [error.message for stem, part in parts.items() for error in self._of(stem).iter_errors(part)]

    def _of(self, stem: str):
        if stem not in self._known:
            document = self.document(f"{stem}.json") | {"$id": f"{BASE}{stem}.json"}
            judge = jsonschema.validators.validator_for(document)
            document["id"] = document["$id"]  # as draft 4 spells it
            self._known[stem] = judge(document, registry=self._registry, format_checker=FORMATS)
        return self._known[stem]

    def _retrieve(self, uri: str) -> Resource:
        name = urldefrag(uri).url.removeprefix(IEEE).removeprefix(BASE)
        return Resource.from_contents(self.document(name))


@pytest.fixture(scope="session")
def schemas(samples) -> Schemas:
    """The published schemas; ``schemas(point)`` is what is wrong with a data point."""
    return Schemas(samples / "openmhealth" / "set-a" / "schema" / "omh")


def sample(metric, value, start, end="", *, origin=WATCH, note=None, recorded=""):
    """Return a sample; times as ISO text, a note as a dict."""
    first, offset = parse_instant(start)
    last = parse_instant(end)[0] if end else first
    return Samples(
        metric,
        np.array([first], np.int64),
        np.array([last], np.int64),
        np.array([offset], np.int16),
        np.array([value], np.float64),
        np.array([0], np.int32),
        (origin,),
        np.array([parse_instant(recorded)[0] if recorded else NO_INSTANT], np.int64),
        None if note is None else np.array([0], np.int32),
        () if note is None else (json.dumps(note),),
    )


def points(vault, *metrics, **span):
    """Return what goes out, as dicts."""
    blocks = ndjson(vault, **span, metrics=metrics or None)
    return [json.loads(line) for _, block in blocks for line in block.splitlines()]


@pytest.fixture
def make(tmp_path, cheap_keys, clock):
    """``make(record, ...)`` is a vault in Berlin that holds these records."""
    made = []

    def make(*records):
        path = tmp_path / f"{len(made)}.vault"
        made.append(vitalvault.create(path, "a long passphrase", home_zone="Europe/Berlin", clock=clock))
        made[-1].ingest(records)
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def omh():
    """``omh.sample(...)``, ``omh.points(vault)`` and the origins ``omh.watch``, ``omh.cuff``."""

    class OpenMHealth:
        watch, cuff = WATCH, CUFF

    OpenMHealth.sample, OpenMHealth.points = staticmethod(sample), staticmethod(points)
    return OpenMHealth
