"""The sentences of this room, filled from ``sleep_wording.toml``."""

from __future__ import annotations

from vault.analysis.parameters import document

__all__ = ["say"]


def say(group: str, key: str, **values: object) -> str:
    """Fill one text of the wording."""
    return str(document("sleep_wording.toml")[group][key]).format(**values)
