"""Alembic's entry: always on a connection that the caller hands over, never by an address of its own."""

from alembic import context

from alignment.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=False,  # Text and String are one type in SQLite; names and NULLs are still compared
)
with context.begin_transaction():
    context.run_migrations()
