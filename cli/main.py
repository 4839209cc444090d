"""
``listkeeper``: the table of commands; a command's module is loaded when it is called.

A `Trouble` ends as one line on stderr and an exit code: 0 done, 1 needs a person, 2 usage or
configuration, 3 bug, 75 try again later, 130 interrupted.
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
    "run": ("cli.stages:run_command", "Run all daily stages, from discover to digest."),
    "discover": ("cli.stages:discover_command", "Find new papers and links at the sources."),
    "backfill": (
        "cli.stages:backfill_command",
        "Import past months from arXiv.",
    ),
    "classify": ("cli.stages:classify_command", "Apply the rules to new papers and links."),
    "enrich": ("cli.stages:enrich_command", "Fetch citations and other facts."),
    "digest": ("cli.digest:digest_command", "Write the week's candidates to a page."),
    "review": ("cli.review:review_command", "Decide on candidates in the browser."),
    "apply": ("cli.edit:apply_command", "Add the accepted entries to the list."),
    "add": ("cli.edit:add_command", "Add a paper, repository, video or page to the list."),
    "undo": ("cli.edit:undo_command", "Undo the last write."),
    "citations": ("cli.citations:citations_group", "Refresh and show citation counts."),
    "watch": ("cli.watch:watch_command", "Check for dead links and withdrawn papers."),
    "list": ("cli.lists:list_group", "Read, check and edit list files."),
    "rank": ("cli.rank:rank_group", "Learn, measure and explain the order of candidates."),
    "rules": ("cli.rules:rules_group", "Check, explain and test the rules."),
    "schedule": (
        "cli.schedule:schedule_group",
        "Run on a schedule, or print files for a scheduler.",
    ),
    "status": ("cli.status:status_command", "Show the last runs, the sources and the stored days."),
    "doctor": ("cli.status:doctor_command", "Check the setup."),
    "export": ("cli.export:export_group", "Write tables, feeds or a backup."),
    "import": ("cli.export:import_command", "Restore a backup."),
    "init": ("cli.init:init_command", "Set up an existing list."),
    "demo": ("cli.demo:demo_command", "Show a full week, offline, in ten seconds."),
}
# These start with a crawl: a second process loads Scrapy in the meantime.
CRAWLS = (["run"], ["discover"])
HELP = frozenset({"-h", "--help"})


class Lazy(click.Group):
    """Lists commands by name and help line; imports a command only to run it."""

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
    """Run a command line and return its exit code."""
    from cli.options import spread

    line = spread(arguments)
    if line[:1] in CRAWLS and not HELP & set(line):
        from crawler.process import get_ready

        get_ready()
    try:
        result = cli.main(args=line, prog_name="listkeeper", standalone_mode=False)
        sys.stdout.flush()
    except Trouble as trouble:
        return _exit(f"listkeeper: {trouble}", trouble.exit_code)
    except click.ClickException as trouble:
        trouble.show()
        return 2
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _exit("listkeeper: stopped; finished work is saved, the next run continues", 130)
    except BrokenPipeError:
        # The reader of our output closed it; at exit Python would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        import traceback

        traceback.print_exc()
        return _exit("listkeeper: this is a bug; please report the lines above", 3)
    return result if isinstance(result, int) else 0


def _exit(line: str, code: int) -> int:
    click.echo(line, err=True)
    return code


@click.group(cls=Lazy, no_args_is_help=True, context_settings={"help_option_names": sorted(HELP)})
@click.version_option(package_name="listkeeper", prog_name="listkeeper")
def cli() -> None:
    """
    Keep a curated Markdown list of papers and links alive.

    All commands accept --config DIR, --state DIR, --list NAME, --as-of TIME, --json, --quiet
    and -v, before or after the command.
    """
