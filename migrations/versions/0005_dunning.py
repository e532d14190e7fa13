"""Keep duties, disputes, promises, day events and who looks after a case."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep duties, disputes, promises, day events and who looks after a case."""
    op.create_table(
        "day_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.String(length=64), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('extreme_cold', 'extreme_heat', 'storm', 'authority_order')",
            name=op.f("ck_day_event_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_event")),
    )
    with op.batch_alter_table("day_event", schema=None) as batch_op:
        batch_op.create_index(
            "uq_day_event_open",
            ["day", "kind"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "approval_look",
        sa.Column(
            "approval_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval.id"], name=op.f("fk_approval_look_approval_id")
        ),
        sa.PrimaryKeyConstraint("approval_id", "by", name=op.f("pk_approval_look")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER approval_look_no_update BEFORE UPDATE ON approval_look BEGIN SELECT RAISE(ABORT, 'approval_look is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER approval_look_no_delete BEFORE DELETE ON approval_look BEGIN SELECT RAISE(ABORT, 'approval_look is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION approval_look_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'approval_look is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER approval_look_append_only BEFORE UPDATE OR DELETE ON approval_look FOR EACH ROW EXECUTE FUNCTION approval_look_refuse()"
        )
        op.execute(
            "CREATE TRIGGER approval_look_no_truncate BEFORE TRUNCATE ON approval_look FOR EACH STATEMENT EXECUTE FUNCTION approval_look_refuse()"
        )

    op.create_table(
        "duty_done",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=18), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('copy_to_authority', 'offer_payment_plan', 'offer_prepayment', 'customer_contact', 'emergency_contact', 'welfare_referral', 'welfare_visit')",
            name=op.f("ck_duty_done_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["arrears_case.id"], name=op.f("fk_duty_done_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_done")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER duty_done_no_update BEFORE UPDATE ON duty_done BEGIN SELECT RAISE(ABORT, 'duty_done is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER duty_done_no_delete BEFORE DELETE ON duty_done BEGIN SELECT RAISE(ABORT, 'duty_done is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION duty_done_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'duty_done is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER duty_done_append_only BEFORE UPDATE OR DELETE ON duty_done FOR EACH ROW EXECUTE FUNCTION duty_done_refuse()"
        )
        op.execute(
            "CREATE TRIGGER duty_done_no_truncate BEFORE TRUNCATE ON duty_done FOR EACH STATEMENT EXECUTE FUNCTION duty_done_refuse()"
        )

    with op.batch_alter_table("duty_done", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_done_case_id"), ["case_id"], unique=False)

    op.create_table(
        "promise",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("hold_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (settled_on IS NULL)", name=op.f("ck_promise_settled_on")
        ),
        sa.CheckConstraint("state IN ('open', 'kept', 'broken')", name=op.f("ck_promise_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_promise_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_promise_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["arrears_case.id"], name=op.f("fk_promise_case_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_promise_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER promise_no_update BEFORE UPDATE OF id, account_id, case_id, amount, owed, made_on, made_by, due_on, hold_id ON promise BEGIN SELECT RAISE(ABORT, 'promise is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER promise_no_delete BEFORE DELETE ON promise BEGIN SELECT RAISE(ABORT, 'promise is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION promise_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'promise is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER promise_append_only BEFORE UPDATE OF id, account_id, case_id, amount, owed, made_on, made_by, due_on, hold_id OR DELETE ON promise FOR EACH ROW EXECUTE FUNCTION promise_refuse()"
        )
        op.execute(
            "CREATE TRIGGER promise_no_truncate BEFORE TRUNCATE ON promise FOR EACH STATEMENT EXECUTE FUNCTION promise_refuse()"
        )

    with op.batch_alter_table("promise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promise_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_promise_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "uq_promise_open",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (settled_on IS NULL)", name=op.f("ck_dispute_settled_on")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'upheld', 'rejected', 'lapsed')", name=op.f("ck_dispute_state")
        ),
        sa.CheckConstraint("ends_on >= opened_on", name=op.f("ck_dispute_ends_on")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_dispute_account_id")),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name=op.f("fk_dispute_charge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER dispute_no_update BEFORE UPDATE OF id, account_id, charge_id, note, opened_on, opened_by, ends_on ON dispute BEGIN SELECT RAISE(ABORT, 'dispute is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER dispute_no_delete BEFORE DELETE ON dispute BEGIN SELECT RAISE(ABORT, 'dispute is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION dispute_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'dispute is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER dispute_append_only BEFORE UPDATE OF id, account_id, charge_id, note, opened_on, opened_by, ends_on OR DELETE ON dispute FOR EACH ROW EXECUTE FUNCTION dispute_refuse()"
        )
        op.execute(
            "CREATE TRIGGER dispute_no_truncate BEFORE TRUNCATE ON dispute FOR EACH STATEMENT EXECUTE FUNCTION dispute_refuse()"
        )

    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_dispute_open",
            ["charge_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    with op.batch_alter_table("arrears_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("collector", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_arrears_case_collector"), ["collector"], unique=False)

    for table, column, old, new in WORDS:
        _widen(table, column, old, new)
    _let_owner_change()


WORDS = (
    (
        "notice",
        "kind",
        "kind IN ('sms_reminder'",
        "kind IN ('courtesy_reminder', 'sms_reminder'",
    ),
    (
        "step",
        "kind",
        "'sms_reminder', 'letter', 'visit', 'deposit_demand', 'prepaid_conversion', 'disconnection_notice', 'disconnection', 'reconnection'",
        "'courtesy_reminder', 'sms_reminder', 'letter', 'visit', 'deposit_demand', 'prepaid_conversion', 'disconnection_notice', 'second_notice', 'disconnection', 'reconnection', 'legal', 'write_off'",
    ),
    (
        "case_event",
        "kind",
        "'held', 'hold_lifted', 'closed'",
        "'held', 'hold_lifted', 'duty_done', 'disputed', 'dispute_settled', 'promised', 'promise_kept', 'promise_broken', 'transferred', 'closed'",
    ),
    (
        "supply",
        "protection",
        "'water', 'public_safety'",
        "'water', 'public_safety', 'medical', 'elderly', 'over_75', 'over_85', 'infant', 'indigent', 'violence'",
    ),
)
"""Columns that hold a word of a list: what the end of the list was, and what it becomes."""

LONGER = {"case_event": ("kind", 11, 15)}
HELD = "UPDATE OF id, account_id, reason, note, starts_on, ends_on, placed_by, placed_at"


def _widen(table: str, column: str, old: str, new: str) -> None:
    """Let a column hold more words, without copying a table that others name."""
    bind = op.get_bind()
    _, before, after = LONGER.get(table, (column, 0, 0))
    if bind.dialect.name == "sqlite":
        # A check says nothing of how rows are kept, so its text alone may change (SQLite's own
        # advice); copying the table would lose its triggers and what points at it.
        op.execute("PRAGMA writable_schema = ON")
        bind.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(replace(sql, :old, :new), :short, :long) WHERE type = 'table' AND name = :name"
            ),
            {
                "old": old,
                "new": new,
                "short": f"{column} VARCHAR({before})",
                "long": f"{column} VARCHAR({after})",
                "name": table,
            },
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
    if after:
        op.alter_column(table, column, type_=sa.String(after), existing_nullable=False)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, check.replace(old, new))


def _let_owner_change() -> None:
    """Let another person answer for a hold; everything else of it stays frozen."""
    refusal = "hold is append-only: add a reversal or a correction instead"
    update = HELD
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER hold_no_update")
        op.execute(
            f"CREATE TRIGGER hold_no_update BEFORE {update} ON hold BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    op.execute("DROP TRIGGER hold_append_only ON hold")
    op.execute(
        f"CREATE TRIGGER hold_append_only BEFORE {update} OR DELETE ON hold FOR EACH ROW EXECUTE FUNCTION hold_refuse()"
    )
