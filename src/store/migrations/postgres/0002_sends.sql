-- When the next message may go out, for a chat and (as chat 0) for all together, so that
-- replicas share one budget. Unix time in milliseconds. Rows are dropped once they are past.
CREATE TABLE sends (
    bot BIGINT NOT NULL,
    chat BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (bot, chat)
);
