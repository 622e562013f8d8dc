"""A whole export: ordered, closed under reference, complete, the same every time."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby

import numpy as np
import pandas as pd
import pytest

from vault.errors import UnknownMetric
from vault.fhir import ndjson, problems, resources, windows

AT = "2026-05-01T07:30:00+02:00"
END = "2026-05-01T08:30:00+02:00"


@pytest.fixture
def vault(made):
    """A vault with something of every kind."""
    stages = made.columns([(AT, END, "rem")], codes=["rem"])
    return made.vault(
        {
            "apple:HKNew": [made.columns([(AT, "", 1)], unit="count")],
            "blood_pressure.diastolic": [made.columns([(AT, "", 77)])],
            "blood_pressure.systolic": [made.columns([(AT, "", 121)])],
            "gps_position.latitude": [made.columns([(AT, "", 52.5)])],
            "heart_rate": [
                made.columns(
                    [(AT, "", 58, 1), ("2026-05-01T09:30:00", "", 60)], origins=[made.watch, made.phone]
                )
            ],
            "sleep_stage": [stages],
        },
        {
            "imports": [
                {"import_id": "i1", "adapter": "apple_health", "at": made.ns(END), "digests": "ab" * 32}
            ],
            "workouts": [
                {
                    "workout_id": "w1",
                    "start": made.ns(AT),
                    "end": made.ns(END),
                    "activity": "running",
                    "distance_m": 10_000.0,
                    "source": "Strava",
                }
            ],
        },
        sleeps=[made.night(AT, END, [(made.ns(AT), made.ns(END), "rem")], asleep_min=60.0)],
    )


def test_resources_are_all_valid(vault):
    """Every resource of every type passes the models and the rules."""
    found = list(resources(vault))
    assert {one["resourceType"] for one in found} == {
        "Patient",
        "Observation",
        "CodeSystem",
        "Device",
        "Provenance",
    }
    assert [(one["resourceType"], problem) for one in found for problem in problems(one)] == []


def test_resources_of_one_type_follow_each_other(vault):
    """A writer of one file a type never has to come back to a file."""
    kinds = [kind for kind, _ in groupby(ndjson(vault), key=lambda pair: pair[0])]
    assert len(kinds) == len(set(kinds))


def test_resources_are_the_lines_of_ndjson(vault):
    """Dicts and NDJSON are one export in two forms."""
    lines = [json.loads(line) for _, block in ndjson(vault) for line in block.splitlines()]
    assert list(resources(vault)) == lines
    assert all(block.endswith(b"\n") for _, block in ndjson(vault))


def test_resources_refer_only_to_what_is_there(vault):
    """No reference dangles, and no two resources of a type share an id."""
    found = list(resources(vault))
    known = [f"{one['resourceType']}/{one['id']}" for one in found]
    assert len(set(known)) == len(known)
    assert set(references(found)) <= set(known)


def references(node):
    """Yield every reference in a tree."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        yield from references(list(node.values()))


def test_resources_define_every_local_code(vault):
    """A code of this project's own systems is defined by a CodeSystem in the same export."""
    found = list(resources(vault))
    defined = {
        (one["url"], concept["code"])
        for one in found
        if one["resourceType"] == "CodeSystem"
        for concept in one["concept"]
    }
    used = {
        (coding["system"], coding["code"])
        for coding in codings(found)
        if coding["system"].startswith("urn:vitalvault:")
    }
    assert used
    assert used <= defined


def codings(node):
    """Yield everything that is a coding."""
    if isinstance(node, list):
        for item in node:
            yield from codings(item)
    elif isinstance(node, dict):
        if isinstance(node.get("system"), str) and isinstance(node.get("code"), str):
            yield node
        yield from codings(list(node.values()))


def test_patient_says_nothing_of_the_person(vault):
    """The Patient is a keyed identifier; no name, no birth date, no gender."""
    patient = next(resources(vault))
    assert set(patient) == {"resourceType", "id", "identifier", "meta"}


def test_resources_leave_positions_out_unless_named(made, vault):
    """Where somebody was goes out only when asked for by name."""
    assert b"gps_position" not in b"".join(block for kind, block in ndjson(vault) if kind == "Observation")
    (position,) = (
        one for one in resources(vault, metrics=["gps_position"]) if one["resourceType"] == "Observation"
    )
    assert "LOCIS" in [label["code"] for label in position["meta"]["security"]]
    assert problems(position) == []


def test_resources_of_named_metrics_are_no_others(vault):
    """Naming metrics limits the Observations to them."""
    found = [one for one in resources(vault, metrics=["heart_rate"]) if one["resourceType"] == "Observation"]
    assert {one["code"]["coding"][0]["code"] for one in found} == {"8867-4"}
    assert len(found) == 2


def test_resources_of_an_unknown_metric_are_refused(vault):
    """A misspelt name is an error, not an empty export."""
    with pytest.raises(UnknownMetric):
        list(resources(vault, metrics=["heart_rat"]))


def test_resources_twice_are_equal_and_under_another_key_share_no_id(vault):
    """The same vault gives the same bytes; another vault's identifiers can't be joined to them."""
    assert list(ndjson(vault)) == list(ndjson(vault))
    other = replace(vault, identity_key=b"o" * 32)
    ids = [
        {one["id"] for one in resources(of) if one["resourceType"] != "CodeSystem"} for of in (vault, other)
    ]
    assert not ids[0] & ids[1]


def test_provenance_names_the_file_by_its_digest(vault):
    """An import says when, by whom and from which bytes."""
    found = [one for one in resources(vault) if one["resourceType"] == "Provenance"]
    assert [one["entity"][0]["what"]["identifier"]["value"] for one in found] == ["urn:sha256:" + "ab" * 32]
    assert [one["recorded"] for one in found] == ["2026-05-01T06:30:00Z"]


@pytest.fixture
def ledgers(made):
    """Make a vault of imports and carried imports, each as (adapter, hour of the day, digests)."""

    def rows(told):
        day = made.ns("2026-05-01T00:00:00Z")
        return [
            {
                "import_id": f"i{number}",
                "adapter": adapter,
                "at": day + hour * 3_600 * 10**9,
                "digests": digests,
            }
            for number, (adapter, hour, digests) in enumerate(told)
        ]

    return lambda own, carried=(): made.vault(tables={"imports": rows(own), "carried": rows(carried)})


def provenances(vault):
    """Return the lines of an export that are Provenance."""
    return [block for kind, block in ndjson(vault) if kind == "Provenance"]


def test_provenance_of_imports_that_were_carried_is_that_of_their_vault(ledgers):
    """What a bundle brought was imported before: the same lines, by time, and none of the bundle."""
    told = [("garmin", 3, "ab" * 32), ("fhir", 1, ""), ("apple_health", 3, "cd" * 32)]
    first = provenances(ledgers(told))
    assert [json.loads(line)["recorded"][11:13] for line in first] == ["01", "03", "03"]
    assert provenances(ledgers([("vitalvault", 9, "ef" * 32)], told)) == first
    assert provenances(ledgers(told[:1], told[1:])) == first


def test_provenance_of_two_imports_at_one_instant_is_one(ledgers):
    """No two resources share an id, even where a clock stands still."""
    (found,) = provenances(ledgers([("fhir", 1, "ab" * 32), ("fhir", 1, "cd" * 32), ("fhir", 1, "ab" * 32)]))
    assert len(json.loads(found)["entity"]) == 2


def test_windows_of_many_years_hold_each_sample_once(made):
    """A long series is read in parts that neither overlap nor leave a gap."""
    columns = made.columns([(AT, "", 58)])
    start = columns.start[0] - np.arange(4_000)[::-1] * 86_399_999_999_999
    whole = replace(columns.take(np.zeros(4_000, np.intp)), start=start, end=start)
    parts = list(windows(made.vault({"steps": [whole]}), "steps"))
    assert len(parts) == 11
    assert np.concatenate([part.start for part in parts]).tolist() == start.tolist()


def test_windows_of_a_metric_in_two_units_hold_each_sample_once(made):
    """Where a vendor changed its unit there are two rows of one name, and still each sample once."""
    vault = made.vault({"apple:HKThing": [made.columns([(AT, "", 1)], unit=unit) for unit in ("mg", "g")]})
    rows = vault.metrics()
    vault.metrics = lambda: pd.concat([rows, rows], ignore_index=True)
    assert [part.unit for part in windows(vault, "apple:HKThing")] == ["mg", "g"]
    assert len({one["id"] for one in resources(vault) if one["resourceType"] == "Observation"}) == 2


def test_windows_keep_to_start_and_end(made):
    """Only samples that start within the asked time are read; a day as end is contained."""
    rows = [(f"2026-05-0{day}T12:00:00+02:00", "", day) for day in range(1, 6)]
    vault = made.vault({"steps": [made.columns(rows)]})
    parts = windows(vault, "steps", "2026-05-02", "2026-05-03")
    assert [value for part in parts for value in part.value] == [2, 3]
