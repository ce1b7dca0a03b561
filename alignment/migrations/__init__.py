"""Alembic migrations: one chain for SQLite and PostgreSQL, shipped inside the package."""
