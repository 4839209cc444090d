"""
What programs are while a page's script runs: ``python -P stand_ins.py PROGRAM ARGUMENT...``.

``listkeeper`` is the real one, on a fixed day; a page that it serves is opened once and ended.
``pip``, ``pipx``, ``uvx`` and ``podman`` would ask a registry: they check that what they are
asked for is there, and ``uvx`` and ``podman run`` start ``listkeeper`` as they would.
"""

import os
import signal
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def listkeeper(arguments: list[str]) -> int:
    # These two play another week; the others do what is to be done on that day.
    day = [] if arguments[0] in ("demo", "init") else ["--as-of", os.environ["AS_OF"]]
    line = [sys.executable, "-P", "-m", "cli", *arguments, *day]
    if arguments[0] == "review":
        return _open_page([*line, "--no-browser"])
    return subprocess.run(line, check=False).returncode


def _open_page(line: list[str]) -> int:
    """The page's code at its end; 130, as after Ctrl-C, is how it ends well."""
    page = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert page.stdout is not None
    try:
        told = next((row for row in page.stdout if "Review page: " in row), "")
        if "--behind" not in line:
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with browser.open(told.partition("Review page: ")[2].strip(), timeout=60) as answer:
                assert b"</html>" in answer.read()
    finally:
        page.send_signal(signal.SIGINT)
        code = page.wait(60)
    assert told
    return 0 if code == 130 else code


def pipx(arguments: list[str]) -> int:
    verb, *options, wanted = arguments
    assert verb == "install"
    assert options in ([], ["--pip-args=--no-compile"], ["--no-compile"])
    name, _, extras = wanted.rstrip("]").partition("[")
    assert name == PROJECT["name"]
    assert set(filter(None, extras.split(","))) <= PROJECT["optional-dependencies"].keys()
    return 0


pip = pipx


def uvx(arguments: list[str]) -> int:
    program, *rest = arguments
    assert program == PROJECT["name"]
    assert program in PROJECT["scripts"]
    return listkeeper(rest)


def podman(arguments: list[str]) -> int:
    match arguments:
        case ["build", "--format", "docker", "-t", "listkeeper", "."]:
            assert (REPOSITORY / "Containerfile").is_file()
        case ["run", *options, "listkeeper", "init", "README.md"]:
            assert any(one.endswith(":/list") for one in options)
            return listkeeper(arguments[-2:])
        case ["compose", *options, "up", "-d"]:
            services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
            named = {name for one in services.values() for name in one.get("profiles", ())}
            assert options in ([], *(["--profile", name] for name in named))
        case _:
            sys.exit(f"podman {arguments}: no test knows what this does")
    return 0


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]](sys.argv[2:]))
