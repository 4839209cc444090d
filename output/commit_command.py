"""The git command that commits a week: the lists, their digests, and a changed configuration."""

import os
import re
import shlex

from catalog.errors import UsageTrouble
from catalog.git import changed_files
from config.rules import DIGESTS
from pipelines.workspace import Workspace

CONFIGURATION = (".yaml", ".jsonl")
# In double quotes every shell takes anything but these as it stands.
_SPECIAL = re.compile(r"[\"$`\\!%]")


def commit_command(workspace: Workspace, message: str) -> str:
    """
    The command, to be run in the folder that holds config/; its paths are quoted.

    Empty if nothing differs from the last commit, and outside of a git repository.
    """
    root, config = workspace.root.resolve(), workspace.config_dir.resolve()
    lists = [workspace.list_path(rules) for rules in workspace.lists]
    digests = [root / (rules.digests or DIGESTS) for rules in workspace.lists]
    # Outside of a repository nobody waits for git to say so.
    if "GIT_DIR" not in os.environ and not any(
        (at / ".git").exists() for at in (root, *root.parents)
    ):
        return ""
    try:
        changed = changed_files(root, [*lists, *digests, config])
    except UsageTrouble:
        return ""
    names = " ".join(
        _quoted(os.path.relpath(path, root))
        for path in changed
        if path.suffix in CONFIGURATION or not path.is_relative_to(config)
    )
    return f"git add -- {names} && git commit -m {_quoted(message)}" if names else ""


def _quoted(text: str) -> str:
    return shlex.quote(text) if _SPECIAL.search(text) else f'"{text}"'
