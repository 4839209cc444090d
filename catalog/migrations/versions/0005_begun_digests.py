"""Digests whose page is being written, and the number of the write that an undo takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "begun_digests",
        sa.Column("list_name", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("base_hash", sa.String(64), nullable=False),
        sa.Column("base", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.add_column("intents", sa.Column("undoes", sa.Integer))
    # An undo that was interrupted before the upgrade still has to know what it takes back.
    op.execute(
        "UPDATE intents SET undoes = (SELECT max(earlier.id) FROM intents AS earlier "
        "WHERE earlier.list_name = intents.list_name AND earlier.state = 'done' "
        "AND earlier.kind IN ('apply', 'edit')) WHERE kind = 'undo' AND state = 'open'"
    )
