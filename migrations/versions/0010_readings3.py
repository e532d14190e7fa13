"""Let a register's code be a longer word."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OLD, NEW = "code VARCHAR(16)", "code VARCHAR(32)"


def upgrade() -> None:
    """Let a register's code be a longer word."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        op.alter_column("register", "code", type_=sa.String(32), existing_type=sa.String(16))
        return
    # The length says nothing of how SQLite keeps a text, so the table's words alone may change;
    # readings name its rows, and copying it would break that.
    op.execute("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = 'register'"
        ),
        {"old": OLD, "new": NEW},
    )
    op.execute("PRAGMA writable_schema = RESET")
