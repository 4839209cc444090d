"""Says the week in chats, by apprise: Slack, Discord, Matrix, Zulip, Telegram, Feishu."""

import logging
from collections.abc import Mapping

from catalog.errors import ComeBackLater, UsageTrouble
from config.errors import Trouble
from config.secret import Secret, key_from
from output.publish.channels.answers import last_refusal, listening

# Shorter parts of an address are no keys.
MIN_KEY_CHARS = 6
# Addresses of servers of one's own: what their answers' bodies say, nobody can know.
OWN_SERVERS = ("json", "xml", "form", "apprise")


class ChatRefused(Trouble):
    """The service will not take the message; asking again changes nothing."""


def say(environment: Mapping[str, str], variable: str, text: str) -> None:
    """
    Say a text in the chat whose address a variable holds; its errors never show the address.

    UsageTrouble without an address that apprise reads, ChatRefused for what a service refuses for
    good, in its own words, ComeBackLater if another time may be better.
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
    with listening() as answers:
        is_said = chats.notify(body=text, body_format=apprise.NotifyFormat.TEXT)
    no = last_refusal(answers, by_status=address.reveal().startswith(OWN_SERVERS))
    if no and not no.is_later:
        what = f"the chat refuses the message ({_without(address, no.words)})"
        raise ChatRefused(variable, what, "look at the address and the bot's settings")
    if no:
        what = f"the chat did not take the message ({_without(address, no.words)})"
        raise ComeBackLater(variable, what, "the next run tries")
    if not is_said:
        raise ComeBackLater(variable, "the chat did not take the message", "the next run tries")


def _without(address: Secret, words: str) -> str:
    """A service's words without any part of the address that could be a key."""
    for part in address.reveal().replace("://", "/").replace("@", "/").replace("?", "/").split("/"):
        if len(part) >= MIN_KEY_CHARS:
            words = words.replace(part, "***")
    return words
