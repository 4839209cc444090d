"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.String(2048)
MOMENT = sa.String(32)
DAY = sa.String(10)


def upgrade() -> None:
    _works()
    _verdicts_and_facts()
    _decisions()
    _runs()


def _works() -> None:
    op.create_table(
        "works",
        sa.Column("key", KEY, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("abstract", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("published", MOMENT),
        sa.Column("updated", MOMENT),
        sa.Column("announced", DAY),
        sa.Column("comments", sa.Text),
        sa.Column("journal_ref", sa.Text),
        sa.Column("doi", sa.Text),
        sa.Column("license", sa.Text),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
    )
    op.create_table(
        "sightings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("work_key", KEY, nullable=False, index=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("announce_type", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("announced", DAY),
        sa.Column("raw_link", sa.Text, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.UniqueConstraint("work_key", "source", "announce_type", "version"),
    )


def _verdicts_and_facts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("list_name", sa.String(128), primary_key=True),
        sa.Column("work_key", KEY, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("text_digest", sa.String(64), nullable=False),
        sa.Column("section", sa.Text),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("runner_up", sa.Text),
        sa.Column("lacked", sa.Text, nullable=False),
        sa.Column("judged_at", MOMENT, nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("work_key", KEY, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )
    op.create_index("facts_of_work", "facts", ["work_key", "kind", "source"])
    op.create_table(
        "misses",
        sa.Column("work_key", KEY, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("list_name", sa.String(128), nullable=False),
        sa.Column("work_key", KEY, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("section", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64)),
    )
    op.create_index("decisions_of_list", "decisions", ["list_name", "work_key"])
    op.create_table(
        "digests",
        sa.Column("list_name", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("base_hash", sa.String(64), nullable=False),
        sa.Column("base", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_table(
        "intents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("list_name", sa.String(128), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("base_hash", sa.String(64), nullable=False),
        sa.Column("new_hash", sa.String(64), nullable=False),
        sa.Column("base", sa.LargeBinary, nullable=False),
        sa.Column("new", sa.LargeBinary, nullable=False),
        sa.Column("decisions", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("command", sa.String(32), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("word", sa.String(16), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
    )
    op.create_table(
        "source_states",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("etag", sa.Text),
        sa.Column("batch", sa.JSON, nullable=False),
        sa.Column("day", DAY),
        sa.Column("word", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("streak", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "days",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("day", DAY, primary_key=True),
        sa.Column("proof", sa.String(16), nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
