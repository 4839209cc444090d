"""Files for other schedulers: a crontab, and systemd units."""

import shlex
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog.errors import UsageTrouble
from config.patterns import lazy_regex
from pipelines.workspace import program_path

if TYPE_CHECKING:
    from config.settings import Job

_PLAIN_WORD = lazy_regex(r"[\w@%+=:,./-]+")

# The days of a crontab in figures: its manual takes no list of names.
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

# A user's manager has no target for the network. A job that is too early for it ends with 75.
_SERVICE = """\
# ~/.config/systemd/user/listkeeper-{job.name}.service
[Unit]
Description=Listkeeper: {job.command}
OnFailure=listkeeper-needs-you@%n.service

[Service]
Type=oneshot
WorkingDirectory={root}
ExecStart={line}
# 75: try again later. The next start continues where this one stopped.
SuccessExitStatus=75
"""

_TIMER = """\
# ~/.config/systemd/user/listkeeper-{job.name}.timer
[Unit]
Description=Listkeeper: starts {job.command}

[Timer]
OnCalendar={days} *-*-* {job.at}:00 UTC
Persistent=true
RandomizedDelaySec=300

[Install]
WantedBy=timers.target
"""

# Started for a job that ended with 1, 2 or 3, or was killed.
_NEEDS_YOU = """\
# ~/.config/systemd/user/listkeeper-needs-you@.service
[Unit]
Description=Listkeeper: mails the log of %i

[Service]
Type=oneshot
# Any other command that reaches you will do.
ExecStart=/bin/sh -c 'journalctl --user --unit="$$1" --lines=200 --no-pager | mail -s "$$1 needs you" "$$(id -un)"' sh %i
"""  # noqa: E501

_TO_ENABLE = """\
# When these files are in place:
#   systemctl --user daemon-reload
#   systemctl --user enable --now {timers}
#   loginctl enable-linger    # the timers also run while nobody is logged in
# Afterwards:
#   systemctl --user list-timers
#   journalctl --user --unit={first}
"""


class Folders(NamedTuple):
    """The folders that a scheduled command works with; ``state`` is absolute."""

    config: Path
    state: Path
    root: Path


def command_of(folders: Folders, job: "Job") -> list[str]:
    """The arguments of a job, with the folders of this command."""
    return [*job.command.split(), *_options(folders)]


def config_of(command: Sequence[str]) -> Path:
    """The folder of the configuration in the arguments of a job."""
    return Path(command[command.index("--config") + 1])


def start_of(folders: Folders, job: "Job") -> list[str]:
    """The words of the command that runs a job with its log and tells the watcher."""
    return [program_path(), "schedule", "start", job.name, *_options(folders)]


def _options(folders: Folders) -> list[str]:
    return ["--config", str(folders.config), "--state", str(folders.state)]


def cron(folders: Folders, jobs: "Sequence[Job]") -> str:
    """Lines for a crontab; times are UTC."""
    _refuse_line_breaks(folders, "a crontab")
    return "\n".join(_cron_lines(folders, jobs))


def _refuse_line_breaks(folders: Folders, what: str) -> None:
    for path in folders:
        if not str(path).isprintable() and any(unicodedata.category(c) == "Cc" for c in str(path)):
            raise UsageTrouble(
                repr(str(path)), f"has a line break or control character, which {what} cannot hold",
                "rename the folder",
            )  # fmt: skip


def _cron_lines(folders: Folders, jobs: "Sequence[Job]") -> Iterator[str]:
    yield "# Times are UTC. If your cron ignores CRON_TZ (Debian, Ubuntu), convert the hours."
    yield "# Each job keeps its output in its log, and prints it, so that cron mails it, only if"
    yield "# it needs you: exit code 1, 2 or 3."
    yield "CRON_TZ=UTC"
    for job in jobs:
        hour, minute = job.at.split(":")
        command = f"cd {shlex.quote(str(folders.root))} && {shlex.join(start_of(folders, job))}"
        yield f"# {', '.join(job.days)}: listkeeper {job.command}"
        # cron takes a bare % for the end of the command, and one behind two backslashes, too: the
        # quotes that such a name has are closed and opened in between.
        line = command.replace(r"\%", r"\''%").replace("%", r"\%")
        days = ",".join(str(_CRON_DAYS.index(day)) for day in job.days)
        yield f"{int(minute)} {int(hour)} * * {days}  {line}"


def systemd(folders: Folders, jobs: "Sequence[Job]") -> str:
    """A service and a timer for each job, a service that tells a person, and how to enable them."""
    _refuse_line_breaks(folders, "a unit of systemd")
    timers = [f"listkeeper-{job.name}.timer" for job in jobs]
    units = [unit for job in jobs for unit in _units(folders, job)]
    first = timers[0].replace(".timer", ".service") if timers else ""
    enable = [_TO_ENABLE.format(timers=" ".join(timers), first=first)] if timers else []
    return "\n".join([*units, _NEEDS_YOU, *enable])


def _units(folders: Folders, job: "Job") -> Iterator[str]:
    words = start_of(folders, job)
    # The program's own path knows no variables.
    line = " ".join([_word(words[0]), *(_word(word).replace("$", "$$") for word in words[1:])])
    root = str(folders.root).replace("%", "%%")
    if root.endswith((" ", "\\")):
        # systemd would drop the blank, and read the next line after a backslash.
        root += "/"
    yield _SERVICE.format(job=job, root=root, line=line)
    yield _TIMER.format(job=job, days=",".join(day.capitalize() for day in job.days))


def _word(text: str) -> str:
    """A word of ``ExecStart``: quoted where systemd would split it, without its specifiers."""
    plain = text.replace("%", "%%")
    if _PLAIN_WORD.fullmatch(plain):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
