"""The bytes of a list are kept once, by their hash, and not in every intent that names them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "bodies",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.execute(
        "INSERT INTO bodies (hash, body) "
        "SELECT base_hash, base FROM intents UNION SELECT new_hash, new FROM intents"
    )
    op.drop_column("intents", "base")
    op.drop_column("intents", "new")
