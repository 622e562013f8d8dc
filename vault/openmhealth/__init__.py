"""Open format out: a vault's records as Open mHealth data points, each as its schema says.

``ndjson`` is the way out. A data point has the same ``id`` as the FHIR Observation of the same record, so
that the owner can join the two formats. What no schema can say without saying something else stays behind.
"""

from __future__ import annotations

from vault.openmhealth.export import ndjson

__all__ = ["ndjson"]
