"""``listkeeper review``: decide on candidates on a local web page."""

import gc
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
from output.escape import terminal
from pipelines.workspace import Workspace, user_name

if TYPE_CHECKING:
    from output.review.proxy import Proxy


@click.command("review")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Default: any free port.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--as", "name", metavar="NAME", help="Your name in decisions (default: login name).")
@click.option(
    "--size",
    type=click.IntRange(1, 500),
    help="Candidates of this week, per list (default: 25, then as editors take them).",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--allow-remote", is_flag=True, help="Allow an address that others can reach.")
@click.option("--behind", metavar="URL", help="Serve a team at this address of a reverse proxy.")
@click.option(
    "--user-header",
    metavar="NAME",
    help="The header in which the proxy tells who it is (default: X-Forwarded-User).",
)
@click.option(
    "--proxy", "proxies", metavar="ADDRESS", multiple=True, help="Where the proxy connects from."
)
@click.option("--let-others-in", "allow_remote_old", is_flag=True, hidden=True)
@with_workspace
def review_command(
    workspace: Workspace,
    *,
    as_json: bool,
    port: int,
    no_browser: bool,
    name: str | None,
    size: int | None,
    host: str,
    allow_remote: bool,
    behind: str | None,
    user_header: str | None,
    proxies: tuple[str, ...],
    allow_remote_old: bool,
) -> int:
    """Decide on the week's candidates in the browser."""
    proxy = _proxy(behind, user_header, proxies)
    _check_host(host, allow_remote=allow_remote or allow_remote_old or proxy is not None)
    # Until the page is ready hardly anything is garbage, and looks for it take a tenth of the time.
    gc.disable()
    workspace.check_lists()
    from output.review.app import entrance
    from output.review.guard import Door
    from output.review.server import server
    from output.review.session import ReviewSession

    listening = listen(host, port)
    own_port = listening.getsockname()[1]
    session = ReviewSession(workspace, name or user_name(), size)
    session.freeze_memory()
    for line in session.recovered:
        click.echo(terminal(line), err=True)
    door = Door(own_port, secrets.token_urlsafe(24), host)
    app, protocol, address = entrance(session, proxy, door)
    # A browser cannot open the page without the proxy. Who reads the address may ask at once.
    quiet = no_browser or proxy is not None
    announce = partial(_announce, address, own_port, as_json=as_json, no_browser=quiet)
    server(app, protocol, announce).run(sockets=[listening])
    return 0


def _proxy(behind: str | None, header: str | None, proxies: tuple[str, ...]) -> "Proxy | None":
    if behind is None:
        if header or proxies:
            option = "--user-header" if header else "--proxy"
            raise UsageTrouble(option, "is for a team behind a proxy", "add --behind URL")
        return None
    from output.review.proxy import Proxy

    return Proxy.parse(behind, header or "X-Forwarded-User", proxies, secrets.token_urlsafe(24))


def _check_host(host: str, *, allow_remote: bool) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise UsageTrouble("--host", f"{host!r} is no IP address", "try 127.0.0.1") from None
    if not address.is_loopback and not allow_remote:
        raise UsageTrouble(
            "--host",
            f"other machines can reach {host}, and the page is not encrypted",
            "leave it out, or add --allow-remote in a network you trust",
        )


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With IPPROTO_TCP asyncio switches Nagle's algorithm off, which holds back half an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as trouble:
        raise ComeBackLater(
            f"{host}:{port}", f"cannot be used ({trouble.strerror})", "leave --port out"
        ) from trouble
    return listening


def _announce(address: str, port: int, *, as_json: bool, no_browser: bool) -> None:
    import orjson

    if as_json:
        click.echo(orjson.dumps({"address": address, "port": port}))
    else:
        click.echo(f"Review page: {address}")
        click.echo("Press Ctrl-C to stop. Every decision is saved at once.", err=True)
    if not no_browser and _has_screen():
        click.launch(address)


def _has_screen() -> bool:
    """Whether a graphical browser can open; without one, launching only prints errors."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
