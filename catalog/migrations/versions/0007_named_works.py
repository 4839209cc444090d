"""
Works that were only named wait in a table of their own, and parts of a source have open details.

What was looked up once without an answer was never asked for again: its papers wait now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "named",
        sa.Column("work_key", sa.String(2048), primary_key=True),
        sa.Column("part", sa.String(128), primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("announced", sa.String(10)),
        sa.Column("raw_link", sa.Text, nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("since", sa.String(32)),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("given_up", sa.Boolean, nullable=False),
    )
    op.add_column("source_states", sa.Column("open", sa.JSON))
    op.execute(
        "INSERT INTO named (work_key, part, source, raw_link, seen_at, times, reason, given_up) "
        "SELECT work_key, source, source, 'https://arxiv.org/abs/' || substr(work_key, 7), "
        "last_at, 0, '', false FROM misses WHERE kind = 'work' AND work_key LIKE 'arxiv:%' "
        "AND work_key NOT IN (SELECT key FROM works)"
    )
    op.execute("DELETE FROM misses WHERE kind = 'work'")
