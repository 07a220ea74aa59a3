"""Runs the migrations on the connection that obd2_common.migrate hands over."""

from alembic import context
from sqlmodel import SQLModel

import obd2_common.tables  # noqa: F401 - registers every table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True, user_module_prefix="")
with context.begin_transaction():
    context.run_migrations()
