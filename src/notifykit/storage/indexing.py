"""
What SQLite needs beside the tables: words by which submissions are found, and indexes for figures.

Whoever writes a row of ``order_submissions``, the words follow: those of its column ``search``, its
kind with ``=`` before it, and its reference. To look a word up must not get slower with many rows,
and to accept an order must not wait for it: so new words gather first, and are put away a few
hundred submissions at a time. PostgreSQL's GIN indexes do that by themselves
(https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE). For SQLite ``submission_words``
is where they gather, and ``word_index`` where they are put away.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, Table

from notifykit.storage.columns import PLAIN

# So many submissions are put away together, in some milliseconds.
GATHERED = 500

# Not one of the tables that both databases have.
word_index = Table(
    "word_index",
    MetaData(),
    Column("word", PLAIN, primary_key=True),
    Column("submission_id", PLAIN, primary_key=True),
    sqlite_with_rowid=False,
)


def _words(row: str) -> str:
    reference = f"lower(replace(replace({row}.reference, '-', ''), ' ', ''))"
    return f"'=' || {row}.kind || ' ' || {reference} || coalesce(' ' || {row}.search, '')"


def _each(words: str) -> str:
    return f"""json_each('[' || replace(json_quote({words}), ' ', '","') || ']')"""


_GATHER = f"INSERT OR REPLACE INTO submission_words VALUES (NEW.id, {_words('NEW')});"  # noqa: S608 - all of it stands here
_FORGET = f"""
    DELETE FROM submission_words WHERE submission_id = OLD.id;
    DELETE FROM word_index
    WHERE submission_id = OLD.id AND word IN (SELECT value FROM {_each(_words("OLD"))});
"""  # noqa: S608 - as above
_TRIGGERS = {
    "submission_added": f"AFTER INSERT ON order_submissions BEGIN {_GATHER} END",
    "submission_reworded": f"""
        AFTER UPDATE OF kind, reference, search ON order_submissions BEGIN {_FORGET} {_GATHER} END
    """,
    "submission_removed": f"AFTER DELETE ON order_submissions BEGIN {_FORGET} END",
    # The rows of an empty table are numbered anew.
    "words_gathered": f"""
        AFTER INSERT ON submission_words WHEN NEW.rowid >= {GATHERED} BEGIN
            INSERT OR IGNORE INTO word_index
                SELECT one.value, submission_id FROM submission_words, {_each("words")} AS one
                WHERE one.value <> '' ORDER BY 1, 2;
            DELETE FROM submission_words;
        END
    """,  # noqa: S608 - as above
}


# SQLite is slow to group, and need not where an index has the groups one after the other.
_HOURS = {
    "ix_order_submissions_hour": "order_submissions (substr(created_at, 1, 13), source, status, "
    "kind, created_at, sent_at)",
    "ix_delivery_attempts_hour": "delivery_attempts (substr(started_at, 1, 13), provider, outcome, "
    "started_at)",
}


def follow_the_submissions(connection: Connection) -> None:
    """Make it where it is not there yet."""
    word_index.create(connection, checkfirst=True)
    for name, index in _HOURS.items():
        connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {name} ON {index}")
    for name, trigger in _TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER IF NOT EXISTS {name} {trigger}")
