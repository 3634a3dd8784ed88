"""Words to search by, what people decided, and indexes for lists and figures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0004"
down_revision = "0003"

_INDEXES = (
    ("order_submissions", ("created_at", "kind", "status", "source", "sent_at"), None),
    ("order_submissions", ("status", "id", "source"), "status <> 'SENT'"),
    ("order_submissions", ("delivery", "id"), "delivery IS NOT NULL"),
    ("order_submissions", ("id",), "search IS NULL"),
    ("delivery_attempts", ("provider", "submission_id"), None),
    ("delivery_attempts", ("started_at",), None),
)

# Words are kept beside the submissions, whose rows change often.
_FOLLOW = """
CREATE FUNCTION notifykit_follow_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM submission_words;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM submission_words WHERE submission_id = OLD.id;
    ELSE
        INSERT INTO submission_words VALUES (NEW.id, array_to_tsvector(array_remove(
            string_to_array(concat_ws(' ', '=' || NEW.kind,
                lower(replace(replace(NEW.reference, '-', ''), ' ', '')), NEW.search), ' '),
            '')))
        ON CONFLICT (submission_id) DO UPDATE SET words = EXCLUDED.words;
    END IF;
    RETURN NULL;
END
$$
"""
_TRIGGERS = (
    "notifykit_added AFTER INSERT ON order_submissions FOR EACH ROW",
    "notifykit_reworded AFTER UPDATE OF kind, reference, search ON order_submissions FOR EACH ROW",
    "notifykit_removed AFTER DELETE ON order_submissions FOR EACH ROW",
    "notifykit_emptied AFTER TRUNCATE ON order_submissions FOR EACH STATEMENT",
)


def upgrade() -> None:
    """Make the tables, the column, the triggers that keep the words, and the indexes."""
    op.drop_index("ix_order_submissions_source_status_id", if_exists=True)
    op.add_column("order_submissions", sa.Column("search", sa.Text), if_not_exists=True)
    for table, columns, where in _INDEXES:
        name = f"ix_{table}_{'_'.join(columns)}"
        op.create_index(name, table, list(columns), postgresql_where=where and sa.text(where))
    _make_decisions()
    _make_words()


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("submission_id", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_submission_id", "decisions", ["submission_id"])


def _make_words() -> None:
    op.create_table(
        "submission_words",
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("words", TSVECTOR, nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_submission_words"),
    )
    op.create_index(
        "ix_submission_words_words",
        "submission_words",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    )
    op.execute(_FOLLOW)
    for trigger in _TRIGGERS:
        op.execute(f"CREATE TRIGGER {trigger} EXECUTE FUNCTION notifykit_follow_words()")
