"""``python -P -m sandbox``: start the sandbox and print its address."""

import argparse
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sandbox import settings, state
from sandbox.clock import moment
from sandbox.serve import serve
from sandbox.settings import Settings


def main() -> None:
    arguments = _arguments()
    with suppress(KeyboardInterrupt):
        serve(
            state.build(_settings(arguments)),
            arguments.port,
            until_stdin_closes=arguments.until_stdin_closes,
        )


def _settings(arguments: argparse.Namespace) -> Settings:
    """Read the profile; command-line options override it."""
    profile = settings.from_profile(arguments.profile) if arguments.profile else Settings()
    names = ("now", "speed", "feed_limit")
    overrides = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    if arguments.strict:
        overrides["strict"] = True
    if arguments.replay:
        overrides["replay"] = tuple(arguments.replay)
    return replace(profile, **overrides)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--now", type=moment, help="sandbox time at the start, ISO form")
    parser.add_argument("--speed", type=float, help="sandbox seconds a real second")
    parser.add_argument("--strict", action="store_true", help="refuse requests that come too fast")
    parser.add_argument("--feed-limit", type=int, help="items a feed may have (2000)")
    parser.add_argument("--profile", help="JSON file, or JSON, with any of the settings")
    parser.add_argument("--replay", type=Path, action="append", help="captured feed or folder")
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
