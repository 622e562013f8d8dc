-- From format 1 to 2: what the tables of format 1 (renamed to old_...) say, in those of format 2.
-- Chunks are not here: the import of each of their rows is within their frames. Whoever told the same record or
-- sample again was not written down in format 1, so each has the one import that brought it.

INSERT INTO setting SELECT name, value FROM old_setting;
INSERT INTO origin SELECT id, source, adapter, version, device, app FROM old_origin;
INSERT INTO series SELECT id, metric, unit, coded FROM old_series;
INSERT INTO daily SELECT series, year, sha256(data), data FROM old_daily;

INSERT INTO workout
SELECT id, origin, key, start, "end", offset_min, activity, duration_s, distance_m, energy_kcal, hr_mean, hr_max,
       elevation_gain_m, details, substr(digest, 1, 16), 1
FROM old_workout;

INSERT INTO stream SELECT id, parent, origin, workout, part, substr(digest, 1, 16), 1, sha256(data), data FROM old_stream;

INSERT INTO sleep_session
SELECT id, origin, key, start, "end", offset_min, stages, is_nap, details, substr(digest, 1, 16), 1 FROM old_sleep_session;

INSERT INTO strength_set
SELECT id, origin, workout, "index", exercise, start, offset_min, set_type, repetitions, load_kg, per_side,
       duration_s, distance_m, rpe, rir, details, substr(digest, 1, 16), 1
FROM old_strength_set;

INSERT INTO score SELECT id, origin, day, score, value, unit, substr(digest, 1, 16), 1 FROM old_score;

INSERT INTO document
SELECT id, origin, kind, key, media_type, start, offset_min, substr(digest, 1, 16), 1, sha256(body), body FROM old_document;

INSERT INTO told_record
SELECT substr(digest, 1, 16), json_array(json_array(import, offset_min))
FROM (
    SELECT digest, import, offset_min FROM old_workout
    UNION ALL SELECT digest, import, offset_min FROM old_sleep_session
    UNION ALL SELECT digest, import, offset_min FROM old_strength_set
    UNION ALL SELECT digest, import, offset_min FROM old_document
    UNION ALL SELECT digest, import, NULL FROM old_stream
    UNION ALL SELECT digest, import, NULL FROM old_score
);

INSERT INTO import_run SELECT id, at, adapter, version, duration_s, counts, NULL FROM old_import_run;
INSERT INTO import_file SELECT import, name, size, sha256 FROM old_import_file;
INSERT INTO event SELECT id, kind, at, body FROM old_event;
