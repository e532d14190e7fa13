"""Keep what a clerk takes back of the customer master, and up to when a file tells."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = {"customer_name": "name", "account_term": "terms", "supply": "supply"}


def upgrade() -> None:
    """Keep what a clerk takes back of the customer master, and up to when a file tells."""
    op.add_column("batch", sa.Column("told_until", sa.Date(), nullable=True))
    op.create_table(
        "taken_back",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("taken_back_by", sa.String(length=64), nullable=False),
        sa.Column("taken_back_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('supply', 'terms', 'name')", name=op.f("ck_taken_back_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_taken_back_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taken_back")),
    )
    op.create_index("ix_taken_back_account_id", "taken_back", ["account_id"])
    op.create_index("ix_taken_back_row", "taken_back", ["kind", "row_id"])
    _refuse_changes("taken_back")
    for table, kind in KINDS.items():
        kept = f"SELECT 1 FROM taken_back WHERE kind = '{kind}' AND row_id = OLD.id"  # noqa: S608
        _let_go(table, f"EXISTS ({kept})")


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


def _let_go(table: str, kept: str) -> None:
    """Let rows of a table go once they are kept."""
    refusal = f"{table} is append-only: add a reversal or a correction instead"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT ({kept}) "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_OP = 'DELETE' THEN IF {kept} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{refusal}'; END $$"
    )
