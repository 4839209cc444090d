"""``listkeeper review``: the candidates as a page in the browser, on this machine only."""

import ipaddress
import os
import secrets
import socket
import sys
from typing import TYPE_CHECKING

import click

from catalog.errors import ComeBackLater, UsageTrouble
from cli.options import with_workspace
from output.digest.build import DEFAULT_SIZE
from pipelines.workspace import Workspace, user_name

if TYPE_CHECKING:
    from output.review.guard import Door


@click.command("review")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Any free one unless given.")
@click.option("--no-browser", is_flag=True, help="Print the address, open nothing.")
@click.option("--as", "name", metavar="NAME", help="Who decides (your login name).")
@click.option("--size", default=DEFAULT_SIZE, show_default=True, type=click.IntRange(1, 500))
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--let-others-in", is_flag=True, help="Allow an address that others can reach.")
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
    let_others_in: bool,
) -> int:
    """Decide on the week's candidates in the browser, by keys, touch or plain forms."""
    _check_host(host, let_others_in=let_others_in)
    workspace.check_lists()
    from output.review.app import make_app
    from output.review.guard import Door
    from output.review.server import server
    from output.review.session import laid_out

    listening = listen(host, port)
    door = Door(listening.getsockname()[1], secrets.token_urlsafe(24), host)
    desk = laid_out(workspace, name or user_name(), size)
    _tell(door, as_json=as_json, no_browser=no_browser)
    server(make_app(desk, door)).run(sockets=[listening])
    return 0


def _check_host(host: str, *, let_others_in: bool) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise UsageTrouble("--host", f"{host!r} is no address", "write e.g. 127.0.0.1") from None
    if not address.is_loopback and not let_others_in:
        raise UsageTrouble(
            "--host",
            f"others can reach {host}, and the page has no encryption",
            "leave it out, or add --let-others-in in a network you trust",
        )


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, asyncio sends at once; else the second half of an answer waits 40 ms for the
    # browser's acknowledgement of the first (Nagle's algorithm and delayed acknowledgements).
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as trouble:
        raise ComeBackLater(
            f"{host}:{port}", f"cannot be used ({trouble.strerror})", "leave --port out"
        ) from trouble
    return made


def _tell(door: "Door", *, as_json: bool, no_browser: bool) -> None:
    import orjson

    if as_json:
        click.echo(orjson.dumps({"address": door.address, "port": door.port}))
    else:
        click.echo(f"The candidates are at {door.address}")
        click.echo("Stop with Ctrl-C; every decision is kept at once.", err=True)
    if not no_browser and _has_a_screen():
        click.launch(door.address)


def _has_a_screen() -> bool:
    """On a server the system would look for browsers of the terminal, and complain of each."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
