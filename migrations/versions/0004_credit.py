"""Keep credit files, limits and early warnings."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep credit files, limits and early warnings."""
    op.create_table(
        "credit_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("attachment", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('legal_representative', 'shareholders', 'contract', 'financial_statement', 'credit_report', 'insurance', 'guarantee', 'collateral', 'document', 'note')",
            name=op.f("ck_credit_item_kind"),
        ),
        sa.CheckConstraint("amount IS NULL OR amount >= 0", name=op.f("ck_credit_item_amount")),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= holds_from", name=op.f("ck_credit_item_expires_on")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_item_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_item")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER credit_item_no_update BEFORE UPDATE ON credit_item BEGIN SELECT RAISE(ABORT, 'credit_item is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER credit_item_no_delete BEFORE DELETE ON credit_item BEGIN SELECT RAISE(ABORT, 'credit_item is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION credit_item_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'credit_item is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER credit_item_append_only BEFORE UPDATE OR DELETE ON credit_item FOR EACH ROW EXECUTE FUNCTION credit_item_refuse()"
        )
        op.execute(
            "CREATE TRIGGER credit_item_no_truncate BEFORE TRUNCATE ON credit_item FOR EACH STATEMENT EXECUTE FUNCTION credit_item_refuse()"
        )

    with op.batch_alter_table("credit_item", schema=None) as batch_op:
        batch_op.create_index("ix_credit_item_customer", ["customer_id", "kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_item_expires_on"), ["expires_on"], unique=False)

    op.create_table(
        "credit_limit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("warning_line", sa.BigInteger(), nullable=False),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_credit_limit_amount")),
        sa.CheckConstraint(
            "warning_line >= 0 AND warning_line <= amount",
            name=op.f("ck_credit_limit_warning_line"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_credit_limit_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_limit_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limit")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_credit_limit_approval_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER credit_limit_no_update BEFORE UPDATE ON credit_limit BEGIN SELECT RAISE(ABORT, 'credit_limit is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER credit_limit_no_delete BEFORE DELETE ON credit_limit BEGIN SELECT RAISE(ABORT, 'credit_limit is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION credit_limit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'credit_limit is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER credit_limit_append_only BEFORE UPDATE OR DELETE ON credit_limit FOR EACH ROW EXECUTE FUNCTION credit_limit_refuse()"
        )
        op.execute(
            "CREATE TRIGGER credit_limit_no_truncate BEFORE TRUNCATE ON credit_limit FOR EACH STATEMENT EXECUTE FUNCTION credit_limit_refuse()"
        )

    with op.batch_alter_table("credit_limit", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_limit_customer", ["customer_id", "starts_on"], unique=False
        )

    op.create_table(
        "credit_warning",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("done", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('over_limit', 'over_warning_line', 'grade_fell', 'late_often', 'usage_fell', 'file_incomplete', 'change_reported')",
            name=op.f("ck_credit_warning_kind"),
        ),
        sa.CheckConstraint(
            "level IN ('red', 'orange', 'yellow', 'blue')", name=op.f("ck_credit_warning_level")
        ),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (closed_by IS NULL) AND (closed_on IS NULL) = (done IS NULL)",
            name=op.f("ck_credit_warning_closed"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_warning_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_warning")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER credit_warning_no_update BEFORE UPDATE OF id, customer_id, kind, level, raised_on, raised_by, facts ON credit_warning BEGIN SELECT RAISE(ABORT, 'credit_warning is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER credit_warning_no_delete BEFORE DELETE ON credit_warning BEGIN SELECT RAISE(ABORT, 'credit_warning is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION credit_warning_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'credit_warning is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER credit_warning_append_only BEFORE UPDATE OF id, customer_id, kind, level, raised_on, raised_by, facts OR DELETE ON credit_warning FOR EACH ROW EXECUTE FUNCTION credit_warning_refuse()"
        )
        op.execute(
            "CREATE TRIGGER credit_warning_no_truncate BEFORE TRUNCATE ON credit_warning FOR EACH STATEMENT EXECUTE FUNCTION credit_warning_refuse()"
        )

    with op.batch_alter_table("credit_warning", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_credit_warning_customer_id"), ["customer_id"], unique=False
        )
        batch_op.create_index(
            "uq_credit_warning_open",
            ["customer_id", "kind"],
            unique=True,
            sqlite_where=sa.text("closed_on IS NULL AND kind <> 'change_reported'"),
            postgresql_where=sa.text("closed_on IS NULL AND kind <> 'change_reported'"),
        )
