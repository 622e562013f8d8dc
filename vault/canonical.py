"""The one JSON text of what is said, for digests, seals and stored cells: sorted keys, no blanks, ASCII."""

from __future__ import annotations

import json

__all__ = ["canonical"]

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
