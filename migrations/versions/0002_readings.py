"""Keep intervals by meter, channel and day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep intervals by meter, channel and day."""
    op.create_table(
        "interval_channel",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["meter_id"], ["meter.id"], name=op.f("fk_interval_channel_meter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interval_channel")),
        sa.UniqueConstraint("meter_id", "mark", name=op.f("uq_interval_channel_meter_id_mark")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER interval_channel_no_update BEFORE UPDATE ON interval_channel BEGIN SELECT RAISE(ABORT, 'interval_channel is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER interval_channel_no_delete BEFORE DELETE ON interval_channel BEGIN SELECT RAISE(ABORT, 'interval_channel is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION interval_channel_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'interval_channel is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER interval_channel_append_only BEFORE UPDATE OR DELETE ON interval_channel FOR EACH ROW EXECUTE FUNCTION interval_channel_refuse()"
        )
        op.execute(
            "CREATE TRIGGER interval_channel_no_truncate BEFORE TRUNCATE ON interval_channel FOR EACH STATEMENT EXECUTE FUNCTION interval_channel_refuse()"
        )

    op.create_table(
        "interval_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("amounts", sa.LargeBinary(), nullable=False),
        sa.Column("flags", sa.String(), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "replaces_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(revision = 0) = (replaces_id IS NULL)", name=op.f("ck_interval_day_revision")
        ),
        sa.CheckConstraint("minutes BETWEEN 1 AND 1440", name=op.f("ck_interval_day_minutes")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_interval_day_batch_id")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["interval_channel.id"], name=op.f("fk_interval_day_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["interval_day.id"], name=op.f("fk_interval_day_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interval_day")),
        sa.UniqueConstraint(
            "channel_id", "day", "revision", name=op.f("uq_interval_day_channel_id_day_revision")
        ),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_interval_day_replaces_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER interval_day_no_update BEFORE UPDATE ON interval_day BEGIN SELECT RAISE(ABORT, 'interval_day is append-only: add a reversal or a correction instead'); END"
        )
        op.execute(
            "CREATE TRIGGER interval_day_no_delete BEFORE DELETE ON interval_day BEGIN SELECT RAISE(ABORT, 'interval_day is append-only: add a reversal or a correction instead'); END"
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION interval_day_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'interval_day is append-only: add a reversal or a correction instead'; END $$"
        )
        op.execute(
            "CREATE TRIGGER interval_day_append_only BEFORE UPDATE OR DELETE ON interval_day FOR EACH ROW EXECUTE FUNCTION interval_day_refuse()"
        )
        op.execute(
            "CREATE TRIGGER interval_day_no_truncate BEFORE TRUNCATE ON interval_day FOR EACH STATEMENT EXECUTE FUNCTION interval_day_refuse()"
        )

    with op.batch_alter_table("interval_day", schema=None) as batch_op:
        batch_op.create_index("ix_interval_day_batch_id", ["batch_id"], unique=False)
