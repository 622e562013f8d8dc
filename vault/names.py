"""Names side by side in one text, as a column of a table holds them, and taken apart again."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["joined", "parted", "plain"]

_BETWEEN = ", "
_INSIDE = re.compile(", +")
_UNNAMED = "(unnamed)"


def joined(names: Iterable[str]) -> str:
    """The names in one text, each `plain`."""
    return _BETWEEN.join(map(plain, names))


def parted(text: str) -> list[str]:
    """The names `joined` put into the text; none of an empty one."""
    return [name for name in text.split(_BETWEEN) if name]


def plain(name: str) -> str:
    """The name as it stands in a joined text: what parts names is in none ("Acme, Inc" is "Acme,Inc").

    A source without a name gets one, or nobody would see that it is there.
    """
    return _INSIDE.sub(",", name) or _UNNAMED
