"""
``listkeeper``: the table of commands, a newcomer's first; a module is loaded when it is called.

A `Trouble` ends as one line on stderr and an exit code: 0 done, 1 needs a person, 2 usage or
configuration, 3 bug, 75 try again later, 130 interrupted (docs/running.md has the table).

The code is that of the work. A report that its reader no longer takes (`| head -1`) changes
nothing; one that cannot be written (a full disk) makes a 0 a 1.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from catalog.errors import Trouble, of_the_machine
from output.interrupts import heed_signals
from output.streams import leave_ascii, open_streams, why_lost

COMMANDS = {
    "demo": ("cli.demo:demo_command", "Show a full week, offline, in ten seconds."),
    "init": ("cli.init:init_command", "Set up an existing list."),
    "run": ("cli.stages:run_command", "Run all daily stages, from discover to digest."),
    "review": ("cli.review:review_command", "Decide on candidates in the browser."),
    "apply": ("cli.edit:apply_command", "Add the accepted entries to the list."),
    "add": ("cli.edit:add_command", "Add a paper, repository, video or page to the list."),
    "undo": ("cli.edit:undo_command", "Undo the last apply, add or edit of entries."),
    "status": ("cli.status:status_command", "Show what to do next, sources, days and runs."),
    "doctor": ("cli.status:doctor_command", "Check the setup."),
    "digest": ("cli.publish:digest_command", "Write the week's candidates to a page."),
    "discover": ("cli.stages:discover_command", "Find new papers and links at the sources."),
    "backfill": ("cli.stages:backfill_command", "Import past months from arXiv."),
    "classify": ("cli.stages:classify_command", "Apply the rules to new papers and links."),
    "enrich": ("cli.stages:enrich_command", "Fetch citations and other facts."),
    "list": ("cli.lists:list_group", "Read, check and edit list files."),
    "rules": ("cli.rules:rules_group", "Check, explain and test the rules."),
    "rank": ("cli.rank:rank_group", "Learn, measure and explain the order of candidates."),
    "citations": ("cli.citations:citations_group", "Refresh and show citation counts."),
    "watch": ("cli.watch:watch_command", "Check for dead links and withdrawn papers."),
    "publish": ("cli.publish:publish_command", "Send the week: pull request, mail, chat, site."),
    "sync": ("cli.publish:sync_command", "Turn ticks and comments on GitHub into decisions."),
    "state": ("cli.publish:state_group", "Keep the store on a branch of the repository."),
    "ci": ("cli.publish:ci_command", "Run a scheduled job in a fresh clone."),
    "schedule": (
        "cli.schedule:schedule_group",
        "Run on a schedule, or print files for a scheduler.",
    ),
    "export": ("cli.export:export_group", "Write tables, feeds or a backup."),
    "import": ("cli.export:import_command", "Restore a backup."),
}
# These start with a crawl: a second process loads Scrapy in the meantime.
CRAWLS = (["run"], ["discover"])
# What an extra brings, by the name that is imported.
EXTRAS = {
    "matplotlib": "charts",
    "github": "publish",
    "requests": "publish",
    "apprise": "publish",
    "prometheus_client": "publish",
    "psycopg": "postgres",
}
# A module of ours that is missing is a bug.
OURS = frozenset({"config", "catalog", "crawler", "pipelines", "output", "cli", "sandbox"})
HELP = frozenset({"-h", "--help"})
INTERRUPTED = 130
SAVED = {"review": "every decision is saved"}
# A line for each command, shown under its help.
EXAMPLES = Path(__file__).with_name("examples.txt")


class Lazy(click.Group):
    """Lists commands by name and help line; imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if cmd_name[:1].isalpha():
                raise click.exceptions.NoSuchCommand(cmd_name, possibilities=COMMANDS, ctx=ctx)
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and exit with its code."""
    # Looking for objects that hold each other after every 700 new ones takes a tenth of the time.
    gc.set_threshold(20_000)
    # Pydantic would ask every installed package whether it is one of its plug-ins.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    leave_ascii()
    heed_signals()
    open_streams()
    try:
        code = _delivered(code_of(sys.argv[1:] if arguments is None else list(arguments)))
    except KeyboardInterrupt:
        # While the last lines waited for a reader.
        code = INTERRUPTED
    # Python looks for garbage several times as it ends, which takes a fifth of a short command.
    gc.freeze()
    sys.exit(code)


def _delivered(code: int) -> int:
    """The exit code of a command whose output has been written, or could not be."""
    lost = why_lost(sys.stdout)
    if lost is None or isinstance(lost, BrokenPipeError):
        return code
    reason = (lost.strerror or str(lost)).lower()
    return code or _exit(
        f"listkeeper: standard output: cannot be written ({reason}); the command itself has ended"
        " as it should, and its changes are saved",
        1,
    )


def code_of(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        result = _of_line(arguments)
    except Trouble as trouble:
        return _exit(f"listkeeper: {trouble}", trouble.exit_code)
    except click.exceptions.NoArgsIsHelpError as trouble:
        trouble.show()
        return 2
    except click.ClickException as trouble:
        return _exit(_usage(trouble), 2)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        saved = SAVED.get("".join(arguments[:1]), "finished work is saved, the next run continues")
        return _exit(f"listkeeper: stopped; {saved}", INTERRUPTED)
    except Exception as trouble:
        return _unforeseen(trouble, in_full=not {"-v", "--verbose"}.isdisjoint(arguments))
    return result if isinstance(result, int) else 0


def _of_line(arguments: list[str]) -> object:
    """What the command of a line returns, or the code of one that is none."""
    from cli.options import spread

    line = spread(arguments)
    if any(map(_is_torn, line)):
        return _exit("listkeeper: an argument is not valid UTF-8; write it in UTF-8", 2)
    if line[:1] in CRAWLS and not HELP & set(line):
        from crawler.process import get_ready

        get_ready()
    return _started(line) if line else _alone()


def _unforeseen(trouble: Exception, *, in_full: bool) -> int:
    """A missing package, a path or disk that fails, or else a bug; where it was for a bug or -v."""
    package = str(getattr(trouble, "name", None) or "cli").partition(".")[0]
    if isinstance(trouble, ModuleNotFoundError) and package not in OURS:
        return _missing(package)
    if (known := of_the_machine(trouble)) is None or in_full:
        import traceback

        traceback.print_exception(trouble)
    said = known or "this is a bug; please report the lines above"
    return _exit(f"listkeeper: {said}", known.exit_code if known else 3)


def _missing(package: str) -> int:
    """A package that an extra brings, or one that somebody removed."""
    extra = EXTRAS.get(package)
    more = f", in a checkout pip install -e '.[{extra}]'; uvx and pipx take that name, too"
    spec = f"'listkeeper[{extra}]'{more}" if extra else "--force-reinstall listkeeper"
    what = f"{package} (the extra `{extra}`)" if extra else package
    return _exit(f"listkeeper: this needs {what}, which is not installed: pip install {spec}", 2)


def _started(line: list[str]) -> object:
    """What the command returns; its help is followed by an example."""
    result = cli.main(args=line, prog_name="listkeeper", standalone_mode=False)
    if HELP & set(line):
        _show_example(line)
    return result


def _show_example(line: list[str]) -> None:
    """After a command's help: one line that can be copied."""
    command = f"listkeeper {' '.join(_path(line))}"
    for example in EXAMPLES.read_text("utf-8").splitlines():
        if f"{example} ".startswith(f"{command} ") and _path(example.split()[1:]) == _path(line):
            click.echo(f"\nExample:\n  {example}")
            return


def _path(line: list[str]) -> list[str]:
    """The names of groups and command that a line begins with."""
    names: list[str] = []
    command: click.Command | None = cli
    for word in line:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(click.Context(command), word)
        if command is None:
            break
        names.append(word)
    return names


def _is_torn(argument: str) -> bool:
    """Whether this is text that cannot be decoded; the path of a file may be anything."""
    text = os.sep not in argument
    return text and any("\udc80" <= sign <= "\udcff" for sign in argument)


def _alone() -> int:
    """The name alone: the help, or in a folder that is not a list's only what to do there."""
    from cli.options import find_config, refuse_without_config

    try:
        refuse_without_config(find_config(None, os.environ))
    except Trouble as trouble:
        return _exit(f"listkeeper: {trouble}", trouble.exit_code)
    with click.Context(cli, info_name="listkeeper") as context:
        click.echo(cli.get_help(context), err=True)
    return 2


def _usage(trouble: click.ClickException) -> str:
    """A mistake of the command line in one line."""
    context = getattr(trouble, "ctx", None)
    command = context.command_path if context else "listkeeper"
    message = " ".join(trouble.format_message().split()).rstrip(".")
    message = message.replace(". (Did", " (did").replace(". Did", "; did").removesuffix("?")
    return f"{command}: {message[:1].lower()}{message[1:]}; see `{command} --help`"


def _exit(line: str, code: int) -> int:
    from output.escape import terminal

    click.echo(terminal(line), err=True)
    return code


@click.group(cls=Lazy, no_args_is_help=True, context_settings={"help_option_names": sorted(HELP)})
@click.version_option(package_name="listkeeper", prog_name="listkeeper")
def cli() -> None:
    """
    Keep a curated Markdown list of papers and links alive.

    All commands accept --config DIR, --state DIR, --list NAME, --as-of TIME, --json, --quiet
    and -v, before or after the command.

    Exit codes: 0 done, 1 needs you, 2 wrong command or configuration, 3 bug, 75 try again later,
    130 interrupted. docs/running.md says what to do about each.
    """
