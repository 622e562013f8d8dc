"""Who the sources of all exports are taken for: names and devices that adapters give have a fitting kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.base import Options, adapters_by_name
from vault.merge.priority import kind_of, order_of, rank_of
from vault.records import Samples

EXPORTS = Path(__file__).parent / "exports"

# Name, then "@" and the device where one is told; the rank is that for steps.
KINDS = {
    "adidas": {"adidas Running": "export 1", "adidas Running @Phone 5": "phone 13"},
    "apple_health": {
        "Activity": "app 14",
        "Apple Health": "app 14",
        "ECG @Watch7,2": "watch 0",
        "Health Mate": "mirror 12",
        "Robin’s Apple Watch @Apple Watch": "watch 0",
        "Robin’s iPhone": "phone 13",
    },
    "checkin": {"Check-ins": "manual 15"},
    "concept2": {"Concept2 Logbook": "machine 6"},
    "coros": {"COROS PACE 2 @COROS PACE 2": "watch 0"},
    "dexcom": {"Dexcom Clarity @Dexcom": "cgm 11"},
    "fhir": {"FHIR": "app 14", "Kitchen scale @Example": "scale 8"},
    "fit": {"garmin fr965 @garmin fr965": "watch 0"},
    "fitbit": {"Fitbit": "export 1", "Fitbit App": "app 14", "MobileTrack": "phone 13", "Versa 4": "watch 0"},
    "garmin": {
        "Garmin Connect": "export 1",
        "Garmin Connect @garmin fr965": "watch 0",
        "garmin fr965 @garmin fr965": "watch 0",
    },
    "google_fit": {"Google Fit": "app 14", "Google Fit streams": "app 14", "com.example.scale": "scale 8"},
    "gpx": {"Garmin Connect": "export 1", "StravaGPX": "app 14"},
    "health_connect": {"Samsung Health (SM-R940) @SM-R940": "mirror 12"},
    "hevy": {"Hevy": "export 1"},
    "kovaaks": {"KovaaK's": "app 14"},
    "libreview": {"LibreView @FreeStyle Libre 3": "cgm 11"},
    "nike": {"Nike Run Club": "export 1"},
    "open_mhealth": {"Example Band": "watch 0"},
    "oura": {"Oura": "ring 2"},
    "peloton": {"Peloton": "machine 6"},
    "polar": {"Polar Flow": "export 1", "Polar Flow @Polar Pacer": "watch 0"},
    "pvt": {"Reaction tests": "app 14"},
    "samsung_health": {
        "Samsung Health": "export 1",
        "Samsung Health SM-R940 @SM-R940": "watch 0",
        "Samsung Health SM-S901E @SM-S901E": "phone 13",
    },
    "strava": {"Strava": "app 14", "Strava @garmin fr965": "watch 0"},
    "strong": {"Strong": "export 1"},
    "suunto": {"suunto 1 @suunto 1": "watch 0"},
    "tcx": {"Forerunner 935 @Forerunner 935": "watch 0"},
    "technogym": {"Technogym": "machine 6"},
    "tonal": {"Tonal": "machine 6"},
    "whoop": {"WHOOP": "watch 0"},
    "withings": {"Withings": "export 1", "Withings sleep mat": "mattress 7", "Withings tracker": "watch 0"},
    "zwift": {"Zwift @zwift 1": "export 1"},
}
NAMED_BY_OTHERS = {"table", "vitalvault"}


def origins(name):
    """Return every origin of an export, once."""
    found = {}
    for record in adapters_by_name()[name].read(EXPORTS / name, Options()):
        told = record.origins if isinstance(record, Samples) else [getattr(record, "origin", None)]
        found |= dict.fromkeys(one for one in told if one is not None)
    return list(found)


def called(origin):
    """Return an origin's name and device in one text."""
    device = origin.device
    said = "" if device is None else device.name or device.hardware or device.manufacturer
    return f"{origin.source} @{said}" if said else origin.source


def test_every_adapter_is_asked():
    """A new adapter says here who its sources are; a table names whoever its mapping does, a bundle all."""
    assert KINDS.keys() | NAMED_BY_OTHERS == set(adapters_by_name())


@pytest.mark.parametrize("name", KINDS)
def test_sources_of_an_export_are_taken_for_what_they_are(name):
    """Phone, watch, scale and app behind one brand have kinds and ranks of their own."""
    found = {
        called(one).replace("\u00a0", " "): f"{kind_of(one)} {rank_of(one, 'steps')}" for one in origins(name)
    }
    assert found == KINDS[name]


def test_ranks_are_those_of_the_table():
    """The numbers above are places in the order of kinds."""
    told = {text for names in KINDS.values() for text in names.values()}
    assert {(kind, int(rank)) for kind, rank in map(str.split, told)} <= set(order_of("steps").ranks.items())
