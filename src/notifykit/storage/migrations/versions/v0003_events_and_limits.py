"""Events after acceptance, shared limits, and the digest of each email."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables, the column and the index that finds an email by its Message-ID."""
    op.add_column("order_submissions", sa.Column("sha256", sa.Text), if_not_exists=True)
    op.create_index("ix_order_submissions_message_id", "order_submissions", ["message_id"])
    _make_events()
    op.create_table(
        "rate_buckets",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("full_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name="pk_rate_buckets"),
    )


def _make_events() -> None:
    op.create_table(
        "delivery_events",
        sa.Column("number", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text),
        sa.Column("code", sa.Integer),
        sa.Column("enhanced_code", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("diagnosis", sa.Text),
        sa.Column("occurred_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_delivery_events"),
        sa.UniqueConstraint("provider", "id", name="uq_delivery_events_provider_id"),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["order_submissions.id"],
            name="fk_delivery_events_submission_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_delivery_events_submission_id", "delivery_events", ["submission_id"])
