"""The store: an encrypted ``vault.db`` of month chunks, what is put into it and what is read from it.

    store.py         Store: an open database; composes what follows
    connection.py    SQLCipher or nothing
    schema.sql, .py  tables and their version
    ingest.py        an import, whole or not at all; report.py is what it says
    checks.py        what of an import can be kept
    absorb.py        samples of a series into its chunks; union.py, what is new among them
    chunks.py        the table of chunks; codec.py, one chunk as bytes and digest
    columns.py       samples as columns; numbering.py, the numbers that stand for texts in them
    packing.py       columns as few bytes; unpacking.py, back again, trusting none
    sparse.py        workouts, sleeps, sets, scores, documents as rows; streams.py, their streams
    origins.py       who measured, by number
    daily.py         daily values, made from the chunks by vault.merge
    events.py        settings, and the log of check-ins, consent and audit
    reader.py        everything one may ask

docs/format.md says what is in the file. Nothing is imported here, so that start-up stays fast.
"""
