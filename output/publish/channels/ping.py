"""
Tells a watcher of jobs (the form of healthchecks.io) how a job ended; a silent one alarms it.

0 is success. 75 is only logged, so that a job which is put off for ever is found. What else a job
ends with is a failure.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from catalog.errors import ComeBackLater, UsageTrouble
from config.secret import key_from
from config.settings import is_loopback

PING_TIMEOUT_S = 10.0
MAX_PING_BYTES = 10_000
LATER = 75


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The address is a secret: no other host is told."""

    def redirect_request(self, *_arguments: object, **_settings: object) -> None:
        return None


def ping(environment: Mapping[str, str], variable: str, code: int, text: str = "") -> None:
    """Tell how a job ended. UsageTrouble without an address, ComeBackLater if it isn't taken."""
    address = key_from(environment, variable)
    base = address.reveal().rstrip("/")
    if not base:
        raise UsageTrouble(variable, "is not set", "let it hold the address to ping")
    if urlsplit(base).scheme != "https" and not is_loopback(base):
        raise UsageTrouble(variable, "holds no https address", "copy it from the watcher's page")
    path = "log" if code == LATER else str(code)
    body = text.encode()[:MAX_PING_BYTES]
    request = urllib.request.Request(f"{base}/{path}", body, method="POST")  # noqa: S310 - above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=PING_TIMEOUT_S):
            pass
    except urllib.error.HTTPError as trouble:
        raise ComeBackLater(variable, f"the watcher answers {trouble.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        reason = address.hidden_in(str(getattr(trouble, "reason", trouble)))
        raise ComeBackLater(variable, f"the watcher does not answer ({reason})") from None
