"""How Alembic reaches the database: through the application that Flask-Migrate runs in, with the shared metadata."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context
from flask import current_app

from models.search_index import is_index

config = context.config
db = current_app.extensions["migrate"].db


def render_item(kind, item, autogen_context):
    """Our own types are plain columns to a migration: what they mean in Python must not be needed to run it."""
    if kind == "type" and isinstance(item, sa.TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def include_object(thing, name, type_, reflected, compare_to):
    """The search index is derived from the records and kept by the portal itself."""
    return not (type_ == "table" and is_index(name))


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            include_object=include_object,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database; writing them out as SQL is not supported.")
run()
