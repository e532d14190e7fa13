"""Keep with a draft what its readings were."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Keep with a draft what its readings were; drafts that wait are measured at issue."""
    op.add_column("bill", sa.Column("fingerprint", INT, nullable=True))
