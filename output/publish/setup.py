"""The files by which a list's repository on GitHub runs the jobs, and what a person does next."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from catalog.errors import UsageTrouble
from catalog.files import create_whole, sweep, write_whole
from config.errors import ConfigTrouble
from config.publish import FILE, REPOSITORY, channels
from config.settings import Job
from output.publish.place import inside
from output.schedule.workflows import github_actions
from pipelines.setup import elsewhere
from pipelines.workspace import Workspace

WORKFLOW = ".github/workflows/listkeeper.yml"
_SETTINGS = """\
# Where the week goes. All keys: docs/github.md of Listkeeper.
repository: {repository}  # runs in other repositories (forks) publish nothing
on: mon  # the day of the pull request; the first one comes as soon as there are candidates
"""


def checkout_of(folder: Path) -> Path | None:
    """The top of the git checkout that a folder is in; None if it is in none."""
    folder = folder.resolve()
    return next((top for top in (folder, *folder.parents) if (top / ".git").exists()), None)


def config_in(top: Path | None, config: Path) -> str:
    """The folder of the YAML files in a checkout; empty where it's the usual one, or elsewhere."""
    if top is None or not config.resolve().is_relative_to(top.resolve()):
        return ""
    path = inside(top, config)
    return "" if path == "config" else path


def ignore_state(top: Path, state: Path) -> Path | None:
    """Keep the store out of commits; returns the ``.gitignore`` if it was changed."""
    if not state.resolve().is_relative_to(top.resolve()):
        return None
    path, line = top / ".gitignore", f"{inside(top, state)}/"
    text = path.read_bytes() if path.is_file() else b""
    ignored = {known.strip().strip(b"/") for known in text.splitlines()}
    if {line.rstrip("/").encode(), state.name.encode()} & ignored:
        return None
    ended = text if not text or text.endswith(b"\n") else text + b"\n"
    write_whole(path, ended + _escaped(line).encode() + b"\n")
    return path


def _escaped(line: str) -> str:
    """A path as a pattern of ``.gitignore``: its own signs mean themselves."""
    plain = "".join(f"\\{sign}" if sign in "\\*?[" else sign for sign in line)
    return f"\\{plain}" if plain[:1] in "#!" else plain


def check_place(top: Path | None, folder: Path, repository: str) -> None:
    """Refuse what can't be published, before anything is written."""
    if not REPOSITORY.fullmatch(repository):
        raise UsageTrouble("--publish", f"{repository!r} is no repository", "write OWNER/NAME")
    if top is None:
        raise UsageTrouble(str(folder), "is not in a git repository", "run it in a clone")


def write_setup(top: Path, config: Path, jobs: tuple[Job, ...], repository: str) -> Iterator[Path]:
    """Write ``publish.yaml`` and the workflow where they are missing; gives what was written."""
    workflow = github_actions(jobs, publish=True, config=config_in(top, config))
    files = {
        config / FILE: _SETTINGS.format(repository=repository),
        top / WORKFLOW: workflow,
    }
    for path, text in files.items():
        sweep(path.parent)
        if not path.exists() and create_whole(path, text.encode()):
            yield path


def next_steps(workspace: Workspace, repository: str, *, is_new: bool) -> Iterator[str]:
    """The three things that a person does after new files, and what keeps runs from publishing."""
    # What else is wrong in the file, `doctor` says.
    with suppress(ConfigTrouble):
        settings = channels(workspace.config_dir)
        if settings and (warning := elsewhere(workspace.root, settings)):
            yield f"note    {warning}"
    if not is_new:
        return
    yield "next    1. commit and push: git add --all && git commit -m 'Listkeeper' && git push"
    yield (
        "next    2. allow Actions to create pull requests (else the week comes as an issue):"
        f" https://github.com/{repository}/settings/actions"
    )
    yield "next    3. start it: Actions › listkeeper › Run workflow; or wait for tomorrow"
