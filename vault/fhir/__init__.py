"""Open format out: a vault's records as FHIR R4 (4.0.1) resources, and a check of any resource.

``ndjson`` is the fast way out (a template per metric), ``resources`` the same as dicts, ``problems`` says
what is wrong with a resource, ours or another's, ``checked`` what is wrong with a whole export of ours.
"""

from __future__ import annotations

from vault.fhir.check import problems
from vault.fhir.checked import checked
from vault.fhir.export import ndjson, resources, subject_id
from vault.fhir.source import Source
from vault.fhir.windows import windows

__all__ = ["Source", "checked", "ndjson", "problems", "resources", "subject_id", "windows"]
