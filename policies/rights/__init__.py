"""A person's rights over their data as commands: everything out in open formats, and checked by anyone."""

from __future__ import annotations

from policies.rights.bundle import BundleSummary, write_bundle
from policies.rights.verify import Verification, verify_bundle

__all__ = ["BundleSummary", "Verification", "verify_bundle", "write_bundle"]
