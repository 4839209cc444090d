"""
Tells the week on every channel of publish.yaml: each once, and one that fails stops no other.

What was sent is stored at once, one row a reader, without the reader's address.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from smtplib import SMTP
from urllib.parse import quote

from catalog.errors import UsageTrouble
from catalog.plural import counted
from catalog.store import Store
from catalog.store.publications import Publication
from config.channels import MailSettings, MetricsSettings, SiteSettings
from config.errors import Trouble
from config.publish import FILE, Publishing, channels
from config.rules import short_name
from output.digest.model import digest_path, week_of
from output.publish.channels.chat import say
from output.publish.channels.mail import compose, connected, is_open, message_id, send
from output.publish.channels.metrics import metrics_text, write_metrics
from output.publish.channels.outcome import Outcome, attempt
from output.publish.channels.ping import ping
from output.publish.channels.site import site_files, write_site
from output.publish.channels.week import Week, week_of_list
from output.publish.place import fork_of, last_day
from pipelines.workspace import Workspace

NAMES = ("mail", "chat", "site", "ping", "metrics")
# These are for people, once a week; the others are for machines and readers, after each run.
WEEKLY = frozenset({"mail", "chat"})
HASH_CHARS = 16


def tell_channels(
    workspace: Workspace,
    names: Sequence[str] = (),
    *,
    week: str | None = None,
    again: bool = False,
    dry_run: bool = False,
) -> list[Outcome]:
    """
    Send the week on the named channels, or on all that are due today; what became of each.

    UsageTrouble if a named channel isn't in publish.yaml. ``again`` sends what was sent already;
    ``dry_run`` only says what would be sent.
    """
    settings = channels(workspace.config_dir)
    known = configured(settings) if settings else ()
    for name in names:
        if name not in known:
            what = f"{FILE} does not say where {name} goes"
            raise UsageTrouble(name, what, "docs/channels.md shows the lines to add")
    if settings is None:
        nothing = Outcome("channels", "nothing", f"no {FILE} in config/: nothing is published")
        return [nothing] if dry_run else []
    if fork_of(settings, workspace.environment):
        return []
    day = workspace.now if names or again else last_day(workspace.now, settings.on)
    weeks = list(_weeks(workspace, settings, week or week_of(day)))
    if day != workspace.now:
        # What the day's run could not send, or a day without a run, is made up for.
        weeks = [week for week in weeks if week.digest]
    wait = [] if names or weeks else [name for name in known if name in WEEKLY]
    # The watcher is told of a whole job, at its end.
    due = names or [name for name in known if name != "ping" and name not in wait]
    tells = _Teller(workspace, settings, weeks, again=again, dry_run=dry_run).all()
    outcomes = [outcome for name in due for outcome in attempt(name, tells[name])]
    return outcomes + [_waits(name, settings.on) for name in wait]


def _waits(name: str, day: str) -> Outcome:
    return Outcome(name, "nothing", f"goes out on {day}; --again does it now")


def has_forge(folder: Path) -> bool:
    """Whether the week also goes to a repository, or nothing is said of where it goes."""
    settings = channels(folder)
    return settings is None or bool(settings.repository)


def configured(settings: Publishing) -> tuple[str, ...]:
    """The channels that publish.yaml names."""
    return tuple(name for name in NAMES if getattr(settings, name))


def ping_end(folder: Path, environment: Mapping[str, str], code: int, text: str) -> Outcome | None:
    """Tell the watcher how a job ended; None without one. A failure changes no exit code."""
    settings = channels(folder)
    if settings is None or settings.ping is None:
        return None
    try:
        ping(environment, settings.ping, code, text)
    except Trouble as trouble:
        return Outcome("ping", "later", str(trouble))
    return Outcome("ping", "sent", f"the watcher knows that the job ended with {code}")


class _Teller:
    """Holds what all channels need: the weeks to tell, and how."""

    def __init__(
        self,
        workspace: Workspace,
        settings: Publishing,
        weeks: Sequence[Week],
        *,
        again: bool,
        dry_run: bool,
    ) -> None:
        self.workspace = workspace
        self.store = workspace.store
        self.settings = settings
        self.weeks = weeks
        self.again = again
        self.dry_run = dry_run

    def all(self) -> dict[str, Callable[[], Iterator[Outcome]]]:
        """The function of each configured channel."""
        settings = self.settings
        tells: dict[str, Callable[[], Iterator[Outcome]]] = {}
        if settings.mail:
            tells["mail"] = partial(self._mail, settings.mail)
        if settings.chat:
            tells["chat"] = self._chat
        if settings.site:
            tells["site"] = partial(self._site, settings.site)
        if settings.ping:
            tells["ping"] = partial(self._ping, settings.ping)
        if settings.metrics:
            tells["metrics"] = partial(self._metrics, settings.metrics)
        return tells

    def _mail(self, settings: MailSettings) -> Iterator[Outcome]:
        letters = [
            (week, reader)
            for week in self.weeks
            for reader in settings.to
            if self._is_new("mail", week, message_id(week, reader))
        ]
        if not letters:
            yield Outcome("mail", "nothing", "everybody has this week's mail")
        elif self.dry_run:
            readers = counted(len(settings.to), "reader")
            for week in self.weeks:
                yield Outcome("mail", "sent", f"would send to {readers}:", week.text())
        else:
            waiting = deque(letters)
            while waiting:
                with connected(settings, self.workspace.environment) as server:
                    yield from self._letters(server, settings, waiting)

    def _letters(
        self, server: SMTP, settings: MailSettings, waiting: deque[tuple[Week, str]]
    ) -> Iterator[Outcome]:
        """Send letters until the connection breaks; the one that broke it isn't sent again now."""
        while waiting:
            week, reader = waiting.popleft()
            yield from attempt("mail", partial(self._letter, server, settings, week, reader))
            if not is_open(server):
                return

    def _letter(
        self, server: SMTP, settings: MailSettings, week: Week, reader: str
    ) -> list[Outcome]:
        send(server, compose(week, settings, reader, self.workspace.now))
        self._store("mail", week, message_id(week, reader))
        return [Outcome("mail", "sent", f"{week.subject} to {reader}")]

    def _chat(self) -> Iterator[Outcome]:
        for week in self.weeks:
            for variable in self.settings.chat:
                if not self._is_new("chat", week, variable):
                    yield Outcome("chat", "nothing", f"{variable} has {week.name} already")
                elif self.dry_run:
                    yield Outcome("chat", "sent", f"would say in {variable}:", week.chat())
                else:
                    yield from attempt("chat", partial(self._said, week, variable))

    def _said(self, week: Week, variable: str) -> list[Outcome]:
        say(self.workspace.environment, variable, week.chat())
        self._store("chat", week, variable)
        return [Outcome("chat", "sent", f"{week.subject} in {variable}")]

    def _site(self, settings: SiteSettings) -> Iterator[Outcome]:
        folder = self.workspace.root / settings.folder
        lists = {rules.list: short_name(rules.file) for rules in self.workspace.every_list}
        files = site_files(self.store, lists)
        if self.dry_run:
            pages = counted(len(files), "file")
            yield Outcome("site", "sent", f"would write {pages} into {settings.folder}/")
            return
        written = write_site(folder, files)
        if written:
            yield Outcome("site", "sent", f"{counted(len(written), 'file')} new in {folder}")
        else:
            yield Outcome("site", "nothing", f"{settings.folder}/ is as it should be")

    def _ping(self, variable: str) -> Iterator[Outcome]:
        last = self.store.runs.recent(most=1)
        code = last[0].report["exit_code"] if last else 0
        if self.dry_run:
            yield Outcome("ping", "sent", f"would tell the watcher: the last run ended with {code}")
            return
        ping(self.workspace.environment, variable, code)
        yield Outcome("ping", "sent", f"the watcher knows that the last run ended with {code}")

    def _metrics(self, settings: MetricsSettings) -> Iterator[Outcome]:
        names = [rules.list for rules in self.workspace.every_list]
        text = metrics_text(self.store, names, self.workspace.now)
        path = self.workspace.root / settings.file
        if self.dry_run:
            yield Outcome("metrics", "sent", f"would write {path}:", text.decode())
        elif write_metrics(path, text):
            yield Outcome("metrics", "sent", f"wrote {path}")
        else:
            yield Outcome("metrics", "nothing", f"{path} is as it should be")

    def _is_new(self, channel: str, week: Week, reader: str) -> bool:
        sent = self.store.publications.of(_row_name(channel, week, reader))
        return self.again or not any(delivery.week == week.name for delivery in sent)

    def _store(self, channel: str, week: Week, reader: str) -> None:
        name = _row_name(channel, week, reader)
        self.store.publications.save(_sent(name, week.name, channel, self.workspace.now))


def _row_name(channel: str, week: Week, reader: str) -> str:
    """The name of a reader's row: nobody finds the reader by it."""
    text = "\0".join((week.list_name, reader))
    return f"{channel} {hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARS]}"


def _sent(name: str, week: str, channel: str, now: datetime) -> Publication:
    return Publication(
        list_name=name,
        week=week,
        form=channel,
        number=0,
        state="sent",
        author="",
        url="",
        branch="",
        body_hash="",
        head="",
        comment=0,
        status_hash="",
        opened_at=now,
        reminded_at=None,
        read_until=None,
        at=now,
    )


def _weeks(workspace: Workspace, settings: Publishing, name: str) -> Iterator[Week]:
    for rules in workspace.lists:
        path = digest_path(workspace.root, workspace.every_list, rules, name)
        inside = path.relative_to(workspace.root) if path.is_relative_to(workspace.root) else None
        week = week_of_list(workspace.store, rules.list, name)
        link = _link(workspace.store, settings, week, short_name(rules.file), inside)
        yield replace(week, link=link)


def _link(store: Store, settings: Publishing, week: Week, stem: str, page: Path | None) -> str:
    """
    Where people decide: the week's thread, else the site's page, else the digest's file.

    Empty where there is none: nobody commits the file of a week without candidates.
    """
    threads = [
        publication
        for publication in store.publications.of(week.list_name)
        if publication.week == week.name and publication.url
    ]
    if threads:
        return threads[0].url
    if settings.site and settings.site.url and week.digest:
        return f"{settings.site.url.rstrip('/')}/{quote(stem)}/{week.name}.html"
    if settings.repository and page and week.candidates:
        return f"https://github.com/{settings.repository}/blob/HEAD/{quote(page.as_posix())}"
    return ""
