"""Keep what terms and bills say of paying early, and a warning of who begins to pay in parts."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what terms and bills say of paying early, and a warning of who begins to pay in parts."""
    for column, kind in (("discount_percent", "BIGINT"), ("discount_days", "{integer}")):
        _add_checked("account_term", column, f"{kind} NOT NULL DEFAULT 0", f"{column} >= 0")
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "discount_offer",
        sa.Column("charge_id", big, autoincrement=False, nullable=False),
        sa.Column("bill_id", big, nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_discount_offer_amount")),
        sa.CheckConstraint("percent > 0", name=op.f("ck_discount_offer_percent")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_discount_offer_account_id")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_discount_offer_bill_id")),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_discount_offer_charge_id")
        ),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_discount_offer")),
        sa.UniqueConstraint("bill_id", name=op.f("uq_discount_offer_bill_id")),
    )
    op.create_index("ix_discount_offer_account", "discount_offer", ["account_id", "until"])
    _refuse_changes("discount_offer")
    _widen("credit_warning", "kind", "'security_ended'", "'security_ended', 'pays_in_parts'")
    for column in ("debit", "credit"):
        _widen("ledger_entry", column, "'rounding', 'advance'", "'rounding', 'advance', 'discount'")


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


def _add_checked(table: str, column: str, kind: str, check: str) -> None:
    """Add a column with its check in one statement: SQLite would copy the table for two."""
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind.format(integer=integer)} "
        f"CONSTRAINT ck_{table}_{column} CHECK ({check})"
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
