"""An export that is checked while it goes out: every resource by itself, then all of them as one.

Beyond what holds of any resource of R4 (``vault.fhir.check``), ours have identifiers of their own and units
out of the catalogue, no two have one id, no reference leads out of the export, and every local code in it
is defined in it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from vault.fhir.alike import Alike
from vault.fhir.check import problems
from vault.fhir.codings import LOCAL, UCUM, ucum_units
from vault.fhir.identity import RECORD

if TYPE_CHECKING:
    from vault.fhir.codings import Json

__all__ = ["checked"]

_NAMED = frozenset({"Patient", "Device", "Observation"})
_NUMBERS = re.compile(r"\.\d+(?=[.:])")


def checked(blocks: Iterable[tuple[str, bytes]], found: Counter[str]) -> Iterator[tuple[str, bytes]]:
    """Pass an export on, each block once its resources are checked; ``found`` counts problems by rule.

    A rule is ``Type: place: rule``, the place without the numbers of list items. What is wrong with the
    export as a whole is counted after the last block.
    """
    whole = _Whole()
    for kind, block in blocks:
        for line in filter(None, block.decode().split("\n")):
            found.update(f"{kind}: {_NUMBERS.sub('', problem)}" for problem in whole.take(line))
        yield kind, block
    found.update(whole.problems())


class _Whole:
    """What has gone out so far: which ids and definitions there are, and which are asked for."""

    def __init__(self) -> None:
        self._alike = Alike()
        self._there: set[str] = set()
        self._asked: set[str] = set()
        self._defined: set[tuple[str, str]] = set()
        self._used: set[tuple[str, str]] = set()

    def take(self, line: str) -> tuple[str, ...]:
        """Note a resource, and return what is wrong with it."""
        place = self._alike.place(line)
        if place is not None:
            return tuple(self._named(place))
        resource = json.loads(line)
        told = (*problems(resource), *self._as_ours(resource))
        if not told:
            self._alike.learn(line)
        return told

    def _named(self, place: str) -> Iterator[str]:
        if place in self._there:
            yield "id: that of another resource of the export"
        self._there.add(place)

    def _as_ours(self, resource: Json) -> Iterator[str]:
        """Yield what is wrong with a resource as one of an export of ours."""
        kind, identity = resource.get("resourceType"), resource.get("id")
        if identity:
            yield from self._named(f"{kind}/{identity}")
        else:
            yield "id: missing"
        if kind in _NAMED and not any(one.get("system") == RECORD for one in resource.get("identifier", ())):
            yield "identifier: none of this vault's"
        if kind == "CodeSystem":
            self._defined |= {(resource["url"], one["code"]) for one in resource.get("concept", ())}
        yield from self._look(resource)

    def _look(self, node: Any) -> Iterator[str]:
        if isinstance(node, list):
            for one in node:
                yield from self._look(one)
        elif isinstance(node, dict):
            if isinstance(reference := node.get("reference"), str):
                self._asked.add(reference)
            system, code = node.get("system"), node.get("code")
            if system == UCUM and code not in ucum_units():
                yield "code: not one of the units this vault writes"
            if isinstance(system, str) and isinstance(code, str) and system.startswith(LOCAL):
                self._used.add((system, code))
            for one in node.values():
                if isinstance(one, (dict, list)):
                    yield from self._look(one)

    def problems(self) -> Counter[str]:
        """Return what is wrong with all that went out together."""
        return +Counter(
            {
                "export: a reference leads to a resource that is not in it": len(self._asked - self._there),
                "export: a local code is not defined in it": len(self._used - self._defined),
            }
        )
