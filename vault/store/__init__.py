"""The encrypted store: connection, schema, chunks, writer and reader."""
