"""The closed lists of codes hold whatever word an adapter has for a coded metric."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from vault.metrics import find
from vault.store.correct import codes

APPLE = {
    "SleepAnalysis": "sleep_stage",
    "MenstrualFlow": "menstrual_flow",
    "OvulationTestResult": "ovulation_test",
}
HEALTH_CONNECT = {
    "menstruation_flow_record_table": "menstrual_flow",
    "ovulation_test_record_table": "ovulation_test",
}


def told():
    """Yield metric, code and table of every word that stands in an adapter's table."""
    for adapter in files("adapters").iterdir():
        for table in ("stages", "categories", "words", "codes"):
            path = adapter.joinpath("tables", f"{table}.csv")
            for row in csv.DictReader(path.read_text("utf-8").splitlines()) if path.is_file() else ():
                yield from words(adapter.name, table, row)


def words(adapter, table, row):
    """Yield what one row says."""
    cells = list(row.values())
    if table == "stages" and "stage" in row:
        yield "sleep_stage", row["stage"], adapter
    elif adapter == "apple_health" and row.get("type") in APPLE:
        yield APPLE[row["type"]], row["code"], adapter
    elif (adapter, table) == ("health_connect", "words") and cells[0] in HEALTH_CONNECT:
        yield HEALTH_CONNECT[cells[0]], cells[-1], adapter
    elif (adapter, table) == ("google_fit", "codes"):
        yield cells[2], cells[3], adapter


TOLD = sorted({one for one in told() if one[0] in codes()})


@pytest.mark.parametrize(("metric", "code", "adapter"), TOLD)
def test_code_of_an_adapter_is_on_the_list(metric, code, adapter):
    """What an adapter tells can be told by hand, too."""
    assert find(metric).is_coded
    assert code in codes()[metric] or code == ""


def test_codes_of_several_adapters_are_looked_at():
    """The test above reads the tables there are."""
    assert {adapter for *_, adapter in TOLD} >= {"apple_health", "health_connect", "google_fit", "fitbit"}
