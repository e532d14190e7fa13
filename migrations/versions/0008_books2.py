"""Keep which correction cancels which, and after which bill it was issued."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep which correction cancels which, and after which bill it was issued."""
    _add_reference("correction", "reverses_id", "correction")
    _add_reference("correction", "after_bill_id", "bill")
    op.create_index("ix_correction_reverses_id", "correction", ["reverses_id"], unique=True)


def _add_reference(table: str, column: str, other: str) -> None:
    """Add a column with its foreign key, without copying the table."""
    name, bind = f"fk_{table}_{column}", op.get_bind()
    is_sqlite = bind.dialect.name == "sqlite"
    inline = f" CONSTRAINT {name} REFERENCES {other} (id)"
    integer = "INTEGER" if is_sqlite else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {integer}{inline}")
    if not is_sqlite:
        return
    # SQLite adds a key to its column only; as a clause of the table it reads like all the others,
    # and the text alone may change, for it says nothing of how rows are kept.
    sql = bind.scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"),
        {"name": table},
    )
    assert sql.count(inline) == 1, f"SQLite tells of {table}.{column} in other words"
    head = sql.replace(inline, "").rstrip().removesuffix(")").rstrip()
    clause = f"CONSTRAINT {name} FOREIGN KEY({column}) REFERENCES {other} (id)"
    op.execute("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": f"{head},\n\t{clause}\n)", "name": table},
    )
    op.execute("PRAGMA writable_schema = RESET")
