"""Why somebody may see something, or why not: the deciding rule, by its id and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from policies import planner, tables
from policies.decision import Decider, Decision
from policies.grants import Book
from policies.request import Request
from vault.errors import InputError

if TYPE_CHECKING:
    from policies.owner import Owner

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to "may they see this, for that?".

    ``granularity`` is the finest rung allowed, or the action that was asked for and refused. ``reason`` is
    the code of the first condition that fails, "granted" if none does; ``rules`` are the ids of the
    policies of ``cedar/policies.cedar`` that decided (empty: no permit holds, which is a no).
    """

    allowed: bool
    grantee: str
    metric: str
    purpose: str
    granularity: str
    reason: str
    words: str
    hint: str
    rules: tuple[str, ...]
    grant: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of this explanation."""
        return asdict(self) | {"rules": list(self.rules)}


def explain(
    owner: Owner, grantee: str, metric: str, purpose: str, *, action: str | None = None, k: int | None = None
) -> Explanation:
    """Explain the decision on a metric, on the finest rung that is allowed or on one action.

    Nothing is written down: it is the owner who asks.

    Raises:
        UnknownMetric: nothing of that name can be granted.
        InputError: no such purpose or action.
    """
    tables.purpose(purpose)
    if action is not None and action not in tables.actions():
        raise InputError("not an action on the list", hint=f"one of: {', '.join(tables.actions())}")
    category, now = tables.category(metric).name, owner.clock().astimezone(UTC)
    asked = [action] if action else tables.ladder()
    book = Book(owner)
    decisions = Decider(book).decide_all(
        [Request(grantee, category, one, purpose, now, k=k) for one in asked]
    )
    allowed = next((one for one in decisions if one.allowed), None)
    return _explained(allowed or _forbidden(book, decisions) or _nearest(decisions))


def _forbidden(book: Book, decisions: list[Decision]) -> Decision | None:
    """Return a refusal that names the floor, when floors forbid all that was asked, whatever is granted."""
    if any(one.alarm or one.reason in ("error", "no-cedar") for one in decisions):
        return None
    asked = decisions[0].request
    records = [record for record in book() if record.grant.grantee == asked.grantee]
    if not records:
        return None
    # What they were granted for the purpose says most of what a floor asks; all say the same kind.
    record = max(reversed(records), key=lambda one: one.grant.purpose == asked.purpose)
    possible = [one for one in decisions if one.request.action in tables.category(asked.category).actions]
    floors = [(one, planner.floor_says(one.request, record)) for one in possible]
    if not floors or not all(reason in planner.FOR_EVER for _, reason in floors):
        return None
    decision, reason = floors[-1]  # the coarsest: no finer one is to be had either
    return replace(decision, reason=reason, record=record)


def _nearest(decisions: list[Decision]) -> Decision:
    return max(decisions, key=lambda one: planner.progress(one.reason))


def _explained(decision: Decision) -> Explanation:
    asked = decision.request
    return Explanation(
        allowed=decision.allowed,
        grantee=asked.grantee,
        metric=asked.category,
        purpose=asked.purpose,
        granularity=asked.action,
        reason=decision.reason,
        words=decision.words,
        hint=decision.hint,
        rules=decision.rules,
        grant=decision.record.id if decision.record else "",
    )
