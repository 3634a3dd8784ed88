"""Emails are packed the quick way, where the server can."""

from alembic import op

revision = "0005"
down_revision = "0004"

# Before PostgreSQL 14, or built without LZ4, it goes on as before. What is kept stays as it is.
_PACK = """
DO $$
BEGIN
    EXECUTE 'ALTER TABLE order_submissions'
        ' ALTER COLUMN email SET COMPRESSION lz4, ALTER COLUMN notification SET COMPRESSION lz4';
EXCEPTION WHEN feature_not_supported OR syntax_error THEN
    NULL;
END
$$
"""


def upgrade() -> None:
    """Change the columns; nothing is rewritten."""
    op.execute(_PACK)
