"""
A store of many years: old papers that nobody wanted keep their titles, and no query reads all.

Texts are numbered as they change, each list notes up to which number it has judged them, and
works, trimmed works and changes are counted where they are written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT, DAY = sa.String(32), sa.String(10)
WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")

NUMBERED = """\
UPDATE works SET change = placed.place
FROM (SELECT key, row_number() OVER (ORDER BY key) AS place FROM works) AS placed
WHERE placed.key = works.key"""
# SQLite has numbered the rows already.
NUMBERED_IN_SQLITE = "UPDATE works SET change = rowid"
# The rules of the newest verdict are the ones in force.
JUDGED = """\
INSERT INTO judging (list_name, fingerprint, since, change, titles)
SELECT list_name, fingerprint, since, 0, NULL FROM (
    SELECT list_name, fingerprint, min(judged_at) AS since, row_number() OVER (
        PARTITION BY list_name ORDER BY max(judged_at) DESC, fingerprint
    ) AS place FROM verdicts GROUP BY list_name, fingerprint
) AS rules WHERE place = 1"""
COUNTED = (
    """\
INSERT INTO properties (name, value)
SELECT 'number of works', CAST(count(*) AS TEXT) FROM works""",
    """\
INSERT INTO properties (name, value)
SELECT 'number of changes', CAST(coalesce(max(change), 0) AS TEXT) FROM works""",
)


# Only texts of one work are compared, and a quarter of the digits tells them apart.
SHORTER = (
    "UPDATE works SET text_digest = substr(text_digest, 1, 16)",
    "UPDATE verdicts SET text_digest = substr(text_digest, 1, 16)",
)


def upgrade() -> None:
    in_sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("works", sa.Column("change", WHOLE, nullable=False, server_default="0"))
    op.execute(NUMBERED_IN_SQLITE if in_sqlite else NUMBERED)
    op.create_index("works_by_change", "works", ["change"])
    op.create_index("works_by_last_seen", "works", ["last_seen"])
    op.create_table(
        "trimmed",
        sa.Column("key", sa.String(2048), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("published", sa.BigInteger),
        sa.Column("updated", sa.BigInteger),
        sa.Column("announced", DAY),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    # Its keys begin those of the table's uniqueness.
    op.drop_index("ix_sightings_work_key", "sightings")
    day = sa.text("coalesce(announced, substr(seen_at, 1, 10))")
    op.create_index("sightings_by_day", "sightings", [day])
    op.create_index(
        "verdicts_with_section",
        "verdicts",
        ["list_name", sa.text("score DESC"), "work_key"],
        sqlite_where=sa.text("section IS NOT NULL"),
        postgresql_where=sa.text("section IS NOT NULL"),
    )
    op.create_table(
        "judging",
        sa.Column("list_name", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("change", WHOLE, nullable=False),
        sa.Column("titles", sa.String(2048)),
    )
    for statement in (JUDGED, *COUNTED, *SHORTER):
        op.execute(statement)
