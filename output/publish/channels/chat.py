"""Says the week in chats, by apprise: Slack, Discord, Matrix, Zulip, Telegram, Feishu."""

import logging
from collections.abc import Mapping

from catalog.errors import ComeBackLater, UsageTrouble
from config.secret import key_from


def say(environment: Mapping[str, str], variable: str, text: str) -> None:
    """
    Say a text in the chat whose address a variable holds; its errors never show the address.

    UsageTrouble without an address that apprise reads, ComeBackLater if the chat doesn't take it.
    """
    import apprise

    # It logs parts of addresses, and an address is the key to the chat.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    address = key_from(environment, variable)
    if not address:
        raise UsageTrouble(variable, "is not set", "let it hold the chat's address")
    chats = apprise.Apprise()
    glue = "&" if "?" in address.reveal() else "?"
    if not chats.add(f"{address.reveal()}{glue}overflow=truncate"):
        what = "holds no address that apprise reads"
        raise UsageTrouble(variable, what, "its form is told at the list of services of apprise")
    if not chats.notify(body=text, body_format=apprise.NotifyFormat.TEXT):
        raise ComeBackLater(variable, "the chat did not take the message", "the next run tries")
