"""The tables, for PostgreSQL and SQLite; every column is named after the field it keeps."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from notifykit.storage.columns import (
    ACTION,
    ADDRESSES,
    DIAGNOSIS,
    EMAIL,
    EVENT,
    MOMENT,
    NOTIFICATION,
    OUTCOME,
    PLAIN,
    REFUSALS,
    STATUS,
)

# The planner matches a partial index only where the statement has the very same words.
WAITING = text("due_at IS NOT NULL")
UNSENT = text("status <> 'SENT'")
TOLD = text("delivery IS NOT NULL")
UNREAD = text("search IS NULL")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

submissions = Table(
    "order_submissions",
    metadata,
    Column("id", PLAIN, primary_key=True),
    Column("source", PLAIN, nullable=False),
    Column("kind", PLAIN, nullable=False),
    Column("reference", PLAIN, nullable=False),
    Column("status", STATUS, nullable=False),
    Column("delivery", PLAIN),
    Column("recipients", ADDRESSES, nullable=False),
    Column("subject", PLAIN, nullable=False),
    Column("notification", NOTIFICATION, nullable=False),
    Column("email", EMAIL),
    Column("message_id", PLAIN, nullable=False),
    Column("idempotency_key", PLAIN, nullable=False),
    Column("due_at", MOMENT),
    Column("lease_owner", PLAIN),
    Column("fence", Integer, nullable=False),
    Column("last_error", PLAIN),
    Column("diagnosis", DIAGNOSIS),
    Column("created_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("sent_at", MOMENT),
    Column("sha256", PLAIN),
    Column("search", PLAIN),
    UniqueConstraint("source", "idempotency_key"),
    Index(None, "source", "due_at", postgresql_where=WAITING, sqlite_where=WAITING),
    Index(None, "source", "id"),
    Index(None, "status", "id", "source", postgresql_where=UNSENT, sqlite_where=UNSENT),
    Index(None, "delivery", "id", postgresql_where=TOLD, sqlite_where=TOLD),
    Index(None, "id", postgresql_where=UNREAD, sqlite_where=UNREAD),
    Index(None, "reference"),
    Index(None, "message_id"),
)

# Everything that a tally counts, so that it need not look at the rows; for SQLite see
# `notifykit.storage.indexing`.
_COUNTED = ("created_at", "kind", "status", "source", "sent_at")
Index(None, *(submissions.c[name] for name in _COUNTED)).ddl_if(dialect="postgresql")

attempts = Table(
    "delivery_attempts",
    metadata,
    # Ids of one millisecond do not sort by age; this does.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("id", PLAIN, nullable=False, unique=True),
    Column(
        "submission_id",
        PLAIN,
        ForeignKey(submissions.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("provider", PLAIN, nullable=False),
    Column("outcome", OUTCOME, nullable=False),
    Column("stage", PLAIN),
    Column("code", Integer),
    Column("enhanced_code", PLAIN),
    Column("error", PLAIN),
    Column("diagnosis", DIAGNOSIS),
    Column("provider_message_id", PLAIN),
    Column("accepted", ADDRESSES, nullable=False),
    Column("refused", REFUSALS, nullable=False),
    Column("sha256", PLAIN),
    Column("started_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    Column("decided_by", PLAIN),
    Index(None, "provider", "submission_id"),
)

Index(None, attempts.c.started_at).ddl_if(dialect="postgresql")

# What a submission is found by. The database keeps it by itself, see `notifykit.storage.indexing`:
# beside the submissions, whose rows change often. PostgreSQL keeps all of it here; SQLite only what
# waits to be put into its index of words.
words = Table(
    "submission_words",
    metadata,
    Column("submission_id", PLAIN, primary_key=True),
    Column("words", Text().with_variant(TSVECTOR, "postgresql"), nullable=False),
)
Index(
    "ix_submission_words_words",
    words.c.words,
    postgresql_using="gin",
    # In kilobytes. Whoever fills it up puts it away, and should not take long.
    postgresql_with={"gin_pending_list_limit": 256},
).ddl_if(dialect="postgresql")

holds = Table(
    "provider_holds",
    metadata,
    Column("source", PLAIN, primary_key=True),
    Column("provider", PLAIN, primary_key=True),
    Column("reason", PLAIN, nullable=False),
    Column("diagnosis", DIAGNOSIS),
    Column("until", MOMENT, nullable=False),
)

events = Table(
    "delivery_events",
    metadata,
    # In the order in which they came.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("provider", PLAIN, nullable=False),
    Column("id", PLAIN, nullable=False),
    Column(
        "submission_id",
        PLAIN,
        ForeignKey(submissions.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("kind", EVENT, nullable=False),
    Column("recipient", PLAIN),
    Column("code", Integer),
    Column("enhanced_code", PLAIN),
    Column("text", PLAIN),
    Column("diagnosis", DIAGNOSIS),
    Column("occurred_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    UniqueConstraint("provider", "id"),
)

# One row for each limit that is shared: when its bucket will be full again.
buckets = Table(
    "rate_buckets",
    metadata,
    Column("source", PLAIN, primary_key=True),
    Column("name", PLAIN, primary_key=True),
    Column("full_at", MOMENT, nullable=False),
)

# What people decided stays when the submission goes.
decisions = Table(
    "decisions",
    metadata,
    Column("id", PLAIN, primary_key=True),
    Column("source", PLAIN, nullable=False),
    Column("action", ACTION, nullable=False),
    Column("submission_id", PLAIN, index=True),
    Column("subject", PLAIN),
    Column("decided_by", PLAIN),
    Column("decided_at", MOMENT, nullable=False),
)

# Nothing in it is personal: the contact is a hash under a key that is not kept.
erasures = Table(
    "erasures",
    metadata,
    Column("id", PLAIN, primary_key=True),
    Column("source", PLAIN),
    Column("submissions", Integer, nullable=False),
    Column("contact_hmac", PLAIN, nullable=False),
    Column("erased_at", MOMENT, nullable=False),
)
