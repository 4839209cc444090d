"""``listkeeper digest``: the week's candidates on a page."""

import re

import click

from catalog.errors import UsageTrouble
from catalog.report import Report
from catalog.store.lock import lock
from cli.options import with_workspace
from cli.render import show
from output.digest.build import DEFAULT_SIZE, digest, last_said
from pipelines.workspace import Workspace


@click.command("digest")
@click.option("--week", metavar="WEEK", help="Name of the digest, e.g. 2024-W46.")
@click.option("--size", default=DEFAULT_SIZE, show_default=True, type=click.IntRange(1, 500),
              help="Most candidates on the page.")  # fmt: skip
@click.option("--html", is_flag=True, help="Also write an HTML page for mail and browsers.")
@with_workspace
def digest_command(
    workspace: Workspace, *, as_json: bool, week: str | None, size: int, html: bool
) -> int:
    """Write the week's candidates to a page."""
    if week and not re.fullmatch(r"\d{4}-W\d{2}", week):
        raise UsageTrouble("--week", f"{week!r} is not a week", "write e.g. 2024-W46")
    report = Report("digest", workspace.now)
    with lock(workspace.state, "digest"):
        digest(
            workspace,
            report,
            last_said(workspace.store),
            workspace.snapshots(),
            week=week,
            size=size,
            html=html,
        )
    return show(report, as_json=as_json)
