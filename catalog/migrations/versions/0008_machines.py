"""
A store that several machines share: whose it is, and which machine began what.

A machine finishes or drops only what was begun in its own folder: the files are there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    properties = op.create_table(
        "properties",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.bulk_insert(properties, [{"name": "application", "value": "listkeeper"}])
    for table in ("intents", "begun_digests"):
        op.add_column(table, sa.Column("home", sa.Text, nullable=False, server_default=""))
