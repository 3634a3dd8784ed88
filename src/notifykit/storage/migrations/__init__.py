"""The steps that lead PostgreSQL's tables to what this version needs; run by Alembic."""
