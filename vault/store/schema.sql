-- vault.db, schema version 1; docs/format.md says what is in the blobs.
-- Instants are int64 UTC nanoseconds, offsets minutes (-32768: unknown), days counts since 1970-01-01.
-- Every table of health data has "import": the row of import_run that brought it (or changed it last).

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
    digest  BLOB NOT NULL,
    data    BLOB NOT NULL,
    PRIMARY KEY (series, month, part)
);

-- What chunks come to a local day, sources merged; made from them anew whenever they change.
CREATE TABLE daily (
    series INTEGER NOT NULL REFERENCES series (id),
    year   INTEGER NOT NULL,
    data   BLOB NOT NULL,
    PRIMARY KEY (series, year)
);

-- Sparse records. id: 24 hex digits of a SHA-256 of what the record is; digest: of all it says.

CREATE TABLE workout (
    id         TEXT PRIMARY KEY,
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
    import     INTEGER NOT NULL REFERENCES import_run (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE stream (
    id      TEXT PRIMARY KEY,
    parent  TEXT NOT NULL,           -- id of its workout, which may come later or never
    origin  INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    workout TEXT NOT NULL,           -- key of its workout
    part    TEXT NOT NULL,
    data    BLOB NOT NULL,
    digest  BLOB NOT NULL,
    import  INTEGER NOT NULL REFERENCES import_run (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX stream_parent ON stream (parent);

CREATE TABLE sleep_session (
    id         TEXT PRIMARY KEY,
    origin     INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    key        TEXT NOT NULL,
    start      INTEGER NOT NULL,
    "end"      INTEGER NOT NULL,
    offset_min INTEGER NOT NULL,
    stages     TEXT NOT NULL,        -- JSON array of [start, end, stage]
    is_nap     INTEGER,
    details    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    import     INTEGER NOT NULL REFERENCES import_run (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE strength_set (
    id         TEXT PRIMARY KEY,
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
    import     INTEGER NOT NULL REFERENCES import_run (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE score (
    id     TEXT PRIMARY KEY,
    origin INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    day    INTEGER NOT NULL,
    score  TEXT NOT NULL,
    value  REAL NOT NULL,
    unit   TEXT NOT NULL,
    digest BLOB NOT NULL,
    import INTEGER NOT NULL REFERENCES import_run (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE document (
    id         TEXT PRIMARY KEY,
    origin     INTEGER NOT NULL REFERENCES origin (id) DEFERRABLE INITIALLY DEFERRED,
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    media_type TEXT NOT NULL,
    start      INTEGER,
    offset_min INTEGER NOT NULL,
    body       BLOB NOT NULL,        -- a frame of the bytes as they came
    digest     BLOB NOT NULL,
    import     INTEGER NOT NULL REFERENCES import_run (id) DEFERRABLE INITIALLY DEFERRED
);

-- The ledger: imports that changed something. An id is never used again.

CREATE TABLE import_run (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    adapter    TEXT NOT NULL,
    version    TEXT NOT NULL,
    duration_s REAL NOT NULL,
    counts     TEXT NOT NULL         -- JSON object: added, duplicate, updated, rejected, rejections
);

CREATE TABLE import_file (
    import INTEGER NOT NULL REFERENCES import_run (id),
    name   TEXT NOT NULL,            -- base name only
    size   INTEGER NOT NULL,
    sha256 TEXT NOT NULL
);
CREATE INDEX import_file_import ON import_file (import);

-- What was said and done, in order: rows are added and never changed.
CREATE TABLE event (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at   INTEGER NOT NULL,
    body TEXT NOT NULL               -- JSON object
);
CREATE INDEX event_kind ON event (kind, id);
