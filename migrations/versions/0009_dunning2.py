"""Keep guarantees that are asked for, released and called."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

REFUSAL = "credit_item_end is append-only: add a reversal or a correction instead"


def upgrade() -> None:
    """Keep guarantees that are asked for, released and called."""
    op.create_table(
        "credit_item_end",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("ending", sa.String(length=8), nullable=False),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ending IN ('released', 'called')", name=op.f("ck_credit_item_end_ending")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_credit_item_end_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["credit_item.id"], name=op.f("fk_credit_item_end_item_id")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_credit_item_end")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_credit_item_end_approval_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER credit_item_end_no_{act} BEFORE {act.upper()} ON credit_item_end BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE OR REPLACE FUNCTION credit_item_end_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER credit_item_end_append_only BEFORE UPDATE OR DELETE ON credit_item_end FOR EACH ROW EXECUTE FUNCTION credit_item_end_refuse()"
        )
        op.execute(
            "CREATE TRIGGER credit_item_end_no_truncate BEFORE TRUNCATE ON credit_item_end FOR EACH STATEMENT EXECUTE FUNCTION credit_item_end_refuse()"
        )
    for table, old, new in WORDS:
        _widen(table, old, new)


WORDS = (
    ("step", "'deposit_demand'", "'deposit_demand', 'guarantee_demand'"),
    ("notice", "'deposit_demand'", "'deposit_demand', 'guarantee_demand'"),
    (
        "credit_warning",
        "'file_incomplete', 'change_reported'",
        "'file_incomplete', 'change_reported', 'security_ends', 'security_ended'",
    ),
)
"""Tables whose kinds are a list: a part of it, and what that becomes."""


def _widen(table: str, old: str, new: str) -> None:
    """Let a table's kind be more words, without copying a table that others name."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        # A check says nothing of how rows are kept, so its text alone may change (SQLite's own
        # advice); copying the table would lose its triggers.
        op.execute("PRAGMA writable_schema = ON")
        bind.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :name"
            ),
            {"old": old, "new": new, "name": table},
        )
        op.execute("PRAGMA writable_schema = RESET")
        return
    words = bind.scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_kind"},
    )
    quoted = ", ".join(f"'{word}'" for word in re.findall(r"'(\w+)'::", words))
    check = f"kind IN ({quoted})"
    assert old in check, f"the words of {table}.kind aren't those this revision widens"
    op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_kind"), table, check.replace(old, new))
