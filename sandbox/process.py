"""Starts the sandbox as a process and controls it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

ADDRESS_VARIABLES = (
    "LISTKEEPER_ARXIV_RSS_URL",
    "LISTKEEPER_ARXIV_API_URL",
    "LISTKEEPER_ARXIV_OAI_URL",
    "LISTKEEPER_SEMANTIC_SCHOLAR_URL",
    "LISTKEEPER_OPENALEX_URL",
    "LISTKEEPER_HUGGINGFACE_URL",
    "LISTKEEPER_GITHUB_URL",
    "LISTKEEPER_PAGES_URL",
)
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2.0
# Control calls go to loopback, whatever proxies the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    url: str

    def environment(self, path_prefix: str = "") -> dict[str, str]:
        """Environment variables that point all services here; a prefix ``/~503`` adds a fault."""
        return dict.fromkeys(ADDRESS_VARIABLES, self.url + path_prefix)

    def set_clock(self, now: datetime, speed: float | None = None) -> None:
        payload: dict[str, Any] = {"now": now.isoformat()}
        self._post("/__clock", payload if speed is None else {**payload, "speed": speed})

    def now(self) -> datetime:
        return datetime.fromisoformat(self._get("/__clock")["now"])

    def set_fault(
        self, service: str, name: str | None, times: int | None = None, after: int = 0
    ) -> None:
        """
        Set the fault of ``rss``, ``api``, ``scholar``, ``arxiv`` or ``*``; None clears it.

        It is met ``times`` times (None: always), after so many requests that go well.
        """
        fault = {"service": service, "fault": name, "times": times, "after": after}
        self._post("/__fault", fault)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        self._post("/__counts", dict(counts))

    def set_openalex(self, counts: Mapping[str, int]) -> None:
        """Set OpenAlex's counts, of any papers."""
        self._post("/__openalex", dict(counts))

    def set_forge(self, **settings: Any) -> dict[str, Any]:
        """Set up the repository to publish in, or change its settings; returns all of it."""
        answer: dict[str, Any] = self._post("/__forge", settings)
        return answer

    def forge(self) -> dict[str, Any]:
        """Return the repository's threads, comments and events."""
        answer: dict[str, Any] = self._get("/__forge")
        return answer

    def act(self, act: str, by: str, **details: Any) -> dict[str, Any]:
        """Let a person tick, untick, edit, comment, merge, close or commit; returns the event."""
        answer: dict[str, Any] = self._post("/__act", {"act": act, "by": by, **details})
        return answer

    def seen(self) -> list[dict[str, Any]]:
        """Return the logged requests in the order of arrival."""
        return list(self._get("/__seen"))

    def forget_seen(self) -> None:
        self._post("/__forget", {})

    def _get(self, path: str) -> Any:
        with _OPENER.open(self.url + path, timeout=START_TIMEOUT_S) as reply:
            return json.load(reply)

    def _post(self, path: str, payload: Mapping[str, Any]) -> Any:
        body = json.dumps(payload).encode()
        request = urllib.request.Request(self.url + path, body, method="POST")
        with _OPENER.open(request, timeout=START_TIMEOUT_S) as reply:
            return json.loads(reply.read() or b"null")


@contextmanager
def running(
    now: datetime | None = None,
    speed: float | None = None,
    replay: Sequence[Path | str] = (),
    profile: Mapping[str, Any] | Path | None = None,
    *,
    strict: bool = False,
    feed_limit: int | None = None,
) -> Iterator[Sandbox]:
    """
    Run a sandbox for as long as the block lasts.

    It also ends when this process dies: it watches its own stdin.
    """
    options: dict[str, Any] = {
        "--now": now and now.isoformat(),
        "--speed": speed,
        "--profile": json.dumps(profile) if isinstance(profile, Mapping) else profile,
        "--feed-limit": feed_limit,
    }
    arguments = [f"{name}={value}" for name, value in options.items() if value is not None]
    arguments += [f"--replay={path}" for path in replay]
    arguments += ["--strict"] if strict else []
    with _child(arguments) as child:
        yield Sandbox(_address(child))


@contextmanager
def _child(arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "sandbox", "--until-stdin-closes", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
        # Ctrl-C in a terminal is meant for the program; the sandbox ends by its stdin.
        start_new_session=True,
        text=True,
        encoding="utf-8",
    )
    try:
        yield child
    finally:
        _end(child)


def _environment() -> dict[str, str]:
    """Let the child import this package, installed or not."""
    root = str(Path(__file__).resolve().parent.parent)
    rest = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, rest)))}


def _end(child: subprocess.Popen[str]) -> None:
    """Close its stdin, which ends it; kill it after ``STOP_TIMEOUT_S``."""
    try:
        child.communicate(timeout=STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()


def _address(child: subprocess.Popen[str]) -> str:
    line = child.stdout.readline() if child.stdout else ""
    if not line.startswith("sandbox http://"):
        raise RuntimeError(f"the sandbox did not start; it said {line!r}, its reason is on stderr")
    return line.split()[1]
