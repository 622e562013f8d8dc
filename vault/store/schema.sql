-- vault.db, schema version 2; docs/format.md says what is in the blobs.
-- Instants are int64 UTC nanoseconds, offsets minutes (-32768: unknown), days counts since 1970-01-01.
-- sha256: of the blob beside it, so that the seal of a table need not read its blobs, which are last in their rows.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE origin (
    id      INTEGER PRIMARY KEY,
    source  TEXT NOT NULL,
    adapter TEXT NOT NULL,
    version TEXT NOT NULL,
    device  TEXT NOT NULL,           -- JSON object, or null
    app     TEXT NOT NULL,
    UNIQUE (source, adapter, version, device, app)
);

CREATE TABLE series (
    id     INTEGER PRIMARY KEY,
    metric TEXT NOT NULL,            -- "quarantine:..." for values outside the metric's range
    unit   TEXT NOT NULL,
    coded  INTEGER NOT NULL,
    UNIQUE (metric, unit, coded)
);

CREATE TABLE chunk (
    series  INTEGER NOT NULL REFERENCES series (id),
    month   INTEGER NOT NULL,        -- of the start in UTC, months since 1970-01
    part    INTEGER NOT NULL,        -- 0, 1, ...: a month of many samples is several chunks
    n       INTEGER NOT NULL,
    first   INTEGER NOT NULL,        -- earliest start
    last    INTEGER NOT NULL,        -- latest end
    origins TEXT NOT NULL,           -- JSON array of origin ids, as numbered in data
    digest  BLOB NOT NULL,           -- of what the samples say
    sha256  BLOB NOT NULL,
    data    BLOB NOT NULL,
    PRIMARY KEY (series, month, part)
);

-- Which imports told the samples of a chunk: sets of imports, as numbered in its data. Apart from the chunk,
-- so that an export that says the same again does not write the chunk again.
CREATE TABLE told_chunk (
    series  INTEGER NOT NULL,
    month   INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    imports TEXT NOT NULL,           -- JSON array of sets, each an ascending JSON array of import ids
    PRIMARY KEY (series, month, part)
) WITHOUT ROWID;

-- What was told differently of the same sample (another offset, device, note): all versions of those samples
-- of a chunk that have more than one, so that an import can be taken back as if it had never been.
CREATE TABLE version (
    series  INTEGER NOT NULL,
    month   INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    origins TEXT NOT NULL,
    imports TEXT NOT NULL,
    sha256  BLOB NOT NULL,
    data    BLOB NOT NULL,
    PRIMARY KEY (series, month, part)
);

-- What chunks come to a local day, sources merged; made from them anew whenever they change.
CREATE TABLE daily (
    series INTEGER NOT NULL REFERENCES series (id),
    year   INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    data   BLOB NOT NULL,
    PRIMARY KEY (series, year)
);

-- Sparse records. id: 24 hex digits of a SHA-256 of what the record is; digest: 16 bytes of one of all it says. A record that
-- imports told differently has a row for each version; the fullest, of several the one told last, is shown.

CREATE TABLE workout (
    id         TEXT NOT NULL,
    origin     INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    key        TEXT NOT NULL,
    start      INTEGER NOT NULL,
    "end"      INTEGER NOT NULL,
    offset_min INTEGER NOT NULL,
    activity   TEXT NOT NULL,
    duration_s REAL,
    distance_m REAL,
    energy_kcal REAL,
    hr_mean    REAL,
    hr_max     REAL,
    elevation_gain_m REAL,
    details    TEXT NOT NULL,        -- JSON object
    digest     BLOB NOT NULL,
    shown      INTEGER NOT NULL
);
CREATE INDEX workout_id ON workout (id);

CREATE TABLE stream (
    id      TEXT NOT NULL,
    parent  TEXT NOT NULL,           -- id of its workout, which may come later or never
    origin  INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    workout TEXT NOT NULL,           -- key of its workout
    part    TEXT NOT NULL,
    digest  BLOB NOT NULL,
    shown   INTEGER NOT NULL,
    sha256  BLOB NOT NULL,
    data    BLOB NOT NULL
);
CREATE INDEX stream_id ON stream (id);
CREATE INDEX stream_parent ON stream (parent);

CREATE TABLE sleep_session (
    id         TEXT NOT NULL,
    origin     INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    key        TEXT NOT NULL,
    start      INTEGER NOT NULL,
    "end"      INTEGER NOT NULL,
    offset_min INTEGER NOT NULL,
    stages     TEXT NOT NULL,        -- JSON array of [start, end, stage]
    is_nap     INTEGER,
    details    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    shown      INTEGER NOT NULL
);
CREATE INDEX sleep_session_id ON sleep_session (id);

CREATE TABLE strength_set (
    id         TEXT NOT NULL,
    origin     INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    workout    TEXT NOT NULL,
    "index"    INTEGER NOT NULL,
    exercise   TEXT NOT NULL,
    start      INTEGER NOT NULL,
    offset_min INTEGER NOT NULL,
    set_type   TEXT NOT NULL,
    repetitions INTEGER,
    load_kg    REAL,
    per_side   INTEGER NOT NULL,
    duration_s REAL,
    distance_m REAL,
    rpe        REAL,
    rir        REAL,
    details    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    shown      INTEGER NOT NULL
);
CREATE INDEX strength_set_id ON strength_set (id);

CREATE TABLE score (
    id     TEXT NOT NULL,
    origin INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    day    INTEGER NOT NULL,
    score  TEXT NOT NULL,
    value  REAL NOT NULL,
    unit   TEXT NOT NULL,
    digest BLOB NOT NULL,
    shown  INTEGER NOT NULL
);
CREATE INDEX score_id ON score (id);

CREATE TABLE document (
    id         TEXT NOT NULL,
    origin     INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    media_type TEXT NOT NULL,
    start      INTEGER,
    offset_min INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    shown      INTEGER NOT NULL,
    sha256     BLOB NOT NULL,
    body       BLOB NOT NULL        -- a frame of the bytes as they came
);
CREATE INDEX document_id ON document (id);

-- Which imports told a version of a sparse record, and with which offset: the first one's is shown.
CREATE TABLE told_record (
    digest  BLOB PRIMARY KEY,
    imports TEXT NOT NULL            -- JSON array of [import id, offset_min or null], ascending
) WITHOUT ROWID;

-- The ledger: imports that changed something, or read a file that was not read before. An id is never used
-- again.

CREATE TABLE import_run (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    adapter    TEXT NOT NULL,
    version    TEXT NOT NULL,
    duration_s REAL NOT NULL,
    counts     TEXT NOT NULL,        -- JSON object: added, duplicate, updated, rejected, rejections
    undone_at  INTEGER               -- null unless it was taken back
);

CREATE TABLE import_file (
    import INTEGER NOT NULL REFERENCES import_run (id),
    name   TEXT NOT NULL,            -- base name only
    size   INTEGER NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX import_file_import ON import_file (import);

-- What must not come back: keyed hashes of what was erased, which tell nobody what that was.
CREATE TABLE tombstone (
    erasure INTEGER PRIMARY KEY,     -- the event of kind "erasure" they belong to
    sha256  BLOB NOT NULL,
    data    BLOB NOT NULL            -- hashes of 8 bytes each, ascending
);

-- What was said and done, in order: rows are added and never changed, but for check-ins, of which an erasure
-- takes items.
CREATE TABLE event (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at   INTEGER NOT NULL,
    body TEXT NOT NULL               -- JSON object
);
CREATE INDEX event_kind ON event (kind, id);

-- The manifest: what must be there, against pages and files that are put back (docs/format.md).

CREATE TABLE seal (
    scope TEXT PRIMARY KEY,          -- a table, or a part of one ("chunk:7", "event:grant")
    n     INTEGER NOT NULL,          -- rows
    sum   BLOB NOT NULL              -- of keyed hashes of the rows, modulo 2^256
) WITHOUT ROWID;

CREATE TABLE manifest (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    counter INTEGER NOT NULL,        -- transactions that changed something
    key     BLOB NOT NULL,           -- of the hashes; 32 random bytes
    mac     BLOB NOT NULL            -- over counter and seals
);
