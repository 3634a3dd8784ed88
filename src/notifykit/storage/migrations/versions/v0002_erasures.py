"""Who decided, and erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Name the deciders; make the table of what was erased and when."""
    op.add_column("delivery_attempts", sa.Column("decided_by", sa.Text), if_not_exists=True)
    op.create_table(
        "erasures",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("submissions", sa.Integer, nullable=False),
        sa.Column("contact_hmac", sa.Text, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
