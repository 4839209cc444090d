"""What ``doctor --publish`` does: a test message on each channel, a look at each folder."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from smtplib import SMTP

from catalog.errors import UsageTrouble
from config.channels import MailSettings
from config.publish import Publishing, channels
from output.publish.channels.chat import say
from output.publish.channels.mail import compose, connected, send
from output.publish.channels.outcome import Outcome, attempt
from output.publish.channels.ping import ping
from output.publish.channels.week import Week
from pipelines.workspace import Workspace

# Logged by the watcher: neither a success nor a failure of a job.
NO_RESULT = 75


def try_channels(workspace: Workspace) -> list[Outcome]:
    """Send a test message where people or a watcher are, and look at the folders of the others."""
    settings = channels(workspace.config_dir)
    if settings is None:
        return []
    trials = _Trial(workspace, settings).all()
    return [one for name, trial in trials.items() for one in attempt(name, trial)]


class _Trial:
    def __init__(self, workspace: Workspace, settings: Publishing) -> None:
        self.workspace = workspace
        self.environment = workspace.environment
        self.settings = settings

    def all(self) -> dict[str, Callable[[], Iterator[Outcome]]]:
        """The trial of each configured channel."""
        settings, root = self.settings, self.workspace.root
        trials: dict[str, Callable[[], Iterator[Outcome]]] = {}
        if settings.mail:
            trials["mail"] = partial(self._mail, settings.mail)
        if settings.chat:
            trials["chat"] = self._chat
        if settings.ping:
            trials["ping"] = partial(self._ping, settings.ping)
        if settings.site:
            trials["site"] = partial(_folder, "site", root / settings.site.folder)
        if settings.metrics:
            trials["metrics"] = partial(_folder, "metrics", root / settings.metrics.file)
        return trials

    def _mail(self, settings: MailSettings) -> Iterator[Outcome]:
        with connected(settings, self.environment) as server:
            for reader in settings.to:
                yield from attempt("mail", partial(self._letter, server, settings, reader))

    def _letter(self, server: SMTP, settings: MailSettings, reader: str) -> list[Outcome]:
        now = self.workspace.now
        test = Week("A test of Listkeeper", f"{now:%Y-%m-%d %H:%M:%S}", None, (), "")
        send(server, compose(test, settings, reader, now))
        return [Outcome("mail", "sent", f"a test message went to {reader}")]

    def _chat(self) -> Iterator[Outcome]:
        for variable in self.settings.chat:
            yield from attempt("chat", partial(self._said, variable))

    def _said(self, variable: str) -> list[Outcome]:
        text = "A test of Listkeeper: this chat will hear of each week's candidates."
        say(self.environment, variable, text)
        return [Outcome("chat", "sent", f"a test message went to {variable}")]

    def _ping(self, variable: str) -> Iterator[Outcome]:
        ping(self.environment, variable, NO_RESULT, "A test of Listkeeper")
        yield Outcome("ping", "sent", f"the watcher of {variable} answers")


def _folder(channel: str, path: Path) -> Iterator[Outcome]:
    if not path.parent.is_dir():
        raise UsageTrouble(str(path.parent), "is no folder", "create it")
    yield Outcome(channel, "nothing", f"{path.parent} is there")
