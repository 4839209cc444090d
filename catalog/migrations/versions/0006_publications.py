"""The week's pull requests and issues."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("list_name", sa.String(128), primary_key=True),
        sa.Column("week", sa.String(16), primary_key=True),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("comment", sa.Integer, nullable=False),
        sa.Column("status_hash", sa.String(64), nullable=False),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("reminded_at", sa.String(32)),
        sa.Column("read_until", sa.String(32)),
        sa.Column("at", sa.String(32), nullable=False),
    )
