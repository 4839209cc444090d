"""The fact, the miss or the decision in a row of the store."""

from catalog.facts import Decision, Fact, Miss
from catalog.rows.values import NamedValues


def fact_of(row: NamedValues, *, first: bool = False) -> Fact:
    """The fact in a row, as of when it was last seen; ``first``: as of when it was first seen."""
    return Fact(
        work_key=row["work_key"],
        kind=row["kind"],
        value=row["value"],
        source=row["source"],
        url=row["url"],
        seen_at=row["first_at" if first else "last_at"],
        held=row["held"],
    )


def miss_of(row: NamedValues) -> Miss:
    return Miss(
        work_key=row["work_key"],
        kind=row["kind"],
        source=row["source"],
        reason=row["reason"],
        seen_at=row["last_at"],
        detail=row["detail"],
        times=row["times"],
    )


def decision_of(row: NamedValues) -> Decision:
    return Decision(
        list_name=row["list_name"],
        work_key=row["work_key"],
        act=row["act"],
        who=row["who"],
        at=row["at"],
        section=row["section"],
        reason=row["reason"],
        digest=row["digest"],
        entry=row["entry"],
    )
