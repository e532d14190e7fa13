"""How Alembic goes about a database of ours; `migrations.schema` starts it."""

from typing import Literal

from alembic import context
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, MigrationScript
from alembic.operations.ops import CreateTableOp
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table
from sqlalchemy.schema import DDL
from sqlalchemy.types import TypeDecorator

from migrations import schema


class FollowOp(MigrateOperation):
    """Statements that follow a new table on one kind of database, such as its triggers."""

    def __init__(self, dialect: str, statements: list[str]) -> None:
        self.dialect = dialect
        self.statements = statements


@renderers.dispatch_for(FollowOp)
def render_follow(_: AutogenContext, operation: FollowOp) -> list[str]:
    """Return the lines of a revision that run the statements where they belong."""
    lines = [f"op.execute({statement!r})" for statement in operation.statements]
    return [f"if op.get_bind().dialect.name == {operation.dialect!r}:", *lines, ""]


def render_type(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Return what a type of ours is at rest: a revision must not change when our code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def follow_tables(_: MigrationContext, __: object, directives: list[MigrationScript]) -> None:
    """Add the triggers of new tables to a revision, and drop a revision that changes nothing."""
    script = directives[0]
    assert script.upgrade_ops is not None
    if script.upgrade_ops.is_empty():
        directives.clear()
        return
    tables = schema.metadata().tables
    followed: list[MigrateOperation] = []
    for operation in script.upgrade_ops.ops:
        followed.append(operation)
        if isinstance(operation, CreateTableOp):
            followed += what_follows(tables[operation.table_name])
    script.upgrade_ops.ops[:] = followed


def what_follows(table: Table) -> list[FollowOp]:
    """Return the statements that the table has run after it is made, by kind of database."""
    statements: dict[str, list[str]] = {}
    for one in table.dispatch.after_create:
        if isinstance(one, DDL) and one._ddl_if is not None:
            statements.setdefault(str(one._ddl_if.dialect), []).append(one.statement)
    return [FollowOp(dialect, lines) for dialect, lines in statements.items()]


connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=schema.metadata(),
    compare_type=True,
    render_as_batch=True,
    render_item=render_type,
    process_revision_directives=follow_tables,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
