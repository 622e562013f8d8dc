"""How a person sleeps beside what they need: need and debt, regularity, body clock, bedtime and caffeine.

``balance`` and ``rhythm`` are the two results; the other rooms are one measure each, over whole columns. What
they can't say is in ``docs/explanation/sleep.md``.
"""
