"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """First schema."""
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("login <> 'policy'", name=op.f("ck_app_user_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("login", name=op.f("uq_app_user_login")),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_approval_state"),
        ),
        sa.CheckConstraint("needed >= 1", name=op.f("ck_approval_needed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_approval_subject"), ["subject"], unique=False)
        batch_op.create_index("ix_approval_waiting", ["state", "act"], unique=False)

    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("layout", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("accepted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("doubted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("refused", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint("accepted + doubted + refused = rows", name=op.f("ck_batch_rows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("kind", "digest", name=op.f("uq_batch_kind_digest")),
    )
    op.create_table(
        "bill_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("cycle", sa.String(length=64), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("drawn_up_to", sa.BigInteger(), nullable=False),
        sa.Column("issued_to", sa.BigInteger(), nullable=False),
        sa.Column("eligible", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("billed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parked", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issued_amount", sa.BigInteger(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('drawing_up', 'drawn_up', 'issuing', 'issued')",
            name=op.f("ck_bill_run_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_run")),
        sa.UniqueConstraint("code", name=op.f("uq_bill_run_code")),
    )
    with op.batch_alter_table("bill_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bill_run_until"), ["until"], unique=False)

    op.create_table(
        "business_day",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_business_day_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_day")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "job_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('start', 'pause', 'resume')", name=op.f("ck_job_request_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_request")),
    )
    with op.batch_alter_table("job_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_request_job"), ["job"], unique=False)
        batch_op.create_index("ix_job_request_open", ["ended_at", "id"], unique=False)

    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("passes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_job_run_state")),
        sa.CheckConstraint("passes >= 0 AND attempts >= 0", name=op.f("ck_job_run_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "business_date", name=op.f("uq_job_run_job_business_date")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'journal is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION journal_refuse()"
        )
        op.execute(
            "CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
        )

    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_by"), ["by"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_subject"), ["subject"], unique=False)

    op.create_table(
        "letterhead",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterhead")),
        sa.UniqueConstraint("digest", name=op.f("uq_letterhead_digest")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER letterhead_no_update BEFORE UPDATE ON letterhead BEGIN SELECT RAISE(ABORT, 'letterhead is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER letterhead_no_delete BEFORE DELETE ON letterhead BEGIN SELECT RAISE(ABORT, 'letterhead is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION letterhead_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'letterhead is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER letterhead_append_only BEFORE UPDATE OR DELETE ON letterhead FOR EACH ROW EXECUTE FUNCTION letterhead_refuse()"
        )
        op.execute(
            "CREATE TRIGGER letterhead_no_truncate BEFORE TRUNCATE ON letterhead FOR EACH STATEMENT EXECUTE FUNCTION letterhead_refuse()"
        )

    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_success", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_login_attempt_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_login_attempt_login", ["login", "at"], unique=False)

    op.create_table(
        "meter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("serial", name=op.f("uq_meter_serial")),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("code", name=op.f("uq_office_code")),
    )
    op.create_table(
        "opt_out",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mobile", sa.String(length=32), nullable=False),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_out")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER opt_out_no_update BEFORE UPDATE ON opt_out BEGIN SELECT RAISE(ABORT, 'opt_out is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER opt_out_no_delete BEFORE DELETE ON opt_out BEGIN SELECT RAISE(ABORT, 'opt_out is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION opt_out_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'opt_out is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER opt_out_append_only BEFORE UPDATE OR DELETE ON opt_out FOR EACH ROW EXECUTE FUNCTION opt_out_refuse()"
        )
        op.execute(
            "CREATE TRIGGER opt_out_no_truncate BEFORE TRUNCATE ON opt_out FOR EACH STATEMENT EXECUTE FUNCTION opt_out_refuse()"
        )

    with op.batch_alter_table("opt_out", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opt_out_mobile"), ["mobile"], unique=False)

    op.create_table(
        "premise",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premise")),
    )
    op.create_table(
        "review_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("newest_account", sa.BigInteger(), nullable=False),
        sa.Column(
            "missed_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reviewed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assessed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("proposed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "withdrawn", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column("scorecard_digest", sa.String(length=64), nullable=False),
        sa.Column("market_digest", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_run")),
        sa.UniqueConstraint("as_of", name=op.f("uq_review_run_as_of")),
    )
    op.create_table(
        "seal",
        sa.Column("book", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("book", "day", name=op.f("pk_seal")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'seal is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'seal is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION seal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'seal is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE ON seal FOR EACH ROW EXECUTE FUNCTION seal_refuse()"
        )
        op.execute(
            "CREATE TRIGGER seal_no_truncate BEFORE TRUNCATE ON seal FOR EACH STATEMENT EXECUTE FUNCTION seal_refuse()"
        )

    op.create_table(
        "approval_vote",
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("accept", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_approval_vote_approval_id")
        ),
        sa.PrimaryKeyConstraint("approval_id", "by", name=op.f("pk_approval_vote")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER approval_vote_no_update BEFORE UPDATE ON approval_vote BEGIN SELECT RAISE(ABORT, 'approval_vote is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER approval_vote_no_delete BEFORE DELETE ON approval_vote BEGIN SELECT RAISE(ABORT, 'approval_vote is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION approval_vote_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'approval_vote is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER approval_vote_append_only BEFORE UPDATE OR DELETE ON approval_vote FOR EACH ROW EXECUTE FUNCTION approval_vote_refuse()"
        )
        op.execute(
            "CREATE TRIGGER approval_vote_no_truncate BEFORE TRUNCATE ON approval_vote FOR EACH STATEMENT EXECUTE FUNCTION approval_vote_refuse()"
        )

    op.create_table(
        "batch_verdict",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'doubted', 'refused')", name=op.f("ck_batch_verdict_verdict")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_verdict_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_verdict")),
    )
    with op.batch_alter_table("batch_verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_verdict_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index("ix_batch_verdict_open", ["verdict", "decision"], unique=False)

    op.create_table(
        "customer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("mobile", sa.String(length=32), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column(
            "office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("industry", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'company')", name=op.f("ck_customer_kind")),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_customer_language")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_customer_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_number")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_mobile"), ["mobile"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_office_id"), ["office_id"], unique=False)

    op.create_table(
        "dated_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_dated_file_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_file")),
        sa.UniqueConstraint("approval_id", name=op.f("uq_dated_file_approval_id")),
    )
    with op.batch_alter_table("dated_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dated_file_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_dated_file_subject"), ["subject"], unique=False)

    op.create_table(
        "print_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=False),
        sa.Column("printed_by", sa.String(length=64), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("letters", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pages", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "letterhead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("walk", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letterhead_id"], ["letterhead.id"], name=op.f("fk_print_batch_letterhead_id")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_print_batch_office_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_batch")),
        sa.UniqueConstraint("number", name=op.f("uq_print_batch_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER print_batch_no_update BEFORE UPDATE ON print_batch BEGIN SELECT RAISE(ABORT, 'print_batch is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER print_batch_no_delete BEFORE DELETE ON print_batch BEGIN SELECT RAISE(ABORT, 'print_batch is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION print_batch_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'print_batch is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER print_batch_append_only BEFORE UPDATE OR DELETE ON print_batch FOR EACH ROW EXECUTE FUNCTION print_batch_refuse()"
        )
        op.execute(
            "CREATE TRIGGER print_batch_no_truncate BEFORE TRUNCATE ON print_batch FOR EACH STATEMENT EXECUTE FUNCTION print_batch_refuse()"
        )

    with op.batch_alter_table("print_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_batch_printed_on"), ["printed_on"], unique=False)

    op.create_table(
        "register",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("digits", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decimals", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 6", name=op.f("ck_register_decimals")),
        sa.CheckConstraint("digits BETWEEN 1 AND 12", name=op.f("ck_register_digits")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.id"], name=op.f("fk_register_meter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
        sa.UniqueConstraint("meter_id", "code", name=op.f("uq_register_meter_id_code")),
    )
    op.create_table(
        "route",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_route_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("code", name=op.f("uq_route_code")),
    )
    with op.batch_alter_table("route", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_route_office_id"), ["office_id"], unique=False)

    op.create_table(
        "user_office",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_user_office_office_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_office_user_id")),
        sa.PrimaryKeyConstraint("user_id", "office_id", name=op.f("pk_user_office")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_role_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_web_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_web_session_secret_digest")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column(
            "posted_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_account_closed_on")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_account_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("number", name=op.f("uq_account_number")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("score", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("grade", sa.String(length=3), nullable=False),
        sa.Column("tier", sa.String(length=6), nullable=False),
        sa.Column("previous", sa.String(length=3), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("scorecard_digest", sa.String(length=64), nullable=False),
        sa.Column("indicators", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "grade IN ('AAA', 'AA', 'A', 'BBB', 'BB', 'B', 'CCC', 'CC', 'C')",
            name=op.f("ck_assessment_grade"),
        ),
        sa.CheckConstraint("tier IN ('low', 'middle', 'high')", name=op.f("ck_assessment_tier")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_assessment_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("customer_id", "as_of", name=op.f("uq_assessment_customer_id_as_of")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER assessment_no_update BEFORE UPDATE ON assessment BEGIN SELECT RAISE(ABORT, 'assessment is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER assessment_no_delete BEFORE DELETE ON assessment BEGIN SELECT RAISE(ABORT, 'assessment is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION assessment_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'assessment is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER assessment_append_only BEFORE UPDATE OR DELETE ON assessment FOR EACH ROW EXECUTE FUNCTION assessment_refuse()"
        )
        op.execute(
            "CREATE TRIGGER assessment_no_truncate BEFORE TRUNCATE ON assessment FOR EACH STATEMENT EXECUTE FUNCTION assessment_refuse()"
        )

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assessment_as_of"), ["as_of"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("late_charge", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("wording_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "letterhead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "follows_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('sms', 'paper')", name=op.f("ck_notice_channel")),
        sa.CheckConstraint(
            "kind IN ('sms_reminder', 'letter', 'deposit_demand', 'prepaid_conversion', 'disconnection_notice')",
            name=op.f("ck_notice_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_notice_customer_id")
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["notice.id"], name=op.f("fk_notice_follows_id")),
        sa.ForeignKeyConstraint(
            ["letterhead_id"], ["letterhead.id"], name=op.f("fk_notice_letterhead_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER notice_no_update BEFORE UPDATE ON notice BEGIN SELECT RAISE(ABORT, 'notice is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER notice_no_delete BEFORE DELETE ON notice BEGIN SELECT RAISE(ABORT, 'notice is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION notice_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'notice is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER notice_append_only BEFORE UPDATE OR DELETE ON notice FOR EACH ROW EXECUTE FUNCTION notice_refuse()"
        )
        op.execute(
            "CREATE TRIGGER notice_no_truncate BEFORE TRUNCATE ON notice FOR EACH STATEMENT EXECUTE FUNCTION notice_refuse()"
        )

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_customer", ["customer_id", "issued_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_issued_on"), ["issued_on"], unique=False)

    op.create_table(
        "reading",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "register_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('actual', 'estimated', 'customer')", name=op.f("ck_reading_kind")
        ),
        sa.CheckConstraint(
            "(revision = 0) = (replaces_id IS NULL)", name=op.f("ck_reading_revision")
        ),
        sa.CheckConstraint("value >= 0", name=op.f("ck_reading_value")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_reading_batch_id")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["register.id"], name=op.f("fk_reading_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["reading.id"], name=op.f("fk_reading_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint(
            "register_id",
            "taken_on",
            "revision",
            name=op.f("uq_reading_register_id_taken_on_revision"),
        ),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_reading_replaces_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER reading_no_update BEFORE UPDATE ON reading BEGIN SELECT RAISE(ABORT, 'reading is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER reading_no_delete BEFORE DELETE ON reading BEGIN SELECT RAISE(ABORT, 'reading is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION reading_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'reading is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER reading_append_only BEFORE UPDATE OR DELETE ON reading FOR EACH ROW EXECUTE FUNCTION reading_refuse()"
        )
        op.execute(
            "CREATE TRIGGER reading_no_truncate BEFORE TRUNCATE ON reading FOR EACH STATEMENT EXECUTE FUNCTION reading_refuse()"
        )

    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index("ix_reading_batch_id", ["batch_id"], unique=False)

    op.create_table(
        "reprint",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=False),
        sa.Column("printed_by", sa.String(length=64), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["print_batch.id"], name=op.f("fk_reprint_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reprint")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER reprint_no_update BEFORE UPDATE ON reprint BEGIN SELECT RAISE(ABORT, 'reprint is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER reprint_no_delete BEFORE DELETE ON reprint BEGIN SELECT RAISE(ABORT, 'reprint is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION reprint_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'reprint is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER reprint_append_only BEFORE UPDATE OR DELETE ON reprint FOR EACH ROW EXECUTE FUNCTION reprint_refuse()"
        )
        op.execute(
            "CREATE TRIGGER reprint_no_truncate BEFORE TRUNCATE ON reprint FOR EACH STATEMENT EXECUTE FUNCTION reprint_refuse()"
        )

    with op.batch_alter_table("reprint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reprint_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "service_point",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column(
            "premise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("route_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "walk_order", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kwh_per_day_max", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kwh_per_day_max > 0", name=op.f("ck_service_point_kwh_per_day_max")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_service_point_office_id")
        ),
        sa.ForeignKeyConstraint(
            ["premise_id"], ["premise.id"], name=op.f("fk_service_point_premise_id")
        ),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_service_point_route_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_point")),
        sa.UniqueConstraint("number", name=op.f("uq_service_point_number")),
    )
    with op.batch_alter_table("service_point", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_point_office_id"), ["office_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_service_point_premise_id"), ["premise_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_service_point_route_id"), ["route_id"], unique=False)

    op.create_table(
        "account_term",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column(
            "credit_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("credit_days >= 0", name=op.f("ck_account_term_credit_days")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_term_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_term")),
        sa.UniqueConstraint(
            "account_id", "starts_on", name=op.f("uq_account_term_account_id_starts_on")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER account_term_no_update BEFORE UPDATE ON account_term BEGIN SELECT RAISE(ABORT, 'account_term is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER account_term_no_delete BEFORE DELETE ON account_term BEGIN SELECT RAISE(ABORT, 'account_term is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION account_term_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'account_term is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER account_term_append_only BEFORE UPDATE OR DELETE ON account_term FOR EACH ROW EXECUTE FUNCTION account_term_refuse()"
        )
        op.execute(
            "CREATE TRIGGER account_term_no_truncate BEFORE TRUNCATE ON account_term FOR EACH STATEMENT EXECUTE FUNCTION account_term_refuse()"
        )

    op.create_table(
        "arrears_case",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_arrears_case_closed_on")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_arrears_case_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrears_case")),
    )
    with op.batch_alter_table("arrears_case", schema=None) as batch_op:
        batch_op.create_index("ix_arrears_case_account", ["account_id"], unique=False)
        batch_op.create_index(
            "uq_arrears_case_open",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("closed_on IS NULL"),
            postgresql_where=sa.text("closed_on IS NULL"),
        )

    op.create_table(
        "credit_standing",
        sa.Column(
            "customer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "assessment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("grade", sa.String(length=3), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column(
            "months_in_arrears",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "grade IN ('AAA', 'AA', 'A', 'BBB', 'BB', 'B', 'CCC', 'CC', 'C')",
            name=op.f("ck_credit_standing_grade"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_credit_standing_assessment_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_standing_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_credit_standing")),
    )
    with op.batch_alter_table("credit_standing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_standing_next_on"), ["next_on"], unique=False)

    op.create_table(
        "deposit_demand",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("demanded_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("demanded_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deposit_demand_amount")),
        sa.CheckConstraint("due_on >= demanded_on", name=op.f("ck_deposit_demand_due_on")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_deposit_demand_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_demand")),
        sa.UniqueConstraint("number", name=op.f("uq_deposit_demand_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER deposit_demand_no_update BEFORE UPDATE ON deposit_demand BEGIN SELECT RAISE(ABORT, 'deposit_demand is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER deposit_demand_no_delete BEFORE DELETE ON deposit_demand BEGIN SELECT RAISE(ABORT, 'deposit_demand is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION deposit_demand_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'deposit_demand is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER deposit_demand_append_only BEFORE UPDATE OR DELETE ON deposit_demand FOR EACH ROW EXECUTE FUNCTION deposit_demand_refuse()"
        )
        op.execute(
            "CREATE TRIGGER deposit_demand_no_truncate BEFORE TRUNCATE ON deposit_demand FOR EACH STATEMENT EXECUTE FUNCTION deposit_demand_refuse()"
        )

    with op.batch_alter_table("deposit_demand", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deposit_demand_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_hold_ends_on")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_hold_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER hold_no_update BEFORE UPDATE OF id, account_id, reason, note, owner, starts_on, ends_on, placed_by, placed_at ON hold BEGIN SELECT RAISE(ABORT, 'hold is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER hold_no_delete BEFORE DELETE ON hold BEGIN SELECT RAISE(ABORT, 'hold is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION hold_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hold is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER hold_append_only BEFORE UPDATE OF id, account_id, reason, note, owner, starts_on, ends_on, placed_by, placed_at OR DELETE ON hold FOR EACH ROW EXECUTE FUNCTION hold_refuse()"
        )
        op.execute(
            "CREATE TRIGGER hold_no_truncate BEFORE TRUNCATE ON hold FOR EACH STATEMENT EXECUTE FUNCTION hold_refuse()"
        )

    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index("ix_hold_account", ["account_id", "ends_on"], unique=False)

    op.create_table(
        "installation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "service_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("meter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("multiplier", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("multiplier > 0", name=op.f("ck_installation_multiplier")),
        sa.CheckConstraint(
            "removed_on IS NULL OR removed_on > installed_on", name=op.f("ck_installation_days")
        ),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.id"], name=op.f("fk_installation_meter_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_installation_service_point_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sa.UniqueConstraint(
            "meter_id", "installed_on", name=op.f("uq_installation_meter_id_installed_on")
        ),
    )
    with op.batch_alter_table("installation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_installation_service_point_id"), ["service_point_id"], unique=False
        )
        batch_op.create_index(
            "uq_installation_in_place",
            ["meter_id"],
            unique=True,
            sqlite_where=sa.text("removed_on IS NULL"),
            postgresql_where=sa.text("removed_on IS NULL"),
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("mobile", sa.String(length=32), nullable=True),
        sa.Column("segments", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("not_before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(channel = 'sms') = (mobile IS NOT NULL)", name=op.f("ck_outbox_mobile")
        ),
        sa.CheckConstraint(
            "(state = 'printed') = (batch_id IS NOT NULL)", name=op.f("ck_outbox_batch")
        ),
        sa.CheckConstraint("channel IN ('sms', 'paper')", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint(
            "state <> 'sending' OR claimed_at IS NOT NULL", name=op.f("ck_outbox_claimed_at")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'printed', 'cancelled')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["print_batch.id"], name=op.f("fk_outbox_batch_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_outbox_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_outbox_notice_id")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_outbox_provider_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER outbox_no_update BEFORE UPDATE OF id, notice_id, channel, mobile, segments ON outbox BEGIN SELECT RAISE(ABORT, 'outbox is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER outbox_no_delete BEFORE DELETE ON outbox BEGIN SELECT RAISE(ABORT, 'outbox is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION outbox_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'outbox is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER outbox_append_only BEFORE UPDATE OF id, notice_id, channel, mobile, segments OR DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_refuse()"
        )
        op.execute(
            "CREATE TRIGGER outbox_no_truncate BEFORE TRUNCATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_refuse()"
        )

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_mobile",
            ["mobile", "claimed_on"],
            unique=False,
            sqlite_where=sa.text("mobile IS NOT NULL"),
            postgresql_where=sa.text("mobile IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_state", ["channel", "state", "not_before_at"], unique=False
        )

    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("external_ref", sa.String(length=140), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "account_id IS NOT NULL OR open IN (0, amount)", name=op.f("ck_payment_suspense")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint("open >= 0 AND open <= amount", name=op.f("ck_payment_open")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_payment_account_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_payment_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "channel", "external_ref", name=op.f("uq_payment_channel_external_ref")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER payment_no_update BEFORE UPDATE OF id, channel, external_ref, method, payer, text, amount, value_on, posted_on, received_by, received_at, batch_id ON payment BEGIN SELECT RAISE(ABORT, 'payment is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER payment_no_delete BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'payment is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION payment_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'payment is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER payment_append_only BEFORE UPDATE OF id, channel, external_ref, method, payer, text, amount, value_on, posted_on, received_by, received_at, batch_id OR DELETE ON payment FOR EACH ROW EXECUTE FUNCTION payment_refuse()"
        )
        op.execute(
            "CREATE TRIGGER payment_no_truncate BEFORE TRUNCATE ON payment FOR EACH STATEMENT EXECUTE FUNCTION payment_refuse()"
        )

    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index("ix_payment_account", ["account_id", "posted_on"], unique=False)
        batch_op.create_index(
            "ix_payment_open",
            ["account_id"],
            unique=False,
            sqlite_where=sa.text("open > 0"),
            postgresql_where=sa.text("open > 0"),
        )
        batch_op.create_index(batch_op.f("ix_payment_posted_on"), ["posted_on"], unique=False)

    op.create_table(
        "proof_of_service",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("served_by", sa.String(length=64), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("witness", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "method IN ('direct', 'left', 'registered', 'refused')",
            name=op.f("ck_proof_of_service_method"),
        ),
        sa.CheckConstraint(
            "method NOT IN ('left', 'refused') OR witness <> ''",
            name=op.f("ck_proof_of_service_witness"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_proof_of_service_notice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_of_service")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_proof_of_service_notice_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER proof_of_service_no_update BEFORE UPDATE ON proof_of_service BEGIN SELECT RAISE(ABORT, 'proof_of_service is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER proof_of_service_no_delete BEFORE DELETE ON proof_of_service BEGIN SELECT RAISE(ABORT, 'proof_of_service is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION proof_of_service_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'proof_of_service is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER proof_of_service_append_only BEFORE UPDATE OR DELETE ON proof_of_service FOR EACH ROW EXECUTE FUNCTION proof_of_service_refuse()"
        )
        op.execute(
            "CREATE TRIGGER proof_of_service_no_truncate BEFORE TRUNCATE ON proof_of_service FOR EACH STATEMENT EXECUTE FUNCTION proof_of_service_refuse()"
        )

    op.create_table(
        "run_parked",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "service_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_run_parked_account_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bill_run.id"], name=op.f("fk_run_parked_run_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_run_parked_service_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_parked")),
    )
    with op.batch_alter_table("run_parked", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_parked_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_run_parked_run", ["run_id", "account_id"], unique=False)

    op.create_table(
        "supply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "service_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("supply_class", sa.String(length=12), nullable=False),
        sa.Column("tariff", sa.String(length=64), nullable=False),
        sa.Column("contracted_kw", sa.BigInteger(), nullable=True),
        sa.Column("capacity_kva", sa.BigInteger(), nullable=True),
        sa.Column(
            "household_size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("payment_mode", sa.String(length=8), nullable=False),
        sa.Column("protection", sa.String(length=13), nullable=False),
        sa.CheckConstraint(
            "payment_mode IN ('postpaid', 'prepaid')", name=op.f("ck_supply_payment_mode")
        ),
        sa.CheckConstraint(
            "protection IN ('none', 'life_support', 'hospital', 'school', 'welfare', 'water', 'public_safety')",
            name=op.f("ck_supply_protection"),
        ),
        sa.CheckConstraint(
            "supply_class IN ('residential', 'commercial', 'industrial', 'agricultural')",
            name=op.f("ck_supply_supply_class"),
        ),
        sa.CheckConstraint("capacity_kva >= 0", name=op.f("ck_supply_capacity_kva")),
        sa.CheckConstraint("contracted_kw >= 0", name=op.f("ck_supply_contracted_kw")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_supply_period")),
        sa.CheckConstraint("household_size > 0", name=op.f("ck_supply_household_size")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_supply_account_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_supply_service_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply")),
        sa.UniqueConstraint(
            "service_point_id", "starts_on", name=op.f("uq_supply_service_point_id_starts_on")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER supply_no_update BEFORE UPDATE OF id, account_id, service_point_id, starts_on, supply_class, tariff, contracted_kw, capacity_kva, household_size, payment_mode, protection ON supply BEGIN SELECT RAISE(ABORT, 'supply is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER supply_no_delete BEFORE DELETE ON supply BEGIN SELECT RAISE(ABORT, 'supply is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION supply_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'supply is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER supply_append_only BEFORE UPDATE OF id, account_id, service_point_id, starts_on, supply_class, tariff, contracted_kw, capacity_kva, household_size, payment_mode, protection OR DELETE ON supply FOR EACH ROW EXECUTE FUNCTION supply_refuse()"
        )
        op.execute(
            "CREATE TRIGGER supply_no_truncate BEFORE TRUNCATE ON supply FOR EACH STATEMENT EXECUTE FUNCTION supply_refuse()"
        )

    with op.batch_alter_table("supply", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supply_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_supply_open",
            ["service_point_id"],
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        )

    op.create_table(
        "switch_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "service_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_switch_order_service_point_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_switch_order")),
        sa.UniqueConstraint("kind", "reference", name=op.f("uq_switch_order_kind_reference")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER switch_order_no_update BEFORE UPDATE ON switch_order BEGIN SELECT RAISE(ABORT, 'switch_order is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER switch_order_no_delete BEFORE DELETE ON switch_order BEGIN SELECT RAISE(ABORT, 'switch_order is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION switch_order_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'switch_order is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER switch_order_append_only BEFORE UPDATE OR DELETE ON switch_order FOR EACH ROW EXECUTE FUNCTION switch_order_refuse()"
        )
        op.execute(
            "CREATE TRIGGER switch_order_no_truncate BEFORE TRUNCATE ON switch_order FOR EACH STATEMENT EXECUTE FUNCTION switch_order_refuse()"
        )

    with op.batch_alter_table("switch_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_switch_order_service_point_id"), ["service_point_id"], unique=False
        )

    op.create_table(
        "bill",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "supply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "service_point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("supply_class", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kwh", sa.BigInteger(), nullable=False),
        sa.Column("year_kwh", sa.BigInteger(), nullable=False),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column(
            "reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_bill_reverses_id")
        ),
        sa.CheckConstraint("kind IN ('regular', 'reversal')", name=op.f("ck_bill_kind")),
        sa.CheckConstraint("period_start < period_end", name=op.f("ck_bill_period")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_bill_account_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["bill.id"], name=op.f("fk_bill_reverses_id")),
        sa.ForeignKeyConstraint(["run_id"], ["bill_run.id"], name=op.f("fk_bill_run_id")),
        sa.ForeignKeyConstraint(
            ["service_point_id"], ["service_point.id"], name=op.f("fk_bill_service_point_id")
        ),
        sa.ForeignKeyConstraint(["supply_id"], ["supply.id"], name=op.f("fk_bill_supply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sa.UniqueConstraint(
            "service_point_id",
            "period_start",
            "kind",
            "revision",
            name=op.f("uq_bill_service_point_id_period_start_kind_revision"),
        ),
    )
    with op.batch_alter_table("bill", schema=None) as batch_op:
        batch_op.create_index("ix_bill_account", ["account_id", "period_end"], unique=False)
        batch_op.create_index("ix_bill_run", ["run_id", "account_id"], unique=False)
        batch_op.create_index(
            "uq_bill_reverses",
            ["reverses_id"],
            unique=True,
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        )

    op.create_table(
        "deposit",
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("demand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_deposit_account_id")),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["deposit_demand.id"], name=op.f("fk_deposit_demand_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_deposit_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_deposit")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER deposit_no_update BEFORE UPDATE ON deposit BEGIN SELECT RAISE(ABORT, 'deposit is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER deposit_no_delete BEFORE DELETE ON deposit BEGIN SELECT RAISE(ABORT, 'deposit is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION deposit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'deposit is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER deposit_append_only BEFORE UPDATE OR DELETE ON deposit FOR EACH ROW EXECUTE FUNCTION deposit_refuse()"
        )
        op.execute(
            "CREATE TRIGGER deposit_no_truncate BEFORE TRUNCATE ON deposit FOR EACH STATEMENT EXECUTE FUNCTION deposit_refuse()"
        )

    with op.batch_alter_table("deposit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deposit_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deposit_demand_id"), ["demand_id"], unique=False)

    op.create_table(
        "outbox_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'printed', 'cancelled')",
            name=op.f("ck_outbox_event_state"),
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_event_outbox_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER outbox_event_no_update BEFORE UPDATE ON outbox_event BEGIN SELECT RAISE(ABORT, 'outbox_event is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER outbox_event_no_delete BEFORE DELETE ON outbox_event BEGIN SELECT RAISE(ABORT, 'outbox_event is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION outbox_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'outbox_event is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER outbox_event_append_only BEFORE UPDATE OR DELETE ON outbox_event FOR EACH ROW EXECUTE FUNCTION outbox_event_refuse()"
        )
        op.execute(
            "CREATE TRIGGER outbox_event_no_truncate BEFORE TRUNCATE ON outbox_event FOR EACH STATEMENT EXECUTE FUNCTION outbox_event_refuse()"
        )

    with op.batch_alter_table("outbox_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_event_outbox_id"), ["outbox_id"], unique=False)

    op.create_table(
        "step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column(
            "posted_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("policy_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'done') = (done_on IS NOT NULL)", name=op.f("ck_step_done_on")
        ),
        sa.CheckConstraint(
            "kind IN ('sms_reminder', 'letter', 'visit', 'deposit_demand', 'prepaid_conversion', 'disconnection_notice', 'disconnection', 'reconnection')",
            name=op.f("ck_step_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'stale', 'done', 'refused', 'withdrawn')",
            name=op.f("ck_step_state"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_step_amount")),
        sa.CheckConstraint(
            "served_on IS NULL OR served_on >= done_on", name=op.f("ck_step_served_on")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_step_account_id")),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_step_approval_id")),
        sa.ForeignKeyConstraint(["case_id"], ["arrears_case.id"], name=op.f("fk_step_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        sa.UniqueConstraint(
            "account_id", "kind", "proposed_on", name=op.f("uq_step_account_id_kind_proposed_on")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER step_no_update BEFORE UPDATE OF id, case_id, account_id, kind, level, proposed_on, amount, policy_digest, approval_id, facts ON step BEGIN SELECT RAISE(ABORT, 'step is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER step_no_delete BEFORE DELETE ON step BEGIN SELECT RAISE(ABORT, 'step is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION step_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'step is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER step_append_only BEFORE UPDATE OF id, case_id, account_id, kind, level, proposed_on, amount, policy_digest, approval_id, facts OR DELETE ON step FOR EACH ROW EXECUTE FUNCTION step_refuse()"
        )
        op.execute(
            "CREATE TRIGGER step_no_truncate BEFORE TRUNCATE ON step FOR EACH STATEMENT EXECUTE FUNCTION step_refuse()"
        )

    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_approval_id"), ["approval_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_step_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_step_pending",
            ["state", "kind"],
            unique=False,
            sqlite_where=sa.text("state IN ('approved', 'proposed', 'stale')"),
            postgresql_where=sa.text("state IN ('approved', 'proposed', 'stale')"),
        )
        batch_op.create_index(batch_op.f("ix_step_proposed_on"), ["proposed_on"], unique=False)

    op.create_table(
        "switch_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["switch_order.id"], name=op.f("fk_switch_event_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_switch_event")),
        sa.UniqueConstraint("order_id", "step", name=op.f("uq_switch_event_order_id_step")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER switch_event_no_update BEFORE UPDATE ON switch_event BEGIN SELECT RAISE(ABORT, 'switch_event is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER switch_event_no_delete BEFORE DELETE ON switch_event BEGIN SELECT RAISE(ABORT, 'switch_event is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION switch_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'switch_event is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER switch_event_append_only BEFORE UPDATE OR DELETE ON switch_event FOR EACH ROW EXECUTE FUNCTION switch_event_refuse()"
        )
        op.execute(
            "CREATE TRIGGER switch_event_no_truncate BEFORE TRUNCATE ON switch_event FOR EACH STATEMENT EXECUTE FUNCTION switch_event_refuse()"
        )

    op.create_table(
        "bill_issue",
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_bill_issue_due_on")),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_issue_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", name=op.f("pk_bill_issue")),
        sa.UniqueConstraint("number", name=op.f("uq_bill_issue_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER bill_issue_no_update BEFORE UPDATE ON bill_issue BEGIN SELECT RAISE(ABORT, 'bill_issue is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER bill_issue_no_delete BEFORE DELETE ON bill_issue BEGIN SELECT RAISE(ABORT, 'bill_issue is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION bill_issue_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'bill_issue is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER bill_issue_append_only BEFORE UPDATE OR DELETE ON bill_issue FOR EACH ROW EXECUTE FUNCTION bill_issue_refuse()"
        )
        op.execute(
            "CREATE TRIGGER bill_issue_no_truncate BEFORE TRUNCATE ON bill_issue FOR EACH STATEMENT EXECUTE FUNCTION bill_issue_refuse()"
        )

    with op.batch_alter_table("bill_issue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bill_issue_issued_on"), ["issued_on"], unique=False)

    op.create_table(
        "bill_line",
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("text_zh", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_bill_line_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", "no", name=op.f("pk_bill_line")),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opened', 'proposed', 'approved', 'refused', 'withdrawn', 'done', 'served', 'kept', 'held', 'hold_lifted', 'closed')",
            name=op.f("ck_case_event_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["arrears_case.id"], name=op.f("fk_case_event_case_id")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_case_event_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER case_event_no_update BEFORE UPDATE ON case_event BEGIN SELECT RAISE(ABORT, 'case_event is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER case_event_no_delete BEFORE DELETE ON case_event BEGIN SELECT RAISE(ABORT, 'case_event is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION case_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'case_event is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER case_event_append_only BEFORE UPDATE OR DELETE ON case_event FOR EACH ROW EXECUTE FUNCTION case_event_refuse()"
        )
        op.execute(
            "CREATE TRIGGER case_event_no_truncate BEFORE TRUNCATE ON case_event FOR EACH STATEMENT EXECUTE FUNCTION case_event_refuse()"
        )

    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_case_id"), ["case_id"], unique=False)

    op.create_table(
        "charge",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("supply_class", sa.String(length=12), nullable=False),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "for_charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("late_until", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'late_charge') = (for_charge_id IS NOT NULL) AND (for_charge_id IS NULL) = (late_until IS NULL)",
            name=op.f("ck_charge_late_charge"),
        ),
        sa.CheckConstraint(
            "due_on >= raised_on OR kind <> 'energy'", name=op.f("ck_charge_due_on")
        ),
        sa.CheckConstraint("kind IN ('energy', 'late_charge', 'fee')", name=op.f("ck_charge_kind")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_charge_amount")),
        sa.CheckConstraint("open >= 0 AND open <= amount", name=op.f("ck_charge_open")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_charge_account_id")),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_charge_bill_id")),
        sa.ForeignKeyConstraint(
            ["for_charge_id"], ["charge.id"], name=op.f("fk_charge_for_charge_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER charge_no_update BEFORE UPDATE OF id, account_id, kind, supply_class, bill_id, for_charge_id, raised_on, due_on, late_until, amount ON charge BEGIN SELECT RAISE(ABORT, 'charge is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER charge_no_delete BEFORE DELETE ON charge BEGIN SELECT RAISE(ABORT, 'charge is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION charge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'charge is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER charge_append_only BEFORE UPDATE OF id, account_id, kind, supply_class, bill_id, for_charge_id, raised_on, due_on, late_until, amount OR DELETE ON charge FOR EACH ROW EXECUTE FUNCTION charge_refuse()"
        )
        op.execute(
            "CREATE TRIGGER charge_no_truncate BEFORE TRUNCATE ON charge FOR EACH STATEMENT EXECUTE FUNCTION charge_refuse()"
        )

    with op.batch_alter_table("charge", schema=None) as batch_op:
        batch_op.create_index("ix_charge_account", ["account_id", "due_on"], unique=False)
        batch_op.create_index(
            "ix_charge_for",
            ["for_charge_id"],
            unique=False,
            sqlite_where=sa.text("for_charge_id IS NOT NULL"),
            postgresql_where=sa.text("for_charge_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_charge_open",
            ["account_id"],
            unique=False,
            sqlite_where=sa.text("open > 0"),
            postgresql_where=sa.text("open > 0"),
        )
        batch_op.create_index(
            "uq_charge_bill",
            ["bill_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'energy'"),
            postgresql_where=sa.text("kind = 'energy'"),
        )

    op.create_table(
        "conversion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('agreement_wanted', 'ordered', 'active', 'withdrawn')",
            name=op.f("ck_conversion_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_conversion_account_id")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_conversion_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion")),
        sa.UniqueConstraint("step_id", name=op.f("uq_conversion_step_id")),
    )
    with op.batch_alter_table("conversion", schema=None) as batch_op:
        batch_op.create_index(
            "uq_conversion_open",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('agreement_wanted', 'ordered')"),
            postgresql_where=sa.text("state IN ('agreement_wanted', 'ordered')"),
        )

    op.create_table(
        "held_bill",
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_held_bill_bill_id")),
        sa.PrimaryKeyConstraint("bill_id", name=op.f("pk_held_bill")),
    )
    op.create_table(
        "notice_step",
        sa.Column(
            "notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "posted_no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_step_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_step_notice_id")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_notice_step_step_id")),
        sa.PrimaryKeyConstraint("notice_id", "step_id", name=op.f("pk_notice_step")),
        sa.UniqueConstraint("step_id", "attempt", name=op.f("uq_notice_step_step_id_attempt")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER notice_step_no_update BEFORE UPDATE ON notice_step BEGIN SELECT RAISE(ABORT, 'notice_step is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER notice_step_no_delete BEFORE DELETE ON notice_step BEGIN SELECT RAISE(ABORT, 'notice_step is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION notice_step_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'notice_step is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER notice_step_append_only BEFORE UPDATE OR DELETE ON notice_step FOR EACH ROW EXECUTE FUNCTION notice_step_refuse()"
        )
        op.execute(
            "CREATE TRIGGER notice_step_no_truncate BEFORE TRUNCATE ON notice_step FOR EACH STATEMENT EXECUTE FUNCTION notice_step_refuse()"
        )

    with op.batch_alter_table("notice_step", schema=None) as batch_op:
        batch_op.create_index("ix_notice_step_account", ["account_id"], unique=False)

    op.create_table(
        "step_order",
        sa.Column(
            "order_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["switch_order.id"], name=op.f("fk_step_order_order_id")
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name=op.f("fk_step_order_step_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_step_order")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER step_order_no_update BEFORE UPDATE ON step_order BEGIN SELECT RAISE(ABORT, 'step_order is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER step_order_no_delete BEFORE DELETE ON step_order BEGIN SELECT RAISE(ABORT, 'step_order is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION step_order_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'step_order is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER step_order_append_only BEFORE UPDATE OR DELETE ON step_order FOR EACH ROW EXECUTE FUNCTION step_order_refuse()"
        )
        op.execute(
            "CREATE TRIGGER step_order_no_truncate BEFORE TRUNCATE ON step_order FOR EACH STATEMENT EXECUTE FUNCTION step_order_refuse()"
        )

    with op.batch_alter_table("step_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_step_order_step_id"), ["step_id"], unique=False)

    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("debit", sa.String(length=11), nullable=False),
        sa.Column("credit", sa.String(length=11), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("bill_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(debit <> 'receivable' AND credit <> 'receivable') OR charge_id IS NOT NULL",
            name=op.f("ck_ledger_entry_names_charge"),
        ),
        sa.CheckConstraint(
            "(debit NOT IN ('cash', 'on_account', 'suspense') AND credit NOT IN ('cash', 'on_account', 'suspense')) OR payment_id IS NOT NULL",
            name=op.f("ck_ledger_entry_names_payment"),
        ),
        sa.CheckConstraint(
            "account_id IS NOT NULL OR debit = 'suspense' OR credit = 'suspense'",
            name=op.f("ck_ledger_entry_names_account"),
        ),
        sa.CheckConstraint(
            "credit IN ('receivable', 'revenue', 'tax', 'late_charge', 'cash', 'on_account', 'suspense', 'deposit', 'prepaid', 'bad_debt', 'rounding')",
            name=op.f("ck_ledger_entry_credit"),
        ),
        sa.CheckConstraint(
            "debit IN ('receivable', 'revenue', 'tax', 'late_charge', 'cash', 'on_account', 'suspense', 'deposit', 'prepaid', 'bad_debt', 'rounding')",
            name=op.f("ck_ledger_entry_debit"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_entry_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entry_two_books")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ledger_entry_account_id")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["bill.id"], name=op.f("fk_ledger_entry_bill_id")),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name=op.f("fk_ledger_entry_charge_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_ledger_entry_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION ledger_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ledger_entry is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_entry_refuse()"
        )
        op.execute(
            "CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_refuse()"
        )

    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entry_account", ["account_id", "posted_on"], unique=False)
        batch_op.create_index("ix_ledger_entry_charge", ["charge_id"], unique=False)
        batch_op.create_index("ix_ledger_entry_payment", ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_entry_posted_on"), ["posted_on"], unique=False)
        batch_op.create_index(
            "uq_ledger_entry_reverses",
            ["reverses_id"],
            unique=True,
            sqlite_where=sa.text("reverses_id IS NOT NULL"),
            postgresql_where=sa.text("reverses_id IS NOT NULL"),
        )
