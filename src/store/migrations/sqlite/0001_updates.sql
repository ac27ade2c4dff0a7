-- Updates that are answered, or in the hands of a process. Telegram keeps an update for 24
-- hours and may deliver it again until then, so rows are kept for longer than that.
CREATE TABLE updates (
    bot INTEGER NOT NULL,
    id INTEGER NOT NULL,
    -- The process that has it in hand; none once it is answered.
    holder INTEGER,
    -- Until when that process may keep it; unix time in milliseconds.
    held_until INTEGER NOT NULL DEFAULT 0,
    -- Unix time in seconds; none while it is in hand.
    settled_at INTEGER,
    PRIMARY KEY (bot, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX updates_by_age ON updates (settled_at);

-- Replies that are owed for updates which Telegram was told to forget: where they go, not
-- what was asked.
CREATE TABLE owed (
    bot INTEGER NOT NULL,
    id INTEGER NOT NULL,
    chat INTEGER NOT NULL,
    topic INTEGER,
    message INTEGER,
    PRIMARY KEY (bot, id)
) STRICT, WITHOUT ROWID;

-- How often what happened on which day; `entry` is empty where no entry is concerned.
CREATE TABLE tallies (
    bot INTEGER NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    entry TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (bot, day, kind, entry)
) STRICT, WITHOUT ROWID;
