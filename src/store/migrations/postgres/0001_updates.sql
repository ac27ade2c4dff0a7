-- Updates that are answered, or in the hands of a process. Telegram keeps an update for 24
-- hours and may deliver it again until then, so rows are kept for longer than that.
CREATE TABLE updates (
    bot BIGINT NOT NULL,
    id BIGINT NOT NULL,
    -- The process that has it in hand; none once it is answered.
    holder BIGINT,
    -- Until when that process may keep it; unix time in milliseconds.
    held_until BIGINT NOT NULL DEFAULT 0,
    -- Unix time in seconds; none while it is in hand.
    settled_at BIGINT,
    PRIMARY KEY (bot, id)
);

CREATE INDEX updates_by_age ON updates (settled_at);

-- Replies that are owed for updates which Telegram was told to forget: where they go, not
-- what was asked.
CREATE TABLE owed (
    bot BIGINT NOT NULL,
    id BIGINT NOT NULL,
    chat BIGINT NOT NULL,
    topic BIGINT,
    message BIGINT,
    PRIMARY KEY (bot, id)
);

-- How often what happened on which day; `entry` is empty where no entry is concerned.
CREATE TABLE tallies (
    bot BIGINT NOT NULL,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    entry TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (bot, day, kind, entry)
);
