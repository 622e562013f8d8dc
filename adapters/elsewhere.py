"""The sources that give their members no export, and where what they measure can be had all the same.

The idea: who looks for a source by its name is told the truth about it, also where that is that there is
nothing to hand over. An entry becomes an adapter on the day there is an export.
"""

from __future__ import annotations

from adapters.base import Coverage

__all__ = ["ELSEWHERE"]

ELSEWHERE = {
    "tempo": Coverage(
        title="Tempo (Studio, Core, Move)",
        how_to_export=(
            "Tempo gives its members no export. Let its app write to Apple Health, and hand over Apple's "
            'export; say with --alias "Tempo=tempo_studio" that the name is this app\'s: four others are '
            "called the same"
        ),
        reads=(
            "what Tempo writes to Apple Health: workouts with kind, start and end, energy, maybe heart rate",
        ),
        leaves=(
            "exercises, sets, repetitions, weights, form scores: Tempo writes them nowhere but in its app",
            "what a privacy request to Tempo may bring: no file was at hand; a table can be mapped by you",
        ),
        metrics=(),
        through="apple_health",
    ),
}
"""Coverage by name; ``through`` is the adapter that reads what there is."""
