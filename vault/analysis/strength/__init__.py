"""Strength training: how much was lifted, how strong that says one is, and what could come next.

Columns in, columns out: ``sets.Sets`` holds what the vault knows, ``volume.by_day`` adds it up. What follows
from it is said as offers (``offers.Offer``), with the numbers behind them. Numbers and words stand in
``strength.toml``; how it is meant is in ``docs/explanation/strength.md``.
"""
