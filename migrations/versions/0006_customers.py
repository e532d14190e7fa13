"""Keep names, terms, suspensions and advances of customers."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep names, terms, suspensions and advances of customers."""
    op.create_table(
        "customer_name",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("named_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_name_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_name")),
        sa.UniqueConstraint(
            "customer_id", "starts_on", name=op.f("uq_customer_name_customer_id_starts_on")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER customer_name_no_update BEFORE UPDATE ON customer_name BEGIN SELECT RAISE(ABORT, 'customer_name is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER customer_name_no_delete BEFORE DELETE ON customer_name BEGIN SELECT RAISE(ABORT, 'customer_name is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION customer_name_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'customer_name is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER customer_name_append_only BEFORE UPDATE OR DELETE ON customer_name FOR EACH ROW EXECUTE FUNCTION customer_name_refuse()"
        )
        op.execute(
            "CREATE TRIGGER customer_name_no_truncate BEFORE TRUNCATE ON customer_name FOR EACH STATEMENT EXECUTE FUNCTION customer_name_refuse()"
        )

    op.create_table(
        "advance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_advance_amount")),
        sa.CheckConstraint("due_on >= raised_on", name=op.f("ck_advance_due_on")),
        sa.CheckConstraint("no > 0", name=op.f("ck_advance_no")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_advance_account_id")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_advance_charge_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_advance_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advance")),
        sa.UniqueConstraint(
            "account_id", "month", "no", name=op.f("uq_advance_account_id_month_no")
        ),
        sa.UniqueConstraint("charge_id", name=op.f("uq_advance_charge_id")),
        sa.UniqueConstraint("number", name=op.f("uq_advance_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER advance_no_update BEFORE UPDATE OF id, number, account_id, charge_id, month, no, amount, raised_on, due_on, raised_by, facts ON advance BEGIN SELECT RAISE(ABORT, 'advance is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER advance_no_delete BEFORE DELETE ON advance BEGIN SELECT RAISE(ABORT, 'advance is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION advance_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'advance is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER advance_append_only BEFORE UPDATE OF id, number, account_id, charge_id, month, no, amount, raised_on, due_on, raised_by, facts OR DELETE ON advance FOR EACH ROW EXECUTE FUNCTION advance_refuse()"
        )
        op.execute(
            "CREATE TRIGGER advance_no_truncate BEFORE TRUNCATE ON advance FOR EACH STATEMENT EXECUTE FUNCTION advance_refuse()"
        )

    with op.batch_alter_table("advance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advance_payment_id"), ["payment_id"], unique=False)

    _add_checked("account_term", "settlements", "{integer} NOT NULL DEFAULT 1", "settlements > 0")
    _add_checked("supply", "suspended_kva", "BIGINT", "suspended_kva > 0")
    _freeze_supply()
    for column in ("debit", "credit"):
        _widen(
            "ledger_entry", column, "'bad_debt', 'rounding'", "'bad_debt', 'rounding', 'advance'"
        )


FROZEN = "UPDATE OF id, account_id, service_point_id, starts_on, supply_class, tariff, contracted_kw, capacity_kva, household_size, payment_mode, protection, suspended_kva"


def _add_checked(table: str, column: str, kind: str, check: str) -> None:
    """Add a column with its check in one statement: SQLite would copy the table for two."""
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind.format(integer=integer)} "
        f"CONSTRAINT ck_{table}_{column} CHECK ({check})"
    )


def _freeze_supply() -> None:
    """Let the new column of a supply be as frozen as the others."""
    refusal = "supply is append-only: add a reversal or a correction instead"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER supply_no_update")
        op.execute(
            f"CREATE TRIGGER supply_no_update BEFORE {FROZEN} ON supply BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    op.execute("DROP TRIGGER supply_append_only ON supply")
    op.execute(
        f"CREATE TRIGGER supply_append_only BEFORE {FROZEN} OR DELETE ON supply FOR EACH ROW EXECUTE FUNCTION supply_refuse()"
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
