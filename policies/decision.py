"""Both deciders on one request: a yes takes both, everything else is a no.

Cedar (``cedar_core``) and the planner (``planner``) look at the same request under the same grant. If one
says yes and the other no, that is a no and an alarm. An error anywhere is a no. Without cedarpy nobody but
the owner reads: there is no way around the second opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from policies import planner
from policies.cedar_core import Answer, Core
from policies.planner import GRANTED

if TYPE_CHECKING:
    from policies.grants import GrantRecord
    from policies.request import Request

__all__ = ["Decider", "Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request.

    ``reason`` is a code of ``planner``; ``rules`` are the ids of the Cedar policies that decided (none: no
    permit held). When allowed, ``record`` is the grant, and the days and sources are those it covers.
    """

    request: Request
    allowed: bool
    reason: str
    rules: tuple[str, ...] = ()
    record: GrantRecord | None = None
    alarm: bool = False

    @property
    def words(self) -> str:
        """The reason in words."""
        return planner.say(self.reason, self.request, self.record)

    @property
    def hint(self) -> str:
        """What to do next about a refusal."""
        return planner.hint(self.reason)


class Decider:
    """Decides over the grants a book returns."""

    def __init__(self, book: Callable[[], Sequence[GrantRecord]]) -> None:
        self._book = book
        self._seen: tuple[GrantRecord, ...] | None = None
        self._core: Core | None = None

    def decide(self, request: Request) -> Decision:
        """Return the decision over the grants of this moment; never raises, because an error is a no."""
        return self.decide_all([request])[0]

    def decide_all(self, requests: Sequence[Request]) -> list[Decision]:
        """Return the decisions on requests of one grantee; the grants are read once, and Cedar called once.

        An error is a no to all of them.
        """
        try:
            return self._decide(tuple(self._book()), requests)
        except ImportError:
            return [_refused("no-cedar", request) for request in requests]
        except Exception:  # noqa: BLE001 - whatever goes wrong while deciding, nothing is released
            return [_refused("error", request) for request in requests]

    def _decide(self, records: Sequence[GrantRecord], requests: Sequence[Request]) -> list[Decision]:
        (grantee,) = {request.grantee for request in requests}
        theirs = tuple(record for record in reversed(records) if record.grant.grantee == grantee)
        core = self._core_of(theirs)
        if not theirs:
            answers = core.judge([(request, None) for request in requests])
            return [_no_grant(request, said) for request, said in zip(requests, answers, strict=True)]
        pairs = [(planner.clip(request, record), record) for request in requests for record in theirs]
        answers = core.judge(pairs)
        opinions = [_opinion(*pair, said) for pair, said in zip(pairs, answers, strict=True)]
        return [_settled(opinions[at : at + len(theirs)]) for at in range(0, len(pairs), len(theirs))]

    def _core_of(self, records: tuple[GrantRecord, ...]) -> Core:
        if self._core is None or records != self._seen:
            self._core, self._seen = Core(records), records
        return self._core


def _settled(opinions: Sequence[Decision]) -> Decision:
    """Return the decision under all grants: a fault under one outranks a yes under another."""
    if wrong := [one for one in opinions if one.alarm or one.reason == "error"]:
        return wrong[0]
    if allowed := [one for one in opinions if one.allowed]:
        return max(allowed, key=lambda one: _days(one.request))
    return max(opinions, key=lambda one: planner.progress(one.reason))


def _opinion(request: Request, record: GrantRecord, said: Answer) -> Decision:
    reason = planner.judge(request, record)
    if said.errors:
        return _refused("error", request, rules=said.rules)
    if said.allowed != (reason == GRANTED):
        return _refused("disagreement", request, rules=said.rules, alarm=True)
    return Decision(
        request=request,
        allowed=said.allowed and reason == GRANTED,
        reason=reason,
        rules=said.rules,
        record=record,
    )


def _no_grant(request: Request, said: Answer) -> Decision:
    if said.allowed:
        return _refused("disagreement", request, rules=said.rules, alarm=True)
    return _refused("no-grant", request, rules=said.rules)


def _refused(reason: str, request: Request, *, rules: tuple[str, ...] = (), alarm: bool = False) -> Decision:
    return Decision(request, allowed=False, reason=reason, rules=rules, alarm=alarm)


def _days(request: Request) -> timedelta:
    """Return how many days a request spans; the widest of several grants decides."""
    return (request.last_day or date.max) - (request.first_day or date.min)
