"""Keep with a draft what its readings were, and find a charge's entries by their days."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Drafts that wait have no fingerprint: they are measured at issue."""
    op.add_column("bill", sa.Column("fingerprint", INT, nullable=True))
    op.drop_index("ix_ledger_entry_charge", table_name="ledger_entry")
    op.create_index("ix_ledger_entry_charge", "ledger_entry", ["charge_id", "posted_on"])
