"""Keep what deposits have earned, and for which days."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what deposits have earned, and for which days."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "deposit_interest",
        sa.Column("payment_id", big, nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deposit_interest_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_deposit_interest_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_deposit_interest_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_deposit_interest")),
    )
    op.create_index("ix_deposit_interest_account", "deposit_interest", ["account_id", "until"])
    _refuse_changes("deposit_interest")
    for column in ("debit", "credit"):
        _widen("ledger_entry", column, "'advance', 'discount'", "'advance', 'discount', 'interest'")


def _refuse_changes(table: str) -> None:
    refusal = f"{table} is append-only: add a reversal or a correction instead"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def _widen(table: str, column: str, old: str, new: str) -> None:
    """Let a column hold more words, without copying a table that others name."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        # A check says nothing of how rows are kept, so its text alone may change (SQLite's own
        # advice); copying the table would lose its triggers and what points at it.
        begin = f"{column} IN ("
        sql = bind.scalar(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"),
            {"name": table},
        )
        head, check, tail = sql.partition(begin)
        assert old in tail, f"the words of {table}.{column} aren't those this widens"
        op.execute("PRAGMA writable_schema = ON")
        bind.execute(
            sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
            {"sql": head + check + tail.replace(old, new, 1), "name": table},
        )
        op.execute("PRAGMA writable_schema = RESET")
        return
    words = bind.scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_{column}"},
    )
    quoted = ", ".join(f"'{word}'" for word in re.findall(r"'(\w+)'::", words))
    check = f"{column} IN ({quoted})"
    assert old in check, f"the words of {table}.{column} aren't those this revision widens"
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, check.replace(old, new))
