"""
``listkeeper``: one command a file, loaded when it is called.

Troubles end as one line on stderr and an exit code: 0 done, 1 a person is needed, 2 usage or
configuration, 75 come back later, 3 a bug, 130 interrupted.
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from config.errors import Trouble

COMMANDS = {
    "run": ("cli.stages:run_command", "Everything a day needs, from discover to digest."),
    "discover": ("cli.stages:discover_command", "Look for new works at the sources."),
    "backfill": (
        "cli.stages:backfill_command",
        "Take in months of the past from arXiv.",
    ),
    "classify": ("cli.stages:classify_command", "Judge works by the rules."),
    "enrich": ("cli.stages:enrich_command", "Ask for citations and other facts."),
    "digest": ("cli.stages:digest_command", "Write the week's candidates for a person."),
    "review": ("cli.review:review_command", "Decide on the candidates in the browser."),
    "apply": ("cli.edit:apply_command", "Put what was ticked into the list."),
    "add": ("cli.edit:add_command", "Put a paper, repository, video or page into the list."),
    "undo": ("cli.edit:undo_command", "Take the last applied entries out again."),
    "citations": ("cli.citations:citations_group", "Refresh and show citation counts."),
    "watch": ("cli.watch:watch_command", "Look whether what is listed is still as it was."),
    "list": ("cli.lists:list_group", "Read, check and edit list files."),
    "rank": ("cli.rank:rank_group", "Learn the order of a digest, try it, and see why."),
    "rules": ("cli.rules:rules_group", "Check, explain and try the rules."),
    "schedule": ("cli.schedule:schedule_group", "Run by itself, or print files that do."),
    "status": ("cli.status:status_command", "How the last runs and the sources did."),
    "doctor": ("cli.status:doctor_command", "Look for what is wrong with this setup."),
    "export": ("cli.export:export_group", "Tables, and everything that cannot be fetched again."),
    "import": ("cli.export:import_command", "Take in what `export all` wrote."),
    "init": ("cli.init:init_command", "The first configuration of a list that is there already."),
    "demo": ("cli.demo:demo_command", "A week of the whole job, offline, in ten seconds."),
}
# These begin with a crawl, which needs Scrapy: a second process loads it meanwhile.
CRAWLS = (["run"], ["discover"])
HELP = frozenset({"-h", "--help"})


class Lazy(click.Group):
    """Knows its commands by name and a line of help; imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and exit with its code."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(code_of(sys.argv[1:] if arguments is None else list(arguments)))


def code_of(arguments: list[str]) -> int:
    """Run a command line; the exit code."""
    from cli.options import spread

    line = spread(arguments)
    if line[:1] in CRAWLS and not HELP & set(line):
        from crawler.process import get_ready

        get_ready()
    try:
        result = cli.main(args=line, prog_name="listkeeper", standalone_mode=False)
        sys.stdout.flush()
    except Trouble as trouble:
        return _say(f"listkeeper: {trouble}", trouble.exit_code)
    except click.ClickException as trouble:
        trouble.show()
        return 2
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _say("listkeeper: stopped; what was finished is kept, the next run goes on", 130)
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        import traceback

        traceback.print_exc()
        return _say("listkeeper: this is a bug; please report the lines above", 3)
    return result if isinstance(result, int) else 0


def _say(line: str, code: int) -> int:
    click.echo(line, err=True)
    return code


@click.group(cls=Lazy, no_args_is_help=True, context_settings={"help_option_names": sorted(HELP)})
@click.version_option(package_name="listkeeper", prog_name="listkeeper")
def cli() -> None:
    """
    Keep a curated Markdown list of papers and links alive.

    Options of every command: --config DIR, --state DIR, --list NAME, --as-of TIME, --json,
    --quiet, -v. They may stand before or after the command.
    """
