"""Finds out what the weights of a table are in that does not say so: Strong's older layouts.

The idea: who changes units leaves proof. 15 lb shown in a table of kilograms is 6.80388555, which nobody ever
put on a bar. One such number, and none to the contrary, tells the unit; round numbers tell nothing, because
45 is a plate in pounds and two in kilograms.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.formats.sets import factor_of

__all__ = ["proven_unit"]

_STEP = 0.25
"""Weights are set in steps of a quarter, of either unit."""
_NEAR = 2e-6
"""Conversions are written with six decimals or more; 122.35655551 (55.5 kg in lb) is not 269.75 lb in kg."""


def proven_unit(weights: Iterable[float]) -> str:
    """Return ``kg`` or ``lb`` if the weights can only be that, else nothing."""
    pound = factor_of("weight", "lb") or 0.0
    proofs = {unit for weight in weights if (unit := _proof(weight, pound))}
    return proofs.pop() if len(proofs) == 1 else ""


def _proof(weight: float, pound: float) -> str:
    if not weight or _is_round(weight * 100, 1):  # two digits: may have been typed
        return ""
    if _is_round(weight / pound, _STEP):
        return "kg"
    return "lb" if _is_round(weight * pound, _STEP) else ""


def _is_round(value: float, step: float) -> bool:
    return abs(value - round(value / step) * step) <= _NEAR
