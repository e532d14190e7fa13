"""The books of a finance department: months, refunds, waivers, designations, tills, corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The books of a finance department: months, refunds, waivers, designations, tills, corrections."""
    op.create_table(
        "ledger_month",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entries_until", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.CheckConstraint("no >= 1", name=op.f("ck_ledger_month_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_month")),
        sa.UniqueConstraint("month", "no", name=op.f("uq_ledger_month_month_no")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER ledger_month_no_update BEFORE UPDATE ON ledger_month BEGIN SELECT RAISE(ABORT, 'ledger_month is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER ledger_month_no_delete BEFORE DELETE ON ledger_month BEGIN SELECT RAISE(ABORT, 'ledger_month is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION ledger_month_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ledger_month is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER ledger_month_append_only BEFORE UPDATE OR DELETE ON ledger_month FOR EACH ROW EXECUTE FUNCTION ledger_month_refuse()"
        )
        op.execute(
            "CREATE TRIGGER ledger_month_no_truncate BEFORE TRUNCATE ON ledger_month FOR EACH STATEMENT EXECUTE FUNCTION ledger_month_refuse()"
        )

    op.create_table(
        "till",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cashier", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("opening >= 0", name=op.f("ck_till_opening")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till")),
        sa.UniqueConstraint("cashier", "day", name=op.f("uq_till_cashier_day")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER till_no_update BEFORE UPDATE ON till BEGIN SELECT RAISE(ABORT, 'till is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER till_no_delete BEFORE DELETE ON till BEGIN SELECT RAISE(ABORT, 'till is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION till_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'till is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER till_append_only BEFORE UPDATE OR DELETE ON till FOR EACH ROW EXECUTE FUNCTION till_refuse()"
        )
        op.execute(
            "CREATE TRIGGER till_no_truncate BEFORE TRUNCATE ON till FOR EACH STATEMENT EXECUTE FUNCTION till_refuse()"
        )

    with op.batch_alter_table("till", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_till_day"), ["day"], unique=False)

    op.create_table(
        "till_count",
        sa.Column("till_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_till_count_counted")),
        sa.ForeignKeyConstraint(["till_id"], ["till.id"], name=op.f("fk_till_count_till_id")),
        sa.PrimaryKeyConstraint("till_id", name=op.f("pk_till_count")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER till_count_no_update BEFORE UPDATE ON till_count BEGIN SELECT RAISE(ABORT, 'till_count is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER till_count_no_delete BEFORE DELETE ON till_count BEGIN SELECT RAISE(ABORT, 'till_count is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION till_count_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'till_count is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER till_count_append_only BEFORE UPDATE OR DELETE ON till_count FOR EACH ROW EXECUTE FUNCTION till_count_refuse()"
        )
        op.execute(
            "CREATE TRIGGER till_count_no_truncate BEFORE TRUNCATE ON till_count FOR EACH STATEMENT EXECUTE FUNCTION till_count_refuse()"
        )

    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "service_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("fault", sa.String(length=13), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("kwh", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "fault IN ('wrong_ratio', 'meter_error', 'wrong_wiring', 'stopped_meter')",
            name=op.f("ck_correction_fault"),
        ),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_correction_due_on")),
        sa.CheckConstraint("period_end > period_start", name=op.f("ck_correction_period")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_correction_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_correction_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_correction_service_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_correction_approval_id")),
        sa.UniqueConstraint("number", name=op.f("uq_correction_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER correction_no_update BEFORE UPDATE ON correction BEGIN SELECT RAISE(ABORT, 'correction is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER correction_no_delete BEFORE DELETE ON correction BEGIN SELECT RAISE(ABORT, 'correction is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION correction_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'correction is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER correction_append_only BEFORE UPDATE OR DELETE ON correction FOR EACH ROW EXECUTE FUNCTION correction_refuse()"
        )
        op.execute(
            "CREATE TRIGGER correction_no_truncate BEFORE TRUNCATE ON correction FOR EACH STATEMENT EXECUTE FUNCTION correction_refuse()"
        )

    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_correction_service_point_id"), ["service_point_id"], unique=False
        )

    op.create_table(
        "refund",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(), nullable=False),
        sa.Column("refunded_on", sa.Date(), nullable=False),
        sa.Column("refunded_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_refund_account_id")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_refund_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_refund_approval_id")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER refund_no_update BEFORE UPDATE ON refund BEGIN SELECT RAISE(ABORT, 'refund is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER refund_no_delete BEFORE DELETE ON refund BEGIN SELECT RAISE(ABORT, 'refund is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refund_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refund is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER refund_append_only BEFORE UPDATE OR DELETE ON refund FOR EACH ROW EXECUTE FUNCTION refund_refuse()"
        )
        op.execute(
            "CREATE TRIGGER refund_no_truncate BEFORE TRUNCATE ON refund FOR EACH STATEMENT EXECUTE FUNCTION refund_refuse()"
        )

    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_account_id"), ["account_id"], unique=False)

    op.create_table(
        "late_charge_waiver",
        sa.Column(
            "charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("waived_on", sa.Date(), nullable=False),
        sa.Column("waived_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_late_charge_waiver_approval_id")
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_late_charge_waiver_charge_id")
        ),
        sa.PrimaryKeyConstraint("charge_id", name=op.f("pk_late_charge_waiver")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER late_charge_waiver_no_update BEFORE UPDATE ON late_charge_waiver BEGIN SELECT RAISE(ABORT, 'late_charge_waiver is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER late_charge_waiver_no_delete BEFORE DELETE ON late_charge_waiver BEGIN SELECT RAISE(ABORT, 'late_charge_waiver is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION late_charge_waiver_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'late_charge_waiver is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER late_charge_waiver_append_only BEFORE UPDATE OR DELETE ON late_charge_waiver FOR EACH ROW EXECUTE FUNCTION late_charge_waiver_refuse()"
        )
        op.execute(
            "CREATE TRIGGER late_charge_waiver_no_truncate BEFORE TRUNCATE ON late_charge_waiver FOR EACH STATEMENT EXECUTE FUNCTION late_charge_waiver_refuse()"
        )

    with op.batch_alter_table("late_charge_waiver", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_late_charge_waiver_approval_id"), ["approval_id"], unique=False
        )

    op.create_table(
        "payment_designation",
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_payment_designation_charge_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_payment_designation_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", "charge_id", name=op.f("pk_payment_designation")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER payment_designation_no_update BEFORE UPDATE ON payment_designation BEGIN SELECT RAISE(ABORT, 'payment_designation is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER payment_designation_no_delete BEFORE DELETE ON payment_designation BEGIN SELECT RAISE(ABORT, 'payment_designation is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION payment_designation_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'payment_designation is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER payment_designation_append_only BEFORE UPDATE OR DELETE ON payment_designation FOR EACH ROW EXECUTE FUNCTION payment_designation_refuse()"
        )
        op.execute(
            "CREATE TRIGGER payment_designation_no_truncate BEFORE TRUNCATE ON payment_designation FOR EACH STATEMENT EXECUTE FUNCTION payment_designation_refuse()"
        )
