"""All SQL of the SQLite store, each statement with its purpose."""

VERSION = 1
"""Of the schema, in `user_version`; a file of a newer one is refused."""

# What is looked for has a column; all else of a job is in `record`, as JSON.
# `stage`: 0 waits and is to be sent, 1 was sent and has not ended, 2 has ended.
SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT NOT NULL PRIMARY KEY,
    function TEXT NOT NULL,
    key TEXT,
    owner TEXT,
    queue TEXT NOT NULL,
    status TEXT NOT NULL,
    stage INTEGER NOT NULL,
    created REAL NOT NULL,
    due REAL NOT NULL,
    expires REAL,
    record TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS jobs_key ON jobs (function, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_unsent ON jobs (due) WHERE stage = 0;
CREATE INDEX IF NOT EXISTS jobs_underway ON jobs (id) WHERE stage = 1;
CREATE INDEX IF NOT EXISTS jobs_expires ON jobs (expires) WHERE expires IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_created ON jobs (created, id);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS events_number ON events (job, number);
CREATE TABLE IF NOT EXISTS ticks (schedule TEXT NOT NULL PRIMARY KEY, tick REAL NOT NULL);
"""

COLUMNS = (
    "id",
    "function",
    "key",
    "owner",
    "queue",
    "status",
    "stage",
    "created",
    "due",
    "expires",
    "record",
)

INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608  # constants
"""A new job; fails if its key is taken."""

BY_KEY = "SELECT record FROM jobs WHERE function = ? AND key = ?"
"""The job that has a key."""

BY_ID = "SELECT record FROM jobs WHERE id = ?"
"""One job."""

UPDATE = "UPDATE jobs SET status = ?, stage = ?, due = ?, expires = ?, record = ? WHERE id = ?"
"""What may change of a job."""

ADD_EVENT = "INSERT INTO events (job, number, kind, data) VALUES (?, ?, ?, ?)"
"""Something happened to a job."""

TRIM_EVENTS = "DELETE FROM events WHERE job = ? AND kind = 'progress' AND number <= ?"
"""Old progress, of which only the last matters."""

EVENTS = "SELECT number, kind, data FROM events WHERE job = ? AND number > ? ORDER BY number"
"""What happened to a job since then."""

LAST_NEWS = "SELECT coalesce(max(seq), 0) FROM events"
"""The mark of now."""

NEWS = "SELECT seq, job FROM events WHERE seq > ? ORDER BY seq LIMIT 5000"
"""Which jobs had events since a mark."""

UNSENT = "SELECT record FROM jobs WHERE stage = 0 AND due <= ? ORDER BY due LIMIT ?"
"""What is due and not yet sent."""

UNDERWAY = "SELECT record FROM jobs WHERE stage = 1 AND id > ? AND due <= ? ORDER BY id LIMIT ?"
"""What was sent and has not ended."""

LAST_TICK = "SELECT tick FROM ticks WHERE schedule = ?"
"""When a schedule was last due."""

KEEP_TICK = "INSERT INTO ticks (schedule, tick) VALUES (?, ?) ON CONFLICT (schedule) DO UPDATE SET tick = excluded.tick"
"""A schedule was due."""

EXPIRED = "SELECT id FROM jobs WHERE expires <= ? LIMIT 500"
"""Jobs that have been kept long enough."""

FORGET_EVENTS = "DELETE FROM events WHERE job = ?"
"""Of a job that is forgotten."""

FORGET = "DELETE FROM jobs WHERE id = ?"
"""A job that has been kept long enough."""

FIND = """
SELECT record FROM jobs
WHERE (:status IS NULL OR status = :status)
  AND (:function IS NULL OR function = :function)
  AND (:queue IS NULL OR queue = :queue)
  AND (:owner IS NULL OR owner = :owner)
  AND (:before IS NULL OR (created, id) < (SELECT created, id FROM jobs WHERE id = :before))
ORDER BY created DESC, id DESC LIMIT :limit
"""
"""Jobs by what they are, the latest first."""
