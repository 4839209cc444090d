"""``python -P -m sandbox``: starts the outside world and says where it is."""

import argparse
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sandbox import settings, state
from sandbox.clock import moment
from sandbox.serve import serve
from sandbox.settings import Settings


def main() -> None:
    told = _arguments()
    with suppress(KeyboardInterrupt):
        serve(state.build(_settings(told)), told.port, until_stdin_closes=told.until_stdin_closes)


def _settings(told: argparse.Namespace) -> Settings:
    """Take the profile, and over it what the command line says."""
    profile = settings.from_profile(told.profile) if told.profile else Settings()
    names = ("now", "speed", "feed_limit")
    said = {name: value for name in names if (value := getattr(told, name)) is not None}
    if told.strict:
        said["strict"] = True
    if told.replay:
        said["replay"] = tuple(told.replay)
    return replace(profile, **said)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--now", type=moment, help="sandbox time at the start, ISO form")
    parser.add_argument("--speed", type=float, help="sandbox seconds a real second")
    parser.add_argument("--strict", action="store_true", help="refuse who comes too fast")
    parser.add_argument("--feed-limit", type=int, help="items a feed may have (2000)")
    parser.add_argument("--profile", help="JSON file, or JSON, with any of the settings")
    parser.add_argument("--replay", type=Path, action="append", help="captured feed or folder")
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
