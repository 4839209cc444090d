"""When a source last changed, as it says itself, and on which days it had something new."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("source_states", sa.Column("modified", sa.Text))
    op.add_column("source_states", sa.Column("news", sa.JSON))
