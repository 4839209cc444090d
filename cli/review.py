"""``listkeeper review``: decide on candidates on a local web page."""

import ipaddress
import os
import secrets
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from catalog.errors import ComeBackLater, UsageTrouble
from cli.options import with_workspace
from output.digest.build import DEFAULT_SIZE
from output.escape import terminal
from pipelines.workspace import Workspace, user_name

if TYPE_CHECKING:
    from output.review.guard import Door


@click.command("review")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Default: any free port.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--as", "name", metavar="NAME", help="Your name in decisions (default: login name).")
@click.option(
    "--size",
    default=DEFAULT_SIZE,
    show_default=True,
    type=click.IntRange(1, 500),
    help="Candidates of this week, per list.",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--allow-remote", is_flag=True, help="Allow an address that others can reach.")
@click.option("--let-others-in", "allow_remote_old", is_flag=True, hidden=True)
@with_workspace
def review_command(
    workspace: Workspace,
    *,
    as_json: bool,
    port: int,
    no_browser: bool,
    name: str | None,
    size: int,
    host: str,
    allow_remote: bool,
    allow_remote_old: bool,
) -> int:
    """Decide on the week's candidates in the browser."""
    _check_host(host, allow_remote=allow_remote or allow_remote_old)
    workspace.check_lists()
    from output.review.app import make_app
    from output.review.guard import Door
    from output.review.server import server
    from output.review.session import ReviewSession

    listening = listen(host, port)
    door = Door(listening.getsockname()[1], secrets.token_urlsafe(24), host)
    session = ReviewSession(workspace, name or user_name(), size)
    session.freeze_memory()
    for line in session.recovered:
        click.echo(terminal(line), err=True)
    # Who reads the address may ask at once.
    announce = partial(_announce, door, as_json=as_json, no_browser=no_browser)
    server(make_app(session, door), started=announce).run(sockets=[listening])
    return 0


def _check_host(host: str, *, allow_remote: bool) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise UsageTrouble(
            "--host", f"{host!r} is not an IP address", "write e.g. 127.0.0.1"
        ) from None
    if not address.is_loopback and not allow_remote:
        raise UsageTrouble(
            "--host",
            f"other machines can reach {host}, and the page is not encrypted",
            "leave it out, or add --allow-remote in a network you trust",
        )


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With IPPROTO_TCP asyncio switches Nagle's algorithm off; otherwise the second half of an
    # answer waits 40 ms for the browser's delayed acknowledgement of the first.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as trouble:
        raise ComeBackLater(
            f"{host}:{port}", f"cannot be used ({trouble.strerror})", "leave --port out"
        ) from trouble
    return listening


def _announce(door: "Door", *, as_json: bool, no_browser: bool) -> None:
    import orjson

    if as_json:
        click.echo(orjson.dumps({"address": door.address, "port": door.port}))
    else:
        click.echo(f"Review page: {door.address}")
        click.echo("Press Ctrl-C to stop. Every decision is saved at once.", err=True)
    if not no_browser and _has_screen():
        click.launch(door.address)


def _has_screen() -> bool:
    """Whether a graphical browser can open; without one, launching only prints errors."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
