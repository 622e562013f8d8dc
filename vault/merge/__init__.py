"""One truth of several devices: pure functions over columns, without a store and without files.

Stored samples stay as the sources gave them; every daily value, sleep and workout is computed here.

    coverage.py   which time a set of intervals covers
    days.py       where intervals fall on local days
    rows.py       samples on their days, sources in order
    windows.py    values of a night and of windows within it
    overlap.py    daily values, devices merged and never double counted
    priority.py   who is believed first, by kind (kinds.csv) and metric (priority.csv)
    preference.py whom the owner believes first, by metric and period
    lineage.py    why a daily value is what it is
    speakers.py   why a night or a workout is told by the source it is
    conflicts.py  when two sources disagree about a day (conflicts.csv)
    nights.py     sleeps of all sources, naps marked
    naps.py       which sleeps are naps
    segments.py   sleeps out of single stages
    pieces.py     one tracker's sleeps and the minutes in them
    trackers.py   which sleeps of one source are of one tracker
    rivals.py     which tracker is believed where sleeps overlap
    workouts.py   one workout that several apps recorded
    streams.py    its curves, each from the source that has it best (channels.csv)
    eras.py       what was measured with which device in which way
    activities.py what the activity words mean (activities.csv)
    exercises.py  what vendors call the same movement (exercises.csv)
"""
