"""Post what tills are over or short, count them again, and waive late charges in part."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAYMENT_WAS = (
    "(debit NOT IN ('cash', 'on_account', 'suspense') "
    "AND credit NOT IN ('cash', 'on_account', 'suspense')) OR payment_id IS NOT NULL"
)
PAYMENT = f"{PAYMENT_WAS} OR debit = 'over_short' OR credit = 'over_short'"
ACCOUNT_WAS = "account_id IS NOT NULL OR debit = 'suspense' OR credit = 'suspense'"
ACCOUNT = (
    "account_id IS NOT NULL OR debit IN ('suspense', 'over_short') "
    "OR credit IN ('suspense', 'over_short')"
)


def upgrade() -> None:
    """Post what tills are over or short, count them again, and waive late charges in part."""
    for column in ("debit", "credit"):
        _widen("ledger_entry", column, "'interest'", "'interest', 'over_short'")
    _reword("ledger_entry", "names_payment", PAYMENT_WAS, PAYMENT)
    _reword("ledger_entry", "names_account", ACCOUNT_WAS, ACCOUNT)
    op.add_column("till", sa.Column("note", sa.String(), server_default="", nullable=False))
    op.execute("CREATE TABLE till_count_was AS SELECT * FROM till_count")
    op.drop_table("till_count")
    _add_counts()
    # Number 0: what these were over or short was never posted, and their months may be closed.
    op.execute(
        "INSERT INTO till_count "
        "(till_id, no, counted, expected, handed_in, note, closed_by, closed_at) "
        "SELECT till_id, 0, counted, expected, 0, note, closed_by, closed_at "
        "FROM till_count_was ORDER BY till_id"
    )
    op.drop_table("till_count_was")
    _refuse_changes("till_count")
    op.create_table(
        "till_recount",
        sa.Column("count_id", BIG, nullable=False),
        sa.Column("taken_back_on", sa.Date(), nullable=False),
        sa.Column("taken_back_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["count_id"], ["till_count.id"], name=op.f("fk_till_recount_count_id")
        ),
        sa.PrimaryKeyConstraint("count_id", name=op.f("pk_till_recount")),
    )
    _refuse_changes("till_recount")
    _add_waivers()
    _refuse_changes("late_charge_waiver_part")


def _add_counts() -> None:
    op.create_table(
        "till_count",
        sa.Column("id", BIG, nullable=False),
        sa.Column("till_id", BIG, nullable=False),
        sa.Column("no", BIG, nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("handed_in", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("approval_id", BIG, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("no >= 0", name=op.f("ck_till_count_no")),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_till_count_counted")),
        sa.CheckConstraint(
            "handed_in >= 0 AND handed_in <= counted", name=op.f("ck_till_count_handed_in")
        ),
        sa.CheckConstraint(
            "no = 0 OR (counted = expected) = (entry_id IS NULL) "
            "AND (entry_id IS NULL) = (approval_id IS NULL)",
            name=op.f("ck_till_count_difference"),
        ),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_till_count_till_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entry.id"], name=op.f("fk_till_count_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_till_count_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_count")),
        sa.UniqueConstraint("till_id", "no", name=op.f("uq_till_count_till_id_no")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_till_count_entry_id")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_till_count_approval_id")),
    )


def _add_waivers() -> None:
    name = "late_charge_waiver_part"
    op.create_table(
        name,
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("charge_id", BIG, nullable=False),
        sa.Column("approval_id", BIG, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("late_until", sa.Date(), nullable=False),
        sa.Column("waived_on", sa.Date(), nullable=False),
        sa.Column("waived_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f(f"ck_{name}_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{name}_account_id")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f(f"fk_{name}_charge_id")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f(f"fk_{name}_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])


def _reword(table: str, name: str, old: str, new: str) -> None:
    """Let a check say something else, without copying a table that others name."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        sql = bind.scalar(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"),
            {"name": table},
        )
        head = f"CONSTRAINT ck_{table}_{name} CHECK ("
        assert f"{head}{old})" in sql, f"{table}.{name} isn't what this rewords"
        op.execute("PRAGMA writable_schema = ON")
        bind.execute(
            sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
            {"sql": sql.replace(f"{head}{old})", f"{head}{new})", 1), "name": table},
        )
        op.execute("PRAGMA writable_schema = RESET")
        return
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)


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
