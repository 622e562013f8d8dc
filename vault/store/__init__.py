"""The store: an encrypted ``vault.db`` of month chunks, what is put into it and what is read from it.

    store.py         Store: an open database; composes what follows
    connection.py    SQLCipher or nothing; failures.py, its errors as ours
    schema.sql, .py  tables and their version
    ingest.py        an import, whole or not at all; report.py is what it says
    checks.py        what of an import can be kept
    absorb.py        samples of a series into its chunks; union.py, what is new among them
    rewriting.py     months of a series changed with all their versions; undo.py takes an import back so
    erase.py         rows erased for good, by scope.py; tombstones.py against their return
    belongings.py    what belongs to a metric besides its samples (erasure.toml)
    seals.py         the manifest: what must be there; rowsums.py sums the rows of a table
    verify.py        everything checked; consistency.py, whether it fits together
    migrate.py       an earlier format brought to today's
    chunks.py        the tables of chunks; codec.py, one chunk as bytes and digest; versions.py, its versions
    sets.py          sets of imports: who told a sample; telling.py, who told a sparse record
    columns.py       samples as columns; numbering.py, the numbers that stand for texts in them
    packing.py       columns as few bytes; unpacking.py, back again, trusting none
    sparse.py        workouts, sleeps, sets, scores, documents as rows; streams.py, their streams
    origins.py       who measured, by number
    daily.py         daily values, made from the chunks by vault.merge; remerging.py, anew by other rules
    sources.py       who is believed first, and whom the owner chose
    events.py        settings, and the log of check-ins, consent and audit
    reader.py        everything one may ask

docs/format.md says what is in the file. Nothing is imported here, so that start-up stays fast.
"""
