"""Keep expert adjustments, the card that was used, and targets of old debt."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep expert adjustments, the card that was used, and targets of old debt."""
    op.create_table(
        "old_debt_target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("whose", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "whose IN ('office', 'collector')", name=op.f("ck_old_debt_target_whose")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_old_debt_target_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_debt_target")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER old_debt_target_no_update BEFORE UPDATE ON old_debt_target BEGIN SELECT RAISE(ABORT, 'old_debt_target is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER old_debt_target_no_delete BEFORE DELETE ON old_debt_target BEGIN SELECT RAISE(ABORT, 'old_debt_target is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION old_debt_target_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'old_debt_target is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER old_debt_target_append_only BEFORE UPDATE OR DELETE ON old_debt_target FOR EACH ROW EXECUTE FUNCTION old_debt_target_refuse()"
        )
        op.execute(
            "CREATE TRIGGER old_debt_target_no_truncate BEFORE TRUNCATE ON old_debt_target FOR EACH STATEMENT EXECUTE FUNCTION old_debt_target_refuse()"
        )

    with op.batch_alter_table("old_debt_target", schema=None) as batch_op:
        batch_op.create_index("ix_old_debt_target_year", ["year", "whose"], unique=False)

    op.create_table(
        "grade_adjustment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("notches", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_grade_adjustment_ends_on")),
        sa.CheckConstraint(
            "notches <> 0 AND notches BETWEEN -2 AND 2", name=op.f("ck_grade_adjustment_notches")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_grade_adjustment_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_grade_adjustment_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_adjustment")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_grade_adjustment_approval_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER grade_adjustment_no_update BEFORE UPDATE ON grade_adjustment BEGIN SELECT RAISE(ABORT, 'grade_adjustment is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER grade_adjustment_no_delete BEFORE DELETE ON grade_adjustment BEGIN SELECT RAISE(ABORT, 'grade_adjustment is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION grade_adjustment_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'grade_adjustment is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER grade_adjustment_append_only BEFORE UPDATE OR DELETE ON grade_adjustment FOR EACH ROW EXECUTE FUNCTION grade_adjustment_refuse()"
        )
        op.execute(
            "CREATE TRIGGER grade_adjustment_no_truncate BEFORE TRUNCATE ON grade_adjustment FOR EACH STATEMENT EXECUTE FUNCTION grade_adjustment_refuse()"
        )

    with op.batch_alter_table("grade_adjustment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_grade_adjustment_customer", ["customer_id", "starts_on"], unique=False
        )

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("card", sa.String(length=64), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "adjusted",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            )
        )

    _widen_kinds()


OLD = "'document', 'note'"
NEW = "'document', 'note', 'theft', 'breach', 'court_event', 'blacklisting', 'watch'"


def _widen_kinds() -> None:
    """Let a credit file hold what happened and why a customer is watched."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        # A check says nothing of how rows are kept, so its text alone may change (SQLite's own
        # advice); copying the table would lose its triggers.
        op.execute("PRAGMA writable_schema = ON")
        bind.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'credit_item'"
            ),
            {"old": OLD, "new": NEW},
        )
        op.execute("PRAGMA writable_schema = RESET")
        return
    words = bind.scalar(
        sa.text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_credit_item_kind'"
        )
    )
    quoted = ", ".join(f"'{word}'" for word in re.findall(r"'(\w+)'::", words))
    check = f"kind IN ({quoted})"
    assert OLD in check, "the words of credit_item.kind aren't those this revision widens"
    op.drop_constraint(op.f("ck_credit_item_kind"), "credit_item", type_="check")
    op.create_check_constraint(op.f("ck_credit_item_kind"), "credit_item", check.replace(OLD, NEW))
